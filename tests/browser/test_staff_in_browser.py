"""Customer and staff at once, each in a browser, with everything real between them."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.settings import read_settings
from bot.staff.accounts import StaffStore, hash_password
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from tests.browser.test_chat_in_browser import open_chat, say, shoot
from tests.stack import Stack

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module", autouse=True)
def staff(stack: Stack) -> None:
    """Ann and Bea, agents."""
    store = StaffStore(read_settings({"SHOPTALK_SHOP": str(stack.shop_dir / "shop.yml")}).staff_db)
    for login in ("ann", "bea"):
        store.add(login, login.title(), "agent", "one-time password")
        store.set_password(login, hash_password(PASSWORD), must_change=False)
    store.close()


def sign_in(page: Page, stack: Stack, login: str = "ann") -> None:
    page.goto(f"{stack.url}/console")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Conversations")).to_be_visible()


@pytest.fixture
def agent(browser: Browser, stack: Stack) -> Iterator[Page]:
    """Ann at the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(20_000)
    sign_in(page, stack)
    yield page
    context.close()


def open_conversation(agent: Page, words: str) -> None:
    agent.goto(agent.url.split("/console")[0] + "/console/conversations?view=all")
    agent.locator(".item", has_text=words).first.click(timeout=20_000)
    expect(agent.locator(".said.customer").first).to_contain_text(words)


def bubbles(page: Page, who: str):
    return page.locator(f".bubble.{who}")


def notices(page: Page):
    return page.locator(".log .system")


def test_taking_over_typing_and_handing_back(page: Page, agent: Page, stack: Stack) -> None:
    open_chat(page, stack)
    say(page, "what does shipping to belgium cost")
    expect(bubbles(page, "assistant").last).to_contain_text("4.95")
    open_conversation(agent, "shipping to belgium")
    agent.get_by_role("button", name="Take over").click()
    expect(notices(page).last).to_contain_text("Ann from Hazel & Finch has joined the chat.")

    said = bubbles(page, "assistant").count()
    say(page, "/restart")
    say(page, "are you a person?")
    expect(agent.locator(".said.customer").last).to_contain_text("are you a person?")
    page.get_by_label("Your message").press_sequentially("hel", delay=30)
    expect(agent.locator("#typing")).to_contain_text("The customer is typing")
    agent.get_by_label("Your message").press_sequentially("Yes, ", delay=30)
    expect(page.locator(".typing")).to_be_visible()
    agent.get_by_label("Your message").fill("Yes, I'm Ann.")
    agent.get_by_role("button", name="Send").click()
    expect(bubbles(page, "staff").last).to_contain_text("Yes, I'm Ann.")
    assert bubbles(page, "assistant").count() == said

    who = page.get_by_role("dialog").locator(".names strong")
    expect(who).to_have_text("Ann")
    agent.get_by_label("Summary for the customer").fill("Shipping costs €4.95.")
    agent.get_by_role("button", name="Hand back").click()
    expect(notices(page).last).to_contain_text(
        "Finn is here again. In short: Shipping costs €4.95."
    )
    expect(who).to_have_text("Finn")
    page.get_by_label("Your message").fill("")
    say(page, "what are your opening hours")
    expect(bubbles(page, "assistant").last).to_contain_text("09:00")

    transcripts = sqlite3.connect(stack.shop_dir / "var" / "transcripts.db")
    sql = "SELECT sender, author FROM messages WHERE text = ?"
    assert transcripts.execute(sql, ["Yes, I'm [name]."]).fetchall() == [("staff", "Ann")]
    tracker = sqlite3.connect(stack.shop_dir / "var" / "tracker.db")
    kinds = [row[0] for row in tracker.execute("SELECT type_name FROM events ORDER BY id")]
    assert "pause" in kinds and "resume" in kinds and "restart" not in kinds


