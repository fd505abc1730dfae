"""Connections that are cut, delayed and doubled: widget, tracker and transcript still agree."""

import random
import re
import sqlite3
import time
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from bot.transcripts.tracker import events_of
from tests.browser.cutter import Cutter
from tests.browser.widget_page import conversation_of, open_chat, say
from tests.stack import Stack

PATIENCE = 60_000  # ms; the machine may be busy


@pytest.fixture
def cutter(stack: Stack) -> Iterator[Cutter]:
    proxy = Cutter(stack.ports["web"])
    yield proxy
    proxy.close()


@pytest.fixture
def context(page: Page) -> BrowserContext:
    return page.context


def answered(page: Page, count: int) -> None:
    """Wait for the replies to so many messages, and for all of them to be marked as sent."""
    expect(page.locator(".row.customer:not(.unsent)")).to_have_count(count, timeout=PATIENCE)
    expect(page.locator(".unsent")).to_have_count(0, timeout=PATIENCE)


def in_widget(page: Page) -> list[tuple[str, str]]:
    """What the page shows: who and what, in its order."""
    return page.evaluate(
        """() => [...document.querySelector("#shoptalk").shadowRoot.querySelectorAll(".row")]
          .filter((row) => row.dataset.id !== "welcome" && row.from !== "system")
          .map((row) => [row.from, row.dataset.id])"""
    )


def in_tracker(stack: Stack, conversation: str) -> list[str]:
    events = events_of(stack.shop_dir / "var" / "tracker.db", conversation)
    return [e["metadata"]["message_id"] for e in events if e["event"] == "user" and "part" not in e["metadata"]]  # fmt: skip


def in_transcript(stack: Stack, conversation: str) -> list[tuple[str, str]]:
    rows = sqlite3.connect(stack.shop_dir / "var" / "transcripts.db").execute(
        "SELECT sender, id FROM messages WHERE conversation_id = ? ORDER BY at, id", [conversation]
    )
    return rows.fetchall()


def agree(page: Page, stack: Stack, texts: list[str]) -> None:
    """Everything was said once, in order, and widget, tracker and transcript show the same."""
    conversation = conversation_of(page)

    def all_three() -> tuple:
        widget = in_widget(page)
        own = [f"{conversation}-{message}" for sender, message in widget if sender == "customer"]
        replies = sorted(message for sender, message in widget if sender == "assistant")
        told = in_transcript(stack, conversation)
        written = [message for sender, message in told if sender == "customer"]
        answers = sorted(message for sender, message in told if sender == "assistant")
        return (own, replies), (in_tracker(stack, conversation), replies), (written, answers)

    def done() -> bool:
        widget, tracker, transcript = all_three()
        answered = {message.rpartition(":")[0] for message in widget[1]}
        return widget == tracker == transcript and answered == set(widget[0])

    for _ in range(300):  # the last replies are on their way
        if done():
            break
        time.sleep(0.2)
    page.wait_for_timeout(1500)  # time for a double to show itself
    widget, tracker, transcript = all_three()
    assert tracker == widget and transcript == widget
    shown = page.locator(".row.customer .bubble").all_inner_texts()
    assert [text.removeprefix("You said:").strip() for text in shown] == texts


def test_answers_that_are_lost_double_nothing(page: Page, stack: Stack) -> None:
    """The server takes a message, and its acknowledgement never arrives."""
    lost = []

    def lose(route: Route) -> None:
        if len(lost) < 4 and route.request.method == "POST":
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    open_chat(page, stack.url)
    page.route("**/chat/messages", lose)
    texts = ["hello", "do you ship to Belgium?", "thanks"]
    for text in texts:
        say(page, text)
    answered(page, 3)
    assert lost and set(lost) == {202}
    agree(page, stack, texts)


