"""Conversations in the transcripts, as the broker writes them from Rasa's events."""

import time
from typing import Any

from bot.settings import Settings
from bot.transcripts.projection import Projection
from bot.transcripts.store import open_transcripts


def said(
    text: str,
    message_id: str,
    at: float,
    intent: str = "inform",
    confidence: float = 0.9,
    score: float = 0.0,
    entities: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """A customer's message with what NLU made of it."""
    label = "negative" if score < -0.2 else "positive" if score > 0.2 else "neutral"
    ranking = [{"name": intent, "confidence": confidence}, {"name": "greet", "confidence": 0.05}]
    return {
        "event": "user", "timestamp": at, "text": text, "input_channel": "shoptalk",
        "metadata": {"message_id": message_id, "received_at": at, "model_id": "model-1"},
        "parse_data": {
            "intent": ranking[0], "intent_ranking": ranking,
            "entities": [{"entity": name, "value": value} for name, value in entities],
            "sentiment": {"label": label, "score": score},
        },
    }  # fmt: skip


def replied(text: str, at: float, skus: tuple[str, ...] = ()) -> dict[str, Any]:
    """The assistant's reply, with products."""
    products = [{"sku": sku, "title": f"Product {sku}", "price": "€5"} for sku in skus]
    return {
        "event": "bot", "timestamp": at, "text": text,
        "data": {"custom": {"products": products}, "buttons": [{"title": "More"}]},
    }  # fmt: skip


def staff_said(text: str, message_id: str, at: float, name: str = "Ann") -> dict[str, Any]:
    """What a person wrote."""
    metadata = {"sender": "staff", "name": name, "message_id": message_id}
    return {"event": "bot", "timestamp": at, "text": text, "metadata": metadata, "data": {}}


def keep(settings: Settings, conversation: str, *events: dict[str, Any]) -> str:
    """Write events of a conversation to the transcripts; returns its id."""
    database = open_transcripts(settings.transcripts_db)
    projection = Projection(database)
    with database.atomic():
        for event in events:
            projection.apply(conversation, event)
        projection.finish()
    database.close()
    return conversation


def simple(settings: Settings, conversation: str, text: str = "hello", **more: Any) -> str:
    """One message and one reply, now."""
    at = more.pop("at", time.time())
    return keep(
        settings, conversation,
        said(text, f"{conversation}-m1", at, **more), replied("Hi!", at + 0.1),
    )  # fmt: skip
