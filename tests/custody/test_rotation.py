"""New keys: all stays readable at every moment, and in the end the old ones open nothing."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.custody.backup import backup, check
from bot.custody.export import export_person
from bot.custody.files import database_files
from bot.custody.holdings import tables, text_columns
from bot.custody.persons import find_person
from bot.custody.restore import missing_keys, restore
from bot.custody.rotation import reencrypt, rotate
from bot.errors import StoreError
from bot.inbox.store import Inbox
from bot.paths import REPOSITORY
from bot.privacy.vault import KEYS, Vault, vault_in
from bot.settings import Settings
from bot.transcripts.store import list_conversations
from bot.transcripts.tracker import tracker_events
from tests.custody.test_persons import EMAIL, said, shop
from tests.transcripts.test_masking import opens

__all__ = ["shop"]


def sealed_texts(settings: Settings) -> list[str]:
    """Every sealed text of every database."""
    vault, found = Vault(settings.var), []
    for one in database_files(settings):
        db = sqlite3.connect(one.path)
        for table in tables(db):
            for column in text_columns(db, table):
                rows = db.execute(f"SELECT [{column}] FROM [{table}]")
                found += [text for (text,) in rows if opens(vault, text)]
        db.close()
    return found


def everything(settings: Settings) -> str:
    person = find_person(settings, EMAIL, ["key-of-anna"])
    data = export_person(settings, person)
    data["data"].pop("guard", None)  # marks, which begin anew with another key
    return json.dumps([data["data"], dict(tracker_events(settings.tracker_db))], sort_keys=True)


def test_a_new_key_seals_and_the_old_one_still_opens(shop: Settings) -> None:
    before, old = everything(shop), sealed_texts(shop)
    name = rotate(shop)
    vault = Vault(shop.var)
    assert vault.key_names[0] == name and len(vault.key_names) == 2
    assert everything(shop) == before
    said(shop, "conv-new", "hello, later@example.com", own="later@example.com")
    fresh = set(sealed_texts(shop)) - set(old)
    assert fresh and all(vault.is_newest(text) for text in fresh if "conv-new" in vault.open(text))


def test_reencrypting_leaves_nothing_that_the_old_key_opens(shop: Settings) -> None:
    before, old_keys = everything(shop), (shop.var / KEYS).read_bytes()
    count = len(sealed_texts(shop))
    assert reencrypt(shop, lambda line: None, settle=0) == (count, ()) and count > 20
    assert everything(shop) == before
    assert "guard" not in export_person(shop, find_person(shop, EMAIL))["data"]
    guard = sqlite3.connect(shop.guard_db)
    left = [guard.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables(guard)]
    guard.close()
    assert left == [1, 0, 0, 0]  # attacks alone: a number of nobody
    vault = Vault(shop.var)
    assert len(vault.key_names) == 1
    assert all(vault.is_newest(text) for text in sealed_texts(shop))
    assert (shop.var / KEYS).read_bytes() != old_keys
    assert [one.id for one in list_conversations(shop.transcripts_db, EMAIL)] != []  # marks, too


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.settings import read_settings
from bot.custody import rotation
left = [int(sys.argv[2])]
work = rotation.Vault.seal
def seal(self, text):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return work(self, text)
rotation.Vault.seal = seal
rotation.AT_ONCE = 3
rotation.reencrypt(read_settings({"SHOPTALK_SHOP": sys.argv[1]}), print, settle=0)
"""


@pytest.mark.parametrize("seals", [1, 20, 45])
def test_killed_half_way_all_is_readable_and_it_can_be_run_again(
    shop: Settings, seals: int
) -> None:
    before = everything(shop)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(shop.shop_file), str(seals)],
        cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    vault_in.cache_clear()
    assert everything(shop) == before
    reencrypt(shop, lambda line: None, settle=0)
    assert everything(shop) == before and len(Vault(shop.var).key_names) == 1


def test_what_is_written_meanwhile_is_readable(shop: Settings) -> None:
    stop, sent = threading.Event(), []

    def chat() -> None:
        inbox = Inbox(shop.web_db)
        while not stop.is_set():
            inbox.accept("conv-busy", f"busy-{len(sent):06}", f"message {len(sent)}")
            sent.append(f"message {len(sent)}")
            waiting = inbox.next_waiting("conv-busy")
            assert waiting and waiting.turn["text"] == sent[-1]
            inbox.answered(waiting, [])
        inbox.close()

    customer = threading.Thread(target=chat)
    customer.start()
    try:
        reencrypt(shop, lambda line: None, settle=1.0)
    finally:
        stop.set()
        customer.join()
    vault_in.cache_clear()
    inbox = Inbox(shop.web_db)
    assert [one["body"]["text"] for one in inbox.events_after("conv-busy", 0, 10**6)] == sent
    inbox.close()


def test_a_text_that_no_key_opens_is_named_and_hinders_no_other(shop: Settings) -> None:
    other = Vault(shop.var.parent / "other").seal("x")
    db = sqlite3.connect(shop.web_db)
    with db:
        db.execute("UPDATE events SET body = ? WHERE seq = 1", [other])
    db.close()
    count = len(sealed_texts(shop))
    done = reencrypt(shop, lambda line: None, settle=0)
    assert done == (count, ("web.db: events, row 1",))
    vault = Vault(shop.var)
    assert len(vault.key_names) == 1
    assert all(map(vault.is_newest, sealed_texts(shop))) and len(sealed_texts(shop)) == count


def test_keys_that_lie_elsewhere_stay_there(tmp_path: Path) -> None:
    far = tmp_path / "other-disk" / "shop-keys.json"
    vault = Vault(tmp_path / "var")
    sealed = vault.seal("x")
    far.parent.mkdir()
    (tmp_path / "var" / KEYS).rename(far)
    (tmp_path / "var" / KEYS).symlink_to(far)
    vault.add_key()
    assert (tmp_path / "var" / KEYS).is_symlink() and len(json.loads(far.read_text())["keys"]) == 2
    assert vault.open(sealed) == "x" and far.stat().st_mode & 0o077 == 0


def test_a_backup_without_its_key_says_so_and_changes_nothing(
    shop: Settings, tmp_path: Path
) -> None:
    plain, full = tmp_path / "plain.tar", tmp_path / "full.tar"
    made = backup(shop, plain)
    backup(shop, full, secrets=True)
    assert missing_keys(shop, made) == [] and not made.has("secrets")
    before = everything(shop)
    (shop.var / KEYS).unlink()
    (shop.var / f"{KEYS}.made").unlink()
    vault_in.cache_clear()
    vault_in(shop.var).seal("a new shop's key")
    assert missing_keys(shop, check(shop, plain)) == list(made.keys)
    names = sorted(path.name for path in shop.shop_dir.iterdir())
    for file, hint in ((plain, "Put that keys.json there"), (full, "--secrets")):
        with pytest.raises(StoreError, match="encrypted with a key") as raised:
            restore(shop, file)
        assert hint in raised.value.hint
    assert sorted(path.name for path in shop.shop_dir.iterdir()) == names
    restore(shop, full, secrets=True)
    vault_in.cache_clear()
    assert everything(shop) == before
