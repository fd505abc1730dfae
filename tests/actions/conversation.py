"""A conversation with the actions, without Rasa between."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.dates import clock
from recommender.request.parser import QueryParser
from recommender.request.vocabulary import Vocabulary

Say = Callable[..., dict[str, Any]]


def set_clock(monkeypatch: pytest.MonkeyPatch, now: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(now))


class Conversation:
    """Runs actions after each other, and keeps the slots that they set."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.slots: dict[str, Any] = {}
        self.channel = "shoptalk"
        self.said: dict[str, Any] = {}  # what the assistant said last
        self.earlier: list[dict[str, Any]] = []  # the customer's messages, and the slots set since

    def say(
        self, action: Any, text: str = "", entities: Any = None, **latest: Any
    ) -> dict[str, Any]:
        """Run an action on a message; returns its last message, with all of `events`."""
        if entities is None:
            parser = QueryParser(self.vocabulary)
            entities = [mention.as_entity() for mention in parser.mentions(text)]
        message = {"text": text, "entities": entities, "intent": {}, **latest}
        heard = [
            *self.earlier,
            {
                "event": "bot",
                "text": self.said.get("text"),
                "data": {"custom": self.said.get("custom")},
            },
            {"event": "user", "input_channel": self.channel, "parse_data": message},
        ]
        self.earlier.append(heard[-1])
        tracker = Tracker("c", self.slots, message, heard, False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        events = action.run(dispatcher, tracker, {})
        if asyncio.iscoroutine(events):
            events = asyncio.new_event_loop().run_until_complete(events)
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
                self.earlier.append(dict(event))
        said = dispatcher.messages[-1] if dispatcher.messages else {"text": None, "buttons": []}
        self.said = said
        shown = [card["sku"] for card in (said.get("custom") or {}).get("products", [])]
        return {**said, "events": events, "skus": shown}


def titles(said: dict[str, Any]) -> list[str]:
    return [button["title"] for button in said["buttons"]]


def with_order(
    task: str, number: str = "HF-10001", email: str = "anna@example.com", **slots
) -> dict:
    return {"order_number": number, "email": email, "order_task": task, **slots}
