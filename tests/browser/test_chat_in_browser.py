"""A customer on the demo shop, with everything real behind the widget."""

import os
import re
import signal
import sqlite3
import subprocess
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.privacy.vault import vault_in
from tests.browser.widget_page import opened
from tests.stack import Stack

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SHOTS = os.environ.get("SHOPTALK_SCREENSHOTS", "")  # a folder: keep pictures of the main screens


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def open_chat(page: Page, stack: Stack) -> None:
    page.goto(stack.url)
    page.get_by_role("button", name="Chat with Finn").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_label("Your message")).to_be_focused()


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def last_reply(page: Page):
    return page.locator(".bubble.assistant").last


def transcript(stack: Stack, text: str) -> list[tuple]:
    """Rows of the messages table with this text; the broker may need a moment."""
    path = stack.shop_dir / "var" / "transcripts.db"
    for _ in range(50):
        rows = (
            sqlite3.connect(path)
            .execute("SELECT intent, sentiment, latency_ms FROM messages WHERE text = ?", [text])
            .fetchall()
        )
        if rows:
            return rows
        time.sleep(0.1)
    return []


def test_shopping_from_a_need_to_a_product(page: Page, stack: Stack) -> None:
    open_chat(page, stack)
    shoot(page, "welcome")
    say(page, "I'm looking for a warm jacket under 150 euros")
    expect(page.locator(".card").first).to_be_visible()
    expect(page.locator(".card .reason").first).to_contain_text("budget")
    shoot(page, "cards")
    before = page.locator(".cards").count()
    page.get_by_role("button", name="Cheaper").last.click()
    expect(page.locator(".cards")).to_have_count(before + 1)
    say(page, "tell me more about the first one")
    expect(last_reply(page)).to_contain_text("Price:")
    with page.context.expect_page() as opened:
        page.locator(".card").last.click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    assert (
        transcript(stack, "I'm looking for a warm jacket under 150 euros")[0][0]
        == "search_products"
    )


def test_an_order_from_number_to_status(page: Page, stack: Stack) -> None:
    open_chat(page, stack)
    say(page, "where is my order?")
    expect(last_reply(page)).to_contain_text("confirmation email")
    say(page, "HF-10171")
    expect(last_reply(page)).to_contain_text("email")
    say(page, "are you open on sunday?")
    expect(page.locator(".bubble", has_text="we're closed").last).to_be_visible()
    say(page, "anna@example.com")
    expect(last_reply(page)).to_contain_text("on its way")
    shoot(page, "order")


def test_an_answer_links_to_its_place_on_the_page(page: Page, stack: Stack) -> None:
    open_chat(page, stack)
    say(page, "do you gift wrap?")
    expect(last_reply(page)).not_to_contain_text("#")
    with page.context.expect_page() as opened:
        last_reply(page).get_by_role("link", name="read more").click()
    expect(opened.value).to_have_url(re.compile("/shop/policies/faq#gift-wrapping$"))
    expect(opened.value.locator("#gift-wrapping")).to_be_in_viewport()


def test_cancelling_with_a_confirmation(page: Page, stack: Stack) -> None:
    open_chat(page, stack)
    say(page, "please cancel order HF-10222, my email is anna@example.com")
    expect(last_reply(page)).to_contain_text("cancel it?")
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(last_reply(page)).to_contain_text("HF-10222 is cancelled")
    say(page, "where is order HF-10222?")
    expect(last_reply(page)).to_contain_text("cancelled")


def test_history_survives_a_reload(page: Page, stack: Stack) -> None:
    open_chat(page, stack)
    say(page, "do you deliver to Belgium?")
    expect(last_reply(page)).to_contain_text("Belgium")
    page.reload()
    page.get_by_role("button", name="Chat with Finn").click()
    expect(page.locator(".bubble.customer")).to_have_text(re.compile("do you deliver to Belgium"))
    expect(last_reply(page)).to_contain_text("Belgium")
    expect(page.locator(".bubble.customer")).to_have_count(1)


def test_markup_and_commands_are_only_text(page: Page, stack: Stack) -> None:
    open_chat(page, stack)
    for text in ("<img src=x onerror=alert(1)> <b>bold</b>", "/restart", '/order_status{"x": 1}'):
        count = page.locator(".bubble.assistant").count()
        say(page, text)
        expect(page.locator(".bubble.assistant")).to_have_count(count + 1)
        expect(page.locator(".bubble.customer").last).to_contain_text(text)
    assert page.locator(".log img[src='x'], .log b").count() == 0


