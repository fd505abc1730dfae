"""The widget beside what pages bring along: old libraries, traps for focus and wheel, dialogs, a fetch of their own."""

from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from tests.browser.pages import Site
from tests.browser.systems import PRODUCT
from tests.browser.test_buying_in_browser import CART
from tests.browser.test_buying_in_browser import boots as boots
from tests.browser.widget_page import PHONE, SMALL, WIDE, faults, launch, say, say_and_wait
from tests.web.fake_engine import FakeEngine

# As prototype.js and MooTools put it on the prototypes.
OLD_LIBRARY = """<script>
Array.prototype.toJSON = function () { return "[" + this.map(one => JSON.stringify(one)).join(", ") + "]"; };
String.prototype.toJSON = function () { return '"' + this + '"'; };
Object.prototype.extra = function () {};
Array.from = things => { const all = []; for (let at = 0; at < things.length; at++) all[at] = things[at]; return all; };
Array.prototype.entries = function () { return this.slice(); };
Array.prototype.reduce = function () { return this.length > 1 ? this : this[0]; };
Element.prototype.remove = function () { this.parentNode?.removeChild(this); return this; };
</script>"""
# Brings answers whole, and knows of no signal that ends it; as polyfills by XMLHttpRequest do.
OWN_FETCH = """<script>window.fetch = (address, { method = "GET", headers = {}, body } = {}) => new Promise((done, fail) => {
  const asked = new XMLHttpRequest();
  asked.open(method, address);
  for (const name in headers) asked.setRequestHeader(name, headers[name]);
  asked.onload = () => done({ ok: asked.status < 300, status: asked.status, headers: { get: name => asked.getResponseHeader(name) },
    text: async () => asked.responseText, json: async () => JSON.parse(asked.responseText) });
  asked.onerror = () => fail(new TypeError("no line"));
  asked.send(body);
});</script>"""
# Everything that a page may do to keys, focus and the wheel, as early as it can.
GRASPING = """<input aria-label="Search"><h1>A page</h1><div style="height: 3000px"></div><script>
window.heard = [];
const search = document.querySelector("input");
for (const kind of ["keydown", "keyup", "input", "focus", "focusin", "paste", "wheel", "touchmove", "mousedown", "selectstart"])
  document.addEventListener(kind, event => {
    if (event.target.id !== "shoptalk") return;
    heard.push(kind);
    if (kind !== "input") event.preventDefault();
    search.focus();
  }, { capture: true, passive: false });
addEventListener("wheel", event => event.preventDefault(), { passive: false });
</script>"""
SCROLLED = 'document.querySelector("#shoptalk").shadowRoot.querySelector(".log").scrollTop'


def test_old_libraries_on_the_prototypes(page: Page, site: Site, engine: FakeEngine) -> None:
    page.goto(site.page("/", "<h1>A shop</h1>", OLD_LIBRARY + PRODUCT))
    launch(page)
    say_and_wait(page, "is this waterproof?")
    expect(page.locator(".row.customer .status")).to_have_text("Sent")
    assert engine.turns[0]["text"] == "is this waterproof?"
    assert engine.turns[0]["page"]["product"]["ids"] == ["J1"]
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="End the chat").click()
    page.get_by_role("button", name="4 of 5 stars").click()
    page.reload()
    expect(page.locator(".bubble.customer")).to_have_count(1)
    say_and_wait(page, "thanks")


