"""What a restored var folder takes over from the one that it replaces: the audit log, and erasures.

A backup knows nothing of what happened after it. Who was erased since is found in it by the marks of
bot/custody/erased.py and erased again, before the folder is put in its place.
"""

import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from bot.custody.erased import CONVERSATION, EMAIL, PERSON, Erased, Lookup
from bot.custody.erasure import blot, compact_all, erase_rows, remove_files
from bot.custody.files import database_files
from bot.custody.holdings import (
    Person,
    conversation_column,
    opened,
    spelled_out,
    tables,
    text_columns,
)
from bot.custody.persons import of_conversations
from bot.custody.search import KEPT
from bot.emails import BEGINS, STORED
from bot.inbox.schema import web_tables
from bot.privacy.vault import LostKey, vault_in
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.store.columns import clear
from bot.store.db import open_database

_STARTS = re.compile(rf"{BEGINS}(?=[^@])")  # where an address may begin in what is before an @
NOBODY = Person("", ())
# An address there isn't the customer's, or stands there until their erasure is done.
ELSEWHERE = (
    ("staff", "staff", "login"), ("staff", "audit", "login"), ("surveys", "versions", "source"),
    ("web", "erasures", "who"),
)  # fmt: skip


class Again(NamedTuple):
    """Whose receipts were found in a backup, and where something of them is left after all.

    `unread` are rows of the backup that no key opens, `lost` what the former folder had and couldn't
    be read any more.
    """

    receipts: tuple[str, ...]
    left: tuple[str, ...]
    unread: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass
class _Found:
    """What leads to somebody who was erased, and the places in which it is."""

    conversations: set[str] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)


def carry_over(old: Settings, fresh: Settings, made_at: float) -> Again:
    """Let a restored folder know what the former one does.

    `made_at` is the time of the backup (Unix seconds). Raises StoreError.
    """
    unread: set[str] = set()
    lost = [*_take_audit(old, fresh), *_take_erasures(old, fresh)]
    lookup = Erased(fresh.var).since(made_at)
    staff = StaffStore(fresh.staff_db)
    of = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(made_at))
    staff.log("command line", "restored", f"backup of {of} UTC")
    receipts, left = _erase_again(fresh, lookup, unread, staff) if lookup.has() else (set(), set())
    staff.close()
    return Again(*(tuple(sorted(one)) for one in (receipts, left, unread, lost)))


def _take_audit(old: Settings, fresh: Settings) -> list[str]:
    """Add the lines of the audit log that a backup lacks: it can only grow. Returns what is lost.

    A line is known by its time and action: a person may have been blotted out of the rest of it.
    """
    names = "at, login, action, object, detail"
    lines, lost = _rows(old.staff_db, "audit", f"SELECT {names} FROM audit ORDER BY id")
    store = StaffStore(fresh.staff_db)
    with store.db.atomic():
        store.db.conn.executemany(
            f"INSERT INTO audit ({names}) SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 "
            "FROM audit WHERE at IS ?1 AND action IS ?3)",
            lines,
        )
    store.close()
    return lost


def _take_erasures(old: Settings, fresh: Settings) -> list[str]:
    """What customers asked to have erased goes on, and what is gone answers with its receipt.

    Returns what is lost.
    """
    rows, lost = _rows(
        old.web_db, "erasures", "SELECT number, mark, who, receipt, asked_at FROM erasures"
    )
    if not rows:
        return lost
    before, now = vault_in(old.var), vault_in(fresh.var)
    target = open_database(fresh.web_db, web_tables)
    with target.atomic():
        for number, mark, who, receipt, asked_at in rows:
            try:
                kept = who and now.seal(before.open(who))
            except LostKey:
                lost.append(f"{old.web_db.name}: erasures, row {number}, which no key opens")
                continue
            target.conn.execute(
                "INSERT OR REPLACE INTO erasures (mark, who, receipt, asked_at) "
                "VALUES (?, ?, ?, ?)",
                [mark, kept, receipt, asked_at],
            )
    target.close()
    return lost


