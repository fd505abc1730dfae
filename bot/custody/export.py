"""A copy of all that is kept about a person, ready for JSON."""

import json
import sqlite3
import time
from collections.abc import Iterable
from typing import Any

from bot.custody.files import DatabaseFile, database_files
from bot.custody.holdings import Person, holdings, opened, text_columns
from bot.custody.others import without_others
from bot.custody.own_addresses import Own, own_addresses, together
from bot.custody.search import KEPT
from bot.settings import Settings
from bot.store.columns import JSON, clear

NO_TEXTS = ("conversation_facts", "marks", "request_marks")  # what searches are made of


def export_person(settings: Settings, person: Person) -> dict[str, Any]:
    """All rows about a person, by database and table, ready for JSON; with their orders.

    Where an address is asked for, those of others, and phone numbers that aren't known to be theirs,
    are masked. What no key opens is missing in its row, which is named under "unread".
    """
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    unread: set[str] = set()
    with opened(database_files(settings), person, unread=unread) as databases:
        own = _own(databases, person) if person.email else None
        for one, db in databases:
            db.row_factory = sqlite3.Row
            wanted = [(table, where) for table, where in holdings(db, one.name)]
            if one.name == "orders":
                wanted.append(("orders", "mentions(email)"))
            for table, where in wanted:
                if table.endswith("_fts") or table in NO_TEXTS:
                    continue  # the texts themselves are exported
                found = db.execute(
                    f"SELECT {_columns(db, one.name, table)} FROM [{table}] WHERE {where}",
                    person.values,
                )
                picked = [_readable(one.name, table, dict(row)) for row in found]
                if own and one.name not in KEPT:
                    picked = [without_others(row, own) for row in picked]
                if picked:
                    rows.setdefault(one.name, {})[table] = picked
    return {
        "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "email": person.email,
        "conversations": sorted({*person.conversations, *person.parts}),
        "unread": sorted(unread),
        "data": rows,
    }


def _own(databases: Iterable[tuple[DatabaseFile, sqlite3.Connection]], person: Person) -> Own:
    """What is known to be a person's own, in all of their conversations."""
    known = own_addresses(databases)
    own = together(known[one] for one in person.conversations if one in known)
    own.add(person.email)
    return own


def _columns(db: sqlite3.Connection, database: str, table: str) -> str:
    """All columns of a table as they read, for a SELECT."""
    texts = text_columns(db, table)
    names = [row[1] for row in db.execute(f"PRAGMA table_info([{table}])")]
    return ", ".join(
        f"{clear(database, table, name)} AS [{name}]" if name in texts else f"[{name}]"
        for name in names
    )


def _readable(database: str, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row for JSON: originals in their places, JSON columns as objects, bytes left out."""
    row = {**row, **json.loads(row.pop("original", None) or "{}")}
    for name, value in row.items():
        if isinstance(value, str) and (database, table, name) in JSON:
            try:
                row[name] = json.loads(value)
            except (ValueError, RecursionError):
                pass  # half of it, or nested without end: it is exported as the text that it is
    return {name: value for name, value in row.items() if not isinstance(value, bytes)}
