"""New keys for what is sealed, while the assistant runs; nothing is unreadable at any moment."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import NamedTuple

from bot.custody.erasure import compact_all
from bot.custody.files import DatabaseFile, database_files
from bot.custody.holdings import place_of
from bot.errors import StoreError
from bot.guard.store import Guard
from bot.privacy.vault import LostKey, Vault, vault_in
from bot.settings import Settings
from bot.staff import requests
from bot.staff.schema import staff_tables
from bot.store.columns import SEALED, Sealed
from bot.store.db import open_database
from bot.transcripts import masking
from bot.transcripts.schema import transcripts

AT_ONCE = 500  # rows in one transaction, so that nobody waits long for the database
SETTLE_SECONDS = 15.0  # a process that still sealed with the old key has written by then


class Reencrypted(NamedTuple):
    """How many texts are sealed anew, and the rows with one that no key opens."""

    texts: int
    unread: tuple[str, ...]


class _Column(NamedTuple):
    file: DatabaseFile
    table: str
    column: str
    rule: Sealed


def rotate(settings: Settings) -> str:
    """Add a key with which all is sealed from now on; returns its name. Old texts stay readable."""
    vault = vault_in(settings.var)
    vault.add_key()
    return vault.key_names[0]


def reencrypt(
    settings: Settings, progress: Callable[[str], None], settle: float = SETTLE_SECONDS
) -> Reencrypted:
    """Seal all with a new key, then drop the old ones.

    Stopped half-way, all stays readable with the keys that there are, and it can be run again. A
    text that no key opens is named and left as it is: none of the old keys is of use for it.
    """
    vault = vault_in(settings.var)
    vault.add_key(new_marking=True)
    begun, done = time.monotonic(), 0
    unread: set[str] = set()
    while True:
        pass_begun = time.monotonic()
        unread.clear()
        changed = sum(_reseal(one, vault, progress, unread) for one in database_files(settings))
        _mark_again(settings)
        done += changed
        if not changed and pass_begun >= begun + settle:
            break
        time.sleep(max(0.0, min(settle, begun + settle - time.monotonic())))
    compact_all(settings, vacuum=True)
    vault.drop_old_keys()
    return Reencrypted(done, tuple(sorted(unread)))


def _reseal(
    one: DatabaseFile, vault: Vault, progress: Callable[[str], None], unread: set[str]
) -> int:
    """Seal with the newest key what isn't; returns how many texts."""
    if not one.path.exists():
        return 0
    count = 0
    try:
        if one.schema is not None:
            open_database(one.path, one.schema).close()
        with closing(sqlite3.connect(one.path, timeout=30, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            for (database, table, column), rule in SEALED.items():
                if database == one.name:
                    count += _reseal_column(db, vault, _Column(one, table, column, rule), unread)
    except sqlite3.Error as error:
        raise StoreError(f"{one.path} can't be encrypted anew: {error}.") from error
    if count:
        progress(f"{one.path.name}: {count} texts")
    return count


def _reseal_column(db: sqlite3.Connection, vault: Vault, of: _Column, unread: set[str]) -> int:
    """In small transactions, each row only if nobody changed it meanwhile."""
    keys = _keys_of(db, of.table)
    names, marks = ", ".join(keys), ", ".join("?" * len(keys))
    last, count = None, 0
    while True:
        after = f"({names}) > ({marks})" if last else "1"
        rows = db.execute(
            f"SELECT [{of.column}], {of.rule.key}, {names} FROM [{of.table}] "
            f"WHERE {after} AND [{of.column}] IS NOT NULL AND {of.rule.condition} "
            f"ORDER BY {names} LIMIT ?",
            [*(last or ()), AT_ONCE],
        ).fetchall()
        if not rows:
            return count
        last = rows[-1][2:]
        fresh = []
        for text, row, *key in rows:
            if vault.is_newest(text):
                continue
            try:
                fresh.append((vault.seal(vault.open(text)), *key, text))
            except LostKey:
                unread.add(place_of(of.file, of.table, row))
        if fresh:
            where = " AND ".join(f"{name} = ?" for name in keys)
            db.execute("BEGIN IMMEDIATE")
            done = db.executemany(
                f"UPDATE [{of.table}] SET [{of.column}] = ? WHERE {where} AND [{of.column}] = ?",
                fresh,
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
    """Make the marks of addresses and numbers anew, with the key that there is now.

    Those of guesses stand for nobody any more, and go.
    """
    if settings.guard_db.exists():
        guard = Guard(settings.guard_db)
        guard.forget()
        guard.close()
    for path, schema, mark_all in (
        (settings.transcripts_db, transcripts, masking.mark_all),
        (settings.staff_db, staff_tables, requests.mark_all),
    ):
        if not path.exists():
            continue
        database = open_database(path, schema)
        try:
            with database.atomic():
                mark_all(database)
        finally:
            database.close()
