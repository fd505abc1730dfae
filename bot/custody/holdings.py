"""Which rows of which table belong to a customer: one map for export, erasure and retention.

A table with a column that names the conversation needs no entry. Others are in LINKED, with the
condition that picks a person's rows, or in IMPERSONAL, since they hold nothing of customers; a
test fails for a table that is in neither.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

from bot.custody.files import DatabaseFile
from bot.emails import BEGINS
from bot.errors import StoreError
from bot.guard.store import conversation_mark, email_mark
from bot.privacy.vault import LostKey, Vault, teach, vault_of
from bot.store.columns import clear
from bot.store.db import open_database

Span = tuple[float, float]  # from, to; Unix seconds
CONVERSATION_COLUMNS = ("conversation_id", "conversation", "sender_id")
IDS = "IN (SELECT value FROM json_each(:conversations))"
PERSONS = "IN (SELECT value FROM json_each(:persons))"
RUNS = f"run_id IN (SELECT id FROM runs WHERE conversation_id {IDS} OR person {PERSONS})"
NUMBERS = f"IN (SELECT number FROM summaries WHERE conversation_id {IDS})"
MESSAGES = f"IN (SELECT id FROM messages WHERE conversation_id {IDS})"

KNOWN = f"IN (SELECT id FROM people WHERE mark {PERSONS})"
OF_CAMPAIGNS = f"person {KNOWN} OR conversation {IDS}"

# (database, table) -> the rows of a person. What others are found by comes after them.
LINKED = {
    ("transcripts", "products_shown"): f"message_id {MESSAGES}",
    ("transcripts", "conversation_facts"): f"number {NUMBERS}",
    ("transcripts", "conversation_fts"): f"rowid {NUMBERS}",
    ("transcripts", "previews"): f"number {NUMBERS}",
    ("surveys", "asked"): RUNS,
    ("surveys", "answers"): f"{RUNS} OR is_address({clear('surveys', 'answers', 'value')})",
    ("surveys", "alerts"): RUNS,
    ("surveys", "unfelt"): RUNS,
    # That somebody never wants to be asked again is kept under a key that tells nobody who it is.
    ("surveys", "contacts"): f"person {IDS} OR person {PERSONS} AND NOT never",
    ("surveys", "runs"): f"conversation_id {IDS} OR person {PERSONS}",
    (
        "campaigns",
        "clicks",
    ): f"mail IN (SELECT id FROM outbox WHERE kind <> 'confirm' AND person {KNOWN})",
    ("campaigns", "outbox"): f"iif(kind = 'confirm', person IN (SELECT id FROM pending WHERE mark "
    f"{PERSONS}), person {KNOWN})",
    ("campaigns", "pending"): f"mark {PERSONS}",
    ("campaigns", "travellers"): f"person {KNOWN}",
    ("campaigns", "assigned"): f"person {KNOWN}",
    ("campaigns", "offered"): f"person {KNOWN}",
    ("campaigns", "happenings"): f"person {KNOWN}",
    ("campaigns", "traits"): OF_CAMPAIGNS,
    ("campaigns", "purchases"): OF_CAMPAIGNS,
    ("campaigns", "joins"): OF_CAMPAIGNS,
    ("campaigns", "forgotten"): f"person {KNOWN}",
    ("campaigns", "consents"): f"person {KNOWN}",
    ("campaigns", "standing"): f"person {KNOWN}",
    ("campaigns", "features"): f"person {KNOWN}",
    ("campaigns", "people"): f"mark {PERSONS}",
    ("staff", "mentions"): f"note_id IN (SELECT id FROM notes WHERE conversation {IDS})",
    ("staff", "request_marks"): "reference IN "
    f"(SELECT reference FROM requests WHERE conversation {IDS})",
    ("insights", "labels"): "message_id IN (SELECT value FROM json_each(:messages))",
    ("insights", "topic_texts"): f"conversation_id {IDS} "
    "OR text_id IN (SELECT value FROM json_each(:messages))",
    ("insights", "feedback"): "mentions(id)",  # texts name whomever; their authors are in ids
    ("guard", "tries"): "marks(mark)",
    ("guard", "codes"): "marks(holder) OR marks(email)",
    ("guard", "proofs"): "marks(holder) OR marks(replace(email, 'shown ', ''))",
    ("transcripts", "conversations"): f"id {IDS}",
}
IMPERSONAL = {
    ("transcripts", "clock"), ("transcripts", "message_days"), ("transcripts", "facet_sets"),
    ("insights", "clock"), ("insights", "topic_days"),
    ("web", "erasures"),  # hashes of random ids, and receipts; whose it is goes when it is done
    ("surveys", "campaigns"), ("surveys", "versions"),
    # That somebody wants no mail is kept under a keyed hash, so that it holds after an erasure.
    ("campaigns", "suppressed"), ("campaigns", "read_until"),
    ("campaigns", "campaigns"), ("campaigns", "versions"), ("campaigns", "prices"),
    ("staff", "staff"), ("staff", "sessions"), ("staff", "audit"),
    ("staff", "canned"), ("staff", "macros"), ("staff", "views"),
    ("insights", "topics"), ("insights", "need_groups"),
    ("guard", "attacks"),  # how many, of everybody
    # The shop's own records, read from its own file or service: erased there, not here.
    ("orders", "orders"), ("orders", "requests"), ("orders", "source"), ("orders", "first_read"),
}  # fmt: skip
# What staff write where no conversation is named: an address in it is blotted out.
WRITTEN = (
    ("staff", "canned"), ("staff", "macros"), ("staff", "views"),
    ("insights", "topics"), ("insights", "need_groups"),
)  # fmt: skip
ERASED = "[erased]"
# Databases in which a row of a conversation has a time, by which it is of one or another of two people.
TIMED = ("web", "transcripts", "tracker")
TIMES = ("at", "timestamp", "received_at")
IN_PART = "IN (SELECT value FROM json_each(:parts))"
_ESCAPED = re.compile(r"\\+(?:u([0-9a-f]{4})|[bfnrt])")  # as JSON writes letters and ends of lines
_FTS_PARTS = re.compile(r".*_fts_(data|idx|content|docsize|config)$")


@dataclass(frozen=True)
class Person:
    """Somebody whose data is asked for: an address if it is known, and what leads to their rows.

    `persons` are the keys under which surveys know them, `messages` the ids of their messages;
    `unread` the rows that no key opened while they were looked for. `parts` are the conversations that
    are others', too, with the times in which they are this person's.
    """

    email: str
    conversations: tuple[str, ...]
    persons: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    parts: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """What the conditions of the map are filled with."""
        return {
            "conversations": json.dumps(self.conversations),
            "persons": json.dumps([*self.persons, *self.conversations]),
            "messages": json.dumps(self.messages),
            "parts": json.dumps([*self.parts]),
        }

    def has(self, conversation: str, at: float | None) -> bool:
        """Whether what was at a time in a conversation that is others', too, is this person's."""
        return any(begin <= (at or 0.0) < end for begin, end in self.parts.get(conversation, ()))

    def is_mentioned(self, text: Any) -> bool:
        """Whether a text has the address, and not merely a longer one that ends like it."""
        if not self.email or not isinstance(text, str):
            return False
        return bool(mention(self.email).search(spelled_out(text)))

    def is_address(self, text: Any) -> bool:
        """Whether a text is the address and nothing else: what answers a question for it."""
        bare = text.strip(" \t\r\n\"'<>().,;").lower() if isinstance(text, str) else ""
        return bool(self.email) and bare.removeprefix("mailto:") == self.email

    def blotted(self, text: Any) -> Any:
        """A text of staff's without the address, also as a name in which no @ may be."""
        if not self.email or not isinstance(text, str):
            return text
        as_name = re.escape(re.sub(r"\W+", "-", self.email))
        text = re.sub(mention(self.email).pattern, ERASED, text, flags=re.I)
        return re.sub(rf"(?<!\w){as_name}(?!\w)", ERASED, text, flags=re.I)


