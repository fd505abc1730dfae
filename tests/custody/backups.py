"""What tests of backups share: what a shop holds, and backups that were tampered with."""

import io
import tarfile
from pathlib import Path

import pytest

from bot.custody.backup import check
from bot.custody.restore import restore
from bot.errors import StoreError
from bot.inbox.store import Inbox
from bot.settings import Settings


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


def refused(settings: Settings, file: Path, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup is refused before anything is written, and nothing is left of the attempt."""
    before = sorted(path.name for path in settings.shop_dir.iterdir())
    with monkeypatch.context() as patched:
        patched.setattr("bot.custody.archive.shutil.copyfileobj", lambda *_: pytest.fail("written"))
        for act in (check, restore):
            with pytest.raises(StoreError, match=message):
                act(settings, file)
    assert sorted(path.name for path in settings.shop_dir.iterdir()) == before
