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

from bot.errors import NotFound, StoreError
from bot.privacy.vault import KEYS, TOKEN, Vault, vault_of
from bot.settings import Settings
from bot.store.db import compact
from bot.store.files import database_files
from bot.store.holdings import (
    Person,
    conversation_column,
    holdings,
    opened,
    tables,
    text_columns,
)
from bot.store.masking import reveal
from bot.store.staff import StaffStore

KEPT = ("orders",)  # databases whose rows come from the shop's own records
ERASED = "[erased]"
# Ids of conversations in the audit log, and the customer's own order to erase, until it is done.
EXPECTED = (("staff", "audit", "object"), ("web", "erasures", "who"))
PASSES = 3  # the assistant may be writing meanwhile
PASS_SECONDS = 1.0
BLOCK = 2**20
# A column as it reads: SQLite looks at the plain ones by itself, which is quicker.
OPENED = (
    f"CASE WHEN substr(COLUMN, 1, {len(TOKEN)}) = '{TOKEN}' THEN unseal(COLUMN) ELSE COLUMN END"
)
OWN_FILES = ("secrets.json", KEYS, f"{KEYS}.made")  # random, nobody's


@dataclass(frozen=True)
class Receipt:
    """What was done: rows erased by "database.table", files removed, and what is kept and why.

    `left` is what a search afterwards still found; empty means that all of it is gone.
    """

    number: str
    made_at: str
    conversations: int
    rows: dict[str, int]
    files: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

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
    with opened(database_files(settings), person) as databases:
        found: set[str] = set()
        for one, db in databases:
            for table in tables(db):
                column = conversation_column(db, table)
                if column and email:
                    found |= _mentioning(db, table, column)
                elif column:
                    found |= _beginning(db, table, column, who.strip())
            if email and one.name == "surveys":
                sql = "SELECT conversation_id FROM runs JOIN answers ON run_id = id "
                rows = db.execute(sql + "WHERE conversation_id <> '' AND mentions(value)")
                found |= {row[0] for row in rows}
        if not email and len(found) != 1:
            raise NotFound(
                f"{'No' if not found else 'More than one'} conversation begins with {who!r}.",
                "`shoptalk transcripts list` shows the ids.",
            )
        person = Person(email, tuple(sorted(found)), person.persons)
        return replace(person, messages=_messages(databases, person))


def of_conversations(settings: Settings, conversations: Sequence[str]) -> Person:
    """Whoever had these conversations."""
    person = Person("", tuple(conversations))
    with opened(database_files(settings), person) as databases:
        return replace(person, messages=_messages(databases, person))


