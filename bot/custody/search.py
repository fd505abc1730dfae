"""Where there is something of a person's: proof of an erasure, and what others say of an address."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.custody.files import database_files
from bot.custody.holdings import (
    WRITTEN,
    Person,
    conversation_column,
    holdings,
    opened,
    tables,
    text_columns,
)
from bot.custody.own_addresses import conversations_of, own_addresses
from bot.custody.person_files import forms_of, names, person_files
from bot.settings import Settings
from bot.store.columns import clear

KEPT = ("orders",)  # databases whose rows come from the shop's own records
# Ids of conversations in the audit log, and the customer's own order to erase, until it is done;
# what a customer's address has to do with staff's accounts and the shop's own surveys.
EXPECTED = (
    ("staff", "audit", "object"), ("web", "erasures", "who"), ("staff", "audit", "login"),
    ("staff", "staff", "login"), ("surveys", "versions", "source"),
    ("campaigns", "people", "email"),  # its own row, which is found by its mark
)  # fmt: skip
# Where an address is blotted out, whoever wrote it: nothing of it is left there.
BLOTTED = {*WRITTEN, ("staff", "audit")}
UNNAMED = (
    "surveys",
    "insights",
    "campaigns",
)  # in which rows of a person may have neither address nor id


def search(settings: Settings, person: Person, unread: set[str] | None = None) -> list[str]:
    """Where something of a person's is still found: their ids and rows, their address where it is
    blotted out, and either in the bytes of any file that isn't the shop's own.

    What the receipt lists as kept, the audit log's lines about conversations, and others' words in
    which the address is mentioned don't count. Rows that no key opens are added to `unread`.
    """
    places: list[str] = []
    needles = [form.lower() for form in forms_of(person)]
    also: set[Path] = set()  # files in which the bytes are no proof, since others' data has them
    with opened(database_files(settings), person, unread=unread) as databases:
        for one, db in databases:
            for table in tables(db):
                for column in text_columns(db, table):
                    for text in _with_any(db, one.name, table, column, needles):
                        also.add(one.path)
                        named = any(name in text for name in person.conversations)
                        blotted = (one.name, table) in BLOTTED and person.is_mentioned(text)
                        kept = one.name in KEPT or (one.name, table, column) in EXPECTED
                        if (named or blotted) and not kept:
                            places.append(f"{one.path.name}: {table}.{column}")
            by_row = one.name in UNNAMED or person.parts
            for table, where in holdings(db, one.name) if by_row else ():
                if db.execute(f"SELECT 1 FROM [{table}] WHERE {where}", person.values).fetchone():
                    places.append(f"{one.path.name}: {table}")
    left = set(person_files(settings, person))
    for one in database_files(settings):
        for path in (one.path, *(Path(f"{one.path}-{end}") for end in ("wal", "shm"))):
            if one.path not in also and names(path, person):
                left.add(path)
    places += [path.relative_to(settings.var).as_posix() for path in left]
    return sorted(set(places))


def mentions(settings: Settings, email: str) -> dict[str, list[str]]:
    """Conversation -> the places in which somebody mentions an address that isn't theirs there.

    Under "" is what belongs to no conversation. The shop's own records don't count.
    """
    person = Person(email.strip().lower(), ())
    found: dict[str, set[str]] = {}
    with opened(database_files(settings), person) as databases:
        own = set(conversations_of(own_addresses(databases), person.email))
        for one, db in databases:
            for table in tables(db) if one.name not in KEPT else ():
                whose = conversation_column(db, table)
                for column in text_columns(db, table):
                    if column == whose or (one.name, table, column) in EXPECTED:
                        continue
                    sql = (
                        f"SELECT DISTINCT {f'[{whose}]' if whose else repr('')} FROM [{table}] "
                        f"WHERE mentions({clear(one.name, table, column)})"
                    )
                    for (conversation,) in db.execute(sql):
                        found.setdefault(conversation or "", set()).add(
                            f"{one.path.name}: {table}.{column}"
                        )
    return {name: sorted(places) for name, places in sorted(found.items()) if name not in own}


def _with_any(
    db: sqlite3.Connection, database: str, table: str, column: str, needles: Sequence[str]
) -> Iterable[str]:
    """The texts of a column in which one of some texts is, in capitals or not."""
    where = " OR ".join("instr(lower(clear), ?)" for _ in needles)
    clear_texts = f"SELECT {clear(database, table, column)} AS clear FROM [{table}]"
    sql = f"SELECT clear FROM ({clear_texts}) WHERE {where or '0'}"
    for (value,) in db.execute(sql, needles):
        yield value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
