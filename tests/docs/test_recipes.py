"""The recipes do what they say: written into a copy of the checkout, trained, started, and talked to."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from actions.order_backends.http import HttpOrders
from tests.docs import examples, recipes
from tests.stack import Stack
from tests.web.conftest import free_port


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("recipes")
    checkout = folder / "checkout"
    checkout.mkdir()
    running = Stack(folder / "shop", lambda shop: recipes.apply(checkout, shop), checkout=checkout)
    yield running
    running.stop()


def heard(stack: Stack, text: str) -> str:
    """What a message is answered with, on the channel of the recipe."""
    url = f"http://127.0.0.1:{stack.ports['dialogue']}/webhooks/rest/webhook"
    asked = {"sender": "till", "message": text}
    answers = httpx.post(url, json=asked, timeout=60, trust_env=False).json()
    return "\n".join(answer.get("text", "") for answer in answers)


def chatted(stack: Stack, text: str) -> str:
    """What a message is answered with first, in the chat."""
    with httpx.Client(base_url=stack.url, timeout=60, trust_env=False) as client:
        token = client.post("/chat/session").json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        message = {"id": str(uuid.uuid4()), "text": text}
        client.post("/chat/messages", json=message, headers=headers).raise_for_status()
        with client.stream("GET", "/chat/stream?after=0", headers=headers) as stream:
            for line in stream.iter_lines():
                event = json.loads(line[6:]) if line.startswith("data: ") else {}
                if event.get("from") == "assistant":
                    return str(event)
    raise AssertionError("nothing was answered")


def test_an_intent_of_ones_own_is_four_files_and_two_for_a_language() -> None:
    written = [place for place, _, text in recipes.files() if "loyalty" in text]
    assert len(written) == 6


def test_every_block_but_a_query_has_a_file() -> None:
    blocks = [language for language, _ in examples.fences(recipes.PAGE) if language != "sql"]
    assert len(list(recipes.files())) == len(blocks)


def test_an_intent_of_ones_own_is_answered_on_a_channel_of_rasas(stack: Stack) -> None:
    assert "100 points" in heard(stack, "do you have a loyalty programme")


def test_it_is_answered_in_another_language_too(stack: Stack) -> None:
    assert "100 punten" in chatted(stack, "kan ik bij jullie ook punten sparen als vaste klant?")


def test_an_action_of_ones_own_answers(stack: Stack) -> None:
    assert "Zwolle" in heard(stack, "which branches do you have?")


def test_a_campaign_of_ones_own_is_read_and_started(stack: Stack) -> None:
    assert "A branch near you?" in stack.shoptalk(
        "survey", "check", str(stack.shop_dir / "surveys" / "branches.yml")
    )
    stack.shoptalk("survey", "start", "branches")


def test_a_report_of_ones_own_asks_for_what_is_there(stack: Stack) -> None:
    query = dict(examples.fences(recipes.PAGE))["sql"]
    place = f"file:{stack.shop_dir}/var/transcripts.db?mode=ro"
    with closing(sqlite3.connect(place, uri=True)) as database:
        columns = [column[0] for column in database.execute(query).description]
    assert columns == ["intent", "messages"]


def test_an_orders_service_of_ones_own_keeps_the_contract(tmp_path: Path) -> None:
    (text,) = [text for place, _, text in recipes.files() if place.endswith("orders_service.py")]
    (tmp_path / "service.py").write_text(text)
    port = free_port()
    service = subprocess.Popen(
        [sys.executable, "service.py", str(port)],
        cwd=tmp_path, env={**os.environ, "ORDERS_TOKEN": "secret"}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(100):
            try:
                httpx.get(f"http://127.0.0.1:{port}/orders", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        asyncio.run(_as_the_assistant_asks(HttpOrders(f"http://127.0.0.1:{port}", "secret")))
    finally:
        service.terminate()
        service.wait()


async def _as_the_assistant_asks(orders: HttpOrders) -> None:
    assert await orders.find("SO-1", "someone@else.example") is None
    assert await orders.find("SO-2", "anna@example.com") is None
    order = await orders.find("SO-1", "Anna@example.com")
    assert order and order.items[0].quantity == 2
    assert [one.number for one in await orders.under("anna@example.com")] == ["SO-1"]
    reference = await orders.request(order, "cancel", "too late")
    assert reference == await orders.request(order, "cancel", "too late")
    await orders.withdraw(order, reference)
