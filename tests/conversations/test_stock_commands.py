"""Rasa's own commands as docs/architecture.md writes them, for somebody whose home is empty.

They run in a copy of the checkout, so that what they write is left with it.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot.paths import REPOSITORY
from bot.service.supervisor import write_endpoints
from bot.service.training import train
from bot.settings import Settings, get_settings
from tests.web.conftest import free_port

_, _, _PART = (REPOSITORY / "docs" / "architecture.md").read_text().partition("## Stock Rasa")
ACTIVATE, *LINES = re.findall(r"^    (\S.*)$", _PART, re.M)


def line_of(command: str) -> str:
    """The documented line that runs a command."""
    (line,) = (line for line in LINES if f"rasa {command}" in line.partition("#")[0])
    return line


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout with a model, an empty home, and results of its own."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "home").mkdir()
    (folder / "models").mkdir()
    shutil.copy(train(get_settings(), print), folder / "models")
    for entry in REPOSITORY.iterdir():
        if entry.name not in ("models", "results", "endpoints.yml"):
            (folder / entry.name).symlink_to(entry)
    shutil.copy(REPOSITORY / "endpoints.yml", folder)
    return folder


@pytest.fixture
def environment(checkout: Path, settings: Settings) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(checkout / "home"), "SHOPTALK_SHOP": str(settings.shop_file)}


@pytest.fixture
def run(checkout: Path, environment: dict[str, str]) -> Callable[..., str]:
    """Run a documented line after the one that activates; returns what it prints."""

    def ran(line: str, **options: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", f"{ACTIVATE}\n{line}"],
            cwd=checkout, env=environment, text=True, capture_output=True, **options,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout + done.stderr

    return ran


@pytest.fixture
def serve(checkout: Path, environment: dict[str, str]) -> Iterator[Callable[[str, str], int]]:
    """Run a documented line that serves, until a path answers; returns its port."""
    started = []

    def serving(line: str, path: str) -> int:
        port = free_port()
        command = f"{ACTIVATE}\nexec {line.partition('#')[0]} --port {port}"
        server = subprocess.Popen(["bash", "-ec", command], cwd=checkout, env=environment)
        started.append(server)
        for _ in range(600):
            if server.poll() is not None:
                break
            try:
                httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False).raise_for_status()
                return port
            except httpx.HTTPError:
                time.sleep(0.2)
        raise AssertionError(f"`{line}`: {server.poll()}, and no answer at {path}")

    yield serving
    for server in started:
        server.send_signal(signal.SIGTERM)
        server.wait()


@pytest.fixture(autouse=True)
def home_is_left_alone(checkout: Path) -> Iterator[None]:
    yield
    assert sorted((checkout / "home").rglob("*")) == []


def is_reached_from_elsewhere(port: int) -> bool:
    """Whether a port is open at an address that isn't the one which `localhost` is."""
    with socket.socket() as elsewhere:
        elsewhere.settimeout(5)
        return elsewhere.connect_ex(("127.0.0.2", port)) == 0


def test_rasa_is_the_checkouts() -> None:
    scripts = Path(sysconfig.get_path("scripts"))
    assert "bot.cli.stock_rasa" in (scripts / "rasa").read_text(), "`make install` puts it there"


def test_the_training_data_is_valid(run: Callable[..., str]) -> None:
    run(line_of("data validate"))


def test_a_model_is_trained(run: Callable[..., str], checkout: Path) -> None:
    before = set((checkout / "models").iterdir())
    run(line_of("train"))
    (new,) = set((checkout / "models").iterdir()) - before
    new.unlink()


def test_all_stories_are_followed(run: Callable[..., str]) -> None:
    run(line_of("test core"))


def test_understanding_is_measured(run: Callable[..., str], checkout: Path) -> None:
    everything, some = (REPOSITORY / "nlu_data" / "nlu"), checkout / "nlu_data" / "nlu"
    some.parent.unlink()  # all of it takes minutes
    some.mkdir(parents=True)
    shutil.copy(min(everything.glob("*.yml"), key=lambda file: file.stat().st_size), some)
    try:
        run(line_of("test nlu"))
    finally:
        shutil.rmtree(some.parent)
        some.parent.symlink_to(everything.parent)
    assert (checkout / "results" / "intent_report.json").exists()


def test_the_shell_talks_to_the_action_server(
    run: Callable[..., str], serve: Callable[[str, str], int], checkout: Path, settings: Settings
) -> None:
    actions = serve(line_of("run actions"), "/health")
    assert not is_reached_from_elsewhere(actions)
    endpoints = write_endpoints(settings).read_text().replace(":5055/", f":{actions}/")
    (checkout / "endpoints.yml").write_text(endpoints)
    line = line_of("shell").partition("#")[0]
    said = run(f"{line} --port {free_port()}", input="how do returns work?\n/stop\n")
    assert "30 days" in said, said[-2000:]


def test_the_server_runs_on_loopback(serve: Callable[[str, str], int]) -> None:
    dialogue = serve(line_of("run --interface"), "/")
    assert not is_reached_from_elsewhere(dialogue)
