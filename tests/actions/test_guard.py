"""The action server, as it is started, answers nobody but this shop's own dialogue."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue.remote_actions import KeepAliveEndpoint
from bot.paths import REPOSITORY
from bot.settings import Settings
from tests.web.conftest import free_port

CALL = {
    "next_action": "action_opening_hours", "sender_id": "c", "domain": {},
    "tracker": {"sender_id": "c", "slots": {}, "latest_message": {}, "events": []},
}  # fmt: skip


def test_only_who_has_the_token_can_run_actions(settings: Settings, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "SHOPTALK_SHOP": str(settings.shop_file), "SHOPTALK_ACTIONS_PORT": str(port),
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "actions"],
        cwd=REPOSITORY, env={**os.environ, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
            for _ in range(600):
                try:
                    assert http.get("/health").status_code == 200
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            for headers in ({}, {"Authorization": "Bearer nonsense"}):
                assert http.post("/webhook", json=CALL, headers=headers).status_code == 403
                assert http.get("/actions", headers=headers).status_code == 403
        endpoint = KeepAliveEndpoint(EndpointConfig(f"{url}/webhook"), settings.secrets)

        async def call() -> dict:
            try:
                return await endpoint.request(json=CALL)
            finally:
                await endpoint._session.close()

        assert asyncio.run(call())["responses"]
    finally:
        server.kill()
        server.wait()
