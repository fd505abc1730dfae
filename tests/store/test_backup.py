"""A backup made while others write comes back whole, and a bad one changes nothing."""

import hashlib
import io
import json
import shutil
import sqlite3
import stat
import tarfile
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.custody.backup import backup, check, restore
from bot.custody.files import database_files
from bot.errors import NotFound, StoreError
from bot.inbox.store import Inbox
from bot.settings import Settings
from bot.store.db import open_database
from bot.surveys.store import SurveyStore


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
    kept = restore(settings, file).kept
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


def larger(contents: dict[str, bytes]) -> None:
    contents["databases/web.db"] += bytes(10_000_000)


def smaller(contents: dict[str, bytes]) -> None:
    contents["databases/web.db"] = contents["databases/web.db"][:100]


def larger_pointer(contents: dict[str, bytes]) -> None:
    contents["catalogue/current"] += b" " * 5000


def no_sizes(contents: dict[str, bytes]) -> None:
    manifest = json.loads(contents["manifest.json"])
    manifest["files"]["databases/web.db"]["size"] = "4"
    contents["manifest.json"] = json.dumps(manifest).encode()


def no_time(contents: dict[str, bytes]) -> None:
    manifest = json.loads(contents["manifest.json"])
    contents["manifest.json"] = json.dumps({**manifest, "made_at": "yesterday"}).encode()


def nested(contents: dict[str, bytes]) -> None:
    contents["manifest.json"] = b"[" * 100_000


def endless(contents: dict[str, bytes]) -> None:
    contents["manifest.json"] += b" " * 10_000_000


def with_a_catalogue(settings: Settings) -> None:
    (settings.catalogue_dir / "generation-000001").mkdir(parents=True)
    (settings.catalogue_dir / "generation-000001" / "catalogue.db").write_bytes(b"products")
    (settings.catalogue_dir / "current").write_text("generation-000001\n")


