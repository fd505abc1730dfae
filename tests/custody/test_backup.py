"""A backup made while others write comes back whole."""

import shutil
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.custody.backup import backup, check
from bot.custody.files import database_files
from bot.custody.restore import restore
from bot.errors import NotFound, StoreError
from bot.inbox.store import Inbox
from bot.settings import Settings
from bot.surveys.store import SurveyStore
from tests.custody.backups import refused, said, say
from tests.store.test_upgrades import at_version


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


def test_restored_twice_in_a_second_each_former_folder_is_kept(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(settings, "one")
    backup(settings, tmp_path / "saved.tar")
    say(settings, "two")
    monkeypatch.setattr("bot.custody.restore.time.strftime", lambda *_: "20261129-120000")
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
    monkeypatch.setattr(
        "bot.custody.archive.shutil.disk_usage", lambda _: usage._replace(free=1000)
    )
    refused(settings, tmp_path / "saved.tar", "MB of room", monkeypatch)
    monkeypatch.undo()
    assert restore(settings, tmp_path / "saved.tar").again == ((), (), (), ())


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
