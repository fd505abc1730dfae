"""The whole of the widget on pages as shop systems, frameworks and banks make them, at a desk and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.settings import Settings
from tests.browser.pages import Site
from tests.browser.systems import SYSTEMS
from tests.browser.widget_page import PHONE, WIDE, faults, launch, say, say_and_wait, width_of
from tests.web.fake_engine import FakeEngine


@pytest.mark.parametrize("page", [WIDE, PHONE], ids=["desk", "phone"], indirect=True)
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_talk_over_two_pages(
    page: Page, site: Site, engine: FakeEngine, settings: Settings, system: str
) -> None:
    picture = settings.shop_dir / "pictures" / "J1.svg"
    picture.parent.mkdir(exist_ok=True)
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.goto(SYSTEMS[system].put_up(site))
    expect(page.get_by_role("heading", level=1)).to_have_text("Storm Jacket")
    launch(page)
    field = page.get_by_label("Your message")
    is_phone = width_of(page) <= 480
    if not is_phone:
        expect(field).to_be_focused()
    expect(page.get_by_role("group", name="About:")).to_contain_text("Storm Jacket")
    field.press_sequentially("is there a jacket / a coat?")
    expect(field).to_have_value("is there a jacket / a coat?")  # no hotkey took the focus
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(2)
    assert engine.turns[0]["page"]["product"]["ids"] == ["J1"]
    # not by wait_for_function: where it waits, it needs eval, which a bank's page forbids
    expect(page.locator(".card img").first).to_have_js_property("naturalWidth", 9)
    looks = page.locator(".send").evaluate(
        "one => (({ textTransform, width, paddingLeft, borderRadius }) => [textTransform, width, paddingLeft, borderRadius])(getComputedStyle(one))"
    )
    assert looks[:2] == ["none", "43px"] and looks[3] == "13px"
    assert faults(page) == []

    field.fill("half a sen")
    if is_phone:
        page.evaluate("shoptalk.close()")
    page.get_by_role("link", name="ackets").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("More jackets")
    if is_phone:
        launch(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(field).to_have_value("half a sen")
    expect(page.locator(".bubble.customer")).to_have_count(1)
    say_and_wait(page, "and this one?")
    box: Any = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width_of(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width_of(page)
    assert page.locator("#shoptalk").count() == 1 and complaints == []
    say(page, "thanks")
    expect(page.locator(".row.assistant")).to_have_count(4)


def test_a_page_that_draws_itself_anew_leaves_the_focus_with_who_writes(
    page: Page, site: Site
) -> None:
    page.goto(SYSTEMS["react"].put_up(site))
    page.wait_for_function("drawings == 2")
    launch(page)
    field = page.get_by_label("Your message")
    field.focus()
    page.keyboard.type("half a ")
    page.evaluate("draw('More jackets')")
    expect(field).to_be_focused()
    page.keyboard.type("word")
    expect(field).to_have_value("half a word")

    page.get_by_role("link", name="More jackets").focus()
    page.evaluate("draw('Storm Jacket')")
    expect(page.get_by_role("heading", level=1)).to_have_text("Storm Jacket")
    page.wait_for_selector("#shoptalk", state="attached")
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    expect(field).not_to_be_focused()
