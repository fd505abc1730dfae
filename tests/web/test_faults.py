"""What can break behind the chat, quickly; `make test-faults` does it for real and many times."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue.remote_actions import KeepAliveEndpoint
from bot.paths import REPOSITORY
from bot.settings import Settings
from tests.web.conftest import WebProcess, free_port
from tests.web.fake_engine import FakeEngine
from tests.web.test_chat import Customer


@pytest.fixture
def customer(web: WebProcess) -> Customer:
    return Customer(web)


def locked(settings: Settings, name: str) -> sqlite3.Connection:
    """Another program holds the write lock of a database until it is rolled back."""
    connection = sqlite3.connect(settings.var / name, timeout=10)
    connection.execute("BEGIN IMMEDIATE")
    return connection


@pytest.mark.parametrize("name", ["web.db", "staff.db"])
def test_a_message_that_can_not_be_written_down_is_put_off_kindly(
    customer: Customer, settings: Settings, name: str
) -> None:
    customer.send("hello")
    customer.events(2)
    lock = locked(settings, name)
    message = {"id": "message-7", "text": "are you there?"}
    refused = customer.http.post("/chat/messages", json=message, headers=customer.headers)
    lock.rollback()
    assert refused.status_code == 503 and int(refused.headers["retry-after"]) >= 5
    assert "try again in a moment" in refused.json()["error"]
    again = customer.http.post("/chat/messages", json=message, headers=customer.headers)
    assert again.status_code == 202
    texts = [one["text"] for one in customer.events(4)]
    assert texts[2:] == ["are you there?", "You said: are you there?"]


def test_an_answer_that_can_not_be_written_down_comes_later(
    customer: Customer, settings: Settings, engine: FakeEngine
) -> None:
    engine.delay = 1.0
    customer.send("hello")
    lock = locked(settings, "web.db")
    time.sleep(4)
    lock.rollback()
    assert customer.events(2)[1]["text"] == "You said: hello"
    assert len(engine.turns) == 1


def test_a_turn_waits_for_an_action_server_that_is_started_anew(settings: Settings) -> None:
    port = free_port()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"events": [], "responses": []}')

        def log_message(self, *_) -> None:
            pass

    def start() -> None:
        with HTTPServer(("127.0.0.1", port), Answer) as server:
            server.handle_request()

    endpoint = KeepAliveEndpoint(EndpointConfig(f"http://127.0.0.1:{port}"), settings.secrets)

    async def call() -> dict:
        threading.Timer(1.0, start).start()
        try:
            return await endpoint.request(json={})
        finally:
            await endpoint._session.close()

    assert asyncio.run(call()) == {"events": [], "responses": []}


def test_a_start_that_can_not_be_says_why_in_one_line(settings: Settings) -> None:
    settings.staff_db.mkdir(parents=True)
    began = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.web"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
        env={**os.environ, "SHOPTALK_SHOP": str(settings.shop_file), "SHOPTALK_WEB_PORT": str(free_port())},
    )  # fmt: skip
    assert began.returncode == 1
    (line,) = [line for line in (began.stdout + began.stderr).splitlines() if line]
    assert str(settings.staff_db) in line and "can't be opened" in line