def export_person(settings: Settings, person: Person) -> dict[str, Any]:
    """All rows about a person, by database and table, ready for JSON; with their orders."""
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    with opened(database_files(settings), person) as databases:
        for one, db in databases:
            db.row_factory = sqlite3.Row
            wanted = [(table, where) for table, where in holdings(db, one.name)]
            if one.name == "orders":
                wanted.append(("orders", "mentions(email)"))
            for table, where in wanted:
                if table.endswith("_fts") or table in ("conversation_facts", "marks"):
                    continue  # what searches are made of; the texts themselves are exported
                found = db.execute(f"SELECT * FROM [{table}] WHERE {where}", person.values)
                vault = vault_of(db)
                picked = [_readable(vault, dict(row)) for row in found]
                if picked:
                    rows.setdefault(one.name, {})[table] = picked
    return {
        "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "email": person.email,
        "conversations": list(person.conversations),
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
    for number in range(PASSES):
        rows += erase_rows(settings, person)
        _redact_audit(settings, person)
        files += _remove_files(settings, person)
        compact_all(settings, vacuum)
        left = search(settings, person)
        if not left:
            break
        if number < PASSES - 1:
            time.sleep(PASS_SECONDS)
    receipt = Receipt(
        number=f"E-{time.strftime('%Y%m%d')}-{os.urandom(3).hex()}",
        made_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        conversations=len(person.conversations),
        rows=dict(rows),
        files=files,
        kept=_kept(settings, person),
        left=left,
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


def search(settings: Settings, person: Person) -> list[str]:
    """Where a person is still found: in any column of any table, or in the bytes of any file.

    What the receipt lists as kept, and the audit log's lines about conversations, don't count.
    """
    places: list[str] = []
    needles = [form.lower() for form in _forms(person)]
    also: set[Path] = set()  # files in which the bytes are no proof, since others' data has them
    with opened(database_files(settings), person) as databases:
        for one, db in databases:
            for table in tables(db):
                for column in text_columns(db, table):
                    clear = OPENED.replace("COLUMN", f"[{column}]")
                    where = " OR ".join("instr(lower(clear), ?)" for _ in needles)
                    opened_column = f"SELECT {clear} AS clear FROM [{table}]"
                    sql = f"SELECT clear FROM ({opened_column}) WHERE {where or '0'}"
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


def _mentioning(db: sqlite3.Connection, table: str, column: str) -> set[str]:
    texts = [name for name in text_columns(db, table) if name != column]
    where = " OR ".join(f"mentions([{name}])" for name in texts) or "0"
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


def _readable(vault: Vault, row: dict[str, Any]) -> dict[str, Any]:
    """A row for JSON: originals opened, what is JSON already as objects, bytes left out."""
    readable: dict[str, Any] = {}
    if "original" in row:
        row = reveal(vault, row)
        del row["original"]
    for name, value in row.items():
        if isinstance(value, bytes):
            continue
        value = vault.open(value)
        if isinstance(value, str) and value[:1] in ("{", "["):
            try:
                value = json.loads(value)
            except ValueError:
                pass  # a text that begins like JSON
        readable[name] = value
    return readable


def _redact_audit(settings: Settings, person: Person) -> None:
    """Take an address out of the audit log, where staff searched for it; the line stays."""
    if not person.email:
        return
    files = [one for one in database_files(settings) if one.name == "staff"]
    with opened(files, person, write=True) as databases:
        for _, db in databases:
            triggers = db.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
            ).fetchall()
            db.execute("BEGIN IMMEDIATE")
            with db:
                for name, _ in triggers:
                    db.execute(f"DROP TRIGGER [{name}]")
                for column in ("object", "detail"):
                    sql = f"UPDATE audit SET [{column}] = ? WHERE mentions([{column}])"
                    db.execute(sql, [ERASED])
                for _, sql in triggers:
                    db.execute(sql)


def _remove_files(settings: Settings, person: Person) -> list[str]:
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
    files = [one for one in database_files(settings) if one.name in KEPT]
    with opened(files, person) as databases:
        for _, db in databases:
            if person.email and "orders" in tables(db):
                count = db.execute("SELECT count(*) FROM orders WHERE mentions(email)").fetchone()[
                    0
                ]
                if count:
                    kept.append(f"{count} orders, which come from the shop's own records")
    kept += [
        f"{path.name}: a former var, delete it"
        for path in sorted(settings.var.parent.glob(f"{settings.var.name}.before-restore-*"))
    ]
    return [*kept, "backups made before; they go when their time is over"]


def _forms(person: Person) -> list[str]:
    """What to look for in texts and bytes: the address, also as JSON writes it, and the ids."""
    email = {person.email, json.dumps(person.email)[1:-1]} if person.email else set()
    return [*sorted(email), *person.conversations]


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
    ):
        files = [one for one in database_files(settings) if one.name == name]
        with opened(files, Person("", ())) as databases:
            for _, db in databases:
                if table in tables(db):
                    sql = f"SELECT [{column}], max([{at}]) FROM [{table}] GROUP BY 1"
                    for conversation, last in db.execute(sql):
                        latest[conversation] = max(latest.get(conversation, 0), last or 0)
    return tuple(sorted(one for one, last in latest.items() if last < before))
