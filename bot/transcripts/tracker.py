"""Rasa's tracker store as a file: its schema, and the one way to read the events that it holds.

The column `data`, an event as JSON, is sealed (bot/privacy/vault.py), but for types of events that
say only which action ran (bot/store/columns.py). The other columns name conversations, intents and actions.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.errors import NotFound, StoreError
from bot.privacy.vault import Vault, teach, vault_in
from bot.store.columns import PLAIN_EVENTS, read
from bot.store.db import compact, open_database

tracker_tables = Migrations("tracker")
DATA = ("tracker", "events", "data")
SEAL_AT_ONCE = 1000  # rows of an earlier version

Event = dict[str, Any]


@tracker_tables()
def m001_events(db: Database) -> None:
    """The table of Rasa's SQLTrackerStore."""
    db.execute(
        "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, "
        "sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL, timestamp FLOAT, "
        "intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)"
    )
    db.execute("CREATE INDEX IF NOT EXISTS ix_events_sender_id ON events (sender_id, id)")


@tracker_tables(transactional=False)
def m050_sealed(db: Database) -> None:
    """Events that an earlier version wrote are sealed, and the file written anew."""
    teach(db.conn)
    plain = f"substr(data, 1, 1) = '{{' AND type_name NOT IN {PLAIN_EVENTS}"
    while db.execute(f"SELECT 1 FROM events WHERE {plain} LIMIT 1").fetchone():
        with db.atomic():
            db.conn.execute(
                "UPDATE events SET data = seal(data) WHERE id IN "
                f"(SELECT id FROM events WHERE {plain} LIMIT {SEAL_AT_ONCE})"
            )
    compact(db.conn)


def read_event(vault: Vault, kind: str, data: str) -> Event:
    """An event from the columns `type_name` and `data`. Raises LostKey."""
    return json.loads(read(vault, DATA, {"type_name": kind, "data": data}))


def write_event(vault: Vault, event: Event) -> str:
    """The value of the column `data` for an event."""
    text = json.dumps(event)
    return text if event["event"] in PLAIN_EVENTS else vault.seal(text) or ""


def tracker_events(tracker_db: Path) -> Iterator[tuple[str, list[Event]]]:
    """Each conversation with its events, in order. Raises NotFound or StoreError."""
    with _reading(tracker_db) as (connection, vault):
        rows = connection.execute(
            "SELECT sender_id, type_name, data FROM events ORDER BY sender_id, id"
        )
        for sender, group in groupby(rows, key=lambda row: row[0]):
            yield sender, [read_event(vault, kind, data) for _, kind, data in group]


def events_of(tracker_db: Path, conversation: str) -> list[Event]:
    """The events of one conversation, in order; none when Rasa doesn't know it."""
    if not tracker_db.exists():
        return []
    with _reading(tracker_db) as (connection, vault):
        sql = "SELECT type_name, data FROM events WHERE sender_id = ? ORDER BY id"
        return [read_event(vault, *row) for row in connection.execute(sql, [conversation])]


def latest_said(tracker_db: Path, limit: int) -> list[tuple[str, Event]]:
    """The latest events in which customers said something, with conversations, latest first."""
    with _reading(tracker_db) as (connection, vault):
        rows = connection.execute(
            "SELECT sender_id, type_name, data FROM events WHERE type_name = 'user' "
            "ORDER BY id DESC LIMIT ?",
            [limit],
        )
        return [(sender, read_event(vault, kind, data)) for sender, kind, data in rows]


def latest_times(tracker_db: Path) -> dict[str, float]:
    """Conversation -> the time of its last event."""
    with _reading(tracker_db) as (connection, _):
        sql = "SELECT sender_id, max(timestamp) FROM events GROUP BY sender_id"
        return dict(connection.execute(sql).fetchall())


@contextmanager
def _reading(tracker_db: Path) -> Iterator[tuple[sqlite3.Connection, Vault]]:
    if not tracker_db.exists():
        raise NotFound(f"There is no tracker store {tracker_db}.", "Nothing was said yet.")
    open_database(tracker_db, tracker_tables).close()  # an earlier version left its texts plain
    connection = sqlite3.connect(f"file:{tracker_db}?mode=ro", uri=True)
    try:
        yield connection, vault_in(tracker_db.parent)
    except sqlite3.Error as error:
        raise StoreError(f"{tracker_db} can't be read: {error}.") from error
    finally:
        connection.close()
