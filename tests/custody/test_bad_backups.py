"""A backup that is damaged or made up is refused, and changes nothing."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from bot.custody.backup import backup, check
from bot.custody.restore import restore
from bot.errors import StoreError
from bot.settings import Settings
from tests.custody.backups import refused, repacked, said, say


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
