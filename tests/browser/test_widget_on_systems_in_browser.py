"""The whole of the widget on pages as shop systems, frameworks and banks make them, at a desk and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import Site
from tests.browser.systems import SYSTEMS
from tests.browser.widget_page import PHONE, WIDE, faults, launch, say, say_and_wait
from tests.web.fake_engine import FakeEngine


@pytest.mark.parametrize("page", [WIDE, PHONE], ids=["desk", "phone"], indirect=True)
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_talk_over_two_pages(page: Page, site: Site, engine: FakeEngine, system: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.goto(SYSTEMS[system].put_up(site))
    expect(page.get_by_role("heading", level=1)).to_have_text("Storm Jacket")
    launch(page)
    field = page.get_by_label("Your message")
    if page.viewport_size["width"] > 480:
        expect(field).to_be_focused()
    expect(page.get_by_role("group", name="About:")).to_contain_text("Storm Jacket")
    field.press_sequentially("is there a jacket / a coat?")
    expect(field).to_have_value("is there a jacket / a coat?")  # no hotkey took the focus
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(2)
    assert engine.turns[0]["page"]["product"]["ids"] == ["J1"]
    assert page.locator(".card img").evaluate("one => one.decode().then(() => one.naturalWidth > 0)")  # fmt: skip
    looks = page.locator(".send").evaluate(
        "one => (({ textTransform, width, paddingLeft, borderRadius }) => [textTransform, width, paddingLeft, borderRadius])(getComputedStyle(one))"
    )
    assert looks[:2] == ["none", "43px"] and looks[3] == "13px"
    assert faults_of_ours(page) == []

    field.fill("half a sen")
    if page.viewport_size["width"] <= 480:
        page.evaluate("shoptalk.close()")
    page.get_by_role("link", name="ackets").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("More jackets")
    if not page.get_by_role("dialog").is_visible():
        launch(page)
    expect(field).to_have_value("half a sen")
    expect(page.locator(".bubble.customer")).to_have_count(1)
    say_and_wait(page, "and this one?")
    box: Any = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.locator("#shoptalk").count() == 1 and complaints == []
    say(page, "thanks")
    expect(page.locator(".row.assistant")).to_have_count(4)


def faults_of_ours(page: Page) -> list[str]:
    """What axe finds in the widget; what it finds in the page is the page's own affair."""
    return [one for one in faults(page) if not one.startswith("html-has-lang")]
