"""The file of a backup: a tar with manifest.json first, unpacked without believing a word of it.

The manifest says what is in the file, with sizes and SHA-256 sums. Only what is as large as that is
unpacked, beside `var`, and everything is checked there.
"""

import calendar
import hashlib
import json
import re
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.custody.files import database_files
from bot.errors import NotFound, StoreError
from bot.settings import Settings
from bot.store.db import refuse_newer

FORMAT = 1


MAX_MANIFEST = 10_000_000  # bytes; a line for each of some 50,000 files


GENERATION = re.compile(r"generation-[0-9]+")


TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Backup:
    """What a backup holds: when it was made (UTC), and the size in bytes of each file in it.

    `keys` names the keys (bot/privacy/vault.py) with which the texts in it are sealed.
    """

    made_at: str
    files: dict[str, int]
    keys: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Of all files together, in bytes."""
        return sum(self.files.values())

    def has(self, folder: str) -> bool:
        """Whether something of a folder, such as "shop", is in it."""
        return any(name.startswith(f"{folder}/") for name in self.files)


def described(manifest: dict[str, Any]) -> Backup:
    """What a manifest says of its backup."""
    sizes = {name: entry["size"] for name, entry in manifest["files"].items()}
    return Backup(manifest["made_at"], sizes, tuple(manifest.get("keys", ())))


@contextmanager
def unpacked(settings: Settings, file: Path, where: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A backup unpacked into a folder in `where`, which goes at the end; and its manifest.

    All of it is checked: sums, schemas, sound databases. Raises NotFound, StoreError.
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    with tempfile.TemporaryDirectory(dir=where, prefix=".restore-") as name:
        folder = Path(name)
        manifest = extract(file, folder)
        for database in database_files(settings):
            copy = folder / "databases" / database.path.name
            if copy.exists():
                _check_database(file, copy, database.schema)
        yield folder, manifest


def extract(file: Path, folder: Path) -> dict[str, Any]:
    """Unpack a backup. Nothing is written before all of it was found to be what it says."""
    try:
        # A tar as it is can't unpack to more than itself, and a compressed one can.
        with tarfile.open(file, "r:") as archive:
            manifest = _read_manifest(file, archive)
            members = _as_promised(file, archive, manifest, folder)
            total = sum(member.size for member in members)
            free = shutil.disk_usage(folder).free
            if total > free:
                raise StoreError(
                    f"{file} needs {total / 1e6:.0f} MB of room in {folder.parent}, "
                    f"where {free / 1e6:.0f} MB are free."
                )
            for member in members:  # by hand: extract's filters came with Python 3.11.4
                place = folder / member.name
                source = archive.extractfile(member)
                assert source is not None  # it is a file
                place.parent.mkdir(parents=True, exist_ok=True)
                with source, place.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
                place.chmod(0o600 | member.mode & 0o755)
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise StoreError(
            f"{file} can't be read as a backup: {error}.",
            "A backup is a plain tar file: one that was compressed must be unpacked first.",
        ) from error
    for name, entry in manifest["files"].items():
        if sha256(folder / name) != entry["sha256"]:
            raise StoreError(f"{file} is damaged: {name} isn't what was saved (its sum differs).")
    _check_pointer(file, folder, manifest)
    return manifest


def _read_manifest(file: Path, archive: tarfile.TarFile) -> dict[str, Any]:
    """The manifest, with what is needed of it. Raises StoreError."""
    first = archive.next()
    if first is None or first.name != "manifest.json" or not _is_whole(first):
        raise StoreError(f"{file} is no backup of Shoptalk: it has no manifest.")
    if first.size > MAX_MANIFEST:
        raise StoreError(f"{file} is damaged: its manifest has {first.size} bytes.")
    head = archive.extractfile(first)
    assert head is not None  # it is a file
    try:
        manifest = json.loads(head.read())
        if manifest["format"] > FORMAT:
            raise StoreError(
                f"{file} was made by a newer Shoptalk.", "Restore it with that version."
            )
        seconds(manifest["made_at"])
        for name, entry in manifest["files"].items():
            if type(entry["size"]) is not int or not isinstance(entry["sha256"], str):
                raise ValueError(f"no size and sum of {name}")
        if not all(isinstance(key, str) for key in manifest.get("keys", ())):
            raise ValueError("no names of keys")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"{file} is damaged: its manifest can't be read: {error!r}.") from error
    return manifest


def _as_promised(
    file: Path, archive: tarfile.TarFile, manifest: dict[str, Any], folder: Path
) -> list[tarfile.TarInfo]:
    """The members after the manifest, each named in it and as large. Raises StoreError."""
    files = manifest["files"]
    members: dict[str, tarfile.TarInfo] = {}
    while (member := archive.next()) is not None:
        name = member.name
        if name not in files or name in members or not _is_whole(member):
            raise StoreError(
                f"{file} is damaged: it doesn't hold what its manifest says ({name[:200]!r})."
            )
        if member.size != files[name]["size"]:
            raise StoreError(
                f"{file} is damaged: {name} has {member.size} bytes, and {files[name]['size']} in "
                "the manifest."
            )
        if not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise StoreError(f"{file} is damaged: {name} can't be in it.")
        members[name] = member
    if len(members) != len(files):
        missing = next(name for name in files if name not in members)
        raise StoreError(f"{file} is damaged: it doesn't hold what its manifest says ({missing}).")
    if sum(member.size for member in members.values()) > file.stat().st_size:
        raise StoreError(f"{file} is damaged: it holds less than it says.")
    return list(members.values())


def _is_whole(member: tarfile.TarInfo) -> bool:
    """Whether a member is a file whose bytes are all in the archive: no link, and without holes."""
    return member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()


def _check_pointer(file: Path, folder: Path, manifest: dict[str, Any]) -> None:
    """The catalogue in use is a generation that is in the backup. Raises StoreError."""
    pointer = folder / "catalogue" / "current"
    if not pointer.exists():
        return
    generation = pointer.read_bytes()[:100].decode(errors="replace").strip()
    inside = any(name.startswith(f"catalogue/{generation}/") for name in manifest["files"])
    if not GENERATION.fullmatch(generation) or not inside:
        raise StoreError(f"{file} is damaged: catalogue/current names {generation!r}.")


def seconds(made_at: str) -> float:
    """The time of a backup. Raises ValueError."""
    return calendar.timegm(time.strptime(made_at, TIME))


def _check_database(file: Path, path: Path, schema: Migrations | None) -> None:
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        result = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if result != "ok":
            raise StoreError(f"{file} is damaged: {path.name}: {result}")
        if schema is not None:
            refuse_newer(Database(connection), schema, Path(f"{path.name} in {file}"))
    except sqlite3.Error as error:
        raise StoreError(f"{file} is damaged: {path.name}: {error}.") from error
    finally:
        connection.close()


def sha256(path: Path) -> str:
    """The sum of a file's contents, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
