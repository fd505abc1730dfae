"""The whole of Shoptalk on ports of its own, and Debian's Chromium to use it with."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, sync_playwright

from bot.settings import REPOSITORY
from tests.web.conftest import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
START_SECONDS = 300


class Stack:
    """`shoptalk up` for a copy of the demo shop."""

    def __init__(self, folder: Path) -> None:
        demo = REPOSITORY / "bot" / "demo"
        shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("var", "__pycache__"))
        self.shop_dir = folder
        self.ports = {name: free_port() for name in ("web", "dialogue", "actions")}
        self.url = f"http://127.0.0.1:{self.ports['web']}"
        self.environment = {
            **os.environ,
            "SHOPTALK_SHOP": str(folder / "shop.yml"),
            **{f"SHOPTALK_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
        }
        self.log: list[str] = []
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", "up"],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(START_SECONDS) or self.process.poll() is not None:
            self.stop()
            raise AssertionError("Shoptalk didn't start:\n" + "".join(self.log[-40:]))

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.log.append(line)
            if "Shoptalk is ready" in line:
                self._ready.set()
        self._ready.set()

    def shoptalk(self, *arguments: str) -> str:
        """The output of a command on this shop."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", *arguments],
            cwd=REPOSITORY, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


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