def test_drafts_stay_canned_replies_are_added_and_pages_are_fetched_once(
    page: Page, agent: Page, stack: Stack
) -> None:
    open_chat(page, stack)
    say(page, "do you deliver to antwerp")
    expect(bubbles(page, "assistant").last).to_be_visible()
    open_conversation(agent, "deliver to antwerp")
    agent.get_by_role("button", name="Take over").click()
    expect(notices(page).last).to_contain_text("has joined the chat.")
    reply = agent.get_by_label("Your message")
    reply.press_sequentially("Dear customer,", delay=10)
    agent.get_by_label("Canned reply").select_option("one-moment")
    both = "Dear customer,\nOne moment please, I'm looking that up."
    expect(reply).to_have_value(both)
    here = agent.url
    agent.goto(f"{stack.url}/console/requests")
    agent.goto(here)
    expect(reply).to_have_value(both)  # what was begun is still there

    fetched: list[str] = []
    agent.on("request", lambda one: fetched.append(one.url) if one.headers.get("x-live") else None)
    say(page, "are you still there?")
    expect(agent.locator(".said.customer").last).to_contain_text("are you still there?")
    agent.wait_for_timeout(8000)
    assert 1 <= len(fetched) <= 3, (
        fetched
    )  # the message, that it was taken, its row in the transcripts

    agent.get_by_role("button", name="Send").click()
    expect(bubbles(page, "staff").last).to_contain_text("One moment please")
    expect(reply).to_have_value("")
    agent.goto(here)
    expect(reply).to_have_value("")
    agent.get_by_role("button", name="Hand back").click()
    expect(notices(page).last).to_have_text("Ann has left the chat. Finn is here again.")


def return_to_chat(page: Page, stack: Stack) -> None:
    page.goto(stack.url)
    expect(page.get_by_role("dialog")).to_be_visible()  # it was open when they left


def test_a_customer_asks_for_a_person_and_the_inbox_shows_it(
    page: Page, agent: Page, stack: Stack
) -> None:
    agent.goto(f"{stack.url}/console/conversations?view=waiting")
    open_chat(page, stack)
    say(page, "I want to talk to a human")
    expect(bubbles(page, "assistant").last).to_contain_text(re.compile("colleague|our team"))
    expect(
        agent.locator(".item .badge.waiting, .item .badge", has_text="waits since")
    ).to_be_visible()
    expect(agent).to_have_title("(1) Conversations · Hazel & Finch")
    agent.locator(".item").first.click()
    agent.get_by_role("button", name="Take over").click()
    expect(notices(page).last).to_contain_text("Ann from Hazel & Finch has joined the chat.")
    agent.get_by_label("Your message").fill("How can I help?")
    agent.get_by_role("button", name="Send").click()
    expect(bubbles(page, "staff").last).to_contain_text("How can I help?")
    page.goto("about:blank")  # the customer leaves and comes back
    return_to_chat(page, stack)
    expect(bubbles(page, "staff").last).to_contain_text("How can I help?")
    say(page, "my parcel is late")
    expect(agent.locator(".said.customer").last).to_contain_text("my parcel is late")


def test_a_line_that_drops_brings_everything_when_it_is_back(
    page: Page, agent: Page, stack: Stack
) -> None:
    open_chat(page, stack)
    say(page, "do you have enamel mugs")
    expect(page.locator(".card").first).to_be_visible()
    open_conversation(agent, "enamel mugs")
    agent.get_by_role("button", name="Take over").click()
    expect(notices(page).last).to_contain_text("has joined the chat")
    expect(agent.get_by_role("button", name="Hand back")).to_be_visible()  # the page is there
    listing = subprocess.run(["ps", "-ewwo", "pid,ppid,args"], capture_output=True, text=True)
    web = next(
        int(line.split()[0])
        for line in listing.stdout.splitlines()
        if line.split()[1] == str(stack.process.pid) and "bot.web" in line
    )
    os.kill(web, signal.SIGKILL)  # all streams break; the supervisor starts it again
    agent.get_by_label("Your message").fill("Still there?")
    agent.get_by_role("button", name="Send").click()
    expect(agent.get_by_label("Your message")).to_have_value("", timeout=60_000)
    expect(bubbles(page, "staff").last).to_contain_text("Still there?", timeout=30_000)
    expect(bubbles(page, "staff")).to_have_count(1)
    say(page, "yes, I am")
    expect(agent.locator(".said.customer").last).to_contain_text("yes, I am", timeout=30_000)


