"""What customers do apart from what they say: written down here, then added to the transcripts.

An event has an id of the widget's; the same id again is the same event. The transcripts may be busy
or gone: then events wait in web.db, and a start brings along all that the transcripts lack.
"""

import asyncio
import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.errors import StoreError
from bot.inbox.schema import web_tables
from bot.privacy.vault import Vault, vault_of
from bot.store.db import open_database
from bot.transcripts import masking
from bot.transcripts.store import open_transcripts
from bot.transcripts.summaries import refresh
from bot.web.door.bodies import without_controls

logger = logging.getLogger(__name__)

MAX_TEXT, MAX_URL, MAX_SKU, MAX_SKUS = 2000, 2000, 300, 100
RETRY_SECONDS = 5.0
BATCH = 500
KNOWN_DEVICES = 10_000  # conversations of which it is remembered that their device is noted
LONGEST_AGENT = 400  # characters of what a browser calls itself
ID = re.compile(r"[A-Za-z0-9-]{8,64}")
COLUMNS = ("message_id", "sku", "quantity", "value", "text", "url")


class BadEvent(ValueError):
    """An event lacks something, or holds what can't be used; the message says what."""


def _number(body: dict[str, Any], name: str, low: float, high: float) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise BadEvent(f"{name!r} must be a number from {low:g} to {high:g}.")
    return value


def _words(body: dict[str, Any], name: str, longest: int, needed: bool = True) -> str:
    value = body.get(name, "")
    text = without_controls(value) if isinstance(value, str) else ""
    if not isinstance(value, str) or len(value) > longest or (needed and not text):
        raise BadEvent(f"{name!r} must be a text of {int(needed)} to {longest} characters.")
    return text


def _thumb(body: dict[str, Any]) -> dict[str, Any]:
    """A thumb, or stars: four and five of them are a thumb up, one and two a thumb down."""
    rating: dict[str, Any]
    if "stars" in body:
        stars = int(_number(body, "stars", 1, 5))
        rating = {"value": (stars > 3) - (stars < 3), "quantity": stars}
    elif body.get("thumb") in ("up", "down"):
        rating = {"value": 1 if body["thumb"] == "up" else -1}
    else:
        raise BadEvent("'thumb' must be \"up\" or \"down\", or 'stars' a number from 1 to 5.")
    return {
        **rating,
        "message_id": _words(body, "message_id", 200),
        "text": _words(body, "why", MAX_TEXT, needed=False),
    }


def _purchase(body: dict[str, Any]) -> dict[str, Any]:
    skus = body.get("skus", [])
    fine = isinstance(skus, list) and len(skus) <= MAX_SKUS
    if not fine or not all(isinstance(one, str) and len(one) <= MAX_SKU for one in skus):
        raise BadEvent(f"'skus' must be a list of at most {MAX_SKUS} texts.")
    text = json.dumps([without_controls(one) for one in skus], ensure_ascii=False)
    return {"value": _number(body, "value", 0, 1e9), "text": text}


# Kind -> the columns of an event, from what the widget sent. Raises BadEvent.
KINDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "click": lambda body: {"sku": _words(body, "sku", MAX_SKU)},
    "thumb": _thumb,
    "rating": lambda body: {
        "value": _number(body, "value", 1, 5),
        "text": _words(body, "comment", MAX_TEXT, needed=False),
    },
    "page": lambda body: {
        "url": _words(body, "url", MAX_URL),
        "text": _words(body, "title", MAX_TEXT, needed=False),
    },
    "cart": lambda body: {
        "sku": _words(body, "sku", MAX_SKU),
        "quantity": int(_number(body, "quantity", 0, 1e6)),
        "value": _number(body, "value", 0, 1e9) if "value" in body else None,
    },
    "purchase": _purchase,
    "like": lambda body: {
        "sku": _words(body, "sku", MAX_SKU),
        "value": int(_number(body, "value", -1, 1)),
    },
    "seen": lambda body: {"message_id": _words(body, "message_id", 200)},
    "end": lambda body: {},
    "consent": lambda body: {
        "value": int(_number(body, "value", 0, 1)),
        "text": _words(body, "text", MAX_TEXT, needed=False),
    },
}


