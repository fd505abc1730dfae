"""Everything about one customer: found, exported, erased, and searched for afterwards."""

import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.custody.erased import ERASED_FILE, Erased
from bot.custody.files import database_files
from bot.custody.holdings import (
    ERASED,
    WRITTEN,
    Person,
    conversation_column,
    holdings,
    in_links,
    opened,
    tables,
    text_columns,
)
from bot.errors import NotFound, StoreError
from bot.privacy.vault import KEYS
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from bot.store.columns import JSON, clear
from bot.store.db import compact
from bot.system.var_lock import LOCK

KEPT = ("orders",)  # databases whose rows come from the shop's own records
# Ids of conversations in the audit log, and the customer's own order to erase, until it is done;
# what a customer's address has to do with staff's accounts and the shop's own surveys.
EXPECTED = (
    ("staff", "audit", "object"), ("web", "erasures", "who"), ("staff", "audit", "login"),
    ("staff", "staff", "login"), ("surveys", "versions", "source"),
)  # fmt: skip
PASSES = 3  # the assistant may be writing meanwhile
PASS_SECONDS = 1.0
BLOCK = 2**20
OWN_FILES = ("secrets.json", KEYS, f"{KEYS}.made", ERASED_FILE, LOCK)  # random, nobody's


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


def export_person(settings: Settings, person: Person) -> dict[str, Any]:
    """All rows about a person, by database and table, ready for JSON; with their orders.

    What no key opens is missing in its row, which is named under "unread".
    """
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    unread: set[str] = set()
    with opened(database_files(settings), person, unread=unread) as databases:
        for one, db in databases:
            db.row_factory = sqlite3.Row
            wanted = [(table, where) for table, where in holdings(db, one.name)]
            if one.name == "orders":
                wanted.append(("orders", "mentions(email)"))
            for table, where in wanted:
                if table.endswith("_fts") or table in (
                    "conversation_facts",
                    "marks",
                    "request_marks",
                ):
                    continue  # what searches are made of; the texts themselves are exported
                found = db.execute(
                    f"SELECT {_columns(db, one.name, table)} FROM [{table}] WHERE {where}",
                    person.values,
                )
                picked = [_readable(one.name, table, dict(row)) for row in found]
                if picked:
                    rows.setdefault(one.name, {})[table] = picked
    return {
        "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "email": person.email,
        "conversations": list(person.conversations),
        "unread": sorted(unread),
        "data": rows,
    }


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
    return counts


def search(settings: Settings, person: Person, unread: set[str] | None = None) -> list[str]:
    """Where a person is still found: in any column of any table, or in the bytes of any file.

    What the receipt lists as kept, and the audit log's lines about conversations, don't count. Rows
    that no key opens are added to `unread`.
    """
    places: list[str] = []
    needles = [form.lower() for form in _forms(person)]
    also: set[Path] = set()  # files in which the bytes are no proof, since others' data has them
    with opened(database_files(settings), person, unread=unread) as databases:
        for one, db in databases:
            for table in tables(db):
                for column in text_columns(db, table):
                    where = " OR ".join("instr(lower(clear), ?)" for _ in needles)
                    said = f"SELECT {clear(one.name, table, column)} AS clear FROM [{table}]"
                    sql = f"SELECT clear FROM ({said}) WHERE {where or '0'}"
                    for (value,) in db.execute(sql, needles):
                        also.add(one.path)
                        text = (
                            value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                        )
                        named = any(name in str(text) for name in person.conversations)
                        kept = one.name in KEPT or (one.name, table, column) in EXPECTED
                        if (named or person.is_mentioned(str(text))) and not kept:
                            places.append(f"{one.path.name}: {table}.{column}")
    for path in sorted(settings.var.rglob("*")):
        database = path.with_name(path.name.removesuffix("-wal").removesuffix("-shm"))
        if path.is_file() and database not in also and _contains(path, needles):
            places.append(path.relative_to(settings.var).as_posix())
    return sorted(set(places))


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


def _messages(databases: Iterable[tuple[Any, sqlite3.Connection]], person: Person) -> tuple:
    for one, db in databases:
        if one.name == "transcripts":
            rows = db.execute(
                "SELECT id FROM messages WHERE conversation_id IN "
                "(SELECT value FROM json_each(:conversations))",
                person.values,
            )
            return tuple(row[0] for row in rows)
    return ()


def _columns(db: sqlite3.Connection, database: str, table: str) -> str:
    """All columns of a table as they read, for a SELECT."""
    texts = text_columns(db, table)
    names = [row[1] for row in db.execute(f"PRAGMA table_info([{table}])")]
    return ", ".join(
        f"{clear(database, table, name)} AS [{name}]" if name in texts else f"[{name}]"
        for name in names
    )


def _readable(database: str, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row for JSON: originals in their places, JSON columns as objects, bytes left out."""
    row = {**row, **json.loads(row.pop("original", None) or "{}")}
    for name, value in row.items():
        if isinstance(value, str) and (database, table, name) in JSON:
            try:
                row[name] = json.loads(value)
            except (ValueError, RecursionError):
                pass  # half of it, or nested without end: it is exported as the text that it is
    return {name: value for name, value in row.items() if not isinstance(value, bytes)}


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


def remove_files(settings: Settings, person: Person) -> list[str]:
    """Remove reports and other files in `var` that name the person; they can be made again."""
    needles = _forms(person)
    databases = {one.path.name for one in database_files(settings)}
    removed = []
    for path in sorted(settings.var.rglob("*")) if settings.var.exists() else ():
        name = path.name.removesuffix("-wal").removesuffix("-shm")
        inside = settings.catalogue_dir in path.parents or name in OWN_FILES
        if path.is_file() and name not in databases and not inside and _contains(path, needles):
            path.unlink()
            removed.append(path.relative_to(settings.var).as_posix())
    return removed


def compact_all(settings: Settings, vacuum: bool) -> None:
    """Leave nothing of deleted rows behind; with `vacuum` nobody else can write meanwhile."""
    with opened(database_files(settings), Person("", ()), write=True) as databases:
        for one, db in databases:
            if one.name not in KEPT:
                compact(db, vacuum)


def _kept(settings: Settings, person: Person) -> list[str]:
    kept = []
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
    kept += [
        f"{path.name}: a former var, delete it"
        for path in sorted(settings.var.parent.glob(f"{settings.var.name}.before-restore-*"))
    ]
    return [*kept, "backups made before; they go when their time is over"]


def _forms(person: Person) -> list[str]:
    """What to look for in texts and bytes: the address, also as JSON writes it, and the ids."""
    email = person.email
    forms = {email, json.dumps(email)[1:-1], in_links(email)} if email else set()
    return [*sorted(forms), *person.conversations]


def _contains(path: Path, needles: Iterable[str]) -> bool:
    """Whether a file has one of some texts in its bytes, in capitals or not."""
    wanted = [needle.lower().encode() for needle in needles]
    longest = max(map(len, wanted), default=0)
    if not longest:
        return False
    try:
        with path.open("rb") as stream:
            before = b""
            while block := stream.read(BLOCK):
                window = (before + block).lower()
                if any(needle in window for needle in wanted):
                    return True
                before = block[-longest:]
    except FileNotFoundError:
        return False  # gone meanwhile
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error}.") from error
    return False


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
