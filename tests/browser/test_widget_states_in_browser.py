"""Each state of the widget for everybody: axe, at 200 % zoom, in forced colours, and by keyboard alone."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.pages import Site
from tests.browser.test_buying_in_browser import CART
from tests.browser.test_buying_in_browser import boots as boots
from tests.browser.widget_page import (
    SMALL,
    WIDE,
    faults,
    launch,
    say,
    say_and_wait,
    width_of,
    with_config,
)

ZOOMED = {"viewport": {"width": 640, "height": 430}}  # 1280 by 860 at 200 %
FORCED = {"viewport": {"width": 1280, "height": 860}, "forced_colors": "active"}
ARABIC = {"viewport": {"width": 1280, "height": 860}, "locale": "ar"}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def check(page: Page, state: str) -> None:
    """Nothing for axe to find, nothing beside the screen, and the open chat within it."""
    assert faults(page) == [], state
    width = width_of(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, state
    box = page.get_by_role("dialog").bounding_box()
    assert box and box["x"] >= 0 and box["y"] >= 0, state
    assert box["x"] + box["width"] <= width, state
    assert page.viewport_size and box["y"] + box["height"] <= page.viewport_size["height"] + 1, (
        state
    )


@contextmanager
def answered(page: Page, pattern: str, status: int, body: dict) -> Iterator[None]:
    """Requests to an address get this answer meanwhile."""

    def answer(route: Route) -> None:
        cors = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(status=status, json=body, headers=cors)

    page.route(pattern, answer)
    yield
    page.unroute(pattern)


@pytest.mark.parametrize("page", [WIDE, SMALL, ZOOMED, FORCED], indirect=True)
def test_every_state_is_accessible(page: Page, site: Site, boots: list[dict]) -> None:
    page.goto(site.page("/", "<main><h1>A shop</h1></main>", CART))
    launch(page)
    check(page, "the first words")
    say_and_wait(page, "boots")
    check(page, "products")
    boot = page.locator(".cards > li").first
    boot.get_by_role("button", name="Add to cart").click()
    boot.get_by_label("Quantity").wait_for()
    check(page, "a variant is chosen")
    boot.get_by_role("button", name="Add to cart", exact=True).click()
    expect(boot.get_by_role("status")).to_contain_text("In your cart")
    check(page, "in the cart")
    boot.get_by_role("button", name="Your cart").click()
    page.get_by_label("How many: Ridge Boot").wait_for()
    check(page, "the cart")
    page.get_by_role("button", name="Back", exact=True).click()
    for item in ("Save the conversation", "Privacy", "Call me back", "Clear the chat"):
        page.get_by_role("menuitem", name=item).click()
        page.get_by_role("group", name=item).wait_for()
        check(page, item)
        page.get_by_role("button", name="Back", exact=True).click()
    page.keyboard.press("Escape")
    page.locator("input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    page.get_by_role("button", name="Remove picture 1").wait_for()
    check(page, "a picture is chosen")
    page.get_by_role("button", name="Remove picture 1").click()
    with answered(page, "**/chat/messages", 400, {"error": "Too loud."}):
        say(page, "AAAH")
        expect(page.get_by_role("alert")).to_contain_text("Too loud.")
    check(page, "refused")
    page.get_by_role("button", name="This didn't help").last.click()
    check(page, "why it didn't help")
    with answered(page, "**/chat/messages", 503, {"error": "Later."}):
        say(page, "still there?")
        page.get_by_role("button", name="Try now").wait_for()
        check(page, "not sent yet")
    page.get_by_role("button", name="Try now").click()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="End the chat").click()
    page.get_by_role("button", name="4 of 5 stars").click()
    check(page, "ended and rated")


@pytest.mark.parametrize("page", [WIDE, SMALL], indirect=True)
@pytest.mark.parametrize(
    "settings_of_the_shop",
    [{"consent": "ask"}, {"open": False, "outside_hours": "message"}, {"ratings": "stars"}, {"theme": "dark"}],
    ids=["consent", "closed", "stars", "dark"],
)  # fmt: skip
def test_as_other_shops_set_it(page: Page, site: Site, settings_of_the_shop: dict) -> None:
    with_config(page, **settings_of_the_shop)
    page.goto(site.page("/", "<main><h1>A shop</h1></main>"))
    launch(page)
    check(page, "open")
    if "ratings" in settings_of_the_shop:
        say_and_wait(page, "show me a jacket")
        page.get_by_role("button", name="2 of 5 stars").click()
        check(page, "rated")


def test_buying_by_keyboard_alone(page: Page, site: Site, boots: list[dict]) -> None:
    page.goto(site.page("/", "<main><h1>A shop</h1></main>", CART))
    page.locator(".launcher").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()
    page.keyboard.type("boots")
    page.keyboard.press("Enter")
    opener = page.get_by_role("button", name="Add to cart: Ridge Boot")
    opener.wait_for()
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if opener.evaluate("one => one.getRootNode().activeElement === one"):
            break
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    boot = page.locator(".cards > li").first
    expect(boot.get_by_label("Colour")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(boot.get_by_label("Size")).to_have_value("43")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(boot.get_by_label("Quantity")).to_be_focused()
    page.keyboard.press("Enter")
    expect(boot.get_by_role("status")).to_contain_text("1 × Ridge Boot (black, 43)")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    many = page.get_by_label("How many: Ridge Boot (black, 43)")
    expect(many).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_function("lines[0].quantity === 2")
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Your cart")).to_be_hidden()
    expect(page.get_by_role("button", name="More", exact=True)).to_be_focused()


@pytest.mark.parametrize("page", [ARABIC], indirect=True)
def test_what_is_bought_from_right_to_left(page: Page, site: Site, boots: list[dict]) -> None:
    page.goto(site.page("/", "<main><h1>متجر</h1></main>", CART, language="ar"))
    page.locator(".launcher").click()
    page.locator(".composer textarea").fill("boots")
    page.keyboard.press("Enter")
    boot = page.locator(".cards > li").first
    boot.locator(".buy").click()
    boot.get_by_label("المقاس").wait_for()
    check(page, "a variant is chosen")
    ways = page.locator(".cards .title").evaluate_all(
        "all => all.map(one => getComputedStyle(one).unicodeBidi)"
    )
    assert set(ways) == {"plaintext"}