def read_event(body: dict[str, Any]) -> dict[str, Any]:
    """An event as the widget sent it, checked: id, kind and columns. Raises BadEvent."""
    event_id, kind = body.get("id"), body.get("kind")
    if not isinstance(event_id, str) or not ID.fullmatch(event_id):
        raise BadEvent("'id' must be 8 to 64 letters, digits or hyphens: a UUID will do.")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadEvent(f"'kind' must be one of {', '.join(KINDS)}.")
    return {"id": event_id, "kind": kind, **KINDS[kind](body)}


def device_of(user_agent: str) -> str:
    """phone, tablet or computer, from what a browser calls itself; "other" where it is no browser."""
    if not user_agent.startswith("Mozilla/"):
        return "other"
    if re.search(r"iPad|Tablet", user_agent) or re.search(r"Android(?!.*Mobile)", user_agent):
        return "tablet"
    return "phone" if re.search(r"Mobi|iPhone|iPod", user_agent) else "computer"


class CustomerEvents:
    """Writes events down at once, and adds them to the transcripts from a thread of its own."""

    def __init__(self, web_db: Path, transcripts_db: Path) -> None:
        self._db = open_database(web_db, web_tables, synchronous="FULL")
        self._vault = vault_of(self._db.conn)
        self._web_db, self._transcripts_db = web_db, transcripts_db
        self._wake = asyncio.Event()
        self._devices: dict[str, None] = {}  # conversations whose device is noted, oldest first
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to add events to the transcripts, from the first one on."""
        self._wake.set()
        self._task = asyncio.get_event_loop().create_task(self._project_all())

    async def stop(self) -> None:
        """Stop; what the transcripts lack is added at the next start."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._db.close()

    def accept(self, conversation: str, event: dict[str, Any]) -> bool:
        """Write an event of `read_event` down; returns whether it is new."""
        body = {name: event[name] for name in COLUMNS if event.get(name) is not None}
        cursor = self._db.conn.execute(
            "INSERT INTO customer_events (id, conversation, at, kind, body) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO NOTHING",
            [
                f"{conversation}-{event['id']}", conversation, time.time(), event["kind"],
                self._vault.seal(json.dumps(body, ensure_ascii=False)),
            ],
        )  # fmt: skip
        self._db.conn.commit()
        self._wake.set()
        return bool(cursor.rowcount)

    def came_from(self, conversation: str, user_agent: str) -> None:
        """Note once for each conversation on what kind of device it was begun, and nothing more of it."""
        if conversation in self._devices:
            return
        self._devices[conversation] = None
        if len(self._devices) > KNOWN_DEVICES:
            del self._devices[next(iter(self._devices))]
        event = {"id": "device", "kind": "device", "text": device_of(user_agent[:LONGEST_AGENT])}
        self.accept(conversation, event)

    async def _project_all(self) -> None:
        last = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                loop = asyncio.get_event_loop()
                last = await loop.run_in_executor(
                    None, project, self._web_db, self._transcripts_db, last
                )
            except (sqlite3.Error, StoreError) as error:
                logger.error("Customers' events can't be added, trying again: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()


def project(web_db: Path, transcripts_db: Path, after: int = 0) -> int:
    """Add the events after a number to the transcripts; returns the last number.

    Adding again changes nothing. Raises sqlite3.Error or StoreError.
    """
    source = open_database(web_db, web_tables)
    target: Database | None = None
    try:
        while True:
            rows = list(
                source.query(
                    "SELECT * FROM customer_events WHERE seq > ? ORDER BY seq LIMIT ?",
                    [after, BATCH],
                )
            )
            if not rows:
                return after
            target = target or open_transcripts(transcripts_db)
            vault = vault_of(target.conn)
            with target.atomic():
                target.table("customer_events").insert_all(
                    (_row(vault, row) for row in rows), ignore=True
                )
                refresh(target, sorted({row["conversation"] for row in rows}))
            after = rows[-1]["seq"]
    finally:
        source.close()
        if target:
            target.close()


def _row(vault: Vault, row: dict[str, Any]) -> dict[str, Any]:
    body = json.loads(vault.open(row["body"]))
    event = {
        "id": row["id"],
        "conversation_id": row["conversation"],
        "at": row["at"],
        "kind": row["kind"],
        **{name: body.get(name) for name in COLUMNS},
    }
    return masking.customer_event(vault, event)
