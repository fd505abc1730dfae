"""All that the widget can do, used in Chromium with everything real behind it."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from bot.inbox.store import Inbox
from tests.browser.widget_page import (
    conversation_of,
    events,
    launch,
    open_chat,
    put,
    put_all,
    query,
    say_and_wait,
    tracker_slots,
    until,
    with_config,
)  # fmt: skip
from tests.stack import Stack

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SMALL = {"viewport": {"width": 320, "height": 560}, "has_touch": True, "is_mobile": True}
DARK = {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"}
WIDE = {"viewport": {"width": 1280, "height": 860}}

ORDER = {
    "kind": "order", "number": "HF-1", "status": "On its way", "items": ["1 × Stoneware Mug"],
    "total": "€19.45", "carrier": "PostNL", "tracking": "3SABC", "expected": "Monday",
    "steps": [{"name": "Paid", "state": "done"}, {"name": "On its way", "state": "now"}, {"name": "Delivered", "state": ""}],
}  # fmt: skip


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong under WCAG 2.2 A and AA."""
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


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
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.get_by_label("Your message").bounding_box()
    assert box["width"] > 150 and box["x"] >= 0


@pytest.mark.parametrize("page", [WIDE, DARK, PHONE], indirect=True)
def test_the_storefront_is_accessible(page: Page, stack: Stack) -> None:
    for path in ("/", "/shop/products?category=Clothing", "/shop/products/JKT-02", "/shop/cart", "/shop/policies/faq", "/nowhere"):  # fmt: skip
        page.goto(stack.url + path)
        expect(page.get_by_role("button", name="Chat with Finn")).to_be_visible()
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


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
    body = query(
        stack.shop_dir / "var" / "web.db",
        "SELECT body FROM events WHERE conversation = ? AND sender = 'customer' ORDER BY seq DESC",
        conversation_of(page),
    )[0][0]
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


def test_the_menu_by_keyboard_and_a_copy_of_the_conversation(page: Page, stack: Stack) -> None:
    open_chat(page, stack.url)
    say_and_wait(page, "hello <b>you</b>")
    page.get_by_role("button", name="More", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Talk to a person")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    sound = page.get_by_role("menuitemcheckbox", name="Sound for new messages")
    expect(sound).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a text file").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "You: hello <b>you</b>" in text and "Finn: " in text and "says:" not in text
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More", exact=True)).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_visible()


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
    page.get_by_label("Your message").fill("not sent")
    kept = "() => [document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)]"
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


@pytest.fixture
def other_site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which another origin serves it."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            policy = tmp_path / "csp.txt"
            if policy.exists():
                self.send_header("Content-Security-Policy", policy.read_text())
            super().end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'; script-src {shop}; connect-src {shop}; img-src {shop} data:; require-trusted-types-for 'script'",
        "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src {shop}; img-src {shop} data:",
    ],
)
def test_under_a_strict_policy_on_another_site(
    page: Page, stack: Stack, other_site: tuple[Path, str], policy: str
) -> None:
    folder, address = other_site
    (folder / "csp.txt").write_text(policy.format(shop=stack.url))
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><title>My shop</title><link rel="icon" href="data:,">'
        "<main><h1>My shop</h1></main>"
        f'<script nonce="abc" src="{stack.url}/widget/loader.js" data-position="left" data-theme="dark" '
        'data-name="Pip" data-colour="#ffe08a" data-language="nl" async></script>'
    )
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    page.goto(address)
    launcher = page.get_by_role("button", name="Chat met Pip")
    assert launcher.bounding_box()["x"] < 100
    assert (
        launcher.evaluate("(one) => getComputedStyle(one).backgroundColor") == "rgb(255, 224, 138)"
    )
    launcher.click()
    page.get_by_label("Je bericht").fill("show me mugs")
    page.keyboard.press("Enter")
    expect(page.locator(".card img").first).to_be_visible(timeout=30_000)
    assert complaints == [] and faults(page) == []


