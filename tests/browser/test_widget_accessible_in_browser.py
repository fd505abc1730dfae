"""The widget for everybody: axe, keyboard, from right to left."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.widget_page import (
    DARK,
    ORDER,
    PHONE,
    SMALL,
    WIDE,
    faults,
    open_chat,
    put_all,
    say_and_wait,
)  # fmt: skip
from tests.stack import Stack

EVERY_KIND = [
    ("c-stars", "assistant", {"text": "How was it?", "card": {"kind": "stars"}}),
    ("c-nps", "assistant", {"card": {"kind": "nps", "question": "Would you recommend us?", "done": 1, "total": 3}}),
    ("c-which", "assistant", {"card": {"kind": "choices", "question": "Which?", "options": ["A", "B"], "multiple": True}}),
    ("c-one", "assistant", {"card": {"kind": "choices", "question": "Which one?", "options": ["A", "B"], "other": True}}),
    ("c-number", "assistant", {"card": {"kind": "number", "question": "How many?", "min": 0, "max": 9}}),
    ("c-text", "assistant", {"card": {"kind": "text", "question": "What else?", "optional": True}}),
    ("c-order", "assistant", {"card": ORDER}),
    ("c-staff", "staff", {"text": "**Hello**, I'm [here](https://example.com).", "name": "Noor"}),
    ("c-system", "system", {"text": "Noor joined."}),
]  # fmt: skip


@pytest.mark.parametrize("page", [WIDE, DARK, SMALL], indirect=True)
def test_accessible_by_axe(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "I'm looking for a warm jacket under 150 euros")
    assert faults(page) == []
    put_all(page, stack, EVERY_KIND)
    assert faults(page) == []
    page.get_by_role("button", name="More", exact=True).click()
    assert faults(page) == []
    page.get_by_role("menuitem", name="Privacy").click()
    assert faults(page) == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    box = page.get_by_label("Your message").bounding_box()
    assert box["width"] > 150 and box["x"] >= 0


@pytest.mark.parametrize("page", [WIDE, DARK, PHONE, SMALL], indirect=True)
def test_the_storefront_is_accessible(page: Page, stack: Stack) -> None:
    for path in ("/", "/shop/products?category=Clothing", "/shop/products/JKT-02", "/shop/cart", "/shop/policies/faq", "/nowhere"):  # fmt: skip
        page.goto(stack.url + path)
        expect(page.get_by_role("button", name="Chat with Finn")).to_be_visible()
        assert faults(page) == [], path
        assert (
            page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
        ), path


def test_the_menu_by_keyboard_and_a_copy_of_the_conversation(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "hello <b>you</b>")
    page.get_by_role("button", name="More", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Talk to a person")).to_be_focused()
    sound = page.get_by_role("menuitemcheckbox", name="Sound for new messages")
    for _ in range(page.get_by_role("menuitem").count()):  # down to it, by as many as come before
        page.keyboard.press("ArrowDown")
        if sound.evaluate("one => one === one.getRootNode().activeElement"):
            break
    page.keyboard.press("Space")
    expect(sound).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowDown")
    told = page.get_by_role("menuitemcheckbox", name="Tell which page I'm on")
    expect(told).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a text file").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "You: hello <b>you</b>" in text and "Finn: " in text and "says:" not in text
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More", exact=True)).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_from_right_to_left(page: Page, stack: Stack) -> None:
    page.route(f"{stack.url}/rtl", lambda route: route.fulfill(
        content_type="text/html",
        body=f'<!doctype html><html lang="ar" dir="rtl"><title>متجر</title><main><h1>متجر</h1></main><script src="{stack.url}/widget/loader.js" async></script>',
    ))  # fmt: skip
    page.goto(f"{stack.url}/rtl")
    launcher = page.get_by_role("button", name=re.compile("تحدث"))
    assert launcher.bounding_box()["x"] < 100
    launcher.click()
    page.get_by_label("رسالتك").fill("show me jackets")
    page.keyboard.press("Enter")
    expect(page.locator(".card").first).to_be_visible(timeout=30_000)
    assert faults(page) == []
    own = page.locator(".bubble.customer").bounding_box()
    assert own["x"] < page.locator(".bubble.assistant").last.bounding_box()["x"] + 60
