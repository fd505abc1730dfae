"""`make bench-widget`: what the widget costs a page, beside the bundles that others publish on npm.

Each page is the same and comes from this machine: empty, with Shoptalk's line, and with rasa-webchat's
(npm pack, when npm is there; its server is missing, which its button doesn't need). Of the others the
bundle is weighed that a page loads for a chat. Figures are medians
of several loads in a fresh Chromium each; times count from the start of the navigation.
"""

import gzip
import shutil
import subprocess
import tarfile
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from bot.inbox.store import Inbox
from bot.paths import REPOSITORY
from bot.settings import Settings, read_settings
from bot.web.widget.files import files
from recommender.catalogue.ingest import ingest
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.widget_page import conversation_of, launch, say_and_wait
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess
from tests.web.fake_engine import FakeEngine

LOADS = 3
# What is loaded when it is wanted, and not with the button or the open chat.
LATER = {
    "voice.js", "leave.js", "pictures.js", "puzzle.js", "cart.js", "call_back.js", "save.js",
    "change_over.js", "asks.js", "chime.js", "greeting.js",
}  # fmt: skip
RASA_BUNDLE = "rasa-webchat@1.0.1", "lib/index.js"
OTHERS = (
    ("deep-chat@2.4.2", "dist/deepChat.bundle.js"),
    ("@typebot.io/js@0.10.7", "dist/web.js"),
    ("flowise-embed@3.1.6", "dist/web.js"),
    ("@n8n/chat@1.37.0", "dist/chat.bundle.es.js"),
)
MESSAGES = 500
PAGE = '<!doctype html><html lang="en"><title>A page</title><h1>A page</h1>{}'
RASA_WEBCHAT = (
    '<script src="rasa-webchat.js"></script><script>WebChat.default('
    '{{socketUrl: "http://127.0.0.1:9", title: "Chat", hideWhenNotConnected: false}}, null)</script>'
)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


def published(package: str, file: str, folder: Path) -> bytes | None:
    """A file of a package as npm has it; None without npm."""
    npm = shutil.which("npm")
    if not npm:
        return None
    done = subprocess.run(
        [npm, "pack", package, "--silent"], cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        return None
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        member = archive.extractfile(f"package/{file}")
        return member.read() if member else None


def counting(page: Page) -> CDPSession:
    """Chromium's own counters of a page, from now on."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    return session


def metrics(session: CDPSession) -> dict[str, float]:
    """The counters, after Chromium has collected its garbage."""
    session.send("HeapProfiler.collectGarbage")
    found = session.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in found}


def load(browser: Browser, url: str, button: str) -> tuple[float, float, float]:
    """A page's load: ms until its button is in the page, ms of main thread, MB of heap."""
    context = browser.new_context()
    page = context.new_page()
    session = counting(page)
    page.goto(url)
    ready = 0.0
    if button:
        page.locator(button).wait_for(state="attached")
        ready = page.evaluate("() => performance.now()")
    page.wait_for_timeout(1000)
    found = metrics(session)
    context.close()
    return ready, found["TaskDuration"] * 1000, found["JSHeapUsedSize"] / 1e6


def long_conversation(browser: Browser, settings: Settings, url: str) -> dict[str, float]:
    """Counters with a conversation of many messages open."""
    page = browser.new_context().new_page()
    page.goto(url)
    launch(page)
    say_and_wait(page, "hello")
    inbox = Inbox(settings.web_db)
    for number in range(MESSAGES - 2):
        inbox.add(conversation_of(page), f"m-{number}", "staff", {"text": f"Message {number}, as long as most are.", "name": "Noor"})  # fmt: skip
    inbox.close()
    session = counting(page)
    page.reload()
    page.get_by_text(f"Message {MESSAGES - 3},").first.wait_for()
    page.wait_for_timeout(500)
    return metrics(session)


def sizes(url: str) -> list[tuple[str, int, int]]:
    """Each file as it is served: its name, bytes, and bytes on the wire."""
    bundles = {content: name for name, content in reversed(files().items())}
    names = ["config", "loader.js", *sorted(f"x/{name}" for name in bundles.values())]
    rows = []
    for name in names:
        if name == "x/loader.js":
            continue
        answer = httpx.get(f"{url}/widget/{name}", trust_env=False)
        rows.append((name.removeprefix("x/"), len(answer.content), int(answer.headers["content-length"])))  # fmt: skip
    return rows


def main() -> None:
    """Measure, and print the tables."""
    console = Console()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder, shop = Path(temporary), Path(temporary) / "shop"
        demo = REPOSITORY / "bot" / "demo"
        shutil.copytree(demo, shop, ignore=shutil.ignore_patterns("var", "__pycache__"))
        settings = read_settings({"SHOPTALK_SHOP": str(shop / "shop.yml")})
        ingest(shop / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
        engine = FakeEngine(settings.secrets().engine_token)
        web = WebProcess(settings, engine.port)
        site = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=temporary))
        threading.Thread(target=site.serve_forever, daemon=True).start()
        try:
            _measure(console, playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS), folder, settings, web.url, f"http://127.0.0.1:{site.server_port}")  # fmt: skip
        finally:
            site.shutdown()
            web.kill()
            engine.stop()


def _measure(
    console: Console, browser: Browser, folder: Path, settings: Settings, url: str, site: str
) -> None:
    files = sizes(url)
    table = Table("file", "bytes", "compressed", title="Shoptalk's widget")
    for name, plain, packed in files:
        table.add_row(name, f"{plain:,}", f"{packed:,}")
    wire = sum(packed for name, _, packed in files if name not in LATER)
    table.add_row("together", f"{sum(row[1] for row in files):,}", f"{sum(row[2] for row in files):,}")  # fmt: skip
    table.add_row("with the chat open", "", f"{wire:,}")
    console.print(table)

    others = Table("from npm", "bytes", "compressed", title="Others")
    for package, file in OTHERS:
        if content := published(package, file, folder):
            others.add_row(f"{package} {file}", f"{len(content):,}", f"{len(gzip.compress(content, 9)):,}")  # fmt: skip
    console.print(others)

    line = f'<script src="{url}/widget/loader.js" async></script>'
    pages = [("empty page", "", "", ""), ("with Shoptalk", line, ".launcher", f"{wire / 1000:.1f}")]
    bundle = published(*RASA_BUNDLE, folder)
    if bundle:
        (folder / "rasa-webchat.js").write_bytes(bundle)
        pages.append(("with rasa-webchat", RASA_WEBCHAT.format(), ".rw-launcher", f"{len(gzip.compress(bundle, 9)) / 1000:.1f}"))  # fmt: skip
    table = Table("", "kB compressed", "ms to the button", "ms of main thread", "MB of heap")
    for number, (name, script, button, size) in enumerate(pages):
        (folder / f"{number}.html").write_text(PAGE.format(script))
        runs = [load(browser, f"{site}/{number}.html", button) for _ in range(LOADS)]
        ready, work, heap = (median(column) for column in zip(*runs, strict=False))
        table.add_row(name, size, f"{ready:.0f}" if button else "", f"{work:.0f}", f"{heap:.1f}")
    console.print(table)

    (folder / "long.html").write_text(PAGE.format(line))
    found = long_conversation(browser, settings, f"{site}/long.html")
    console.print(
        f"With {MESSAGES} messages open: {found['JSHeapUsedSize'] / 1e6:.1f} MB of heap, "
        f"{found['Nodes']:.0f} nodes, {found['TaskDuration'] * 1000:.0f} ms of main thread."
    )


if __name__ == "__main__":
    main()