def test_a_fetch_of_the_pages_own(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>A shop</h1>", OWN_FETCH))
    launch(page)
    say(page, "hello")
    expect(page.locator(".row.assistant")).to_have_count(2)
    say(page, "and again")
    expect(page.locator(".row.assistant")).to_have_count(3)


def test_nothing_of_the_chats_is_heard_or_forbidden_however_early(page: Page, site: Site) -> None:
    page.goto(site.page("/", GRASPING))
    launch(page)
    for number in range(8):
        say_and_wait(page, f"message {number}")
    field = page.get_by_label("Your message")
    page.get_by_role("heading").click()
    field.click()  # where mousedown is prevented, the focus doesn't come
    page.keyboard.type("is it soft?")
    expect(field).to_have_value("is it soft?")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+x")
    expect(field).to_have_value("")
    page.keyboard.press("ControlOrMeta+v")
    expect(field).to_have_value("is it soft?")
    before = page.evaluate(SCROLLED)
    assert before > 0
    page.get_by_role("region", name="Conversation").hover()
    page.mouse.wheel(0, -200)
    page.wait_for_function(f"{SCROLLED} < {before}")
    assert page.evaluate("heard") == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_what_is_said_can_be_marked_where_a_page_forbids_it(page: Page, site: Site) -> None:
    forbidden = (
        "<style>html, body, * { user-select: none !important; -webkit-user-select: none !important }</style>"
        "<script>document.onselectstart = document.oncopy = document.oncontextmenu = () => false</script>"
    )
    page.goto(site.page("/", "<h1>A page</h1>", forbidden))
    launch(page)
    say_and_wait(page, "hello")
    page.locator(".bubble.assistant p").last.click(click_count=3)
    marked = "document.querySelector('#shoptalk').shadowRoot.getSelection().toString()"
    assert "hello" in page.evaluate(marked)


def test_names_of_the_pages_custom_properties_are_its_own(page: Page, site: Site) -> None:
    """Registered ones are the document's, and reach into every shadow."""
    registered = "".join(
        f"@property --{name} {{ syntax: '{kind}'; inherits: false; initial-value: {value} }}"
        for name, kind, value in (
            ("paper", "<color>", "red"), ("text", "<color>", "red"), ("colour", "<color>", "red"),
            ("side", "<length>", "300px"), ("line", "<color>", "red"),
        )
    )  # fmt: skip
    style = f"<style>{registered} :root {{ --seen: 120px; --above: 90px }}</style>"
    page.goto(site.page("/", "<h1>A page</h1>", style))
    launch(page)
    say_and_wait(page, "hello")
    looks = page.locator(".bubble.assistant").last.evaluate(
        "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]"
    )
    assert looks == ["rgb(255, 255, 255)", "rgb(31, 38, 35)"]
    right = page.locator(".launcher").evaluate("one => getComputedStyle(one).right")
    assert right == "20px"
    page.set_viewport_size({"width": 360, "height": 740})
    box: Any = page.get_by_role("dialog").bounding_box()
    assert (box["y"], box["height"]) == (0, 740)


@pytest.mark.parametrize("page", [WIDE, PHONE], ids=["desk", "phone"], indirect=True)
@pytest.mark.parametrize("zoom", [0.8, 1.25])
def test_a_page_that_zooms_itself(page: Page, site: Site, zoom: float) -> None:
    page.goto(site.page("/", "<h1>A page</h1>", f"<style>html {{ zoom: {zoom} }}</style>"))
    launch(page)
    say_and_wait(page, "hello")
    assert page.viewport_size
    page.evaluate("visualViewport.dispatchEvent(new Event('resize'))")
    for part in (page.get_by_role("dialog"), page.get_by_label("Your message")):
        box: Any = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"] + 1
        assert box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"] + 1


@pytest.mark.parametrize("page", [{**WIDE, "color_scheme": "dark"}], indirect=True)
def test_a_page_without_a_doctype(page: Page, site: Site) -> None:
    """In quirks mode a browser's own style for tables forgets the colour around them."""
    site.page("/", "<h1>A page</h1>")
    site.pages["/"] = site.pages["/"].removeprefix("<!doctype html>")
    page.goto(site.url + "/")
    assert page.evaluate("document.compatMode") == "BackCompat"
    launch(page)
    colours = page.locator(".rows").evaluate(
        """rows => { const table = document.createElement("table"); rows.append(table);
        return [table, rows].map(one => getComputedStyle(one).color) }"""
    )
    assert colours[0] == colours[1]


def test_a_page_that_has_something_of_the_name(page: Page, site: Site) -> None:
    """What has an id is a name of the window, too."""
    page.goto(site.page("/", '<h1>A page</h1><section id="shoptalk">Of the shop</section>'))
    launch(page)
    say_and_wait(page, "hello")


def test_in_a_sandboxed_frame_buttons_send(page: Page, site: Site, boots: list[dict]) -> None:
    """A frame that may not submit forms tells its scripts of none."""
    inner = site.page("/inner", "<h1>Inside</h1>", CART)
    site.pages["/"] = (
        f'<!doctype html><html lang="en"><title>Outside</title><link rel="icon" href="data:,">'
        f'<iframe sandbox="allow-scripts" src="{inner}" style="width:700px;height:750px"></iframe>'
    )
    page.goto(site.url + "/")
    frame: FrameLocator = page.frame_locator("iframe")
    frame.locator(".launcher").click()
    frame.get_by_label("Your message").fill("boots")
    frame.get_by_role("button", name="Send", exact=True).click()
    boot = frame.locator(".cards > li").first
    boot.get_by_role("button", name="Add to cart").click()
    boot.get_by_label("Quantity").press("Enter")
    expect(boot.get_by_role("status")).to_contain_text("1 × Ridge Boot")
    frame.get_by_role("button", name="This didn't help").last.click()
    frame.get_by_label("What was wrong with it?").fill("Too short")
    frame.get_by_role("button", name="Send answer").click()
    expect(frame.get_by_text("Thank you.")).to_be_visible()
    frame.get_by_role("button", name="More", exact=True).click()
    frame.get_by_role("menuitem", name="Call me back").click()
    frame.get_by_role("button", name="Call me back").click()
    expect(frame.get_by_label("Your phone number")).to_be_focused()  # which is needed
    frame.get_by_label("Your phone number").fill("020 624 1111")
    frame.get_by_role("button", name="Call me back").click()
    expect(frame.locator(".bubble.customer").last).to_contain_text("020 624 1111")


@pytest.mark.parametrize("refused", [False, True], ids=["storage", "no storage"])
def test_a_page_that_writes_itself_anew(page: Page, site: Site, refused: bool) -> None:
    """document.open() takes away all listeners, those in shadows, too, and leaves the scripts' state."""
    if refused:
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
        )
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "hello")
    page.get_by_label("Your message").fill("half a sen")
    site.page("/next", "<h1>Another page</h1>", PRODUCT)
    for _ in range(2):
        page.evaluate(
            "text => { document.open(); document.write(text); document.close(); }",
            site.pages["/next"],
        )
        expect(page.get_by_role("heading")).to_have_text("Another page")
        expect(page.get_by_label("Your message")).to_have_value("half a sen")
    expect(page.locator("#shoptalk")).to_have_count(1)
    expect(page.get_by_role("group", name="About:")).to_contain_text("Storm Jacket")
    expect(page.locator(".bubble.customer")).to_have_count(1)
    say_and_wait(page, "and here?")
    page.evaluate("shoptalk.close()")
    launch(page)


