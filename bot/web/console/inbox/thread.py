"""What happened in a conversation, in one line of time: messages, notes, and what was done."""

import json
from collections.abc import Callable
from typing import Any

from sanic.request import Request

from bot.web.services import services

EVENTS = {
    "page": "was on {text}",
    "click": "opened {sku}",
    "like": "rated {sku}",
    "cart": "put {sku} into the cart",
    "purchase": "bought for {value}",
    "rating": "gave {value} of 5",
    "end": "ended the chat",
    "consent": "answered the question for consent",
}
Hide = Callable[..., str]  # of a text, and whether the customer wrote it


def timeline(request: Request, opened: dict[str, Any], hide: Hide) -> list[dict[str, Any]]:
    """Messages, notes and events by time; what Rasa doesn't know yet comes from the inbox."""
    web = services(request)
    conversation = opened["summary"]["conversation_id"]
    thumbs = _thumbs(opened["events"])
    items = [_message(one, hide, thumbs) for one in opened["messages"]]
    items += _not_yet_known(web.inbox, conversation, opened["messages"], hide)
    sent = web.pictures.of(conversation)
    for item in items:
        item["pictures"] = [one.id for one in sent if one.message_id == item["id"]]
        item["why"] = opened["reasons"].get(item["id"])
    items += [
        {"kind": "note", "at": one["at"], "id": f"note-{one['id']}", "who": one["name"],
         "text": hide(one["text"], False)}
        for one in web.desk.work.notes(conversation)
    ]  # fmt: skip
    items += [
        {"kind": "event", "at": one["at"], "id": one["id"], "text": hide(_said_of(one))}
        for one in opened["events"]
        if one["kind"] in EVENTS
    ]
    return sorted(items, key=lambda item: item["at"])


def _message(row: dict[str, Any], hide: Hide, thumbs: dict[str, dict]) -> dict[str, Any]:
    return {
        "kind": "message",
        "id": row["id"],
        "at": row["at"],
        "sender": row["sender"],
        "who": row["author"],
        "text": hide(row["text"], row["sender"] == "customer"),
        "intent": row["intent"],
        "confidence": row["confidence"],
        "runners_up": runners_up(row),
        "entities": [
            {**one, "value": hide(str(one["value"]))} for one in json.loads(row["entities"] or "[]")
        ],
        "sentiment": row["sentiment"],
        "score": row["sentiment_score"],
        "latency_ms": row["latency_ms"],
        "model_version": row["model_version"],
        "buttons": json.loads(row["buttons"] or "[]"),
        "products": row["products"],
        "thumb": thumbs.get(row["id"]),
    }


def runners_up(row: dict[str, Any]) -> list[list[Any]]:
    """The intents that came second, with their confidence."""
    return json.loads(row["runners_up"] or "[]")


def _not_yet_known(
    inbox: Any, conversation: str, messages: list[dict[str, Any]], hide: Hide
) -> list[dict[str, Any]]:
    """What is on the customer's screen and on its way to the transcripts."""
    known = {one["id"] for one in messages}
    latest = messages[-1]["at"] if messages else 0
    fresh = []
    for event in inbox.events_since(conversation, latest - 5):
        full = f"{conversation}-{event['message_id']}"
        if event["message_id"] in known or full in known:
            continue
        if event["sender"] == "assistant" and event["at"] <= latest:
            continue
        fresh.append(
            {
                "kind": "message", "id": full, "at": event["at"], "sender": event["sender"],
                "who": event["body"].get("name"),
                "text": hide(event["body"]["text"] or "", event["sender"] == "customer"),
                "on_its_way": True,
            }
        )  # fmt: skip
    return fresh


def _thumbs(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The thumb or the stars on each message, with the reason."""
    return {
        one["message_id"]: {
            "up": one["value"] > 0,
            "stars": one["quantity"],
            "why": one["text"] or "",
        }
        for one in events
        if one["kind"] == "thumb"
    }


def _said_of(event: dict[str, Any]) -> str:
    values = {name: str(event[name] if event[name] is not None else "") for name in ("sku", "text")}
    values["value"] = f"{event['value']:g}" if event["value"] is not None else ""
    text = EVENTS[event["kind"]]
    for name, value in values.items():
        text = text.replace("{" + name + "}", value or "")
    return text