class Holding(NamedTuple):
    """A table with rows of customers, and the condition that picks a person's."""

    table: str
    where: str


def mention(email: str) -> re.Pattern[str]:
    """Finds an address, lower case, also as JSON and links write it; not in a longer one."""
    words = "|".join(map(re.escape, sorted({email, json.dumps(email)[1:-1]})))
    link = re.escape(in_links(email))
    before = rf"{BEGINS}(?:{words})|(?:(?<![\w.-])|(?<=%20))(?<!%2b){link}"
    return re.compile(rf"(?:{before})(?![\w-]|\.\w)")


def in_links(email: str) -> str:
    """An address as links write it, in lower case: anna%40example.com."""
    return quote(email, safe="").lower()


def spelled_out(text: str) -> str:
    """A text in lower case, in which a letter or an end of a line is itself where JSON escaped it."""
    if "\\" not in text:
        return text.lower()
    return _ESCAPED.sub(lambda one: chr(int(one[1], 16)) if one[1] else " ", text.lower())


def holdings(connection: sqlite3.Connection, database: str) -> list[Holding]:
    """The tables of a database with rows of customers, in the order in which to delete.

    Raises StoreError for a table of which nobody has said what it holds.
    """
    found = []
    for table in tables(connection):
        key = (database, table)
        column = conversation_column(connection, table)
        if key in LINKED:
            found.append(Holding(table, LINKED[key]))
        elif column:
            found.append(Holding(table, _of_conversations(connection, database, table, column)))
        elif key not in IMPERSONAL:
            raise StoreError(f"{database}.db: nobody said whether {table} holds personal data.")
    order = list(LINKED)
    last = len(order)

    def place(one: Holding) -> tuple[int, int]:
        key = (database, one.table)
        linked = order.index(key) if key in order else last
        return (
            1 if one.table in ("messages", "summaries", "runs", "notes", "people") else 0,
            linked,
        )

    return sorted(found, key=place)


