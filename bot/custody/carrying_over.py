"""What a restored var folder takes over from the one that it replaces: the audit log, and erasures.

A backup knows nothing of what happened after it. Who was erased since is found in it by the marks of
bot/custody/erased.py and erased again, before the folder is put in its place. What is newer than an
erasure came after it and stays.
"""

import math
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

from bot.campaigns.schema import migrations as campaigns
from bot.custody.erased import CONVERSATION, EMAIL, PERSON, Entry, Erased, Lookup
from bot.custody.erasure import blot, compact_all, erase_rows
from bot.custody.files import database_files
from bot.custody.holdings import (
    Person,
    Span,
    conversation_column,
    opened,
    spelled_out,
    tables,
    text_columns,
)
from bot.custody.own_addresses import own_addresses
from bot.custody.person_files import remove_files
from bot.custody.persons import latest_times, of_conversations
from bot.custody.search import BLOTTED, KEPT
from bot.emails import BEGINS, STORED
from bot.inbox.schema import web_tables
from bot.privacy.vault import LostKey, vault_in
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.store.columns import clear
from bot.store.db import open_database

_STARTS = re.compile(rf"{BEGINS}(?=[^@])")  # where an address may begin in what is before an @
NOBODY = Person("", ())
# Texts with an address of which nobody knows how old they are; and one that isn't a customer's.
TEXTS = {*BLOTTED, ("surveys", "answers"), ("insights", "feedback")}
ELSEWHERE = ("staff", "audit", "login")


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
    parts: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)


def carry_over(old: Settings, fresh: Settings, made_at: float) -> Again:
    """Let a restored folder know what the former one does.

    `made_at` is the time of the backup (Unix seconds). Raises StoreError.
    """
    unread: set[str] = set()
    lost = [*_take_audit(old, fresh), *_take_erasures(old, fresh), *_take_suppressed(old, fresh)]
    lookup = Erased(fresh.var).read()
    staff = StaffStore(fresh.staff_db)
    of = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(made_at))
    staff.log("command line", "restored", f"backup of {of} UTC")
    receipts: set[str] = set()
    left: set[str] = set()
    if not lookup.is_empty():
        receipts, left = _erase_again(fresh, lookup, made_at, unread, staff)
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


def _take_suppressed(old: Settings, fresh: Settings) -> list[str]:
    """Who said no after the backup was made isn't written to. Returns what is lost."""
    names = "mark, channel, purpose, reason, at"
    rows, lost = _rows(old.campaigns_db, "suppressed", f"SELECT {names} FROM suppressed")
    if rows:
        target = open_database(fresh.campaigns_db, campaigns)
        with target.atomic():
            target.conn.executemany(
                "INSERT OR REPLACE INTO suppressed VALUES (?, ?, ?, ?, ?)", rows
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
    settings: Settings, lookup: Lookup, made_at: float, unread: set[str], staff: StaffStore
) -> tuple[set[str], set[str]]:
    """Whose receipts were found, and where something is left after all."""
    found = _found(settings, lookup, made_at, unread)
    for (receipt, email), one in found.items():
        messages = of_conversations(settings, sorted(one.conversations)).messages
        person = Person(
            email, tuple(sorted(one.conversations)), tuple(sorted(one.persons)), messages,
            parts=one.parts,
        )  # fmt: skip
        rows = sum(erase_rows(settings, person).values())
        blot(settings, person)
        remove_files(settings, person)
        counts = f"{len(person.conversations)} conversations, {rows} rows"
        staff.log("command line", "erased again", f"receipt {receipt}", counts)
    if found:
        compact_all(settings, vacuum=True)
    unread.clear()
    left = _found(settings, lookup, made_at, unread)
    return {receipt for receipt, _ in found}, {
        place for one in left.values() for place in one.places
    }


