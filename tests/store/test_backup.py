"""A backup made while others write comes back whole, and a bad one changes nothing."""

import io
import json
import sqlite3
import stat
import tarfile
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.errors import NotFound, StoreError
from bot.settings import Settings
from bot.store.backup import backup, check, restore
from bot.store.db import open_database
from bot.store.files import database_files
from bot.store.surveys import SurveyStore
from bot.web.inbox import Inbox


def said(settings: Settings) -> list[str]:
    inbox = Inbox(settings.web_db)
    try:
        return [event["body"]["text"] for event in inbox.events_after("c1", 0, 10_000)]
    finally:
        inbox.close()


def say(settings: Settings, *texts: str) -> None:
    inbox = Inbox(settings.web_db)
    for text in texts:
        inbox.add("c1", f"id-{text}", "staff", {"text": text})
    inbox.close()


def repacked(file: Path, change) -> Path:
    """A copy of a backup in which `change` altered the contents by name."""
    with tarfile.open(file) as archive:
        contents = {one.name: archive.extractfile(one).read() for one in archive}
    change(contents)
    copy = file.with_name("changed.tar")
    with tarfile.open(copy, "w") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return copy


def test_what_was_saved_comes_back_and_the_former_is_kept(
    settings: Settings, tmp_path: Path
) -> None:
    say(settings, "before")
    settings.secrets()
    (settings.catalogue_dir / "generation-000001").mkdir(parents=True)
    (settings.catalogue_dir / "generation-000001" / "catalogue.db").write_bytes(b"products")
    (settings.catalogue_dir / "current").write_text("generation-000001\n")
    file = tmp_path / "saved.tar"
    made = backup(settings, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(made.files) == {
        "databases/web.db", "catalogue/current", "catalogue/generation-000001/catalogue.db",
    }  # fmt: skip
    say(settings, "after")
    SurveyStore(settings.surveys_db).close()
    keys = settings.secrets()
    kept = restore(settings, file)
    assert said(settings) == ["before"]
    assert not settings.surveys_db.exists()  # of another moment than the rest
    assert settings.secrets() == keys
    assert (settings.catalogue_dir / "current").read_text() == "generation-000001\n"
    old = sqlite3.connect(kept / "web.db").execute("SELECT count(*) FROM events").fetchone()
    assert old == (2,)
    leftovers = [path.name for path in settings.var.parent.iterdir() if ".restore-" in path.name]
    assert leftovers == []


def test_a_copy_made_while_others_write_is_of_one_moment(
    settings: Settings, tmp_path: Path
) -> None:
    say(settings, "0")
    stop = threading.Event()

    def write() -> None:
        inbox, number = Inbox(settings.web_db), 0
        while not stop.is_set():
            number += 1
            inbox.accept("c1", f"message-{number:06}", str(number))
            waiting = inbox.next_waiting("c1")
            assert waiting
            inbox.answered(waiting, [])
        inbox.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [tmp_path / f"{number}.tar" for number in range(5)]
        for file in files:
            backup(settings, file)
            check(settings, file)
    finally:
        stop.set()
        writer.join()
    restore(settings, files[-1])
    texts = said(settings)
    assert texts == [str(number) for number in range(len(texts))]


def test_shop_and_keys_only_when_asked(settings: Settings, tmp_path: Path) -> None:
    say(settings, "x")
    keys = settings.secrets()
    plain, full = tmp_path / "plain.tar", tmp_path / "full.tar"
    assert not backup(settings, plain).has("secrets")
    made = backup(settings, full, shop=True, secrets=True)
    assert {"shop/shop.yml", "shop/policies/faq.md", "secrets/secrets.json"} <= set(made.files)
    with pytest.raises(StoreError, match="without --shop"):
        restore(settings, plain, shop=True)
    (settings.var / "secrets.json").unlink()
    text = settings.shop_file.read_text()
    settings.shop_file.write_text("changed")
    restore(settings, full, shop=True, secrets=True)
    assert settings.secrets() == keys and settings.shop_file.read_text() == text
    assert (settings.shop_dir / "shop.yml.before-restore").read_text() == "changed"


def flip(contents: dict[str, bytes]) -> None:
    database = bytearray(contents["databases/web.db"])
    database[-10] ^= 1
    contents["databases/web.db"] = bytes(database)


def lose(contents: dict[str, bytes]) -> None:
    del contents["databases/web.db"]


def add(contents: dict[str, bytes]) -> None:
    contents["databases/more.db"] = b"x"


def climb(contents: dict[str, bytes]) -> None:
    manifest = json.loads(contents["manifest.json"])
    manifest["files"]["../../escaped"] = manifest["files"]["databases/web.db"]
    contents["manifest.json"] = json.dumps(manifest).encode()
    contents["../../escaped"] = contents["databases/web.db"]


def other_format(contents: dict[str, bytes]) -> None:
    manifest = json.loads(contents["manifest.json"])
    contents["manifest.json"] = json.dumps({**manifest, "format": 99}).encode()


@pytest.mark.parametrize(
    "change, message",
    [
        (flip, "sum differs"),
        (lose, "doesn't hold"),
        (add, "doesn't hold"),
        (climb, "can't be in it"),
        (other_format, "newer Shoptalk"),
    ],
)
def test_a_bad_backup_is_refused_and_nothing_changes(
    settings: Settings, tmp_path: Path, change, message: str
) -> None:
    say(settings, "here")
    file = tmp_path / "saved.tar"
    backup(settings, file)
    bad = repacked(file, change)
    before = sorted(path.name for path in settings.shop_dir.iterdir())
    with pytest.raises(StoreError, match=message):
        restore(settings, bad)
    assert said(settings) == ["here"]
    assert sorted(path.name for path in settings.shop_dir.iterdir()) == before
    assert not (tmp_path.parent / "escaped").exists()


def test_no_backup_at_all(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        restore(settings, tmp_path / "nothing.tar")
    text = tmp_path / "text.tar"
    text.write_text("hello")
    with pytest.raises(StoreError, match="can't be read"):
        restore(settings, text)
    with pytest.raises(StoreError, match="exists already"):
        backup(settings, text)


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


def test_a_backup_of_a_newer_shoptalk_is_refused(settings: Settings, tmp_path: Path) -> None:
    say(settings, "new")
    database = Database(settings.web_db)
    database["_sqlite_migrations"].insert(
        {"migration_set": "web", "name": "m999_later", "applied_at": "2030"}
    )
    database.close()
    backup(settings, tmp_path / "new.tar")
    for path in settings.var.glob("web.db*"):
        path.unlink()
    say(settings, "old")
    with pytest.raises(StoreError, match="m999_later"):
        restore(settings, tmp_path / "new.tar")
    assert said(settings) == ["old"]


def test_a_backup_of_an_older_shoptalk_is_brought_up_to_date(
    settings: Settings, tmp_path: Path
) -> None:
    settings.var.mkdir()
    for one in database_files(settings):
        if one.schema is not None:
            at_version(one.path, one.schema, 1)
    backup(settings, tmp_path / "old.tar")
    restore(settings, tmp_path / "old.tar")
    for one in database_files(settings):
        if one.schema is not None:
            assert one.schema.pending(Database(one.path)) == []


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
