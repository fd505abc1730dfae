"""The widget holds on anybody's page: what browsers refuse, and what pages do to what is in them."""

from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, Route, expect

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.cutter import Cutter
from tests.browser.pages import Site, served
from tests.browser.widget_page import (
    PHONE,
    SMALL,
    faults,
    launch,
    say,
    say_and_wait,
    until,
    with_config,
)
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

REFUSED = """() => {
  const refuse = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
  for (const name of ["localStorage", "sessionStorage", "indexedDB"])
    Object.defineProperty(window, name, { get: refuse });
  LockManager.prototype.request = () => Promise.reject(new DOMException("no", "SecurityError"));
  window.BroadcastChannel = class { constructor() { refuse(); } };
}"""
ABSENT = """() => {
  for (const [thing, name] of [[Navigator.prototype, "locks"], [Crypto.prototype, "subtle"], [Crypto.prototype, "randomUUID"]])
    delete thing[name];
  delete window.BroadcastChannel;
}"""
# The browser's clock, so many ms before the server's.
AHEAD = """by => {
  const now = Date.now;
  Date.now = () => now() + by;
  const Real = Date;
  window.Date = class extends Real {
    constructor(...all) { super(...(all.length ? all : [Real.now()])); }
  };
}"""
# Swaps the body for the one of another page, as Turbo, swup or barba do, and runs its scripts again.
VISIT = """async address => {
  const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
  document.title = page.title;
  const swap = () => {
    document.documentElement.replaceChild(document.adoptNode(page.body), document.body);
    for (const old of document.body.querySelectorAll("script")) {
      const script = document.createElement("script");
      for (const { name, value } of old.attributes) script.setAttribute(name, value);
      old.replaceWith(script);
    }
  };
  history.pushState({}, "", address);
  if (HOW === "body") swap();
  if (HOW === "transition") await document.startViewTransition(swap).finished;
  if (HOW === "html") document.documentElement.innerHTML = page.documentElement.innerHTML;
  if (HOW === "root") document.replaceChild(document.adoptNode(page.documentElement), document.documentElement);
}"""


@pytest.mark.parametrize("script", [REFUSED, ABSENT], ids=["refused", "absent"])
def test_without_storage_locks_and_channels(page: Page, site: Site, script: str) -> None:
    page.add_init_script(f"({script})()")
    page.goto(site.page("/", "<h1>A bank</h1>"))
    launch(page)
    say_and_wait(page, "show me a jacket")
    expect(page.locator(".row.customer .status")).to_have_text("Sent")
    say_and_wait(page, "thanks")


def test_in_a_sandboxed_frame(page: Page, site: Site) -> None:
    inner = site.page("/inner", "<h1>Inside</h1>")
    site.pages["/"] = (
        f'<!doctype html><html lang="en"><title>Outside</title><link rel="icon" href="data:,">'
        f'<iframe sandbox="allow-scripts" src="{inner}" style="width:600px;height:600px"></iframe>'
    )
    page.goto(site.url + "/")
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Chat with Finn").last.click()
    frame.get_by_label("Your message").fill("hello")
    frame.get_by_label("Your message").press("Enter")
    expect(frame.locator(".row.assistant")).to_have_count(2)
    expect(frame.locator(".row.customer .status")).to_have_text("Sent")


@pytest.mark.parametrize(
    "line",
    [
        "{line}{line}",
        '<script type="module" src="{src}"></script>',
        "<script>(src => {{ const tag = document.createElement('script'); tag.src = src; document.head.append(tag); }})('{src}')</script>",
        "<script>const tag = document.createElement('script'); tag.type = 'held/back'; tag.src = '{src}'; document.head.append(tag);"
        "fetch(tag.src).then(one => one.text()).then(text => new Function(text)())</script>",
    ],
    ids=["two copies", "module", "tag manager", "run by an optimiser"],
)
def test_however_the_line_gets_into_the_page(page: Page, site: Site, line: str) -> None:
    added = line.format(line=site.line(), src=f"{site.base}/widget/loader.js")
    site.pages["/"] = (
        f'<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,">{added}'
    )
    page.goto(site.url + "/")
    launch(page)
    say_and_wait(page, "hello")
    expect(page.locator("#shoptalk")).to_have_count(1)
    expect(page.locator(".row.customer")).to_have_count(1)