def test_from_a_modal_dialog_of_the_page(page: Page, site: Site) -> None:
    """It makes all else inert, and may be moved, which what is fixed in it moves with."""
    dialog = """<h1>A page</h1><style>dialog { transform: translateX(-50px); overflow: hidden; width: 200px; height: 90px }
    ::backdrop { background: rgb(200 0 0 / .9) !important }</style>
    <dialog><a href="/contact" data-shoptalk-open>Ask us</a> <button onclick="this.parentNode.close()">Done</button></dialog>
    <script>document.querySelector("dialog").showModal()</script>"""
    page.goto(site.page("/", dialog))
    page.wait_for_selector("#shoptalk", state="attached")
    page.get_by_role("link", name="Ask us").click()
    expect(page.get_by_label("Your message")).to_be_focused()
    say_and_wait(page, "hello")
    panel: Any = page.locator(".panel").bounding_box()
    assert (panel["x"] + panel["width"], panel["height"]) == (1280 - 20, 650)
    assert page.locator("#shoptalk").evaluate("one => getComputedStyle(one, '::backdrop').display") == "none"  # fmt: skip
    assert faults(page) == []
    page.evaluate("document.querySelector('dialog').close()")
    page.wait_for_function("document.querySelector('html > #shoptalk:not([popover])')")
    say_and_wait(page, "still there?")
    page.evaluate("document.querySelector('dialog').showModal()")
    page.evaluate("shoptalk.close(); shoptalk.open()")
    say_and_wait(page, "and again")
    page.evaluate("document.querySelector('dialog').remove()")
    say_and_wait(page, "and without it")


@pytest.mark.parametrize("page", [{"viewport": {"width": 400, "height": 740}}], indirect=True)
def test_in_a_container_the_keyboard_goes_on_through_the_page(page: Page, site: Site) -> None:
    place = '<div id="help" style="width:320px;height:500px"></div><a href="#on" id="on">On</a>'
    page.goto(site.page("/", place, container="#help"))
    expect(page.get_by_role("dialog")).to_have_attribute("aria-modal", "false")
    page.get_by_label("Your message").focus()
    on = page.get_by_role("link", name="On")
    for _ in range(12):
        page.keyboard.press("Tab")
        if on.evaluate("one => one === document.activeElement"):
            break
    expect(on).to_be_focused()