def _of_conversations(
    connection: sqlite3.Connection, database: str, table: str, column: str
) -> str:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info([{table}])")]
    time = next((name for name in TIMES if name in columns), "") if database in TIMED else ""
    part = f" OR [{column}] {IN_PART} AND has([{column}], [{time}])" if time else ""
    return f"[{column}] {IDS}{part}"


def tables(connection: sqlite3.Connection) -> list[str]:
    """The tables that hold something of their own: no views, no parts of a search index."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name"
    )
    return [
        name
        for name, sql in rows
        if not _FTS_PARTS.match(name) and not re.search(r"content\s*=", sql or "")
    ]


def conversation_column(connection: sqlite3.Connection, table: str) -> str:
    """The column that names the conversation, or ""."""
    names = [row[1] for row in connection.execute(f"PRAGMA table_info([{table}])")]
    return next((name for name in CONVERSATION_COLUMNS if name in names), "")


def text_columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table that may hold text."""
    rows = connection.execute(f"PRAGMA table_info([{table}])")
    return [row[1] for row in rows if row[2].upper() not in ("INTEGER", "REAL", "FLOAT")]


@contextmanager
def opened(
    files: Iterable[DatabaseFile],
    person: Person,
    write: bool = False,
    unread: set[str] | None = None,
) -> Iterator[list[tuple[DatabaseFile, sqlite3.Connection]]]:
    """Connections to the databases that exist, in which `mentions(text)` asks for the person's
    address, `is_address(text)` whether a text is that, and `marks(mark)` whether a mark of guard.db
    stands for them.

    What sealed columns say is asked for by `bot.store.columns.clear`. A row that no key opens says
    nothing and hinders nobody: it is added to `unread`. Raises StoreError.
    """
    connections = []
    unread = set() if unread is None else unread
    try:
        for one in files:
            if one.path.exists():
                if one.schema is not None:
                    open_database(one.path, one.schema).close()
                mode = "rw" if write else "ro"
                connection = sqlite3.connect(f"file:{one.path}?mode={mode}", uri=True, timeout=30)
                connections.append((one, connection))
                connection.execute("PRAGMA secure_delete = ON")
                connection.create_function("mentions", 1, person.is_mentioned)
                connection.create_function("is_address", 1, person.is_address)
                connection.create_function("blotted", 1, person.blotted)
                connection.create_function("has", 2, person.has)
                connection.create_function("reading", 3, _reader(one, connection, unread))
                marks = _marks(vault_of(connection), person)
                connection.create_function("marks", 1, marks.__contains__)
        yield connections
    except sqlite3.Error as error:
        raise StoreError(f"A database can't be read or written: {error}.") from error
    finally:
        for _, connection in connections:
            connection.close()


def place_of(one: DatabaseFile, table: str, row: Any) -> str:
    """How a row is named to the shop."""
    return f"{one.path.name}: {table}, row {row}"


def _reader(
    one: DatabaseFile, connection: sqlite3.Connection, unread: set[str]
) -> Callable[[str, Any, Any], str | None]:
    """The SQL function `reading(table, row, sealed)`."""
    vault = teach(connection)
    vault.check()  # a row may be unreadable; when the keys are gone nothing is to be done at all

    def reading(table: str, row: Any, sealed: Any) -> str | None:
        if sealed is None:
            return None
        try:
            return vault.open(sealed)
        except LostKey:
            unread.add(place_of(one, table, row))
            return None

    return reading


def _marks(vault: Vault, person: Person) -> frozenset[str]:
    """What stands in guard.db for a person's address and conversations."""
    marks = {conversation_mark(vault, one) for one in person.conversations}
    return frozenset(marks | ({email_mark(vault, person.email)} if person.email else set()))