@pytest.mark.parametrize("how", ["body", "transition", "html", "root"])
def test_pages_that_change_without_being_loaded(page: Page, site: Site, how: str) -> None:
    other = site.page("/other", "<h1>Another page</h1>")
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "hello")
    page.get_by_label("Your message").fill("half a sen")
    for _ in range(2):
        page.evaluate(VISIT.replace("HOW", repr(how)), other)
        expect(page.get_by_role("heading", name="Another page")).to_be_visible()
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.get_by_label("Your message")).to_have_value("half a sen")
    expect(page.locator("#shoptalk")).to_have_count(1)
    say_and_wait(page, "and here?")
    page.evaluate("shoptalk.close()")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("shoptalk.open()")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_page_that_draws_itself_anew(page: Page, site: Site) -> None:
    """As React and others do with all that is in the body."""
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    page.evaluate("document.body.textContent = ''; document.body.append('drawn anew')")
    say_and_wait(page, "hello")
    page.evaluate("document.querySelector('#shoptalk').remove()")
    say_and_wait(page, "still there?")


def test_back_to_a_page_that_the_browser_kept(
    playwright: Playwright, site: Site, engine: FakeEngine
) -> None:
    keeping = playwright.chromium.launch(
        executable_path=CHROMIUM, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    page = keeping.new_page()
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "hello")
    page.evaluate("addEventListener('pageshow', event => (window.kept = event.persisted))")
    page.goto(site.page("/other", "<h1>Another page</h1>"))
    say_and_wait(page, "written on the other page")
    page.evaluate("history.back()")
    page.wait_for_function("window.kept")
    expect(page.locator(".bubble.customer").last).to_contain_text("written on the other page")
    say_and_wait(page, "and back")
    assert [turn["text"] for turn in engine.turns] == [
        "hello", "written on the other page", "and back",
    ]  # fmt: skip
    keeping.close()


HOSTILE = """<style>
* { text-transform: uppercase !important; letter-spacing: 9px !important; font-size: 40px !important;
    direction: rtl !important; color: red !important; opacity: .1 !important; pointer-events: none !important;
    --paper: red !important; --text: red; line-height: 3 !important; visibility: hidden !important }
div, body > div, html > div { display: none !important; transform: scale(2) !important }
</style>"""


