"""Whole conversations with the running service: real Rasa, actions, index and databases."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from bot.paths import REPOSITORY
from tests.stack import Stack

TALKS = yaml.safe_load((REPOSITORY / "tests/conversations/talks.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The dialogue process's channel of a running shop."""
    stack = Stack(tmp_path_factory.mktemp("talks") / "shop")
    token = json.loads((stack.shop_dir / "var/secrets.json").read_text())["engine_token"]
    url = f"http://127.0.0.1:{stack.ports['dialogue']}/webhooks/shoptalk"
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
        yield client
    stack.stop()


@pytest.mark.parametrize("name", list(TALKS))
def test_talk(channel: httpx.Client, name: str) -> None:
    conversation, replies = name, []  # wordings vary by conversation, so it has its own
    for turn in TALKS[name]:
        ((line, wanted),) = turn.items()
        body = {"conversation": conversation, "id": uuid.uuid4().hex, **said(str(line), replies)}
        answer = channel.post("/turn", json=body)
        assert answer.status_code == 200, answer.text
        replies = answer.json()["messages"]
        wanted = wanted if isinstance(wanted, dict) else {"has": wanted}
        check(line, replies, wanted)
        if "told" in wanted:
            handoff = answer.json().get("handoff")
            assert (handoff["why"] or "asked" if handoff else "none") == wanted["told"], line


def said(line: str, replies: list[dict[str, Any]]) -> dict[str, str]:
    if not line.startswith("> "):
        return {"text": line}
    offered = [button for reply in replies for button in reply["buttons"]]
    chosen = [button for button in offered if button["title"].startswith(line[2:])]
    assert chosen, f"{line}: only {[button['title'] for button in offered]} are offered"
    return {"text": chosen[0]["title"], "payload": chosen[0]["payload"]}


def check(line: Any, replies: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    text = "\n".join(reply["text"] for reply in replies)
    cards = [card for reply in replies for card in reply["products"]]
    assert text.strip() or cards, f"{line}: no answer"
    assert "went wrong on our side" not in text, line
    for part in wanted.get("has", []):
        shown = text + " ".join(card["price"] for card in cards)
        assert str(part).lower() in shown.lower(), f"{line}: {text}"
    for part in wanted.get("not", []):
        assert str(part).lower() not in text.lower(), f"{line}: {text}"
    assert len(cards) >= wanted.get("cards", 0), (
        f"{line}: {text} {[card['title'] for card in cards]}"
    )