def refused(settings: Settings, file: Path, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup is refused before anything is written, and nothing is left of the attempt."""
    before = sorted(path.name for path in settings.shop_dir.iterdir())
    with monkeypatch.context() as patched:
        patched.setattr("bot.custody.backup.shutil.copyfileobj", lambda *_: pytest.fail("written"))
        for act in (check, restore):
            with pytest.raises(StoreError, match=message):
                act(settings, file)
    assert sorted(path.name for path in settings.shop_dir.iterdir()) == before


@pytest.mark.parametrize(
    "change, message",
    [
        (larger, "web.db has .* bytes, and .* in the manifest"),
        (smaller, "web.db has 100 bytes"),
        (larger_pointer, "catalogue/current has 5018 bytes, and 18"),
        (lose, "doesn't hold what its manifest says .databases/web.db"),
        (add, "doesn't hold what its manifest says .'databases/more.db"),
        (climb, "can't be in it"),
        (other_format, "newer Shoptalk"),
        (no_sizes, "no size and sum"),
        (no_time, "its manifest can't be read"),
        (nested, "its manifest can't be read"),
        (endless, "its manifest has"),
    ],
)
def test_what_is_not_as_its_manifest_says_is_refused_before_it_is_written(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change, message: str
) -> None:
    say(settings, "here")
    with_a_catalogue(settings)
    backup(settings, tmp_path / "saved.tar")
    refused(settings, repacked(tmp_path / "saved.tar", change), message, monkeypatch)
    assert said(settings) == ["here"]
    assert check(settings, repacked(tmp_path / "saved.tar", lambda contents: None)).size > 0


@pytest.mark.parametrize("how", ["gz", "xz", "bz2"])
def test_a_compressed_file_is_not_unpacked_at_all(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    say(settings, "here")
    backup(settings, tmp_path / "saved.tar")
    packed = tmp_path / f"saved.tar.{how}"
    with tarfile.open(packed, f"w:{how}") as small, tarfile.open(tmp_path / "saved.tar") as archive:
        for one in archive:
            small.addfile(one, archive.extractfile(one))
    refused(settings, packed, "can't be read as a backup", monkeypatch)
    with pytest.raises(StoreError) as raised:
        restore(settings, packed)
    assert "compressed must be unpacked first" in raised.value.hint


def test_a_file_full_of_holes_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3 GB of nothing in a few bytes: tar knows files that are mostly holes."""
    say(settings, "here")
    backup(settings, tmp_path / "saved.tar")
    size, holes = 3_000_000_000, tmp_path / "holes.tar"
    with tarfile.open(tmp_path / "saved.tar") as archive, tarfile.open(holes, "w") as copy:
        for one in archive:
            content = archive.extractfile(one).read()
            if one.name == "manifest.json":
                manifest = json.loads(content)
                manifest["files"]["databases/web.db"]["size"] = size
                content = json.dumps(manifest).encode()
            entry = tarfile.TarInfo(one.name)
            if one.name == "databases/web.db":
                entry.pax_headers = {
                    "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": one.name,
                    "GNU.sparse.size": str(size), "GNU.sparse.numblocks": "1",
                    "GNU.sparse.map": "0,512",
                }  # fmt: skip
                content = content[:512]
            entry.size = len(content)
            copy.addfile(entry, io.BytesIO(content))
    with tarfile.open(holes) as archive:
        assert archive.getmember("databases/web.db").size == size  # as tar reads it
    refused(settings, holes, "doesn't hold what its manifest says", monkeypatch)


def test_restored_twice_in_a_second_each_former_folder_is_kept(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(settings, "one")
    backup(settings, tmp_path / "saved.tar")
    say(settings, "two")
    monkeypatch.setattr("bot.custody.backup.time.strftime", lambda *_: "20261129-120000")
    first, second = (restore(settings, tmp_path / "saved.tar").kept for _ in range(2))
    assert first != second and said(settings) == ["one"]
    counts = [
        sqlite3.connect(kept / "web.db").execute("SELECT count(*) FROM events").fetchone()[0]
        for kept in (first, second)
    ]
    assert counts == [2, 1]


def test_a_disk_without_room_is_said_before(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(settings, "here")
    backup(settings, tmp_path / "saved.tar")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("bot.custody.backup.shutil.disk_usage", lambda _: usage._replace(free=1000))
    refused(settings, tmp_path / "saved.tar", "MB of room", monkeypatch)
    monkeypatch.undo()
    assert restore(settings, tmp_path / "saved.tar").again == ((), (), (), ())


@pytest.mark.parametrize("pointer", ["../../etc", "generation-000002", "", "/", "x" * 500])
def test_a_catalogue_that_points_elsewhere_is_refused(
    settings: Settings, tmp_path: Path, pointer: str
) -> None:
    say(settings, "here")
    with_a_catalogue(settings)

    def point(contents: dict[str, bytes]) -> None:
        manifest = json.loads(contents["manifest.json"])
        content = contents["catalogue/current"] = pointer.encode()
        digest = hashlib.sha256(content).hexdigest()
        manifest["files"]["catalogue/current"] = {"size": len(content), "sha256": digest}
        contents["manifest.json"] = json.dumps(manifest).encode()

    backup(settings, tmp_path / "saved.tar")
    before = sorted(path.name for path in settings.shop_dir.iterdir())
    with pytest.raises(StoreError, match="catalogue/current names"):
        restore(settings, repacked(tmp_path / "saved.tar", point))
    assert sorted(path.name for path in settings.shop_dir.iterdir()) == before


def test_keys_that_lie_elsewhere_are_in_a_backup_with_secrets(
    settings: Settings, tmp_path: Path
) -> None:
    say(settings, "here")
    keys = settings.var / "keys.json"
    keys.rename(tmp_path / "far.json")
    keys.symlink_to(tmp_path / "far.json")
    backup(settings, tmp_path / "full.tar", secrets=True)
    assert check(settings, tmp_path / "full.tar").has("secrets")


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
