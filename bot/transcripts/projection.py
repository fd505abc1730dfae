"""Rasa's tracker events to rows of the transcripts.

The broker feeds events as they happen, `rebuild` feeds all of them again; both go through
`Projection.apply`, and every row has an id that follows from the events alone, so that the same
events always give the same rows, however often they are applied.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from bot.intents import group
from bot.privacy.vault import vault_of
from bot.transcripts import masking, summaries, wishes
from bot.transcripts.summaries import SIMULATED

TURN_TABLES = ("actions_taken", "searches", "products_meant")
CONVERSATION_TABLES = ("products_clicked", "requests", *TURN_TABLES, "marks", "messages")
TURN_SECONDS = 300  # no turn takes longer
RUNNERS_UP = 3  # intents
SILENT_ACTIONS = {"action_listen", "action_session_start", "action_extract_slots"}

Event = Mapping[str, Any]


class Projection:
    """Applies tracker events (Rasa's JSON form) to an open transcripts database.

    The caller holds the transaction, and ends it with `finish`:
    `with database.atomic(): projection.apply(…); projection.finish()`.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._vault = vault_of(database.conn)
        self._touched: set[str] = set()
        self._looked: set[str] = set()  # conversations with a search that was told

    def finish(self) -> None:
        """Bring the summaries of what was applied up to date, in the same transaction."""
        for conversation in sorted(self._looked):
            wishes.note_met(self._db, conversation)
        summaries.refresh(self._db, sorted(self._touched))
        self._touched.clear()
        self._looked.clear()

    def apply(self, conversation: str, event: Event) -> None:
        """Apply one event; events of a conversation must come in their order."""
        kind, at = event["event"], float(event.get("timestamp") or 0)
        self._touch(conversation, at)
        self._touched.add(conversation)
        if kind == "user":
            self._customer_said(conversation, event, at)
        elif kind == "bot":
            self._assistant_said(conversation, event, at)
        elif kind == "action":
            self._acted(conversation, event, at)
        elif kind == "slot":
            self._slot_set(conversation, event, at)

    def replace(self, conversation: str, events: Iterable[Event]) -> None:
        """Make a conversation's rows anew from all of its events."""
        self.remove(conversation)
        for event in events:
            self.apply(conversation, event)

    def remove(self, conversation: str) -> None:
        """Remove every row of a conversation."""
        self._run(
            "DELETE FROM products_shown WHERE message_id IN "
            "(SELECT id FROM messages WHERE conversation_id = ?)",
            conversation,
        )
        for table in CONVERSATION_TABLES:
            self._run(f"DELETE FROM {table} WHERE conversation_id = ?", conversation)
        self._run("DELETE FROM conversations WHERE id = ?", conversation)
        self._touched.add(conversation)

    def _touch(self, conversation: str, at: float) -> None:
        self._run(
            "INSERT INTO conversations (id, started_at, last_at, last_event_at) "
            "VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET last_event_at = "
            "max(last_event_at, excluded.last_event_at)",
            conversation, at, at, at,
        )  # fmt: skip

    def _customer_said(self, conversation: str, event: Event, at: float) -> None:
        metadata, parsed = event.get("metadata") or {}, event.get("parse_data") or {}
        if metadata.get("is_external"):
            return  # a trigger, not something a customer said
        if metadata.get("part"):  # the second request of a message that is there already
            self._run(  # the turn goes on: its end counts from the message, not twice
                "UPDATE messages SET latency_ms = latency_ms - (? - at) * 1000 WHERE id = ?",
                at, metadata.get("message_id"),
            )  # fmt: skip
            return
        message_id = metadata.get("message_id") or f"{conversation}:{at:.6f}"
        self._forget_turn(message_id)
        intent, sentiment = parsed.get("intent") or {}, parsed.get("sentiment") or {}
        entities = [
            {"entity": one["entity"], "value": one["value"]} for one in parsed.get("entities") or []
        ]
        self._insert_message(
            {
                "id": message_id,
                "conversation_id": conversation,
                "at": at,
                "sender": "customer",
                "text": metadata.get("title") or event.get("text") or "",
                "pressed": int(bool(metadata.get("title"))),
                "intent": intent.get("name"),
                "confidence": intent.get("confidence"),
                "runners_up": json.dumps(_runners_up(parsed)),
                "entities": json.dumps(entities, ensure_ascii=False),
                "sentiment": sentiment.get("label"),
                "sentiment_score": sentiment.get("score"),
                "latency_ms": _milliseconds(metadata.get("received_at") or at, at),
                "model_version": metadata.get("model_id"),
            }
        )
        for named in dict.fromkeys(
            one["value"] for one in entities if one["entity"] == "product"
        ):  # "the X looks cheap" is about X, whatever is answered
            self._means(message_id, str(named))
        made_up = conversation.startswith(SIMULATED)
        channel = "simulated" if made_up else event.get("input_channel")
        self._run(
            "UPDATE conversations SET last_at = ?, channel = ? WHERE id = ?",
            at, channel, conversation,
        )  # fmt: skip

    def _assistant_said(self, conversation: str, event: Event, at: float) -> None:
        metadata = event.get("metadata") or {}
        if metadata.get("sender") in ("staff", "system"):
            self._staff_said(conversation, event, metadata, at)
            return
        turn, data = self._turn(conversation), event.get("data") or {}
        number = self._count("messages", turn)
        message_id = f"{turn}:{number}"
        self._insert_message(
            {
                "id": message_id,
                "conversation_id": conversation,
                "reply_to": turn,
                "at": at,
                "sender": "assistant",
                "text": event.get("text") or "",
                "model_version": metadata.get("model_id"),
                "buttons": json.dumps(
                    [button.get("title") for button in data.get("buttons") or []],
                    ensure_ascii=False,
                ),
            }
        )
        products = (data.get("custom") or {}).get("products") or []
        self._db.table("products_shown").insert_all(
            (
                {
                    "message_id": message_id,
                    "conversation_id": conversation,
                    "at": at,
                    "position": position,
                    "sku": product.get("sku"),
                    "title": product.get("title"),
                    "price": product.get("price"),
                }
                for position, product in enumerate(products, start=1)
            ),
            replace=True,
        )
        self._run("UPDATE conversations SET last_at = ? WHERE id = ?", at, conversation)

    def _staff_said(
        self, conversation: str, event: Event, metadata: Mapping[str, Any], at: float
    ) -> None:
        self._insert_message(
            {
                "id": metadata["message_id"],
                "conversation_id": conversation,
                "at": at,
                "sender": metadata["sender"],
                "author": metadata.get("name"),
                "text": event.get("text") or "",
            }
        )
        self._run("UPDATE conversations SET last_at = ? WHERE id = ?", at, conversation)

    def _insert_message(self, row: dict[str, Any]) -> None:
        """A message, masked, with its original sealed and marks of whom it names."""
        self._run("DELETE FROM marks WHERE message_id = ?", row["id"])
        self._db.table("messages").insert(masking.message(self._vault, row), replace=True)
        masking.add_marks(self._db, row)

    def _acted(self, conversation: str, event: Event, at: float) -> None:
        turn = self._turn(conversation)
        if event["name"] == "action_listen":
            rows = self._db.query("SELECT at, latency_ms FROM messages WHERE id = ?", [turn])
            for row in rows:
                waited = round((at - row["at"]) * 1000, 1)
                if waited >= 0:
                    self._run(
                        "UPDATE messages SET latency_ms = latency_ms + ? WHERE id = ?", waited, turn
                    )
        if event["name"] in SILENT_ACTIONS or event["name"] is None:
            return
        self._db.table("actions_taken").insert(
            {
                "id": f"{turn}:{self._count('actions_taken', turn)}",
                "conversation_id": conversation,
                "reply_to": turn,
                "at": at,
                "name": event["name"],
                "policy": event.get("policy"),
                "confidence": event.get("confidence"),
            },
            replace=True,
        )

    def _slot_set(self, conversation: str, event: Event, at: float) -> None:
        value = event.get("value")
        if event["name"] == "product_meant" and isinstance(value, str):
            # not when a slot is only carried over into a new session
            self._means(self._turn(conversation), value, at - TURN_SECONDS)
        elif event["name"] == "language" and isinstance(value, str):
            self._run("UPDATE conversations SET language = ? WHERE id = ?", value, conversation)
        if not isinstance(value, dict):
            return
        if event["name"] == "product_clicked":
            self._db.table("products_clicked").insert(
                {"conversation_id": conversation, "sku": value["sku"], "at": value["at"]},
                ignore=True,
            )
        elif event["name"] == "request_made":
            request = {
                "conversation_id": conversation,
                "at": value["at"],
                "kind": value["kind"],
                "email": value.get("email") or "",
                "sku": value.get("sku") or "",
            }
            self._db.table("requests").insert(masking.request(self._vault, request), ignore=True)
        elif event["name"] == "search_made":
            self._searched(conversation, value)
        elif event["name"] == "handoff_requested":
            self._run(
                "UPDATE conversations SET handoff_requested_at = ?, handoff_reason = ? "
                "WHERE id = ?",
                at, masking.mask_person(value.get("reason") or ""), conversation,
            )  # fmt: skip

    def _means(self, message: str, sku: str, since: float = 0) -> None:
        """A message is about a product; how it feels counts unless it only asks for something."""
        asks = ", ".join("?" * len(group("unfelt")))
        self._run(
            "INSERT OR IGNORE INTO products_meant (reply_to, sku, conversation_id, at, sentiment, "
            f"sentiment_score) SELECT id, ?, conversation_id, at, iif(intent IN ({asks}), NULL, "
            f"sentiment), iif(intent IN ({asks}), NULL, sentiment_score) "
            "FROM messages WHERE id = ? AND at > ?",
            sku, *group("unfelt"), *group("unfelt"), message, since,
        )  # fmt: skip

    def _searched(self, conversation: str, made: Mapping[str, Any]) -> None:
        turn = self._turn(conversation)
        again = self._db.query(  # told twice, or carried over into a new session
            "SELECT 1 FROM searches WHERE conversation_id = ? AND at = ?",
            [conversation, made["at"]],
        )
        if any(again):
            return
        filters = made.get("filters") or {}
        earlier = self._db.query(
            "SELECT filters FROM searches WHERE conversation_id = ? AND at < ? ORDER BY at, id",
            [conversation, made["at"]],
        )
        intent = self._db.query("SELECT intent FROM messages WHERE id = ?", [turn])
        kind = wishes.kind_of(
            made["kind"],
            next((row["intent"] for row in intent), None),
            filters,
            [json.loads(row["filters"]) for row in earlier],
        )
        self._looked.add(conversation)
        self._db.table("searches").insert(
            {
                "id": f"{turn}:{self._count('searches', turn)}",
                "conversation_id": conversation,
                "reply_to": turn,
                "at": made["at"],
                "kind": kind,
                "need": masking.mask_person(made.get("need") or made.get("text") or ""),
                "text": masking.mask_person(made.get("text") or ""),
                "category": next(iter(filters.get("categories") or []), ""),
                "filters": json.dumps(filters, ensure_ascii=False, sort_keys=True),
                "relaxed": json.dumps(made.get("relaxed") or []),
                "good": made.get("good") or 0,
                "total": made.get("total") or 0,
                "sku": made.get("sku") or "",
            }
        )

    def _turn(self, conversation: str) -> str:
        """The id of the customer's message that is being answered: the one told last.

        Not the one with the latest time: after a restart turns are told again, later ones known.
        """
        rows = self._db.query(
            "SELECT id FROM messages WHERE conversation_id = ? AND sender = 'customer' "
            "ORDER BY rowid DESC LIMIT 1",
            [conversation],
        )
        return next((row["id"] for row in rows), conversation)

    def _count(self, table: str, turn: str) -> int:
        rows = self._db.query(f"SELECT count(*) AS n FROM {table} WHERE reply_to = ?", [turn])
        return next(rows)["n"]

    def _forget_turn(self, message_id: str) -> None:
        """Take away an earlier telling of the same turn, with its replies."""
        self._run(
            "DELETE FROM products_shown WHERE message_id IN "
            "(SELECT id FROM messages WHERE reply_to = ?)",
            message_id,
        )
        self._run("DELETE FROM marks WHERE message_id = ?", message_id)
        self._run("DELETE FROM messages WHERE id = ? OR reply_to = ?", message_id, message_id)
        for table in TURN_TABLES:
            self._run(f"DELETE FROM {table} WHERE reply_to = ?", message_id)

    def _run(self, sql: str, *values: Any) -> None:
        self._db.conn.execute(sql, values)


def _runners_up(parsed: Mapping[str, Any]) -> list[list[Any]]:
    """The intents that came after the chosen one, with their confidence."""
    chosen = (parsed.get("intent") or {}).get("name")
    others = [one for one in parsed.get("intent_ranking") or [] if one["name"] != chosen]
    return [[one["name"], round(one["confidence"], 3)] for one in others[:RUNNERS_UP]]


def _milliseconds(received_at: float | None, at: float) -> float:
    """How long a message waited before Rasa took it up; what follows is added at the turn's end."""
    return round(max(0.0, at - float(received_at or at)) * 1000, 1)
