"""The widget's cards, menus and settings in a real browser."""

import re
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from bot.inbox.store import Inbox
from tests.browser.widget_page import (
    conversation_of,
    events,
    faults,
    launch,
    open_chat,
    put,
    query,
    say_and_wait,
    tracker_slots,
    until,
    with_config,
)  # fmt: skip
from tests.stack import Stack


def test_survey_cards_are_answered_once(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "hello")
    put(
        page,
        stack,
        "q-stars",
        "assistant",
        card={"kind": "stars", "question": "How was your order?"},
    )
    page.get_by_role("button", name="4 of 5 stars").click()
    expect(page.locator(".row.customer .bubble").last).to_have_text(re.compile("4$"))
    expect(page.get_by_role("button", name="2 of 5 stars")).to_be_disabled()
    body = ""
    for _ in range(100):  # the bubble is there before the server has it
        body = query(
            stack.shop_dir / "var" / "web.db",
            "SELECT body FROM events WHERE conversation = ? AND sender = 'customer' ORDER BY seq DESC",
            conversation_of(page),
        )[0][0]
        if "q-stars" in body:
            break
        time.sleep(0.1)
    assert '"card_answer": {"message_id": "q-stars", "value": 4}' in body
    page.reload()
    expect(page.get_by_role("button", name="2 of 5 stars")).to_be_disabled()
    expect(page.locator(".star.on")).to_have_count(4)
    put(
        page,
        stack,
        "q-which",
        "assistant",
        card={
            "kind": "choices",
            "question": "What for?",
            "options": ["A gift", "Myself"],
            "multiple": True,
        },
    )
    page.get_by_label("A gift").check()
    page.get_by_label("Myself").check()
    page.get_by_role("button", name="Send answer").click()
    expect(page.locator(".row.customer .bubble").last).to_contain_text("A gift, Myself")


def test_products_are_liked_and_compared(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "show me jackets")
    first = page.locator(".cards > li").first
    title = first.locator(".title").inner_text()
    first.get_by_role("button", name=f"I like {title}").click()
    page.locator(".cards > li").nth(1).get_by_role("button", name="Not for me").click()
    conversation = conversation_of(page)
    assert [row[0::2] for row in events(stack, conversation, 2)] == [("like", 1), ("like", -1)]
    assert until(lambda: len(tracker_slots(stack, conversation, "disliked")) > 0)
    boxes = page.locator(".cards > li").get_by_role("checkbox")
    for index in (0, 2, 3):
        boxes.nth(index).check()
    expect(boxes.nth(1)).to_be_disabled()  # a table compares three
    boxes.nth(3).uncheck()
    expect(boxes.nth(1)).to_be_enabled()
    page.get_by_role("button", name="Compare 2 products").click()
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader").nth(0)).to_contain_text(title)
    expect(table.get_by_role("rowheader", name="Price")).to_be_visible()
    said = page.locator(".row.assistant .bubble").last
    expect(said).to_contain_text(title)
    expect(said).not_to_contain_text("Price")  # the table says it


def test_an_order_shows_how_far_it_is(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "where is my order?")
    say_and_wait(page, "HF-10171")
    expect(page.get_by_label("Your message")).to_have_attribute("inputmode", "email")
    say_and_wait(page, "anna@example.com")
    card = page.get_by_role("region", name="Order HF-10171")
    expect(card.locator("[aria-current=step]")).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_attribute("inputmode", "text")


def test_thumbs_ending_and_rating_are_recorded(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "do you gift wrap?")
    page.get_by_role("button", name="This didn't help").last.click()
    page.get_by_label("What was wrong with it?").fill("Too long")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="End the chat").click()
    page.get_by_role("button", name="3 of 5 stars").click()
    page.get_by_label("Anything you'd like to add?").fill("=1+1 fine")
    page.get_by_role("button", name="Send answer").click()
    assert events(stack, conversation_of(page), 4) == [
        ("thumb", None, -1, ""),
        ("thumb", None, -1, "Too long"),
        ("end", None, None, None),
        ("rating", None, 3, "=1+1 fine"),
    ]
    before = conversation_of(page)
    page.get_by_role("button", name="Start a new chat").click()
    expect(page.locator(".row.customer")).to_have_count(0)
    say_and_wait(page, "hello again")
    assert conversation_of(page) != before


def test_clearing_and_privacy(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "hello")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Privacy").click()
    page.get_by_role("button", name="Get a copy of my data").click()
    expect(page.locator(".row.assistant").last).to_contain_text("conversation", timeout=30_000)
    intents = query(
        stack.shop_dir / "var" / "transcripts.db",
        "SELECT intent FROM messages WHERE conversation_id = ? AND sender = 'customer' ORDER BY at",
        conversation_of(page),
    )
    assert ("export_data",) in intents
    before = conversation_of(page)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Clear the chat").click()
    page.get_by_role("button", name="Clear it").click()
    expect(page.locator(".row.customer")).to_have_count(0)
    assert before not in page.evaluate("() => JSON.stringify(localStorage)")
    page.reload()
    page.get_by_role("dialog").wait_for()
    expect(page.locator(".row.customer")).to_have_count(0)