def test_a_request_rings_is_taken_done_and_told(page: Page, agent: Page, stack: Stack) -> None:
    agent.goto(f"{stack.url}/console/requests")
    expect(agent.locator(".requests .empty")).to_contain_text("no request is open")
    open_chat(page, stack)
    say(page, "i want to cancel HF-10222, my email is anna@example.com")
    page.get_by_role("button", name="Yes, cancel it").click()
    expect(bubbles(page, "assistant").last).to_contain_text("is cancelled")
    reference = re.search(r"R-\w{4}-\w{4}", bubbles(page, "assistant").last.inner_text())
    assert reference
    expect(agent.locator(".requests .item")).to_contain_text("Cancel")  # without loading it again
    expect(agent).to_have_title(re.compile(r"^\(\d+\) Requests · Hazel & Finch$"))
    expect(agent.locator("[data-count=Requests]")).to_have_text("1")
    agent.get_by_label(f"Choose {reference[0]}").check()
    agent.keyboard.press("j")
    expect(agent.get_by_role("heading", level=1)).to_contain_text(reference[0])
    expect(agent.locator("#request-facts")).to_contain_text("[number]")
    agent.get_by_role("button", name="Take it").click()
    expect(agent.locator("#request-facts")).to_contain_text("HF-10222")
    agent.get_by_role("button", name="Show personal data").click()
    expect(agent.locator("#request-facts")).to_contain_text("anna@example.com")
    say(page, "did my cancellation go through?")
    expect(bubbles(page, "assistant").last).to_contain_text(reference[0])
    expect(bubbles(page, "assistant").last).to_contain_text(
        re.compile("colleague|worked on|[Oo]ur team")
    )

    agent.get_by_label("State").select_option("done")
    agent.get_by_label("Note for the customer").fill("Your €19.45 are on their way.")
    agent.get_by_role("button", name="Save").click()
    expect(agent.locator("#request-head")).to_contain_text("done")
    expect(bubbles(page, "staff").last).to_contain_text(f"{reference[0]}: Your €19.45")
    say(page, f"what about {reference[0].lower()}")
    expect(bubbles(page, "assistant").last).to_contain_text("Your €19.45 are on their way.")
    say(page, "undo the cancellation")
    expect(bubbles(page, "assistant").last).to_contain_text(re.compile("can't|too late"))


def test_requests_on_a_phone_and_by_the_keyboard(agent: Page, stack: Stack) -> None:
    settings = read_settings({"SHOPTALK_SHOP": str(stack.shop_dir / "shop.yml")})
    store = StaffStore(settings.staff_db)
    now = time.time()
    for number, (kind, hours) in enumerate((("return", 30), ("damaged", 6), ("call_back", 0.1))):
        asked = Asked(kind, f"R-{number + 3}333-CCCC", now - hours * 3600, email="eva@example.com",
                      order="HF-10171", detail="the handle of the second mug came off, " * 4)  # fmt: skip
        RequestStore(store.db).add("nobody", asked)
    store.close()
    agent.goto(f"{stack.url}/console/requests?q=eva@example.com")
    for width in (1280, 390):
        agent.set_viewport_size({"width": width, "height": 844})
        expect(agent.locator(".requests .item")).to_have_count(3)
        wide = agent.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        shoot(agent, f"requests-{width}")
    expect(agent.locator(".requests .item.red, .requests .item.amber")).to_have_count(2)
    first = agent.get_by_label("Choose R-3333-CCCC")
    box = first.locator("xpath=..").bounding_box()
    assert box and box["width"] >= 44  # a finger's width
    first.focus()
    agent.keyboard.press("Space")
    expect(first).to_be_checked()
    agent.keyboard.press("Tab")
    expect(agent.locator(".requests .item").first).to_be_focused()
    agent.get_by_role("button", name="Take", exact=True).press("Enter")
    expect(agent.get_by_role("status")).to_contain_text("1 of 1 done.")
    agent.locator(".requests .item").first.press("Enter")
    expect(agent.get_by_role("heading", level=1)).to_contain_text("R-3333-CCCC")
    assert agent.evaluate("document.documentElement.scrollWidth") <= 390
    shoot(agent, "request-390")


def test_nobody_there_makes_a_ticket_that_is_answered_later(
    page: Page, agent: Page, stack: Stack
) -> None:
    agent.get_by_role("button", name="Available").click()  # a break: nobody is on duty
    expect(agent.get_by_role("button", name="On a break")).to_be_visible()
    open_chat(page, stack)
    say(page, "can I speak to a person")
    expect(bubbles(page, "assistant").last).to_contain_text("address")
    say(page, "carla@example.com")
    page.get_by_role("button", name="Yes, note it").click()
    expect(bubbles(page, "assistant").last).to_contain_text("R-")
    page.goto("about:blank")  # gone
    open_conversation(agent, "can I speak to a person")
    agent.get_by_label("Your message").fill("We called the carrier: it comes tomorrow.")
    agent.get_by_role("button", name="Send").click()
    expect(agent.locator(".said.staff").last).to_contain_text("it comes tomorrow")
    agent.get_by_role("button", name="On a break").click()
    return_to_chat(page, stack)
    expect(bubbles(page, "staff").last).to_contain_text("it comes tomorrow")
