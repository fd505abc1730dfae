"""The widget on other sites: their policies, styles and scripts."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.widget_page import (
    conversation_of,
    events,
    faults,
    launch,
)  # fmt: skip
from tests.stack import Stack


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


def test_what_a_page_asks_before_the_settings_are_there_waits(page: Page, stack: Stack) -> None:
    held: list[Route] = []
    page.route("**/widget/config*", lambda route: held.append(route))
    page.goto(stack.url)
    while not held:
        page.wait_for_timeout(50)
    page.evaluate("() => { shoptalk.track('cart', { skus: [] }); shoptalk.open(); }")
    held[0].continue_()
    expect(page.get_by_role("dialog")).to_be_visible()
