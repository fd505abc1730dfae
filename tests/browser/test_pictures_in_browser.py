"""A customer's picture: chosen, pasted, dropped; sent; seen by the customer and by staff."""

import base64
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.pages import Site
from tests.browser.widget_page import faults, launch, say, until
from tests.web.fake_engine import FakeEngine

STRICT = "default-src 'none'; script-src {shop}; connect-src {shop}; img-src {shop} data:; require-trusted-types-for 'script'"
HANDED_OVER = """([kind, name, content]) => {
  const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], name, { type: "image/png" }));
  const field = document.querySelector("#shoptalk").shadowRoot.querySelector("textarea");
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
  field.dispatchEvent(event);
}"""


def drawn(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (3000, 1000), colour).save(made, "PNG")
    return made.getvalue()


def test_a_photo_of_a_broken_thing(
    page: Page, site: Site, engine: FakeEngine, tmp_path: Path
) -> None:
    site.headers["Content-Security-Policy"] = STRICT.format(shop=site.base)
    page.goto(site.page("/", "<h1>A bank</h1>"))
    launch(page)
    (tmp_path / "broken.png").write_bytes(drawn("red"))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add a photo").click()
    chooser.value.set_files(tmp_path / "broken.png")
    chosen = page.get_by_role("list", name="Pictures to send").get_by_role("listitem")
    expect(chosen).to_have_count(1)
    for kind in ("paste", "drop"):
        content = base64.b64encode(drawn("blue")).decode()
        page.evaluate(HANDED_OVER, [kind, f"{kind}.png", content])
    expect(chosen).to_have_count(3)
    page.get_by_role("button", name="Remove picture 3").click()
    expect(chosen).to_have_count(2)
    assert faults(page) == []
    say(page, "it came broken")
    pictures = page.locator(".row.customer img.picture")
    expect(pictures).to_have_count(2)
    expect(chosen).to_have_count(0)
    for number in (0, 1):
        assert until(lambda n=number: pictures.nth(n).evaluate("one => one.naturalWidth") == 1600)
    assert until(lambda: len(engine.turns) == 1) and len(engine.turns[0]["pictures"]) == 2
    page.reload()
    expect(page.locator(".row.customer img.picture")).to_have_count(2)
    assert faults(page) == []


def test_without_words_it_is_kept_and_what_is_wanted_asked(
    page: Page, site: Site, engine: FakeEngine
) -> None:
    page.goto(site.page("/", "<h1>A shop</h1>"))
    launch(page)
    page.evaluate(HANDED_OVER, ["paste", "a.png", base64.b64encode(drawn("red")).decode()])
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Tell us what it shows")).to_be_visible()
    expect(page.locator(".row.customer img.picture")).to_have_count(1)
    assert until(lambda: len(engine.notes) == 1) and engine.turns == []


def test_what_fails_is_said_and_nothing_is_lost(page: Page, site: Site, engine: FakeEngine) -> None:
    page.goto(site.page("/", "<h1>A shop</h1>"))
    launch(page)
    page.evaluate(HANDED_OVER, ["drop", "notes.txt", base64.b64encode(b"hello").decode()])
    expect(page.get_by_text("notes.txt isn't a picture that can be read.")).to_be_visible()
    fails = True

    def break_off(route: Route) -> None:
        route.abort() if fails else route.continue_()

    page.route("**/chat/pictures", break_off)
    page.evaluate(HANDED_OVER, ["drop", "a.png", base64.b64encode(drawn("red")).decode()])
    expect(page.get_by_role("list", name="Pictures to send")).to_be_visible()
    say(page, "it came broken")
    expect(page.get_by_text("The picture isn't sent:")).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_value("it came broken")
    fails = False
    page.get_by_label("Your message").press("Enter")
    expect(page.locator(".row.customer img.picture")).to_have_count(1)
    assert until(lambda: [turn["text"] for turn in engine.turns] == ["it came broken"])
