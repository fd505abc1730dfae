"""The door, seen from a page: a site that isn't on the list, and a flood of new conversations."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from bot.settings import Settings
from recommender.catalogue.ingest import ingest
from tests.browser.widget_page import open_chat, say
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine
from tests.web.test_origins import name_origins

PAGE = '<!doctype html><html lang="en"><title>A shop</title><script src="{}/widget/loader.js" async></script>'


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    """Another site than Shoptalk's own; its page is written by the test."""
    (tmp_path / "site").mkdir()
    handler = partial(Quiet, directory=str(tmp_path / "site"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def engine(settings: Settings) -> Iterator[FakeEngine]:
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    fake = FakeEngine(settings.secrets().engine_token)
    yield fake
    fake.stop()


@pytest.mark.parametrize("listed", [True, False])
def test_the_chat_comes_up_on_the_sites_of_the_list_alone(
    page: Page, settings: Settings, engine: FakeEngine, site: ThreadingHTTPServer, tmp_path: Path,
    listed: bool,
) -> None:  # fmt: skip
    origin = f"http://127.0.0.1:{site.server_port}"
    name_origins(settings, origin if listed else "https://www.shop.example")
    web = WebProcess(settings, engine.port)
    (tmp_path / "site" / "index.html").write_text(PAGE.format(web.url))
    try:
        if listed:
            open_chat(page, origin)
            say(page, "hello from my own site")
            expect(page.locator(".row.assistant").last).to_contain_text("You said: hello")
        else:
            with page.expect_console_message(
                lambda one: "Shoptalk can't start" in one.text
            ) as said:
                page.goto(origin)
            assert said.value.text == (
                f"Shoptalk can't start. This chat may not be used on {origin}. If the site is yours, "
                "add it to `widget: origins:` in shop.yml and restart."
            )
            expect(page.locator("#shoptalk")).to_have_count(0)
    finally:
        web.kill()


def test_under_a_flood_the_widget_does_a_little_work_by_itself(
    page: Page, settings: Settings, engine: FakeEngine
) -> None:
    web = WebProcess(settings, engine.port, "tests.web.narrow_web")
    try:
        statuses = [httpx.post(f"{web.url}/chat/session", trust_env=False).status_code for _ in range(8)]  # fmt: skip
        assert statuses[-1] == 428
        page.add_init_script("delete Crypto.prototype.subtle")  # as on a page without TLS
        asked: list[int] = []
        page.on("response", lambda one: "/session" in one.url and asked.append(one.status))
        open_chat(page, web.url)
        say(page, "hello in the crowd")
        reply = page.locator(".row.assistant").last
        expect(reply).to_contain_text(re.compile("You said: hello in"), timeout=60_000)
        assert asked == [428, 201]
        for text in ("", "a", "x" * 55, "x" * 56, "y" * 64, "z" * 200):
            word = page.evaluate(
                "async text => (await import('/widget/x/puzzle.js')).firstWord(text)", text
            )
            assert word == int.from_bytes(sha256(text.encode()).digest()[:4], "big"), len(text)
    finally:
        web.kill()