def _rows(path: Path, table: str, sql: str) -> tuple[list[tuple[Any, ...]], list[str]]:
    """The rows of a table of the former folder, and what is lost: its database may be damaged."""
    if not path.exists():
        return [], []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
            known = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone()
            return (db.execute(sql).fetchall() if known else []), []
    except sqlite3.Error as error:
        return [], [f"{path.name}: {table}: {error}"]


def _erase_again(
    settings: Settings, lookup: Lookup, unread: set[str], staff: StaffStore
) -> tuple[set[str], set[str]]:
    """Whose receipts were found, and where something is left after all."""
    found = _found(settings, lookup, unread)
    for (receipt, email), one in found.items():
        messages = of_conversations(settings, sorted(one.conversations)).messages
        person = Person(
            email, tuple(sorted(one.conversations)), tuple(sorted(one.persons)), messages
        )
        rows = sum(erase_rows(settings, person).values())
        blot(settings, person)
        remove_files(settings, person)
        counts = f"{len(person.conversations)} conversations, {rows} rows"
        staff.log("command line", "erased again", f"receipt {receipt}", counts)
    if found:
        compact_all(settings, vacuum=True)
    unread.clear()
    left = _found(settings, lookup, unread)
    return {receipt for receipt, _ in found}, {
        place for one in left.values() for place in one.places
    }


def _found(settings: Settings, lookup: Lookup, unread: set[str]) -> dict[tuple[str, str], _Found]:
    """What there is of people who were erased, by receipt and address ("" where it isn't known)."""
    found: dict[tuple[str, str], _Found] = defaultdict(_Found)
    files = [one for one in database_files(settings) if one.name not in KEPT]
    with opened(files, NOBODY, unread=unread) as databases:
        for one, db in databases:
            for table in tables(db):
                column = conversation_column(db, table) or (
                    "id" if table == "conversations" else ""
                )
                place = f"{one.path.name}: {table}"
                for conversation in _values(db, table, column) if column else ():
                    if entry := lookup.find(CONVERSATION, conversation):
                        group = found[entry.receipt, ""]
                        group.conversations.add(conversation)
                        group.places.add(place)
                if one.name == "surveys" and table in ("runs", "contacts"):
                    # That somebody wants to be left alone is kept.
                    where = "NOT never" if table == "contacts" else "1"
                    for key in _values(db, table, "person", where):
                        if entry := lookup.find(PERSON, key) or lookup.find(CONVERSATION, key):
                            group = found[entry.receipt, ""]
                            group.persons.add(key)
                            group.places.add(place)
                if lookup.has(EMAIL):
                    _find_addresses(db, one.name, table, column, place, lookup, found)
    for (receipt, email), one in list(found.items()):
        if email and (receipt, "") in found:
            plain = found.pop((receipt, ""))
            one.conversations |= plain.conversations
            one.persons |= plain.persons
            one.places |= plain.places
    return dict(found)


def _find_addresses(
    db: sqlite3.Connection,
    database: str,
    table: str,
    column: str,
    place: str,
    lookup: Lookup,
    found: dict[tuple[str, str], _Found],
) -> None:
    whose = f"[{column}]" if column else "NULL"
    for name in text_columns(db, table):
        if name == column or (database, table, name) in ELSEWHERE:
            continue
        sql = f"SELECT {whose}, {clear(database, table, name)} FROM [{table}]"
        for conversation, text in db.execute(sql):
            for address in addresses(text) if isinstance(text, str) else ():
                if entry := lookup.find(EMAIL, address):
                    group = found[entry.receipt, address]
                    group.places.add(f"{place}.{name}")
                    if conversation:
                        group.conversations.add(conversation)


def addresses(text: str) -> Iterator[str]:
    """Every address that a text has, in lower case, as `holdings.mention` would find it."""
    text = spelled_out(text)
    for form in {text, unquote(text)}:
        for name, place in STORED.findall(form) if "@" in form else ():
            for start in _STARTS.finditer(name):
                yield f"{name[start.start() :]}@{place}"


def _values(db: sqlite3.Connection, table: str, column: str, where: str = "1") -> list[str]:
    rows = db.execute(f"SELECT DISTINCT [{column}] FROM [{table}] WHERE {where}")
    return [row[0] for row in rows if row[0]]
