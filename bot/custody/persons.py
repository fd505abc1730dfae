"""Whose a conversation is, and which conversations are a person's: for export and erasure."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.custody.files import DatabaseFile, database_files
from bot.custody.holdings import (
    IN_PART,
    Person,
    Span,
    conversation_column,
    opened,
    tables,
)
from bot.custody.own_addresses import conversations_of, own_addresses
from bot.errors import NotFound
from bot.settings import Settings


def find_person(settings: Settings, who: str, persons: Sequence[str] = ()) -> Person:
    """The person with an email address, or of a conversation (the beginning of its id will do).

    Theirs are the conversations in which they proved the address, and not those in which somebody
    typed it; of one in which others proved theirs, their own part. `persons` are the keys under which surveys know it. Raises
    NotFound, also when an id's beginning fits several.
    """
    email = who.strip().lower() if "@" in who else ""
    person = Person(email, (), tuple(persons) if email else ())
    unread: set[str] = set()
    with opened(database_files(settings), person, unread=unread) as databases:
        found: set[str] = set()
        parts: dict[str, tuple[Span, ...]] = {}
        if email:
            own = own_addresses(databases)
            theirs = set(conversations_of(own, email))
            found = {one for one in theirs if len(own[one].addresses) == 1}
            parts = {one: own[one].spans(email) for one in sorted(theirs - found)}
        else:
            for _, db in databases:
                for table in tables(db):
                    if column := conversation_column(db, table):
                        found |= _beginning(db, table, column, who.strip())
        if not email and len(found) != 1:
            raise NotFound(
                f"{'No' if not found else 'More than one'} conversation begins with {who!r}.",
                "`shoptalk transcripts list` shows the ids.",
            )
        person = replace(
            person, conversations=tuple(sorted(found)), unread=tuple(sorted(unread)), parts=parts
        )
        for _, db in databases:
            db.create_function("has", 2, person.has)
        return replace(person, messages=_messages(databases, person))


def of_conversations(settings: Settings, conversations: Sequence[str]) -> Person:
    """Whoever had these conversations."""
    person = Person("", tuple(conversations))
    with opened(database_files(settings), person) as databases:
        return replace(person, messages=_messages(databases, person))


def _beginning(db: sqlite3.Connection, table: str, column: str, start: str) -> set[str]:
    if not start:
        return set()
    rows = db.execute(
        f"SELECT DISTINCT [{column}] FROM [{table}] WHERE substr([{column}], 1, ?) = ?",
        [len(start), start],
    )
    return {row[0] for row in rows}


def _messages(
    databases: Iterable[tuple[DatabaseFile, sqlite3.Connection]], person: Person
) -> tuple[str, ...]:
    for one, db in databases:
        if one.name == "transcripts":
            rows = db.execute(
                "SELECT id FROM messages WHERE conversation_id IN "
                "(SELECT value FROM json_each(:conversations)) "
                f"OR conversation_id {IN_PART} AND has(conversation_id, at)",
                person.values,
            )
            return tuple(row[0] for row in rows)
    return ()


def old_conversations(settings: Settings, before: float) -> tuple[str, ...]:
    """Conversations in which nothing was said or done since a time (seconds since 1970)."""
    latest = latest_times(settings)
    return tuple(sorted(one for one, last in latest.items() if last < before))


def latest_times(settings: Settings) -> dict[str, float]:
    """Conversation -> when something was said or done in it last (seconds since 1970)."""
    latest: dict[str, float] = {}
    for name, table, column, at in (
        ("tracker", "events", "sender_id", "timestamp"),
        ("web", "events", "conversation", "at"),
        ("web", "customer_events", "conversation", "at"),
        ("transcripts", "conversations", "id", "last_at"),
        ("staff", "notes", "conversation", "at"),
        ("staff", "requests", "conversation", "coalesce(changed_at, last_asked_at)"),
    ):
        files = [one for one in database_files(settings) if one.name == name]
        with opened(files, Person("", ())) as databases:
            for _, db in databases:
                if table in tables(db):
                    sql = f"SELECT [{column}], max({at}) FROM [{table}] GROUP BY 1"
                    for conversation, last in db.execute(sql):
                        if conversation:  # a request to staff may be left of one that is erased
                            latest[conversation] = max(latest.get(conversation, 0), last or 0)
    return latest