def test_a_person_is_asked_for(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Talk to a person").click()
    expect(page.locator(".row.customer")).to_have_count(1)
    conversation = until(lambda: page.locator(".row.customer:not(.unsent)").count() == 1) and conversation_of(page)  # fmt: skip
    assert until(
        lambda: (
            query(
                stack.shop_dir / "var" / "transcripts.db",
                "SELECT handoff_reason FROM conversations WHERE id = ?",
                conversation,
            )
            == [("I'd like to talk to a person",)]
        )
    )


def test_what_comes_while_it_is_closed_is_counted(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    title = page.title()
    page.evaluate("shoptalk.send('hello'); shoptalk.close()")  # closed before an answer can come
    expect(page.get_by_role("button", name="Chat with Finn (1 new)")).to_be_visible(timeout=30_000)
    assert page.title() == f"(1) {title}"
    launch(page)
    assert page.title() == title
    page.reload()
    expect(page.get_by_role("dialog")).to_be_visible()  # it was open
    assert page.title() == title


def test_staff_speak_markdown_and_nothing_dangerous(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "hello")
    text = (
        "**Bold**, *slanted* and 2 * 3 * 4, `code`\n- one\n- [two](https://example.com/a_b)\n"
        "[bad](javascript:alert(1)) ![spy](https://spy.example/x.png) <img src=x onerror=alert(1)>\n"
        "![mug](/shop/files/pictures/MUG-01.svg)"
    )
    put(page, stack, "m-1", "staff", text=text, name="Noor <i>")
    bubble = page.locator(".bubble.staff")
    expect(bubble.locator("strong")).to_have_text("Bold")
    expect(bubble.locator("em")).to_have_text("slanted")
    expect(bubble.locator("li")).to_have_count(2)
    expect(bubble.locator("img")).to_have_count(1)  # the shop's own
    links = bubble.locator("a").evaluate_all("(all) => all.map((one) => [one.href, one.rel])")
    assert links == [
        ["https://example.com/a_b", "noopener noreferrer"],
        ["https://spy.example/x.png", "noopener noreferrer"],
    ]
    expect(bubble).to_contain_text("2 * 3 * 4")
    expect(page.locator(".top strong")).to_have_text("Noor <i>")


def test_nothing_is_stored_before_the_customer_writes(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/shop/policies/faq")
    launch(page)
    kept = (
        "() => [document.cookie, Object.keys(localStorage), Object.values(sessionStorage).sort()]"
    )
    assert page.evaluate(kept) == ["", [], []]
    page.get_by_label("Your message").fill("not sent")
    assert page.evaluate(kept) == ["", [], ["1", "not sent"]]  # with the tab it goes
    page.get_by_label("Your message").fill("")
    assert page.evaluate(kept) == ["", [], []]
    page.get_by_label("Your message").fill("hello")
    page.keyboard.press("Enter")
    expect(page.locator(".row.customer:not(.unsent)")).to_have_count(1)
    cookie, local, _ = page.evaluate(kept)
    assert cookie == "" and any(key.endswith(":token") for key in local)
    assert page.context.cookies() == []


def test_where_consent_is_asked_for_nobody_writes_before(page: Page, stack: Stack) -> None:
    with_config(page, consent="ask")
    page.goto(stack.url)
    launch(page)
    expect(page.get_by_label("Your message")).to_be_hidden()
    expect(page.get_by_role("button", name="I agree")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()
    say_and_wait(page, "hello")
    page.reload()
    expect(page.get_by_label("Your message")).to_be_visible()
    consent = query(
        stack.shop_dir / "var" / "transcripts.db",
        "SELECT value, text FROM customer_events WHERE kind = 'consent' AND conversation_id = ?",
        conversation_of(page),
    )
    assert consent == [(1.0, "ask")]


def test_a_greeting_is_shown_once_and_opens_the_chat(page: Page, stack: Stack) -> None:
    greetings = [{"text": "Need a hand?", "pages": ["/shop/products/*"], "after_seconds": 1, "on_exit": False}]  # fmt: skip
    with_config(page, greetings=greetings)
    page.goto(stack.url)
    page.wait_for_timeout(1500)
    expect(page.get_by_text("Need a hand?")).to_have_count(0)  # not on this page
    page.goto(f"{stack.url}/shop/products/JKT-02")
    page.get_by_text("Need a hand?").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.goto(f"{stack.url}/shop/products/JKT-01")
    page.wait_for_timeout(1500)
    expect(page.get_by_text("Need a hand?")).to_have_count(0)


def test_outside_hours_the_widget_hides_or_takes_a_message(page: Page, stack: Stack) -> None:
    with_config(page, open=False, opens="", outside_hours="hide")
    page.goto(stack.url)
    page.wait_for_function("() => window.shoptalk")
    page.wait_for_timeout(500)
    expect(page.locator("#shoptalk")).to_have_count(0)
    page.unroute("**/widget/config*")
    with_config(page, open=False, opens="2026-11-23T09:00:00+01:00", outside_hours="message")
    page.reload()
    page.get_by_role("button", name="Chat with Finn").click()
    expect(page.locator(".system").first).to_contain_text("09:00")
    page.get_by_label("Your email address").fill("anna@example.com")
    page.get_by_label("Your message").fill("Please call me back")
    page.get_by_role("button", name="Leave the message").click()
    expect(page.locator(".row.customer .bubble").first).to_contain_text("Please call me back")
    expect(page.locator(".row.customer:not(.unsent)")).to_have_count(2)
    conversation = conversation_of(page)
    assert until(
        lambda: (
            query(
                stack.shop_dir / "var" / "transcripts.db",
                "SELECT handoff_reason FROM conversations WHERE id = ?",
                conversation,
            )
            == [("Please call me back",)]
        )
    )


def test_voice_is_absent_where_the_browser_has_none(page: Page, stack: Stack) -> None:
    page.add_init_script("delete window.SpeechRecognition; delete window.webkitSpeechRecognition")
    with_config(page, voice=True)
    open_chat(page, stack.url)
    page.wait_for_timeout(500)
    expect(page.get_by_role("button", name="Speak your message")).to_have_count(0)


def test_voice_explains_itself_and_sends_what_it_heard(page: Page, stack: Stack) -> None:
    page.add_init_script("""
      window.SpeechRecognition = window.webkitSpeechRecognition = class {
        start() {
          setTimeout(() => {
            this.onresult({ results: [[{ transcript: "hello there" }]] });
            this.onend();
          }, 50);
        }
        stop() {}
      };
    """)
    with_config(page, voice=True)
    open_chat(page, stack.url)
    page.get_by_role("button", name="Speak your message").click()
    expect(page.get_by_text("may send it to its maker")).to_be_visible()
    page.get_by_role("button", name="Use the microphone").click()
    expect(page.locator(".row.customer .bubble")).to_contain_text("hello there")
    assert faults(page) == []


def test_shopping_in_the_demo_shop(page: Page, stack: Stack) -> None:
    page.goto(stack.url)
    page.get_by_role("searchbox").fill("a warm jacket under 150")
    page.keyboard.press("Enter")
    expect(page.locator(".grid .reason").first).to_contain_text("budget")
    page.locator(".grid a").first.click()
    expect(page.get_by_role("heading", name="Similar products")).to_be_visible()
    page.get_by_role("link", name=re.compile("Ask Finn about it")).click()
    say_and_wait(page, "hello")
    page.get_by_role("button", name="Close the chat").click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator(".cart-count")).to_have_text("1")
    page.get_by_role("link", name=re.compile("Cart")).click()
    page.get_by_role("spinbutton").fill("2")
    page.keyboard.press("Tab")
    expect(page.locator(".cart-count")).to_have_text("2")
    told = events(stack, conversation_of(page), 2)
    assert [row[0] for row in told] == ["cart", "cart"]  # ordering: test_checkout_in_browser.py


def test_many_messages_stay_light(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "hello")
    inbox = Inbox(stack.shop_dir / "var" / "web.db")
    for number in range(500):
        inbox.add(
            conversation_of(page),
            f"n-{number}",
            "staff",
            {"text": f"line {number}", "name": "Noor"},
        )
    inbox.close()
    page.reload()
    expect(page.locator(".bubble.staff").last).to_contain_text("line 499")
    assert page.locator(".row").count() <= 80
    page.get_by_role("button", name="Show earlier messages").click()
    assert page.locator(".row").count() == 160


def test_a_copy_of_ones_data_and_its_erasure(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "a quixotic question")
    say_and_wait(page, "i want a copy of my data")
    say_and_wait(page, "just this one")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the copy").click()
    assert "quixotic" in Path(download.value.path()).read_text(encoding="utf-8")
    before = conversation_of(page)
    say_and_wait(page, "delete my data please")
    page.get_by_role("button", name="Erase this").click()
    expect(page.get_by_text("Your data is erased")).to_contain_text("E-", timeout=60_000)
    expect(page.locator(".row.customer")).to_have_count(0)
    assert before not in page.evaluate("() => JSON.stringify(localStorage)")
    assert not query(
        stack.shop_dir / "var" / "transcripts.db",
        "SELECT id FROM conversations WHERE id = ?",
        before,
    )
