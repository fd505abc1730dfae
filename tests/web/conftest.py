"""The real web process on a port of its own, before a fake engine."""

import multiprocessing
import os
import resource
import runpy
import socket
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.paths import REPOSITORY
from bot.settings import Settings
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.web.fake_engine import FakeEngine

# Python's own server of forks imports the web application once for all tests of a worker; each test
# still has a process of its own, which starts in a tenth of the time.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["bot.web.app", "tests.web.conftest"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(module: str, environment: dict[str, str], log: Path | None, files: int) -> None:
    """In the new process: what `python -m module` does."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(REPOSITORY)
    warnings.simplefilter("ignore")
    if log:
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class WebProcess:
    """`python -m bot.web`, which can be killed and started again.

    `log` is a file for what it says, `files` how many it may have open.
    """

    def __init__(
        self,
        settings: Settings,
        engine_port: int,
        module: str = "bot.web",
        log: Path | None = None,
        files: int = 0,
        **environment: str,
    ) -> None:
        self._module, self._log, self._files = module, log, files
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "SHOPTALK_SHOP": str(settings.shop_file),
            "SHOPTALK_WEB_PORT": str(self.port),
            "SHOPTALK_DIALOGUE_PORT": str(engine_port),
            "SHOPTALK_ACTIONS_PORT": str(free_port()),  # where nobody is
            **environment,
        }
        self.start()

    def start(self) -> None:
        self.process = _forks.Process(
            target=serve,
            args=(self._module, self._environment, self._log, self._files),
            daemon=True,  # ends with the tests, should one forget it
        )
        self.process.start()
        deadline = time.monotonic() + 120  # a busy machine is not a broken one
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health", timeout=3, trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the web process didn't start")

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


@pytest.fixture
def engine(settings: Settings) -> Iterator[FakeEngine]:
    fake = FakeEngine(settings.secrets().engine_token)
    yield fake
    fake.stop()


@pytest.fixture
def web(settings: Settings, engine: FakeEngine) -> Iterator[WebProcess]:
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    process = WebProcess(settings, engine.port)
    yield process
    process.kill()
