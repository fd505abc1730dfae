"""A browser, and the whole of Shoptalk to use it with."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, expect, sync_playwright

from tests.browser.found import find
from tests.browser.pages import Site, served
from tests.stack import Stack
from tests.web.conftest import WebProcess
from tests.web.conftest import engine as engine
from tests.web.conftest import web as web

CHROMIUM = find()
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
expect.set_options(timeout=20_000)  # a busy machine is not a broken one


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("stack") / "shop")
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield running
    running.close()


@pytest.fixture
def site(web: WebProcess) -> Iterator[Site]:
    """Another origin, whose pages embed the widget of a web process before a fake engine."""
    with served(web.url) as other:
        yield other


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page; anything that it asks of another host, and any script error, fails the test."""
    options = getattr(request, "param", {"viewport": {"width": 1280, "height": 860}})
    context = browser.new_context(**options)
    faults: list[str] = []

    def check(asked: Request) -> None:
        if not asked.url.startswith(("http://127.0.0.1:", "data:")):
            faults.append(asked.url)

    context.on("request", check)
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.set_default_timeout(15_000)
    yield opened
    context.close()
    assert faults == []
