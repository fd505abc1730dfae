"""Where a person is still found after an erasure: in any table, and in the bytes of any file."""

import json
from collections.abc import Iterable
from pathlib import Path

from bot.custody.files import database_files
from bot.custody.holdings import Person, in_links, opened, tables, text_columns
from bot.errors import StoreError
from bot.settings import Settings
from bot.store.columns import clear

KEPT = ("orders",)  # databases whose rows come from the shop's own records
# Ids of conversations in the audit log, and the customer's own order to erase, until it is done;
# what a customer's address has to do with staff's accounts and the shop's own surveys.
EXPECTED = (
    ("staff", "audit", "object"), ("web", "erasures", "who"), ("staff", "audit", "login"),
    ("staff", "staff", "login"), ("surveys", "versions", "source"),
)  # fmt: skip


BLOCK = 2**20


def search(settings: Settings, person: Person, unread: set[str] | None = None) -> list[str]:
    """Where a person is still found: in any column of any table, or in the bytes of any file.

    What the receipt lists as kept, and the audit log's lines about conversations, don't count. Rows
    that no key opens are added to `unread`.
    """
    places: list[str] = []
    needles = [form.lower() for form in forms(person)]
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
        if path.is_file() and database not in also and contains(path, needles):
            places.append(path.relative_to(settings.var).as_posix())
    return sorted(set(places))


def forms(person: Person) -> list[str]:
    """What to look for in texts and bytes: the address, also as JSON writes it, and the ids."""
    email = person.email
    forms = {email, json.dumps(email)[1:-1], in_links(email)} if email else set()
    return [*sorted(forms), *person.conversations]


def contains(path: Path, needles: Iterable[str]) -> bool:
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