def _found(
    settings: Settings, lookup: Lookup, made_at: float, unread: set[str]
) -> dict[tuple[str, str], _Found]:
    """What there is of people who were erased since it was written, by receipt and address ("" where
    that isn't known, or may stand in what is newer)."""
    found: dict[tuple[str, str], _Found] = defaultdict(_Found)
    latest = latest_times(settings)

    def is_older(entry: Entry | None, at: float | None) -> bool:
        """Whether something was written before an erasure, though the backup may be of later."""
        return entry is not None and (entry.at > made_at or (at is not None and at < entry.at))

    files = [one for one in database_files(settings) if one.name not in KEPT]
    with opened(files, NOBODY, unread=unread) as databases:
        for conversation, own in own_addresses(databases).items():
            for address in own.addresses:
                entry, spans = lookup.find(EMAIL, address), own.spans(address)
                last = min(latest.get(conversation, math.inf), max(end for _, end in spans))
                if entry and is_older(entry, last):
                    group = found[entry.receipt, address if entry.at > made_at else ""]
                    if len(own.addresses) == 1:
                        group.conversations.add(conversation)
                    else:  # of others, too
                        group.parts[conversation] = spans
                    group.places.add("conversations of an address")
        for one, db in databases:
            for table in tables(db):
                place = f"{one.path.name}: {table}"
                column = "id" if table == "conversations" else conversation_column(db, table)
                for conversation in _values(db, table, column) if column else ():
                    entry = lookup.find(CONVERSATION, conversation)
                    if entry and is_older(entry, latest.get(conversation)):
                        group = found[entry.receipt, ""]
                        group.conversations.add(conversation)
                        group.places.add(place)
                for key, at in _persons(db, table) if one.name in ("surveys", "campaigns") else ():
                    entry = lookup.find(PERSON, key) or lookup.find(CONVERSATION, key)
                    if entry and is_older(entry, at):
                        group = found[entry.receipt, ""]
                        group.persons.add(key)
                        group.places.add(place)
                if (one.name, table) in TEXTS:
                    for address, where in _addresses(db, one.name, table):
                        entry = lookup.find(EMAIL, address)
                        if entry and entry.at > made_at:
                            found[entry.receipt, address].places.add(f"{place}.{where}")
    return _by_address(found)


def _by_address(found: dict[tuple[str, str], _Found]) -> dict[tuple[str, str], _Found]:
    """Groups of one receipt in one, where an address is known."""
    for (receipt, email), one in list(found.items()):
        if email and (receipt, "") in found:
            plain = found.pop((receipt, ""))
            one.conversations |= plain.conversations
            one.parts |= plain.parts
            one.persons |= plain.persons
            one.places |= plain.places
    return dict(found)


def _persons(db: sqlite3.Connection, table: str) -> list[tuple[str, float]]:
    """The keys of people in a table of surveys or campaigns, and when each was there last."""
    if table == "people":  # what they did last
        sql = "SELECT mark, coalesce(seen_at, people.known_since) FROM people LEFT JOIN features f ON f.person = people.id"
    elif table == "contacts":  # that somebody wants to be left alone is kept
        sql = "SELECT person, max(at) FROM contacts WHERE NOT never GROUP BY 1"
    elif table == "runs":
        times = "coalesce(completed_at, dismissed_at, started_at, shown_at, 0)"
        sql = f"SELECT person, max({times}) FROM runs WHERE person <> '' GROUP BY 1"
    else:
        return []
    return db.execute(sql).fetchall()


def _addresses(db: sqlite3.Connection, database: str, table: str) -> Iterator[tuple[str, str]]:
    """The addresses in a table's texts, each with its column; of an answer that is one, that, and of
    feedback those in its ids."""
    for column in text_columns(db, table):
        if (database, table, column) == ELSEWHERE or (table == "feedback" and column != "id"):
            continue
        for (text,) in db.execute(f"SELECT {clear(database, table, column)} FROM [{table}]"):
            for address in addresses(text) if isinstance(text, str) else ():
                if table != "answers" or Person(address, ()).is_address(text):
                    yield address, column


def addresses(text: str) -> Iterator[str]:
    """Every address that a text has, in lower case, as `holdings.mention` would find it."""
    text = spelled_out(text)
    for form in {text, unquote(text)}:
        for name, place in STORED.findall(form) if "@" in form else ():
            for start in _STARTS.finditer(name):
                yield f"{name[start.start() :]}@{place}"


def _values(db: sqlite3.Connection, table: str, column: str) -> list[str]:
    rows = db.execute(f"SELECT DISTINCT [{column}] FROM [{table}]")
    return [row[0] for row in rows if row[0]]
