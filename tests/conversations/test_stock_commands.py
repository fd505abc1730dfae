"""Rasa's own commands work in the repository, on a newer Sanic than Rasa asks for."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.paths import REPOSITORY
from bot.service.supervisor import write_endpoints
from bot.service.training import quiet_environment, train
from bot.settings import Settings, get_settings
from tests.web.conftest import free_port

RASA = [sys.executable, "-W", "ignore", "-m", "rasa"]


def environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, **quiet_environment(), "SHOPTALK_SHOP": str(settings.shop_file)}


@pytest.fixture
def actions(settings: Settings) -> Iterator[int]:
    """The port of `rasa run actions`."""
    port = free_port()
    server = subprocess.Popen(
        [*RASA, "run", "actions", "--port", str(port)], cwd=REPOSITORY, env=environment(settings)
    )
    try:
        for _ in range(600):
            try:
                assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def test_rasa_shell_talks_to_rasa_run_actions(
    settings: Settings, actions: int, tmp_path: Path
) -> None:
    endpoints = write_endpoints(settings).read_text().replace(":5055/", f":{actions}/")
    (tmp_path / "endpoints.yml").write_text(endpoints)
    model = train(get_settings(), print)
    done = subprocess.run(
        [
            *RASA, "shell", "--model", str(model), "--port", str(free_port()),
            "--endpoints", str(tmp_path / "endpoints.yml"),
        ],
        cwd=REPOSITORY, env=environment(settings), text=True, capture_output=True,
        input="how do returns work?\n/stop\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "30 days" in done.stdout, done.stdout[-2000:]