def test_no_style_of_the_page_gets_in(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>Loud</h1>", HOSTILE))
    launch(page)
    say_and_wait(page, "hello")
    looks = page.locator(".bubble.assistant").last.evaluate(
        """one => { const style = getComputedStyle(one); return [style.textTransform, style.letterSpacing,
        style.fontSize, style.direction, style.visibility, style.color, style.backgroundColor] }"""
    )
    assert looks == ["none", "normal", "15px", "ltr", "visible", "rgb(31, 38, 35)", "rgb(255, 255, 255)"]  # fmt: skip
    assert page.locator("#shoptalk").evaluate("one => getComputedStyle(one).opacity") == "1"


def test_nothing_gets_out_to_the_page(page: Page, site: Site) -> None:
    """Shortcuts of the page, and dialogs that pull the focus back."""
    page.goto(site.page("/", """<input aria-label="Search"><h1>A page</h1><script>
      window.heard = [];
      for (const kind of ["keydown", "keyup", "keypress", "input", "paste"])
        document.addEventListener(kind, event => heard.push(kind));
      document.addEventListener("keydown", event => event.key === "s" && document.querySelector("input").focus());
      document.addEventListener("focusin", event => event.target.id === "shoptalk" && document.querySelector("input").focus());
    </script>"""))  # fmt: skip
    launch(page)
    page.get_by_label("Your message").press_sequentially("is it soft?")
    expect(page.get_by_label("Your message")).to_have_value("is it soft?")
    assert page.evaluate("heard") == []
    assert "inter" not in page.evaluate("getComputedStyle(document.body).fontFamily").lower()


def test_it_is_not_printed(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>An invoice</h1>"))
    launch(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".launcher")).to_be_hidden()


def test_a_page_sets_where_it_stands(page: Page, site: Site) -> None:
    banner = '<div style="position:fixed;inset:auto 0 0;height:120px;background:gold;z-index:{}">Cookies?</div>'
    top = "document.elementFromPoint(innerWidth - 40, innerHeight - 40).id"
    page.goto(site.page("/under", banner.format(2147483647)))
    expect(page.locator(".launcher")).to_be_visible()
    assert page.evaluate(top) != "shoptalk"
    page.goto(site.page("/over", banner.format(9), **{"z-index": "10"}))
    expect(page.locator(".launcher")).to_be_visible()
    assert page.evaluate(top) == "shoptalk"
    page.goto(site.page("/beside", banner.format(2147483647), offset="30 140"))
    expect(page.locator(".launcher")).to_be_visible()
    box: Any = page.locator(".launcher").bounding_box()
    assert (box["x"] + box["width"], box["y"] + box["height"]) == (1280 - 30, 860 - 140)
    # Or by the page's own style, which may differ between screens.
    style = "<style>:root { --shoptalk-bottom: 200px; --shoptalk-z-index: 3 }</style>"
    page.goto(site.page("/styled", "<h1>A page</h1>", style))
    expect(page.locator(".launcher")).to_be_visible()
    box = page.locator(".launcher").bounding_box()
    assert box["y"] + box["height"] == 860 - 200


def test_in_a_container_of_the_page(page: Page, site: Site) -> None:
    place = '<h1>Help</h1><div id="help" style="width:420px;height:500px;margin-left:99px"></div>'
    page.goto(site.page("/", place, container="#help"))
    expect(page.get_by_role("dialog")).to_be_visible()
    box: Any = page.get_by_role("dialog").bounding_box()
    assert (box["x"], box["width"], box["height"]) == (99 + 8, 420, 500)
    assert page.evaluate(
        "document.activeElement === document.body"
    )  # the page's focus is the page's
    expect(page.locator(".launcher")).to_be_hidden()
    say_and_wait(page, "hello")


def test_a_link_of_the_page_opens_it(page: Page, site: Site) -> None:
    link = '<a href="/contact" data-shoptalk-open>Ask us</a>'
    site.page("/contact", "<h1>Contact</h1>")
    page.goto(site.page("/", link, button="hidden"))
    page.wait_for_function("window.shoptalk && document.querySelector('#shoptalk')")
    expect(page.locator(".launcher")).to_be_hidden()
    page.get_by_role("link", name="Ask us").click()
    expect(page.get_by_label("Your message")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Ask us")).to_be_focused()


@pytest.mark.parametrize("blocked", ["**/widget/loader.js", "**/main.js", "**/widget/config*"])
def test_a_blocker_leaves_the_pages_own_links_working(page: Page, site: Site, blocked: str) -> None:
    site.page("/contact", "<h1>Contact</h1>")
    page.route(blocked, lambda route: route.abort())
    page.goto(
        site.page("/", '<a href="/contact" data-shoptalk-open>Ask us</a>', contact="/contact")
    )
    page.get_by_role("link", name="Ask us").click()
    expect(page.get_by_role("heading", name="Contact")).to_be_visible()
    if "loader" not in blocked:
        page.goto(site.url + "/")
        page.evaluate("shoptalk.open()")
        expect(page.get_by_role("heading", name="Contact")).to_be_visible()


@pytest.mark.parametrize("page", [SMALL], indirect=True)
def test_at_320_pixels_all_is_there(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "show me a jacket")
    for part in (page.get_by_role("dialog"), page.get_by_label("Your message"), page.get_by_label("Send")):  # fmt: skip
        box: Any = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    log = page.get_by_role("region", name="Conversation")
    assert log.evaluate("one => one.scrollWidth <= one.clientWidth")


# What an iPhone does: the page keeps its height, and a part of it is seen.
KEYBOARD = """() => {
  Object.defineProperty(visualViewport, "height", { get: () => 380 });
  Object.defineProperty(visualViewport, "offsetTop", { get: () => 60 });
  visualViewport.dispatchEvent(new Event("resize"));
}"""
AT_THE_END = """() => {
  const log = document.querySelector("#shoptalk").shadowRoot.querySelector(".log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
}"""


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_the_end_stays_in_sight_above_a_phones_keyboard(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    for number in range(6):
        say_and_wait(page, f"message {number}\nof two lines")
    page.evaluate(KEYBOARD)
    field: Any = page.get_by_label("Your message").bounding_box()
    assert field["y"] > 60 and field["y"] + field["height"] <= 440
    page.wait_for_function(AT_THE_END)
    box: Any = page.locator(".row").last.locator(".bubble").bounding_box()
    assert box["y"] + box["height"] <= field["y"]


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_the_end_stays_in_sight_whatever_changes_at_once(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    for number in range(6):
        say_and_wait(page, f"message {number}\nof two lines")
    page.evaluate(
        f"async () => {{ await shoptalk.send('as the keyboard comes up'); ({KEYBOARD})() }}"
    )
    expect(page.locator(".bubble.customer").last).to_contain_text("as the keyboard comes up")
    page.wait_for_function(AT_THE_END)
    expect(page.locator(".row.customer .status").last).to_have_text("Sent")
    page.locator(".bubble.customer").last.evaluate("one => (one.style.minHeight = '300px')")
    page.wait_for_function(AT_THE_END)  # as a picture that is loaded makes it higher
    expect(page.locator(".row.assistant")).to_have_count(8)
    # Who reads what was said before stays there.
    log = page.get_by_role("region", name="Conversation")
    log.evaluate("one => (one.scrollTop = 100)")
    page.wait_for_function(f"() => !({AT_THE_END})()")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    page.locator(".bubble.customer").last.evaluate("one => (one.style.minHeight = '400px')")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert log.evaluate("one => one.scrollTop") == 100


@pytest.mark.parametrize("passed", [0, 1], ids=["nothing comes", "the first words come"])
def test_a_stream_that_is_held_back(page: Page, web: WebProcess, passed: int) -> None:
    proxy = Cutter(web.port)
    proxy.holds_streams_after = passed
    with served(proxy.url) as site:
        page.goto(site.page("/", "<h1>An office</h1>"))
        launch(page)
        say(page, "hello")
        expect(page.locator(".row.assistant")).to_have_count(2, timeout=12_000)
        say_and_wait(page, "and again")
        expect(page.locator(".row.customer")).to_have_count(2)
        expect(page.get_by_role("status").filter(has_text="Your network holds")).to_be_visible(
            timeout=12_000
        )
    proxy.close()


def test_a_slow_line_is_not_a_stream_that_is_held_back(page: Page, web: WebProcess) -> None:
    proxy = Cutter(web.port)
    with served(proxy.url) as site:
        page.goto(site.page("/", "<h1>A train</h1>"))
        launch(page)
        proxy.delay = 1.7  # in each direction, so that no first word is there within three seconds
        page.evaluate(
            """() => { const notice = document.querySelector("#shoptalk").shadowRoot.querySelector(".notice");
            window.said = []; new MutationObserver(() => said.push(notice.textContent)).observe(notice,
            { childList: true, characterData: true, subtree: true }) }"""
        )
        say(page, "hello")
        expect(page.locator(".row.assistant")).to_have_count(2, timeout=40_000)
        page.wait_for_timeout(9_000)  # longer than two looks at a late stream
        assert not [one for one in page.evaluate("said") if "holds our answers back" in one]
    proxy.close()


def test_what_is_told_of_a_customer_is_not_waited_for_in_the_stream(page: Page, site: Site) -> None:
    page.clock.install()
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say(page, "hello")
    expect(page.locator(".row.assistant")).to_have_count(2)
    with page.expect_response("**/chat/events"):
        page.get_by_role("button", name="This didn't help").last.click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(5_000)  # longer than a message may be on its way in the stream
    page.evaluate("fetch('/')")
    assert [url for url in asked if "/chat/messages" in url] == []


def test_what_was_begun_to_be_written_is_kept(page: Page, site: Site) -> None:
    other = site.page("/other", "<h1>Another page</h1>")
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    page.get_by_label("Your message").fill("I bought this in")
    page.goto(other)
    expect(page.get_by_label("Your message")).to_have_value("I bought this in")
    say_and_wait(page, "I bought this in May")
    page.reload()
    expect(page.get_by_label("Your message")).to_have_value("")


def test_days_are_told_by_one_clock(page: Page, site: Site) -> None:
    page.add_init_script(f"({AHEAD})({3 * 86_400_000})")
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "hello")
    say_and_wait(page, "and again")
    expect(page.locator(".day")).to_have_text(["Today"])


def test_a_draft_of_a_message_for_staff_is_kept(page: Page, site: Site) -> None:
    with_config(page, open=False, outside_hours="message")
    held: list[Route] = []
    page.route("**/leave.js", lambda route: held.append(route))  # a slow line
    other = site.page("/other", "<h1>Another page</h1>")
    page.goto(site.page("/", "<h1>A page</h1>"))
    with page.expect_request("**/leave.js"):
        page.locator(".launcher").click()
    expect(page.get_by_label("Your message")).to_have_count(0)  # nothing that is replaced
    held[0].continue_()
    page.unroute("**/leave.js")
    expect(page.get_by_label("Your message")).to_be_focused()
    page.keyboard.type("My kettle leaks, and")
    page.goto(other)
    expect(page.get_by_role("dialog")).to_be_visible()  # as it was left
    expect(page.get_by_label("Your message")).to_have_value("My kettle leaks, and")
    page.get_by_label("Your email address").fill("anna@example.com")
    page.get_by_role("button", name="Leave the message").click()
    expect(page.get_by_label("Your message")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Your message")).to_have_value("")


@pytest.mark.parametrize("open_now", [True, False], ids=["in opening hours", "outside"])
def test_several_days_are_told_by_the_servers_clock(page: Page, site: Site, open_now: bool) -> None:
    """What is said of the hours is of now, and of no day."""
    with_config(page, open=open_now)
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    for text in ("on Monday", "yesterday", "today"):
        say_and_wait(page, text)

    def spread(route: Route) -> None:
        """The first pair three days ago, the second one day ago."""
        told = route.fetch().json()
        for number, message in enumerate(told["messages"]):
            message["at"] -= (3, 3, 1, 1, 0, 0)[number] * 86_400
        route.fulfill(json=told)

    page.route("**/chat/messages?after=0", spread)
    page.add_init_script(f"({AHEAD})({5 * 86_400_000})")
    page.reload()
    expect(page.locator(".day")).to_have_count(3)
    days = page.locator(".day").all_text_contents()
    assert days[1:] == ["Yesterday", "Today"]
    assert days[0] not in ("Today", "Yesterday")


def test_an_answer_that_comes_while_a_page_is_left_breaks_nothing(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "hello")
    held: list[Route] = []
    page.route("**/chat/messages", lambda route: held.append(route))
    with page.expect_request("**/chat/messages"):
        say(page, "and one more")
    page.wait_for_timeout(100)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    with page.expect_response("**/chat/messages"):
        held[0].continue_()
    page.unroute("**/chat/messages")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator(".bubble.assistant").last).to_contain_text("and one more")


def test_each_message_has_its_own_direction(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "أريد سترة دافئة")
    say_and_wait(page, "a warm jacket")
    ways = page.locator(".bubble.customer").evaluate_all(
        "all => all.map(one => getComputedStyle(one).direction)"
    )
    assert ways == ["rtl", "ltr"]


def test_stars_of_an_answer(page: Page, site: Site, web: WebProcess) -> None:
    with_config(page, ratings="stars")
    told: list[dict] = []
    page.on("request", lambda one: "/events" in one.url and told.append(one.post_data_json))
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "hello")
    stars = page.get_by_role("group", name="How was this answer?")
    stars.get_by_role("button", name="2 of 5 stars").click()
    expect(stars.get_by_role("button", name="2 of 5 stars")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_label("What was wrong with it?").fill("Too short")
    page.keyboard.press("Enter")
    expect(stars.get_by_text("Thank you.")).to_be_visible()
    stars.get_by_role("button", name="5 of 5 stars").click()
    expect(stars.locator("form")).to_have_count(0)

    def rated() -> list[tuple]:
        page.wait_for_timeout(50)
        return [(one["stars"], one.get("why")) for one in told if one["kind"] == "thumb"]

    assert until(lambda: rated() == [(2, None), (2, "Too short"), (5, None)]), rated()


def test_by_keyboard_the_chat_is_one_key_away(page: Page, site: Site) -> None:
    links = "".join(f'<a href="#{number}">{number}</a>' for number in range(40))
    page.goto(site.page("/", links))
    expect(page.locator(".launcher")).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.locator("#shoptalk-skip button")
    expect(skip).to_be_focused()
    box: Any = skip.bounding_box()
    assert box["width"] > 60 and box["y"] >= 0
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()


def test_announcements_name_the_products(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "show me a jacket")
    titles = page.locator(".card .title").all_text_contents()
    heard = page.get_by_role("log", name="Conversation")
    assert titles
    for title in titles:
        expect(heard).to_contain_text(title)


@pytest.mark.parametrize(
    "page",
    [
        {"viewport": {"width": 640, "height": 430}},  # 1280 by 860 at 200 %
        {"viewport": {"width": 1280, "height": 860}, "forced_colors": "active"},
        {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce"},
    ],
    ids=["zoomed", "forced colours", "reduced motion"],
    indirect=True,
)
def test_zoomed_in_forced_colours_and_without_motion(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<main><h1>A page</h1></main>"))
    launch(page)
    say_and_wait(page, "show me a jacket")
    assert faults(page) == []
    panel: Any = page.get_by_role("dialog").bounding_box()
    field: Any = page.get_by_label("Your message").bounding_box()
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    assert panel["y"] >= 0 and panel["y"] + panel["height"] <= height and panel["x"] >= 0
    assert field["y"] + field["height"] <= height and field["x"] + field["width"] <= width
    for part in (".launcher", ".send", ".bubble.assistant"):
        border = page.locator(part).last.evaluate("one => getComputedStyle(one).borderTopWidth")
        if page.evaluate("matchMedia('(forced-colors: active)').matches"):
            assert border == "1px", part
    if page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches"):
        moves = page.locator(".launcher").evaluate(
            "one => getComputedStyle(one).transitionDuration"
        )
        assert moves == "0s"


def test_a_call_back_is_asked_for_by_a_form(page: Page, site: Site, engine: FakeEngine) -> None:
    page.goto(site.page("/", "<main><h1>A page</h1></main>"))
    launch(page)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Call me back").click()
    expect(page.get_by_label("Your name")).to_be_focused()
    assert faults(page) == []
    page.get_by_label("Your name").fill("Anna")
    page.get_by_label("Your phone number").fill("HF-10234")
    page.get_by_label("When may we call?").fill("tomorrow after 3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("isn't a phone number")
    expect(page.get_by_label("Your phone number")).to_be_focused()
    assert faults(page) == [] and engine.turns == []
    page.context.set_offline(True)
    page.get_by_label("Your phone number").fill("020 624 1111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("couldn't be sent")
    page.context.set_offline(False)
    page.get_by_role("button", name="Call me back").click()
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.locator(".bubble.customer")).to_contain_text("Anna, 020 624 1111, tomorrow after 3")
    assert until(lambda: len(engine.turns) == 1)
    turn = engine.turns[0]
    assert turn["payload"] == "/call_back" and turn["call_back"] == {
        "phone": "+31206241111", "name": "Anna", "time": "tomorrow after 3",
    }  # fmt: skip
