"""What customers said and what they were answered, written down before it is acknowledged.

The web process's own database: messages wait here until Rasa has taken them, and the events of a
conversation are numbered, so that a stream can go on where it broke off. What they say is sealed
(bot/privacy/vault.py).
"""

import hashlib
import json
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.inbox.schema import web_tables
from bot.privacy.vault import LostKey, vault_of
from bot.store.db import new_row, open_database

logger = logging.getLogger(__name__)

REPLY = "text", "buttons", "products", "card", "language"  # what is kept of one
BUSY_MILLISECONDS = 2000
ERASING_SECONDS = 600.0  # an erasure takes seconds; one that lasts longer mustn't hold up the chat
MAX_WAITING = 20  # messages of one conversation that Rasa hasn't answered yet


class TooManyWaiting(Exception):
    """The conversation has too many messages that weren't answered yet."""


@dataclass(frozen=True)
class Waiting:
    """A message for the assistant: its number, id, and the turn as the channel takes it.

    The turn is None for a row that can't be read any more.
    """

    seq: int
    conversation: str
    message_id: str
    turn: dict[str, Any] | None
    attempts: int


class Inbox:
    """Small synchronous steps, each one transaction that is on disk when it returns."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, web_tables, synchronous="FULL")
        # All customers wait while one statement does: better to ask one of them to try again.
        self._db.conn.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        self._vault = vault_of(self._db.conn)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def accept(
        self,
        conversation: str,
        message_id: str,
        text: str,
        payload: str = "",
        card_answer: dict[str, Any] | None = None,
        with_staff: bool = False,
        network: str = "",
        page: dict[str, Any] | None = None,
        pictures: Sequence[str] = (),
        call_back: dict[str, str] | None = None,
    ) -> tuple[int, bool]:
        """Write a customer's message down; returns its number and whether it is new.

        `network` is a mark of where it came from, for counting guesses; `page` is what the widget told
        of its page (bot/web/chat/page.py), `pictures` are the ids of those that came with it, `call_back` is what the widget's form asks
        (bot/web/chat/call_back.py). The same id again returns the same number. Said to staff,
        the assistant only listens. Raises TooManyWaiting.
        """
        known = self._one(
            "SELECT seq FROM events WHERE conversation = ? AND message_id = ?",
            conversation, message_id,
        )  # fmt: skip
        if known:
            return known["seq"], False
        waiting = self._one("SELECT count(*) AS n FROM inbox WHERE conversation = ?", conversation)
        if waiting and waiting["n"] >= MAX_WAITING:
            raise TooManyWaiting
        now = time.time()
        turn = {
            "conversation": conversation,
            "id": f"{conversation}-{message_id}",
            "text": text,
            "payload": payload,
            "received_at": now,
            **({"card_answer": card_answer} if card_answer else {}),
            **({"note": "customer"} if with_staff else {}),
            **({"network": network} if network else {}),
            **({"page": page} if page else {}),
            **({"pictures": list(pictures)} if pictures else {}),
            **({"call_back": call_back} if call_back else {}),
            **({"customer": customer} if (customer := self.customer(conversation)) else {}),
        }
        with self._db.atomic():
            body = {"text": text, "card_answer": card_answer}
            if pictures:
                body["pictures"] = list(pictures)
            seq = self._add_event(conversation, message_id, "customer", now, body)
            self._queue(seq, conversation, message_id, turn)
        return seq, True

    def prompt(self, conversation: str, message_id: str, more: dict[str, Any]) -> bool:
        """Let the assistant say something of itself: a turn without a customer's message.

        It is delivered like any other, exactly once; `more` says what it is about. Nothing is done,
        and False returned, while the customer's own messages wait, and after an erasure.
        """
        if self.is_closed(conversation):
            return False
        with self._db.atomic():
            self._db.conn.execute(
                "INSERT INTO inbox (seq, conversation, message_id, turn, attempts) "
                "SELECT ?, ?, ?, ?, 0 WHERE NOT EXISTS "
                "(SELECT 1 FROM inbox WHERE conversation = ?)",
                [
                    -time.time_ns(),  # never the number of a customer's message
                    conversation,
                    message_id,
                    self._seal(
                        {
                            "conversation": conversation,
                            "id": f"{conversation}-{message_id}",
                            "text": "(asked by the assistant)",
                            **more,
                        }
                    ),
                    conversation,
                ],
            )
            added = self._db.conn.execute("SELECT changes()").fetchone()[0]
        return bool(added)

    def post(self, conversation: str, message_id: str, sender: str, text: str, **more: Any) -> int:
        """Write down what staff or the system say, for the customer and for Rasa's tracker.

        `sender` is "staff" (with its public `name`) or "system"; `paused` True or False pauses or
        resumes Rasa. Returns the number, 0 when the id is known or the conversation was erased.
        """
        if self.is_closed(conversation):
            return 0
        turn = {
            "conversation": conversation,
            "id": f"{conversation}-{message_id}",
            "text": text,
            "note": sender,
            "received_at": time.time(),
            **more,
        }
        body = {"text": text, **({"name": more["name"]} if "name" in more else {})}
        with self._db.atomic():
            seq = self._add_event(conversation, message_id, sender, turn["received_at"], body)
            if seq:
                self._queue(seq, conversation, message_id, turn)
        return seq

    def only_listen(self, conversation: str) -> None:
        """What waits for the assistant is for staff now: it is noted, and not answered."""
        with self._db.atomic():
            rows = list(
                self._db.query("SELECT * FROM inbox WHERE conversation = ?", [conversation])
            )
            for row in rows:
                turn = self._turn(row)
                if turn is None or "survey" in turn:
                    self._db.conn.execute("DELETE FROM inbox WHERE seq = ?", [row["seq"]])
                elif "note" not in turn:
                    self._db.conn.execute(
                        "UPDATE inbox SET turn = ? WHERE seq = ?",
                        [self._seal({**turn, "note": "customer"}), row["seq"]],
                    )

    def waiting(self) -> int:
        """How many messages Rasa hasn't answered."""
        return int(self._db.execute("SELECT count(*) FROM inbox").fetchone()[0])

    def waiting_conversations(self) -> list[str]:
        """Conversations with messages that Rasa hasn't answered."""
        return [
            r["conversation"] for r in self._db.query("SELECT DISTINCT conversation FROM inbox")
        ]

    def next_waiting(self, conversation: str) -> Waiting | None:
        """The oldest message of a conversation that waits."""
        row = self._one(
            "SELECT * FROM inbox WHERE conversation = ? ORDER BY seq LIMIT 1", conversation
        )
        if not row:
            return None
        return Waiting(
            row["seq"], conversation, row["message_id"], self._turn(row), row["attempts"]
        )

    def failed(self, message: Waiting) -> int:
        """Count an attempt that failed; returns how many there were."""
        with self._db.atomic():
            self._db.conn.execute(
                "UPDATE inbox SET attempts = attempts + 1 WHERE seq = ?", [message.seq]
            )
        return message.attempts + 1

    def answered(self, message: Waiting, replies: list[dict[str, Any]]) -> None:
        """Write the replies down and take the message out of the inbox, both or neither."""
        with self._db.atomic():
            for reply in replies:
                body = {name: reply.get(name) for name in REPLY}
                self._add_event(message.conversation, reply["id"], "assistant", time.time(), body)
            # Erasing its customer may have taken it already.
            self._db.conn.execute("DELETE FROM inbox WHERE seq = ?", [message.seq])

    def add(self, conversation: str, message_id: str, sender: str, body: dict[str, Any]) -> int:
        """Write down a message that Rasa knows already; returns its number, 0 when the id is known.

        The caller then wakes the streams: `hub.tell(conversation)`. What staff say goes through
        `post`, so that the tracker has it too.
        """
        with self._db.atomic():
            return self._add_event(conversation, message_id, sender, time.time(), body)

    def identify(self, conversation: str, customer: dict[str, str]) -> None:
        """Note who the customer is: id, email, name, as `bot.web.chat.identity` reads them."""
        row = {"conversation": conversation, "body": self._seal(customer), "at": time.time()}
        self._db.table("customers").upsert(row, pk="conversation")

    def customer(self, conversation: str) -> dict[str, str]:
        """Who the customer is; empty when nobody said so."""
        row = self._one("SELECT body FROM customers WHERE conversation = ?", conversation)
        return self._open(row["body"]) if row else {}

    def language(self, conversation: str) -> str:
        """The language in which the assistant spoke last; "" while it hasn't."""
        row = self._one(
            "SELECT body FROM events WHERE conversation = ? AND sender = 'assistant' "
            "ORDER BY seq DESC LIMIT 1",
            conversation,
        )
        return self._open(row["body"]).get("language") or "" if row else ""

    def has_card(self, conversation: str, message_id: str) -> bool:
        """Whether a message of the conversation came with a card that can be answered."""
        row = self._one(
            "SELECT body FROM events WHERE conversation = ? AND message_id = ?",
            conversation, message_id,
        )  # fmt: skip
        return bool(row and self._open(row["body"]).get("card"))

    def events_after(self, conversation: str, seq: int, limit: int = 200) -> list[dict[str, Any]]:
        """Events of a conversation after a number, with `body` as an object."""
        rows = self._db.query(
            "SELECT * FROM events WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?",
            [conversation, seq, limit],
        )
        return [{**row, "body": self._open(row["body"])} for row in rows]

    def events_since(self, conversation: str, at: float) -> list[dict[str, Any]]:
        """Events of a conversation from a time on, with `body` as an object."""
        rows = self._db.query(
            "SELECT * FROM events WHERE conversation = ? AND at >= ? ORDER BY seq",
            [conversation, at],
        )
        return [{**row, "body": self._open(row["body"])} for row in rows]

    def quick_reply(self, conversation: str, message_id: str, index: int) -> dict[str, str] | None:
        """The quick reply that the assistant offered: its title and payload; None if it didn't."""
        row = self._one(
            "SELECT body FROM events WHERE conversation = ? AND message_id = ? "
            "AND sender = 'assistant'",
            conversation, message_id,
        )  # fmt: skip
        buttons = (self._open(row["body"]).get("buttons") or []) if row else []
        return buttons[index] if 0 <= index < len(buttons) else None

    def ask_erasure(self, conversation: str, email: str) -> int:
        """Note that a conversation, and those under an address, are to be erased; 0 when known."""
        who = {"conversation": conversation, "email": email}
        with self._db.atomic():
            done = self._db.conn.execute(
                "INSERT INTO erasures (mark, who, asked_at) VALUES (?, ?, ?) "
                "ON CONFLICT (mark) DO NOTHING",
                [_mark(conversation), self._seal(who), time.time()],
            )
        return new_row(done)

    def erasures(self) -> list[tuple[int, str, str]]:
        """What is still to be erased: number, conversation, address or ""."""
        found = []
        for row in self._db.query("SELECT number, who FROM erasures WHERE who IS NOT NULL"):
            try:
                who = self._open(row["who"])
            except LostKey as error:  # the others' are done all the same
                logger.error("Erasure %s can't be done: %s", row["number"], error)
                continue
            found.append((row["number"], who["conversation"], who["email"]))
        return found

    def erasures_waiting(self, before: float = math.inf) -> int:
        """How many erasures that were asked for before a time aren't done."""
        row = self._one(
            "SELECT count(*) AS n FROM erasures WHERE who IS NOT NULL AND asked_at < ?", before
        )
        return int(row["n"]) if row else 0

    def erasure(self, conversation: str) -> str | None:
        """The receipt of an erased conversation, "" for one that is to be; None for others."""
        row = self._one("SELECT receipt FROM erasures WHERE mark = ?", _mark(conversation))
        return (row["receipt"] or "") if row else None

    def is_closed(self, conversation: str) -> bool:
        """Whether nothing may be said in a conversation any more: it is erased, or is being erased.

        One whose erasure doesn't come to an end is open, or its customer would reach nobody.
        """
        row = self._one(
            "SELECT receipt, asked_at FROM erasures WHERE mark = ?", _mark(conversation)
        )
        return bool(row) and bool(row["receipt"] or row["asked_at"] > time.time() - ERASING_SECONDS)

    def erased(self, number: int, receipt: str, conversations: list[str]) -> None:
        """Done: keep the receipt, and nothing that tells whose it was."""
        with self._db.atomic():
            self._db.conn.execute(
                "UPDATE erasures SET who = NULL, receipt = ? WHERE number = ?", [receipt, number]
            )
            self._db.conn.executemany(
                "INSERT INTO erasures (mark, receipt, asked_at) VALUES (?, ?, ?) "
                "ON CONFLICT (mark) DO NOTHING",
                [(_mark(one), receipt, time.time()) for one in conversations],
            )

    def _queue(self, seq: int, conversation: str, message_id: str, turn: dict[str, Any]) -> None:
        self._db.table("inbox").insert(
            {
                "seq": seq,
                "conversation": conversation,
                "message_id": message_id,
                "turn": self._seal(turn),
                "attempts": 0,
            }
        )

    def _add_event(
        self, conversation: str, message_id: str, sender: str, at: float, body: dict[str, Any]
    ) -> int:
        cursor = self._db.conn.execute(
            "INSERT INTO events (conversation, message_id, sender, at, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (conversation, message_id) DO NOTHING",
            [conversation, message_id, sender, at, self._seal(body)],
        )
        return new_row(cursor)

    def _seal(self, body: dict[str, Any]) -> str | None:
        return self._vault.seal(json.dumps(body))

    def _open(self, text: str) -> dict[str, Any]:
        return json.loads(self._vault.open(text))

    def _turn(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """The turn of a row of the inbox; None when what stands there is none."""
        try:
            turn = self._open(row["turn"])
        except (LostKey, ValueError, TypeError):
            return None
        return turn if isinstance(turn, dict) and turn.get("id") else None

    def _one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        return next(iter(self._db.query(sql, values)), None)


def _mark(conversation: str) -> str:
    """What stands for an erased conversation; its id is random, so a plain hash tells nothing."""
    return hashlib.sha256(conversation.encode()).hexdigest()[:32]