def test_requests_that_arrive_twice_are_one_message(page: Page, stack: Stack) -> None:
    def double(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
        route.continue_()

    open_chat(page, stack.url)
    page.route("**/chat/messages", double)
    for text in ("hello", "a mug please"):
        say(page, text)
    answered(page, 2)
    agree(page, stack, ["hello", "a mug please"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_line_that_keeps_breaking(page: Page, stack: Stack, cutter: Cutter, seed: int) -> None:
    """Cut at random moments, with delays and refusals in between, while the customer writes on."""
    chance = random.Random(seed)
    open_chat(page, cutter.url)
    texts = [f"question {number} about jackets" for number in range(8)]
    for text in texts:
        say(page, text)
        cutter.delay = chance.choice([0, 0, 0.05, 0.2])
        page.wait_for_timeout(chance.uniform(20, 400))
        cutter.cut()
        cutter.refuse = chance.random() < 0.3
    cutter.refuse, cutter.delay = False, 0.0
    answered(page, 8)
    assert cutter.cuts == 8
    agree(page, stack, texts)


def test_what_is_written_offline_waits_and_is_sent(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    open_chat(page, stack.url)
    say(page, "hello")
    answered(page, 1)
    context.set_offline(True)
    for text in ("one more thing", "and another"):
        say(page, text)
    expect(page.locator(".unsent")).to_have_count(2)
    expect(page.locator(".unsent .status", has_text="Not sent yet")).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="offline")).to_be_visible()
    context.set_offline(False)
    answered(page, 3)
    expect(page.get_by_role("status").filter(has_text="offline")).to_be_hidden(timeout=PATIENCE)
    agree(page, stack, ["hello", "one more thing", "and another"])


def test_a_closed_tab_leaves_its_messages_to_the_next(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    open_chat(page, stack.url)
    say(page, "hello")
    answered(page, 1)
    context.route("**/chat/messages", lambda route: route.abort())
    say(page, "written in a tunnel")
    expect(page.locator(".unsent")).to_have_count(1)
    following = context.new_page()
    page.close()
    context.unroute("**/chat/messages")
    following.goto(stack.url)
    following.get_by_role("button", name=re.compile("Chat with Finn")).click()
    answered(following, 2)
    agree(following, stack, ["hello", "written in a tunnel"])


def test_tabs_share_one_conversation_and_one_stream(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    streams: list[str] = []
    context.on("request", lambda one: "/chat/stream" in one.url and streams.append(one.url))
    other = context.new_page()
    open_chat(page, stack.url)
    say(page, "hello from the first")
    answered(page, 1)
    open_chat(other, stack.url)
    expect(other.locator(".row.customer")).to_have_count(1)
    for number in range(3):
        say(page, f"first {number}")
        say(other, f"second {number}")
    answered(page, 7)
    answered(other, 7)
    for _ in range(100):  # the last reply may reach one tab a moment earlier
        if in_widget(page) == in_widget(other) and len(in_widget(page)) >= 14:
            break
        page.wait_for_timeout(200)
    assert in_widget(page) == in_widget(other) and len(streams) == 1
    page.close()  # it had the stream: the other one takes it over
    say(other, "are you still there?")
    answered(other, 8)
    assert len(streams) == 2
    shown = other.locator(".row.customer .bubble").all_inner_texts()
    agree(other, stack, [text.removeprefix("You said:").strip() for text in shown])
    assert len(set(shown)) == 8


def test_a_token_that_is_no_longer_known_begins_anew_and_keeps_the_message(
    page: Page, stack: Stack
) -> None:
    open_chat(page, stack.url)
    say(page, "hello")
    answered(page, 1)
    page.evaluate(
        "() => localStorage.setItem(Object.keys(localStorage).find((k) => k.endsWith(':token')), '\"x.y\"')"
    )
    say(page, "is anybody there?")
    answered(page, 1)
    expect(page.locator(".system").last).to_contain_text("new conversation")
    agree(page, stack, ["is anybody there?"])


def test_a_message_that_is_refused_says_why_and_can_be_removed(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    page.route(
        "**/chat/messages", lambda route: route.fulfill(status=400, json={"error": "Too long."})
    )
    say(page, f"no {uuid.uuid4()}")
    expect(page.get_by_role("alert")).to_have_text(re.compile("Not sent: Too long."))
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".row.customer")).to_have_count(0)


def test_when_the_web_process_is_killed_the_chat_goes_on(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say(page, "hello")
    answered(page, 1)
    stack.kill("bot.web")
    say(page, "how do returns work?")
    say(page, "and what do they cost?")
    answered(page, 3)
    agree(page, stack, ["hello", "how do returns work?", "and what do they cost?"])
