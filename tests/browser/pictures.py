"""The pictures of the docs' screens, taken anew by `make pictures`: the whole of Shoptalk with the demo shop, in a real browser.

docs/images/widget-chinese.png isn't among them, since it needs a font for Chinese, nor is the Spanish one. The pictures of surveys are those that `tests/browser/test_survey_in_browser.py` keeps with SHOPTALK_SCREENSHOTS.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.paths import REPOSITORY
from bot.settings import read_settings
from bot.staff.accounts import StaffStore, hash_password
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.found import WITHOUT
from tests.browser.widget_page import open_chat, say_and_wait
from tests.stack import Stack

IMAGES = REPOSITORY / "docs" / "images"
PASSWORD = "correct horse battery"
SHOP: dict[str, Any] = {
    "viewport": {"width": 392, "height": 650}
}  # the panel fills a page as narrow as this
DARK: dict[str, Any] = {**SHOP, "color_scheme": "dark"}
# Name of the picture, how the browser is set, what is said.
CHATS: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    ("widget-products", SHOP, ("a rain jacket for men, under 150",)),
    ("widget-order", SHOP, ("where is order HF-10154?", "anna@example.com")),
    ("widget-comparison", SHOP, ("compare the Lake Tent 2 and the Family Dome 6",)),
    ("widget-dark", DARK, ("what's the cheapest mug, and is it dishwasher safe?",)),
    ("widget-german", SHOP, ("Ich suche ein Zelt für vier Personen",)),
)
# Name, how the browser is set, and where it is in the console.
SCREENS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("console-home", {"viewport": {"width": 1280, "height": 860}}, ""),
    ("console", {"viewport": {"width": 1440, "height": 860}}, "/conversations?view=all"),
    ("insights", {"viewport": {"width": 1280, "height": 900}}, "/insights/demand?simulated=1"),
    (
        "console-phone",
        {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
        "/conversations?view=all",
    ),
)
VISITS, DAYS = "120", "14"


def keep(page: Page, name: str) -> None:
    """One picture of what is in sight, when nothing moves any more."""
    page.wait_for_timeout(1_500)
    page.screenshot(path=str(IMAGES / f"{name}.png"))
    print(f"  {name}.png")


def chats(browser: Browser, stack: Stack) -> None:
    """The widget: what is asked and answered, its menu, and right to left on a phone."""
    for name, options, said in CHATS:
        page = browser.new_page(**options)
        open_chat(page, stack.url)
        for text in said:
            say_and_wait(page, text)
        keep(page, name)
        if name == "widget-products":
            page.get_by_role("button", name="More", exact=True).click()
            keep(page, "widget-menu")
        page.context.close()
    page = browser.new_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    page.route(
        f"{stack.url}/rtl",
        lambda route: route.fulfill(
            content_type="text/html; charset=utf-8",
            body='<!doctype html><html lang="ar" dir="rtl"><meta name="viewport" content="width=device-width">'
            f'<title>متجر</title><script src="{stack.url}/widget/loader.js" async></script>',
        ),
    )
    page.goto(f"{stack.url}/rtl")
    page.locator("#shoptalk button").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    keep(page, "widget-arabic")
    page.context.close()


def console(browser: Browser, stack: Stack) -> None:
    """What staff see: the first page, a conversation beside the list, a phone in the dark, unmet demand."""
    settings = read_settings({"SHOPTALK_SHOP": str(stack.shop_dir / "shop.yml")})
    store = StaffStore(settings.staff_db)
    store.add("lea", "Lea", "admin", "one-time password")
    store.set_password("lea", hash_password(PASSWORD), must_change=False)
    store.close()
    for name, options, place in SCREENS:
        page = browser.new_page(**options)
        page.goto(f"{stack.url}/console")
        page.get_by_label("Login").fill("lea")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        page.goto(f"{stack.url}/console{place}")
        if name == "console":
            page.locator(".item").first.click()
        keep(page, name)
        page.context.close()


def main() -> None:
    """Take the pictures and put them into the docs."""
    if not CHROMIUM:
        sys.exit(WITHOUT)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as running:
        print("Starting Shoptalk with the demo shop …", flush=True)
        stack = Stack(Path(folder) / "shop")
        try:
            browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(stack.url)
            keep(page, "storefront")
            page.context.close()
            chats(browser, stack)
            print("Made-up customers talk for a while …", flush=True)
            stack.shoptalk("simulate", "--visits", VISITS, "--days", DAYS)
            stack.shoptalk("insights")
            console(browser, stack)
            browser.close()
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
