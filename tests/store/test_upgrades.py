"""Databases of earlier versions are brought up to date, and those of later ones left alone."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.custody.files import database_files
from bot.errors import StoreError
from bot.store.db import open_database


def schemas():
    """Each database of the project with its schema."""
    from bot.settings import read_settings

    return [one for one in database_files(read_settings({})) if one.schema is not None]


def earlier_versions():
    return [
        pytest.param(one.schema, number, id=f"{one.name}-{number}")
        for one in schemas()
        for number in range(1, len(one.schema._migrations) + 1)
    ]


# They follow from the other tables; what an upgrade does not make at once is `unsummarised`.
MADE_AGAIN = {
    "conversation_facts", "facet_sets", "journeys", "previews", "summaries", "unsummarised",
}  # fmt: skip


def at_version(path: Path, schema, number: int) -> dict[str, int]:
    """A database as an earlier Shoptalk left it, with a row in each table; returns the counts."""
    connection = sqlite3.connect(path)
    database, steps = Database(connection), [one.name for one in schema._migrations]
    schema.apply(database, stop_before=steps[number:])
    connection.execute("PRAGMA foreign_keys = OFF")
    counts = {}
    for table in database.tables:
        if (
            table.virtual_table_using
            or "_fts" in table.name
            or table.name.startswith(("_", "sqlite"))
            or table.name.endswith("_days")  # triggers fill it
            or table.name in MADE_AGAIN
        ):
            continue
        row = {
            column.name: 1 if column.type in ("INTEGER", "REAL", "FLOAT") else "1"
            for column in table.columns
        }
        connection.execute(
            f"INSERT INTO [{table.name}] ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
            list(row.values()),
        )
        counts[table.name] = 1
    connection.commit()
    connection.close()
    return counts


@pytest.mark.parametrize("schema, number", earlier_versions())
def test_every_earlier_schema_is_brought_up_to_date(tmp_path: Path, schema, number: int) -> None:
    path = tmp_path / "old.db"
    counts = at_version(path, schema, number)
    database = open_database(path, schema)
    assert [step.name for step in schema.applied(database)] == [
        step.name for step in schema._migrations
    ]
    assert {name: database[name].count for name in counts} == counts
    new = open_database(tmp_path / "new.db", schema)
    assert {table.name: set(table.columns_dict) for table in database.tables} == {
        table.name: set(table.columns_dict) for table in new.tables
    }
    assert database.conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("one", schemas(), ids=lambda one: one.name)
def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path, one) -> None:
    path = tmp_path / "newer.db"
    database = open_database(path, one.schema)
    database["_sqlite_migrations"].insert(
        {"migration_set": one.schema.name, "name": "m999_later", "applied_at": "2030"}
    )
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="m999_later") as raised:
        open_database(path, one.schema)
    assert "newer version" in raised.value.hint
    assert path.read_bytes() == before


def test_a_transaction_that_reads_first_waits_for_other_writers(tmp_path: Path) -> None:
    first = open_database(tmp_path / "a.db", schemas()[0].schema)
    second = open_database(tmp_path / "a.db", schemas()[0].schema)
    first.conn.execute("CREATE TABLE counts (n INTEGER)")
    first.conn.execute("INSERT INTO counts VALUES (0)")
    first.conn.commit()

    def count(database: Database) -> None:
        for _ in range(200):
            with database.atomic():
                n = database.conn.execute("SELECT n FROM counts").fetchone()[0]
                database.conn.execute("UPDATE counts SET n = ?", [n + 1])

    threads = [threading.Thread(target=count, args=[one]) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert first.conn.execute("SELECT n FROM counts").fetchone() == (400,)
