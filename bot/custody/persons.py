"""Whose a conversation is, and which conversations are a person's: for export and erasure."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.custody.files import DatabaseFile, database_files
from bot.custody.holdings import (
    Person,
    conversation_column,
    opened,
    tables,
    text_columns,
)
from bot.errors import NotFound
from bot.settings import Settings
from bot.store.columns import clear


def find_person(settings: Settings, who: str, persons: Sequence[str] = ()) -> Person:
    """The person with an email address, or of a conversation (the beginning of its id will do).

    All conversations in which the address occurs are theirs. `persons` are the keys under which
    surveys know the address. Raises NotFound, also when an id's beginning fits several.
    """
    email = who.strip().lower() if "@" in who else ""
    person = Person(email, (), tuple(persons) if email else ())
    unread: set[str] = set()
    with opened(database_files(settings), person, unread=unread) as databases:
        found: set[str] = set()
        for one, db in databases:
            for table in tables(db):
                column = conversation_column(db, table)
                if column and email:
                    found |= _mentioning(db, one.name, table, column)
                elif column:
                    found |= _beginning(db, table, column, who.strip())
            if email and one.name == "surveys":
                sql = "SELECT conversation_id FROM runs JOIN answers ON run_id = id "
                said = clear("surveys", "answers", "value")
                rows = db.execute(f"{sql} WHERE conversation_id <> '' AND mentions({said})")
                found |= {row[0] for row in rows}
        if not email and len(found) != 1:
            raise NotFound(
                f"{'No' if not found else 'More than one'} conversation begins with {who!r}.",
                "`shoptalk transcripts list` shows the ids.",
            )
        person = replace(person, conversations=tuple(sorted(found)), unread=tuple(sorted(unread)))
        return replace(person, messages=_messages(databases, person))


def of_conversations(settings: Settings, conversations: Sequence[str]) -> Person:
    """Whoever had these conversations."""
    person = Person("", tuple(conversations))
    with opened(database_files(settings), person) as databases:
        return replace(person, messages=_messages(databases, person))


def _mentioning(db: sqlite3.Connection, database: str, table: str, column: str) -> set[str]:
    texts = [name for name in text_columns(db, table) if name != column]
    where = " OR ".join(f"mentions({clear(database, table, name)})" for name in texts) or "0"
    return {
        row[0] for row in db.execute(f"SELECT [{column}] FROM [{table}] WHERE {where}") if row[0]
    }


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
                "(SELECT value FROM json_each(:conversations))",
                person.values,
            )
            return tuple(row[0] for row in rows)
    return ()


def old_conversations(settings: Settings, before: float) -> tuple[str, ...]:
    """Conversations in which nothing was said or done since a time (seconds since 1970)."""
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
                        latest[conversation] = max(latest.get(conversation, 0), last or 0)
    return tuple(sorted(one for one, last in latest.items() if last < before))
