"""Opening the project's SQLite files: WAL, foreign keys, and the schema brought up to date."""

import fcntl
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.errors import NotFound, StoreError
from bot.privacy.vault import teach

BUSY_SECONDS = 10


class _Connection(sqlite3.Connection):
    """Begins every transaction as one that writes.

    SQLite waits for another writer when a transaction begins, but not when one that has only read so
    far comes to write: that fails at once with "database is locked".
    """

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """See sqlite3."""
        return super().execute("BEGIN IMMEDIATE" if sql == "BEGIN" else sql, *parameters)


def open_database(path: Path, migrations: Migrations, synchronous: str = "NORMAL") -> Database:
    """Open a database for writing, making the file and applying migrations as needed.

    With `synchronous` NORMAL a killed process loses nothing, a power cut perhaps the last moments;
    with FULL neither does. What is deleted is overwritten with zeros. The connection may be handed to
    one other thread. SQL may `seal` and `unseal` texts (bot/privacy/vault.py). Raises StoreError,
    also when a newer Shoptalk wrote the file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _one_at_a_time(path):
            connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, check_same_thread=False, factory=_Connection
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA recursive_triggers = ON")  # a replaced row is a deleted one
            connection.execute("PRAGMA secure_delete = ON")
            teach(connection)
            database = Database(connection)
            refuse_newer(database, migrations, path)
            migrations.apply(database)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{path} can't be opened: {error}.", "Is the folder writable, and the file a database?"
        ) from error
    return database


@contextmanager
def _one_at_a_time(path: Path) -> Generator[None, None, None]:
    """The processes of a shop start together: only one of them brings a schema up to date."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def refuse_newer(database: Database, migrations: Migrations, path: Path) -> None:
    """Raises StoreError when a database has steps of its schema that this Shoptalk doesn't know."""
    # There is no other way to all steps.
    known = {step.name for step in migrations._migrations}  # pyright: ignore[reportPrivateUsage]
    unknown = [step.name for step in migrations.applied(database) if step.name not in known]
    if unknown:
        database.close()
        raise StoreError(
            f"{path} was written by a newer Shoptalk: this one doesn't know {', '.join(unknown)}.",
            "Install the newer version again, or `shoptalk restore` a backup from before the upgrade.",
        )


def new_row(cursor: sqlite3.Cursor) -> int:
    """The number of the row that an INSERT made; 0 when ON CONFLICT let it be."""
    return cursor.lastrowid or 0 if cursor.rowcount else 0


def seal_columns(database: Database, table: str, *columns: str) -> None:
    """Seal what an earlier version left plain in some columns of a table."""
    teach(database.conn)
    for column in columns:
        database.conn.execute(f"UPDATE [{table}] SET [{column}] = seal([{column}])")


def compact(connection: sqlite3.Connection, vacuum: bool = True) -> None:
    """Leave nothing of former contents in a file: search indexes merged, its log emptied.

    What is deleted is overwritten with zeros at once; with `vacuum` the file is also written anew,
    for what was deleted before that was so. Not within a transaction.
    """
    found = connection.execute(
        "SELECT name, sql LIKE '%content=%' FROM sqlite_master WHERE sql LIKE '%USING fts5%'"
    )
    indexes: dict[str, int] = dict(found.fetchall())
    for name in indexes:
        with connection:  # deleted words are only marked so, until their segments are merged
            connection.execute(f"INSERT INTO [{name}] ([{name}]) VALUES ('optimize')")
    if vacuum:
        connection.execute("VACUUM")
        for name in (one for one, points_at_rows in indexes.items() if points_at_rows):
            with connection:  # SQLite may have given the rows other numbers
                connection.execute(f"INSERT INTO [{name}] ([{name}]) VALUES ('rebuild')")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def open_readonly(path: Path) -> Database:
    """Open a database that must exist, for reading. Raises NotFound or StoreError."""
    if not path.exists():
        raise NotFound(f"There is no database {path} yet.", "Start the assistant first: make run")
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        connection.execute("SELECT count(*) FROM sqlite_master")
        teach(connection)
    except sqlite3.Error as error:
        raise StoreError(f"{path} can't be read: {error}.") from error
    return Database(connection)