@pytest.mark.parametrize("page", [{"viewport": {"width": 320, "height": 256}}], indirect=True)
def test_at_400_percent_all_can_be_had(page: Page, site: Site) -> None:
    """1280 by 1024, as WCAG's reflow is measured."""
    page.goto(site.page("/", "<main><h1>A shop</h1></main>", PRODUCT))
    launch(page)
    expect(page.get_by_role("group", name="About:")).to_be_visible()
    page.get_by_role("group", name="About:").hover()
    page.mouse.wheel(0, 400)
    page.wait_for_function(
        """() => document.querySelector("#shoptalk").shadowRoot.querySelector(".foot").getBoundingClientRect().bottom < innerHeight + 1"""
    )
    assert faults(page) == []


def test_a_full_storage_forgets_no_wish(page: Page, site: Site, engine: FakeEngine) -> None:
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
    )
    page.goto(site.page("/", "<h1>A shop</h1>", PRODUCT))
    launch(page)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Tell which page I'm on").click()
    page.keyboard.press("Escape")
    say_and_wait(page, "hello")
    say_and_wait(page, "and again")
    assert [turn.get("page") or {} for turn in engine.turns] == [{}, {}]


@pytest.mark.parametrize("contact", ["", "/contact"])
def test_a_chat_that_cannot_be_loaded_is_said_and_had_later(
    page: Page, site: Site, contact: str
) -> None:
    site.page("/contact", "<h1>Contact</h1>")
    page.route("**/panel.js", lambda route: route.abort())
    page.goto(site.page("/", "<main><h1>A shop</h1></main>", **({"contact": contact} if contact else {})))  # fmt: skip
    page.locator(".launcher").click()
    if contact:
        expect(page.get_by_role("heading", name="Contact")).to_be_visible()
        return
    expect(page.get_by_role("alert")).to_contain_text("can't be loaded just now")
    assert faults(page) == []
    page.unroute("**/panel.js")
    launch(page)
    expect(page.get_by_text("can't be loaded just now")).to_have_count(0)
    page.route("**/call_back.js", lambda route: route.abort())
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Call me back").click()
    told = page.get_by_role("status").filter(has_text="can't be loaded just now")
    expect(told).to_be_visible()
    page.unroute("**/call_back.js")
    page.get_by_role("menuitem", name="Call me back").click()
    expect(page.get_by_label("Your name")).to_be_focused()
    expect(told).to_have_count(0)


def test_a_page_that_is_drawn_before_anybody_goes_there(page: Page, site: Site) -> None:
    page.add_init_script(
        "let ahead = true; Object.defineProperty(Document.prototype, 'prerendering', { get: () => ahead });"
        "window.visit = () => { ahead = false; document.dispatchEvent(new Event('prerenderingchange')); }"
    )
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(site.page("/", "<h1>A page</h1>"))
    page.wait_for_load_state("networkidle")
    assert [one for one in asked if "/widget/" in one] == [f"{site.base}/widget/loader.js"]
    page.evaluate("shoptalk.open(); visit()")
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize(
    "told",
    [
        '<script type="application/ld+json">{"@type": "Product", "sku": "J1", "name": "Storm Jacket", "description": "Two\nlines\tof it"}</script>',
        '<script type="application/ld+json; charset=utf-8">{"@type": "Product", "sku": "J1", "name": "Storm Jacket"}</script>',
    ],
    ids=["breaks in texts", "a charset"],
)
def test_a_product_as_shop_systems_write_it(page: Page, site: Site, told: str) -> None:
    page.goto(site.page("/", "<h1>A shop</h1>", told))
    launch(page)
    expect(page.get_by_role("group", name="About:")).to_contain_text("Storm Jacket")


def test_a_clock_that_is_set_back_changes_no_order(
    page: Page, site: Site, engine: FakeEngine
) -> None:
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    say_and_wait(page, "hello")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        held.append(route)

    page.route("**/chat/messages", hold_the_first)
    with page.expect_request("**/chat/messages"):
        say(page, "one")
    say(page, "two")
    page.evaluate("{ const now = Date.now; Date.now = () => now() - 3600e3 }")
    say(page, "three")
    held[0].continue_()
    expect(page.locator(".row.assistant")).to_have_count(5)
    assert [turn["text"] for turn in engine.turns] == ["hello", "one", "two", "three"]


@pytest.mark.parametrize("page", [{**SMALL, "forced_colors": "active"}, {**WIDE, "forced_colors": "active"}], indirect=True)  # fmt: skip
def test_in_forced_colours_the_chat_has_an_edge(page: Page, site: Site) -> None:
    page.goto(site.page("/", "<h1>A page</h1>"))
    launch(page)
    edge = page.get_by_role("dialog").evaluate("one => getComputedStyle(one).borderTopWidth")
    assert edge == "1px"
