"""New keys for what is sealed, while the assistant runs; nothing is unreadable at any moment."""

import sqlite3
import time
from contextlib import closing
from typing import Callable

from bot.errors import StoreError
from bot.privacy.vault import Vault, is_sealed, vault_in
from bot.settings import Settings
from bot.store import masking
from bot.store.db import open_database
from bot.store.files import DatabaseFile, database_files
from bot.store.holdings import tables, text_columns
from bot.store.persons import compact_all
from bot.store.transcripts import open_transcripts

AT_ONCE = 500  # rows in one transaction, so that nobody waits long for the database
SETTLE_SECONDS = 15.0  # a process that still sealed with the old key has written by then


def rotate(settings: Settings) -> str:
    """Add a key with which all is sealed from now on; returns its name. Old texts stay readable."""
    vault = vault_in(settings.var)
    vault.add_key()
    return vault.key_names[0]


def reencrypt(
    settings: Settings, progress: Callable[[str], None], settle: float = SETTLE_SECONDS
) -> int:
    """Seal all with a new key, then drop the old ones; returns how many texts that were.

    Stopped half-way, all stays readable with the keys that there are, and it can be run again.
    Raises LostKey for a text that no key opens, and then drops none.
    """
    vault = vault_in(settings.var)
    vault.add_key(new_marking=True)
    begun, done = time.monotonic(), 0
    while True:
        pass_begun = time.monotonic()
        changed = sum(_reseal(one, vault, progress) for one in database_files(settings))
        _mark_again(settings)
        done += changed
        if not changed and pass_begun >= begun + settle:
            break
        time.sleep(max(0.0, min(settle, begun + settle - time.monotonic())))
    compact_all(settings, vacuum=True)
    vault.drop_old_keys()
    return done


def _reseal(one: DatabaseFile, vault: Vault, progress: Callable[[str], None]) -> int:
    """Seal with the newest key what isn't; returns how many texts."""
    if not one.path.exists():
        return 0
    count = 0
    try:
        if one.schema is not None:
            open_database(one.path, one.schema).close()
        with closing(sqlite3.connect(one.path, timeout=30, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            for table in tables(db):
                keys = _keys_of(db, table)
                for column in text_columns(db, table):
                    count += _reseal_column(db, vault, table, column, keys)
    except sqlite3.Error as error:
        raise StoreError(f"{one.path} can't be encrypted anew: {error}.") from error
    if count:
        progress(f"{one.path.name}: {count} texts")
    return count


def _reseal_column(
    db: sqlite3.Connection, vault: Vault, table: str, column: str, keys: tuple[str, ...]
) -> int:
    """In small transactions, each row only if nobody changed it meanwhile."""
    names, marks = ", ".join(keys), ", ".join("?" * len(keys))
    last, count = None, 0
    while True:
        after = f"({names}) > ({marks})" if last else "1"
        rows = db.execute(
            f"SELECT [{column}], {names} FROM [{table}] WHERE {after} ORDER BY {names} LIMIT ?",
            [*(last or ()), AT_ONCE],
        ).fetchall()
        if not rows:
            return count
        last = rows[-1][1:]
        fresh = [
            (vault.seal(vault.open(text)), *key, text)
            for text, *key in rows
            if is_sealed(text) and not vault.is_newest(text)
        ]
        if fresh:
            where = " AND ".join(f"{name} = ?" for name in keys)
            db.execute("BEGIN IMMEDIATE")
            done = db.executemany(
                f"UPDATE [{table}] SET [{column}] = ? WHERE {where} AND [{column}] = ?", fresh
            )
            db.execute("COMMIT")
            count += done.rowcount


def _keys_of(db: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """What names a row: its rowid, or the primary key of a table without."""
    try:
        db.execute(f"SELECT rowid FROM [{table}] LIMIT 1")
        return ("rowid",)
    except sqlite3.OperationalError:
        info = db.execute(f"PRAGMA table_info([{table}])")
        return tuple(f"[{row[1]}]" for row in sorted(info, key=lambda row: row[5]) if row[5])


def _mark_again(settings: Settings) -> None:
    """Make the marks of addresses and numbers anew, with the key that there is now."""
    if not settings.transcripts_db.exists():
        return
    database = open_transcripts(settings.transcripts_db)
    try:
        with database.atomic():
            masking.mark_all(database)
    finally:
        database.close()