def test_the_page_and_the_widget_leave_each_other_alone(
    page: Page, stack: Stack, other_site: tuple[Path, str]
) -> None:
    """A page with hostile styles, and its own scripts on the prototypes."""
    folder, address = other_site
    (folder / "index.html").write_text(
        '<!doctype html><link rel="icon" href="data:,">'
        "<style>* { font-size: 40px !important; color: red !important; display: block !important }"
        "</style><h1>My shop</h1><button class='launcher panel'>Mine</button>"
        f'<script src="{stack.url}/widget/loader.js" async></script>'
    )
    page.goto(address)
    launch(page)
    size = page.get_by_label("Your message").evaluate("(one) => getComputedStyle(one).fontSize")
    assert size == "16px"
    assert page.locator("button.launcher.panel").evaluate("(one) => one.textContent") == "Mine"
    extra = page.evaluate("() => Object.keys(window).filter((key) => /shoptalk/i.test(key))")
    assert extra == ["shoptalk"]


def test_the_javascript_interface(page: Page, stack: Stack, other_site: tuple[Path, str]) -> None:
    folder, address = other_site
    key = stack.shoptalk("identity-key").strip()
    token = jwt.encode({"sub": "c-1", "name": "Anna", "exp": 4102444800}, key, "HS256")
    (folder / "index.html").write_text(
        '<!doctype html><link rel="icon" href="data:,"><h1>My shop</h1>'
        f'<script src="{stack.url}/widget/loader.js"></script><script>'
        "window.heard = [];"
        "addEventListener('shoptalk:ready', () => heard.push('ready'));"
        "shoptalk.on('message', (one) => heard.push(one.from));"
        "shoptalk.on('open', () => heard.push('open'));"
        "shoptalk.track('cart', { sku: 'MUG-01', quantity: 1, value: 14.5 });"
        "</script>"
    )
    page.goto(address)
    page.wait_for_function("() => heard.includes('ready')")
    page.evaluate("() => shoptalk.send('show me mugs')")
    expect(page.locator(".card").first).to_be_visible(timeout=30_000)
    assert page.evaluate("() => heard.slice(0, 4)") == ["ready", "open", "customer", "assistant"]
    page.evaluate("(token) => shoptalk.identify(token)", token)
    with pytest.raises(Exception, match="none of page, cart, purchase"):
        page.evaluate("() => shoptalk.track('mood', {})")
    with pytest.raises(Exception, match="can't be used"):
        page.evaluate("() => shoptalk.identify('x')")
    page.evaluate(
        "() => shoptalk.on('product', (one, event) => (event.preventDefault(), heard.push(one.sku)))"
    )
    page.locator(".card").first.click()
    assert page.url == address and page.evaluate("() => heard.at(-1)").startswith("MUG")
    assert [row[0] for row in events(stack, conversation_of(page), 2)] == ["cart", "click"]
    page.evaluate("() => shoptalk.toggle()")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_shopping_in_the_demo_shop(page: Page, stack: Stack) -> None:
    page.goto(stack.url)
    page.get_by_role("searchbox").fill("a warm jacket under 150")
    page.keyboard.press("Enter")
    expect(page.locator(".grid .reason").first).to_contain_text("budget")
    page.locator(".grid a").first.click()
    expect(page.get_by_role("heading", name="Similar products")).to_be_visible()
    page.get_by_role("button", name=re.compile("Ask Finn about it")).click()
    say_and_wait(page, "hello")
    page.get_by_role("button", name="Close the chat").click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator(".cart-count")).to_have_text("1")
    page.get_by_role("link", name=re.compile("Cart")).click()
    page.get_by_role("spinbutton").fill("2")
    page.keyboard.press("Tab")
    expect(page.locator(".cart-count")).to_have_text("2")
    page.get_by_role("button", name="Order").click()
    expect(page.get_by_text("It's empty.")).to_be_visible()
    told = events(stack, conversation_of(page), 3)
    assert [row[0] for row in told] == ["cart", "cart", "purchase"]
    assert told[2][2] == told[1][2] and told[1][1] in told[2][3]


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


def test_what_a_page_asks_before_the_settings_are_there_waits(page: Page, stack: Stack) -> None:
    held: list[Route] = []
    page.route("**/widget/config*", lambda route: held.append(route))
    page.goto(stack.url)
    while not held:
        page.wait_for_timeout(50)
    page.evaluate("() => { shoptalk.track('cart', { skus: [] }); shoptalk.open(); }")
    held[0].continue_()
    expect(page.get_by_role("dialog")).to_be_visible()