def test_feelings_land_in_the_transcript(page: Page, stack: Stack) -> None:
    open_chat(page, stack)
    say(page, "this is the worst service ever, I am so angry")
    expect(page.locator(".bubble.assistant")).to_have_count(2)
    intent, sentiment, latency = transcript(stack, "this is the worst service ever, I am so angry")[
        0
    ]
    assert sentiment == "negative" and intent and latency > 0


def test_the_keyboard_is_enough(page: Page, stack: Stack) -> None:
    page.goto(stack.url)
    launcher = page.get_by_role("button", name="Chat with Finn")
    launcher.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Find a product")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_be_focused()


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_on_a_phone_the_chat_fills_the_screen(page: Page, stack: Stack) -> None:
    page.goto(stack.url)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shoot(page, "phone-shop")
    page.get_by_role("button", name="Chat with Finn").click()
    box = page.get_by_role("dialog").bounding_box()
    assert (box["width"], box["height"]) == (390, 844)
    say(page, "mugs")
    expect(page.locator(".card").first).to_be_visible()
    shoot(page, "phone-cards")


def test_the_widget_works_on_another_site(page: Page, stack: Stack, tmp_path: Path) -> None:
    """As on a shop's own pages: another origin, one script line."""
    (tmp_path / "index.html").write_text(
        f'<!doctype html><h1>My shop</h1><link rel="icon" href="data:,">'
        f'<script src="{stack.url}/widget/loader.js" async></script>'
    )
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.get_by_role("button", name="Chat with Finn").click()
        say(page, "thanks")
        expect(page.locator(".bubble.assistant")).to_have_count(2)
        server.shutdown()


def test_a_new_catalogue_is_recommended_without_a_restart(page: Page, stack: Stack) -> None:
    file = stack.shop_dir / "other.csv"
    file.write_text(
        "sku,title,brand,category,price\nZ1,Silent Zither,Tonewood,Music > Zithers,450\nZ2,Loud Zither,Tonewood,Music > Zithers,250\n"
    )
    assert "2 added" in stack.shoptalk("ingest", str(file))
    try:
        open_chat(page, stack)
        say(page, "do you have zithers under 300?")
        expect(page.locator(".card .title")).to_have_text("Loud Zither")
    finally:
        stack.shoptalk("ingest", str(stack.shop_dir / "products.csv"))


def test_when_the_dialogue_dies_the_message_waits(page: Page, stack: Stack) -> None:
    open_chat(page, stack)
    listing = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True).stdout
    model = "-m bot.dialogue"
    pid = next(
        int(line.split()[0])
        for line in listing.splitlines()
        if model in line and str(stack.shop_dir) in line
    )
    os.kill(pid, signal.SIGKILL)
    say(page, "how do returns work?")
    expect(page.get_by_role("status")).to_contain_text("Your message is safe", timeout=15_000)
    shoot(page, "waiting")
    expect(last_reply(page)).to_contain_text("30 days", timeout=120_000)
    # A machine that is busy with the new start may be late with the stream; it is tried again after a while.
    expect(page.get_by_role("status")).to_be_hidden(timeout=150_000)
    expect(page.locator(".bubble.customer")).to_have_count(1)


def test_rebuilt_transcripts_are_identical(stack: Stack) -> None:
    def content() -> list[str]:
        vault = vault_in(stack.shop_dir / "var")
        db = sqlite3.connect(stack.shop_dir / "var" / "transcripts.db")
        tables = (
            "conversations",
            "messages",
            "products_shown",
            "products_clicked",
            "actions_taken",
        )
        rows = (row for name in tables for row in db.execute(f"SELECT * FROM {name}"))
        return sorted(repr([opened(vault, one) for one in row]) for row in rows)

    time.sleep(1)  # the broker's last batch
    before = content()
    stack.shoptalk("transcripts", "rebuild")
    assert content() == before and len(before) > 50


def test_stopping_leaves_no_process(stack: Stack) -> None:
    assert stack.stop() == 0
    listing = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True).stdout
    assert not [line for line in listing.splitlines() if str(stack.shop_dir) in line]
