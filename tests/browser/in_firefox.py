"""`make test-firefox`: what holds in Chromium holds in Debian's Firefox, where that is installed."""

from collections.abc import Iterator

import pytest

from tests.browser.cutter import Cutter
from tests.browser.firefox import SHADOW, Firefox, started
from tests.browser.pages import Site, served
from tests.browser.test_buying_in_browser import CART
from tests.browser.test_buying_in_browser import boots as boots
from tests.browser.test_widget_beside_scripts_in_browser import GRASPING, OLD_LIBRARY, OWN_FETCH
from tests.browser.test_widget_holds_in_browser import ABSENT, HOSTILE, VISIT
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with started(tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture(params=[(1280, 860), (360, 740)], ids=["desktop", "phone"])
def firefox(running: Firefox, request: pytest.FixtureRequest) -> Firefox:
    running.goto("about:blank")  # the last test's page asks a server that is gone
    running.resize(*request.param)
    running.errors.clear()
    return running


def opened(firefox: Firefox, url: str) -> None:
    firefox.goto(url)
    firefox.click(".launcher")
    firefox.find(".panel:not([hidden])")


def said(firefox: Firefox, text: str, answers: int) -> None:
    """Write a message; wait until there are so many of the assistant's."""
    firefox.find(".composer textarea", "(one.focus(), true)")
    firefox.press(text, "Enter")
    firefox.find(".rows", f"one.querySelectorAll('.row.assistant').length === {answers}")


def test_a_talk(firefox: Firefox, site: Site, engine: FakeEngine) -> None:
    opened(firefox, site.page("/", "<h1>A shop</h1>", HOSTILE))
    said(firefox, "show me a jacket", 2)
    assert firefox.find(".bubble.assistant", "getComputedStyle(one).textTransform") == "none"
    assert firefox.find(".cards", "one.children.length") == 2
    firefox.find(".row.customer .status", "one.textContent === 'Sent'")
    firefox.goto(site.page("/other", "<h1>Another page</h1>"))
    firefox.find(".panel:not([hidden])")  # still open
    said(firefox, "and a hat", 3)
    assert [turn["text"] for turn in engine.turns] == ["show me a jacket", "and a hat"]
    assert firefox.errors == []


def test_a_page_that_swaps_its_body(firefox: Firefox, site: Site) -> None:
    other = site.page("/other", "<h1>Another page</h1>")
    opened(firefox, site.page("/", "<h1>A page</h1>"))
    firefox.find(".composer textarea", "(one.focus(), true)")
    firefox.press("half a sen")
    for how in ("body", "html", "root"):
        firefox.run(f"({VISIT.replace('HOW', repr(how))})({other!r})")
        firefox.find(".composer textarea", "one.value === 'half a sen'")
    said(firefox, "tence", 2)


def test_without_locks_and_channels(firefox: Firefox, site: Site) -> None:
    script = f"<script>({ABSENT})()</script>"
    opened(firefox, site.page("/", "<h1>A page</h1>", script))
    said(firefox, "hello", 2)
    assert firefox.errors == []


def test_under_the_policy_of_a_bank(firefox: Firefox, site: Site) -> None:
    site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {site.base}; connect-src {site.base}; img-src {site.base} data:; "
        "base-uri 'none'; form-action 'none'"
    )
    site.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    site.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    opened(firefox, site.page("/", "<h1>A bank</h1>"))
    said(firefox, "show me a jacket", 2)
    assert firefox.errors == []


def test_buying(firefox: Firefox, site: Site, boots: list[dict]) -> None:
    opened(firefox, site.page("/", "<h1>A shop</h1>", CART))
    said(firefox, "boots", 2)
    firefox.click(".cards .buy")
    firefox.find(".buying select", f"{SHADOW}.activeElement === one")
    firefox.press("ArrowDown")
    firefox.find(".buying .price", "one.textContent === '€139'")
    firefox.click(".buying form .small")
    firefox.find(".buying .in", "one.textContent.includes('Ridge Boot (black, 43)')")
    assert firefox.run("lines.map(one => [one.sku, one.quantity])") == [["BOOT-BK-43", 1]]
    assert firefox.errors == []


@pytest.mark.parametrize("script", [OLD_LIBRARY, OWN_FETCH], ids=["old library", "own fetch"])
def test_beside_what_pages_bring(firefox: Firefox, site: Site, script: str) -> None:
    opened(firefox, site.page("/", "<h1>A shop</h1>", script))
    said(firefox, "hello", 2)
    said(firefox, "and again", 3)
    assert firefox.errors == []


def test_nothing_of_the_chats_is_heard_or_forbidden(firefox: Firefox, site: Site) -> None:
    opened(firefox, site.page("/", GRASPING))
    firefox.click(".top .names")
    firefox.click(".composer textarea")
    firefox.press("is it soft?")
    firefox.find(".composer textarea", "one.value === 'is it soft?'")
    firefox.press("Enter")
    firefox.find(".rows", "one.querySelectorAll('.row.assistant').length === 2")
    assert firefox.run("heard") == []
    firefox.press("Escape")
    firefox.find(".panel[hidden]")


def test_where_no_form_may_be_submitted(firefox: Firefox, site: Site) -> None:
    site.headers["Content-Security-Policy"] = "sandbox allow-scripts"
    opened(firefox, site.page("/", "<h1>A shop</h1>"))
    firefox.find(".composer textarea", "(one.focus(), true)")
    firefox.press("hello")
    firefox.click(".send")
    firefox.find(".rows", "one.querySelectorAll('.row.assistant').length === 2")
    assert firefox.errors == []


def test_a_page_that_writes_itself_anew(firefox: Firefox, site: Site) -> None:
    opened(firefox, site.page("/", "<h1>A page</h1>"))
    said(firefox, "hello", 2)
    text = site.pages["/"]
    firefox.run(f"(document.open(), document.write({text!r}), document.close(), true)")
    firefox.find(".panel:not([hidden])")
    firefox.find(".rows", "one.querySelectorAll('.row.assistant').length === 2")
    said(firefox, "and here?", 3)


def test_what_could_not_be_loaded_is_loaded_later(firefox: Firefox, web: WebProcess) -> None:
    proxy = Cutter(web.port)
    with served(proxy.url) as site:
        firefox.goto(site.page("/", "<h1>A page</h1>"))
        firefox.find(".launcher")
        proxy.refuse = True
        proxy.cut()
        firefox.click(".launcher")
        firefox.find(".greeting", "one.textContent.includes('be loaded just now')")
        proxy.refuse = False
        firefox.click(".launcher")
        firefox.find(".panel:not([hidden])")
        said(firefox, "hello", 2)
    proxy.close()
