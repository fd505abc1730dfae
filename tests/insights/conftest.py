"""A small shop's transcripts, written by hand, so that every count is known."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.insights.schema import open_insights
from bot.insights.scope import DAY, Scope, Source
from bot.staff.accounts import StaffStore
from bot.store.days import MESSAGES, TOPICS, set_zone
from bot.surveys.store import SurveyStore
from bot.transcripts import summaries
from bot.transcripts.store import open_transcripts
from bot.transcripts.wishes import note_met

NOW = 1_800_000_000.0  # Friday 15 January 2027, 08:00 UTC


class Book:
    """Writes conversations into the transcripts; `days` is how long ago something was."""

    def __init__(self, folder: Path, now: float = NOW) -> None:
        self.now = now
        self.transcripts_db, self.insights_db = folder / "transcripts.db", folder / "insights.db"
        self.transcripts = open_transcripts(self.transcripts_db)
        self.insights = open_insights(self.insights_db)
        self.surveys_db, self.staff_db = folder / "surveys.db", folder / "staff.db"
        self.surveys, self.staff = SurveyStore(self.surveys_db), StaffStore(self.staff_db)
        self.number = 0

    def at(self, days: float) -> float:
        """A moment so many days before NOW, later with each call."""
        self.number += 1
        return self.now - days * DAY + self.number * 0.001

    def say(
        self,
        conversation: str,
        text: str = "hello there",
        intent: str = "search_products",
        score: float = 0.0,
        days: float = 1,
        action: str = "action_search_products",
        version: str = "model-1",
    ) -> str:
        """A message of a customer and the assistant's action; returns the message's id."""
        at = self.at(days)
        label = "negative" if score < -0.25 else "positive" if score > 0.25 else "neutral"
        self.transcripts["conversations"].insert(
            {"id": conversation, "started_at": at, "last_at": at, "last_event_at": at},
            ignore=True,
        )
        message = f"{conversation}-{self.number}"
        self.transcripts["messages"].insert(
            {
                "id": message, "conversation_id": conversation, "at": at, "sender": "customer",
                "text": text, "intent": intent, "confidence": 0.9, "sentiment": label,
                "sentiment_score": score, "latency_ms": 40.0, "model_version": version,
            }
        )  # fmt: skip
        self.transcripts["actions_taken"].insert(
            {"id": f"{message}:0", "conversation_id": conversation, "reply_to": message,
             "at": at, "name": action}
        )  # fmt: skip
        return message

    def search(
        self, conversation: str, need: str, good: int = 3, days: float = 1, total: int = 5,
        kind: str = "search", relaxed: tuple = (), category: str = "", sku: str = "", score: float = 0.0,
        filters: dict[str, Any] | None = None,
    ) -> str:  # fmt: skip
        """A search, with the message that asked for it; returns the message's id."""
        message = self.say(conversation, f"do you have {need}", days=days, score=score)
        self.transcripts["searches"].insert(
            {"id": f"{message}:s", "conversation_id": conversation, "reply_to": message,
             "at": self.at(days), "kind": kind, "need": need, "text": need, "category": category,
             "filters": json.dumps(filters or {}), "relaxed": json.dumps(list(relaxed)), "good": good, "total": total,
             "sku": sku}
        )  # fmt: skip
        return message

    def show(self, conversation: str, message: str, *skus: str, days: float = 1) -> None:
        """The assistant's answer with products."""
        at = self.at(days)
        reply = f"{message}:0"
        self.transcripts["messages"].insert(
            {"id": reply, "conversation_id": conversation, "reply_to": message, "at": at,
             "sender": "assistant", "text": "How about these?"}
        )  # fmt: skip
        self.transcripts["products_shown"].insert_all(
            {
                "message_id": reply,
                "conversation_id": conversation,
                "at": at,
                "position": i,
                "sku": sku,
                "title": f"The {sku}",
                "price": "€5",
            }
            for i, sku in enumerate(skus, start=1)
        )

    def meant(self, conversation: str, message: str, sku: str, days: float = 1) -> None:
        """A message is about a product."""
        self.transcripts["products_meant"].insert(
            {
                "reply_to": message,
                "sku": sku,
                "conversation_id": conversation,
                "at": self.at(days),
                **self.felt(message),
            }
        )

    def event(self, conversation: str, kind: str, days: float = 1, **values: Any) -> None:
        """Something that a customer did."""
        at = self.at(days)
        self.transcripts["customer_events"].insert(
            {
                "id": f"e{self.number}",
                "conversation_id": conversation,
                "at": at,
                "kind": kind,
                **values,
            }
        )

    def campaign(self, name: str, text: str) -> int:
        """A campaign's text; returns its version."""
        return self.surveys.texts.save(name, text, self.now)

    def answer(
        self, campaign: str, version: int, at: float, conversation: str = "", **values: Any
    ) -> None:
        """A run with its answers, whose values are JSON; `over_quota` and `anonymous` are the run's."""
        self.number += 1
        marks = {name: int(values.pop(name, 0)) for name in ("over_quota", "anonymous")}
        run = f"run{self.number}"
        db = sqlite3.connect(self.surveys_db)
        with db:
            db.execute(
                "INSERT INTO runs (id, campaign_id, version, way, conversation_id, segments, shown_at, "
                "over_quota, anonymous, simulated) VALUES (?, ?, ?, 'chat', ?, '{}', ?, ?, ?, ?)",
                [run, campaign, version, conversation or None, at, marks["over_quota"],
                 marks["anonymous"], int(conversation.startswith("simulated-"))],
            )  # fmt: skip
            db.executemany(
                "INSERT INTO answers (run_id, question_id, value, at, sealed) VALUES (?, ?, ?, ?, ?)",
                [(run, name, json.dumps(value), at, int(isinstance(value, str)))
                 for name, value in values.items()],
            )  # fmt: skip
        db.close()

    def handoff(self, conversation: str) -> None:
        """The customer asked for a person."""
        self.transcripts.execute(
            "UPDATE conversations SET handoff_requested_at = last_at WHERE id = ?", [conversation]
        )

    def felt(self, message: str) -> dict[str, Any]:
        """The sentiment of a message."""
        row = self.transcripts["messages"].get(message)
        return {name: row[name] for name in ("sentiment", "sentiment_score")}

    def save(self, timezone: str = "UTC") -> None:
        """Write everything, with what follows from it."""
        ids = [row["id"] for row in self.transcripts["conversations"].rows]
        for conversation in ids:
            note_met(self.transcripts, conversation)
        summaries.refresh(self.transcripts, ids)
        self.transcripts.conn.commit()
        self.insights.conn.commit()
        set_zone(self.transcripts, timezone, MESSAGES)
        set_zone(self.insights, timezone, TOPICS)

    def source(self, timezone: str = "UTC") -> Source:
        """All of it, for reading."""
        self.save(timezone)
        return Source(self.transcripts_db, self.insights_db, self.surveys_db, self.staff_db)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Empty transcripts."""
    return Book(tmp_path)


@pytest.fixture
def scope() -> Scope:
    """The last 30 days."""
    return Scope.last(30, NOW)
