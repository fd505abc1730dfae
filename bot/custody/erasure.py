"""A person erased from every table, index, log file and report, with a receipt of what was done."""

import json
import os
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field

from bot.custody.erased import Erased
from bot.custody.files import database_files
from bot.custody.holdings import ERASED, WRITTEN, Person, holdings, opened, tables, text_columns
from bot.custody.person_files import remove_files
from bot.custody.search import KEPT, search
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.store.db import compact

PASSES = 3  # the assistant may be writing meanwhile


PASS_SECONDS = 1.0


@dataclass(frozen=True)
class Receipt:
    """What was done: rows erased by "database.table", files removed, and what is kept and why.

    `left` is what a search afterwards still found; empty means that all of it is gone. `unread`
    are rows that no key opens: whose they are nobody can tell.
    """

    number: str
    made_at: str
    conversations: int
    rows: dict[str, int]
    files: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """The receipt as JSON, without a word about who it was."""
        return json.dumps(self.__dict__, indent=1)


def erase_person(settings: Settings, person: Person, by: str, vacuum: bool = True) -> Receipt:
    """Erase a person from every table, index, log file and report; then search for them.

    May run while the assistant does. `by` is who did it, for the audit log, which gets a line
    without the person. Raises StoreError.
    """
    rows: Counter[str] = Counter()
    files: list[str] = []
    left: list[str] = []
    unread: set[str] = set()
    receipt_number = f"E-{time.strftime('%Y%m%d')}-{os.urandom(3).hex()}"
    # First of all, so that a backup from before is known to have them whatever happens here.
    Erased(settings.var).add(person, receipt_number, time.time())
    for number in range(PASSES):
        rows += erase_rows(settings, person)
        rows += blot(settings, person)
        files += remove_files(settings, person)
        compact_all(settings, vacuum)
        unread.clear()
        left = search(settings, person, unread)
        if not left:
            break
        if number < PASSES - 1:
            time.sleep(PASS_SECONDS)
    # And once more: what a backup took meanwhile isn't what came afterwards.
    Erased(settings.var).add(person, receipt_number, time.time())
    receipt = Receipt(
        number=receipt_number,
        made_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        conversations=len(person.conversations),
        rows=dict(rows),
        files=files,
        kept=_kept(settings, person),
        left=left,
        unread=sorted(unread),
    )
    staff = StaffStore(settings.staff_db)
    try:
        counts = f"{receipt.conversations} conversations, {sum(rows.values())} rows"
        staff.log(by, "erased a person", f"receipt {receipt.number}", counts)
    finally:
        staff.close()
    return receipt


def erase_rows(settings: Settings, person: Person) -> Counter[str]:
    """Delete a person's rows, each database in one transaction; returns counts by table."""
    counts: Counter[str] = Counter()
    with opened(database_files(settings), person, write=True) as databases:
        for one, db in databases:
            wanted = holdings(db, one.name)
            db.execute("BEGIN IMMEDIATE")
            with db:
                for table, where in wanted:
                    done = db.execute(f"DELETE FROM [{table}] WHERE {where}", person.values)
                    if done.rowcount > 0:
                        counts[f"{one.name}.{table}"] += done.rowcount
                if one.name == "transcripts" and person.parts:  # of what is left of them
                    db.executemany(
                        "INSERT INTO unsummarised (conversation_id) VALUES (?)",
                        [[conversation] for conversation in person.parts],
                    )
    return counts


def blot(settings: Settings, person: Person) -> Counter[str]:
    """Take a person out of what staff wrote; the lines stay. Returns counts by table.

    In the audit log that is an address, and all details of lines about their conversations: a tag
    may be a name.
    """
    counts: Counter[str] = Counter()
    files = [one for one in database_files(settings) if one.name in {name for name, _ in WRITTEN}]
    with opened(files, person, write=True) as databases:
        for one, db in databases:
            db.execute("BEGIN IMMEDIATE")
            with db:
                for table in (table for name, table in WRITTEN if name == one.name):
                    texts = list(text_columns(db, table))
                    changed = ", ".join(f"[{name}] = blotted([{name}])" for name in texts)
                    where = " OR ".join(f"[{name}] <> blotted([{name}])" for name in texts)
                    # Two names may be one without the address.
                    done = db.execute(f"UPDATE OR REPLACE [{table}] SET {changed} WHERE {where}")
                    if done.rowcount > 0:
                        counts[f"{one.name}.{table}"] += done.rowcount
                if one.name == "staff":
                    _blot_audit(db, person)
    return counts


def _blot_audit(db: sqlite3.Connection, person: Person) -> None:
    triggers = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
    ).fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER [{name}]")
    for column in ("object", "detail"):
        sql = f"UPDATE audit SET [{column}] = ? WHERE [{column}] <> blotted([{column}])"
        db.execute(sql, [ERASED])
    # Somebody tried to sign in with the address, who isn't one of staff.
    db.execute(
        "UPDATE audit SET login = ? WHERE mentions(login) AND login NOT IN (SELECT login FROM staff)",
        [ERASED],
    )
    theirs = [f"conversation {one}" for one in person.conversations]
    theirs += [f"message {one}" for one in person.messages]
    db.execute(
        "UPDATE audit SET detail = ? WHERE detail <> '' "
        "AND object IN (SELECT value FROM json_each(?))",
        [ERASED, json.dumps(theirs)],
    )
    for _, sql in triggers:
        db.execute(sql)


def compact_all(settings: Settings, vacuum: bool) -> None:
    """Leave nothing of deleted rows behind; with `vacuum` nobody else can write meanwhile."""
    with opened(database_files(settings), Person("", ()), write=True) as databases:
        for one, db in databases:
            if one.name not in KEPT:
                compact(db, vacuum)


def _kept(settings: Settings, person: Person) -> list[str]:
    kept = []
    if person.parts:
        kept.append(f"of {len(person.parts)} conversations the parts of others who proved theirs")
    with opened(database_files(settings), person) as databases:
        for one, db in databases:
            for name, table, column, what in (
                ("orders", "orders", "email", "orders, which come from the shop's own records"),
                ("staff", "staff", "login", "accounts of staff"),
                ("surveys", "versions", "source", "surveys that name the address"),
            ):
                if name == one.name and table in tables(db):
                    sql = f"SELECT count(*) FROM [{table}] WHERE mentions([{column}])"
                    if count := db.execute(sql).fetchone()[0]:
                        kept.append(f"{count} {what}")
            if one.name == "campaigns" and "suppressed" in tables(db):
                sql = "SELECT 1 FROM suppressed WHERE mark IN (SELECT value FROM json_each(?))"
                if db.execute(sql, [json.dumps(person.persons)]).fetchone():
                    kept.append("that no mail is to be sent to them, under a keyed hash")
    kept += [
        f"{path.name}: a former var, delete it"
        for path in sorted(settings.var.parent.glob(f"{settings.var.name}.before-restore-*"))
    ]
    return [*kept, "backups made before; they go when their time is over"]
