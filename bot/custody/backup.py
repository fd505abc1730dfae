"""One file with all that a shop would miss, made while the assistant runs; and back again.

The file is a tar with manifest.json first: what is in it, with sizes and SHA-256 sums, and the steps
of every schema. A database is copied by SQLite's online backup, which sees one moment of it.
Restoring unpacks beside `var` what is as large as the manifest says, checks everything there, takes
out who was erased since, and then exchanges the two folders.
"""

import calendar
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.custody.erased import ERASED_FILE, Erased
from bot.custody.files import database_files
from bot.custody.restoring import Again, carry_over
from bot.errors import NotFound, StoreError
from bot.privacy.vault import KEYS, vault_in
from bot.settings import Settings
from bot.store.db import open_database, refuse_newer
from bot.system.private_file import tighten
from bot.system.var_lock import LOCK, owned

FORMAT = 1
SECRETS = ("secrets.json", KEYS, ERASED_FILE)
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


class Restored(NamedTuple):
    """Where the former `var` is kept, and who was taken out of the restored one again."""

    kept: Path
    again: Again


def backup(settings: Settings, file: Path, shop: bool = False, secrets: bool = False) -> Backup:
    """Write a backup; the file appears complete or not at all, readable by its owner alone.

    It holds the databases and the current catalogue; with `shop` shop.yml and the files that it
    names, with `secrets` the keys, also those to what customers wrote. Raises StoreError when the
    file exists or can't be written.
    """
    if file.exists():
        raise StoreError(f"{file} exists already.", "Name a new file.")
    part = file.with_name(f".{file.name}.part")
    begun = time.time()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            copies = dict(_copies(settings, Path(folder), shop, secrets))
            manifest = _manifest(copies, vault_in(settings.var).key_names, begun)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                with tarfile.open(fileobj=stream, mode="w") as archive:
                    _add_text(archive, "manifest.json", json.dumps(manifest, indent=1))
                    for name, path in copies.items():
                        archive.add(path, name, recursive=False)
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(part, file)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{file} can't be written: {error}.") from error
    return _described(manifest)


def check(settings: Settings, file: Path) -> Backup:
    """Unpack a backup beside `var`, check all of it, and remove it. Raises NotFound, StoreError."""
    with _unpacked(settings, file, settings.var.parent) as (_, manifest):
        return _described(manifest)


def restore(settings: Settings, file: Path, shop: bool = False, secrets: bool = False) -> Restored:
    """Put what a backup holds in the place of what there is; nothing may be running.

    What is in `var` and not in the backup stays, databases apart; so does the audit log, and who was
    erased since the backup is erased again. Raises StartError while `var` is in use, NotFound, and
    StoreError that says what is wrong with the file; then nothing was changed.
    """
    var = settings.var
    with (
        owned(var, "shoptalk restore"),
        _unpacked(settings, file, var.parent) as (folder, manifest),
    ):
        found = _described(manifest)
        for wanted, name in ((shop, "shop"), (secrets, "secrets")):
            if wanted and not found.has(name):
                raise StoreError(f"{file} was made without --{name}.", f"Restore without --{name}.")
        if missing := _missing(found, folder / "secrets" if secrets else settings.var):
            raise StoreError(
                f"What customers wrote in {file} is encrypted with a key that isn't in "
                f"{settings.var / KEYS}: {', '.join(missing)}.",
                "Restore it --secrets." if found.has("secrets") else "Put that keys.json there.",
            )
        fresh = folder / "var"
        try:
            _complete(settings, folder, fresh, secrets)
            again = carry_over(settings, replace(settings, var=fresh), _seconds(found.made_at))
            tighten(fresh)
            if shop:
                _place_shop(settings, folder / "shop")
            return Restored(_exchange(fresh, var), again)
        except OSError as error:
            raise StoreError(f"{var} can't be replaced: {error}. The old one stays.") from error


def _copies(
    settings: Settings, folder: Path, shop: bool, secrets: bool
) -> Iterator[tuple[str, Path]]:
    """Name in the backup -> a file that nobody changes while it is packed."""
    for one in database_files(settings):
        if one.path.exists():
            copy = folder / one.path.name
            _copy_database(one.path, copy)
            yield f"databases/{one.path.name}", copy
    pointer = settings.catalogue_dir / "current"
    if pointer.exists():
        copy = folder / "current"
        shutil.copy(pointer, copy)
        generation = copy.read_text(encoding="utf-8").strip()
        yield "catalogue/current", copy
        for path in sorted((settings.catalogue_dir / generation).iterdir()):
            yield f"catalogue/{generation}/{path.name}", path  # never changed once it is there
    if secrets:
        settings.secrets()
        for name in SECRETS:
            if (settings.var / name).exists():  # nobody may have been erased
                yield f"secrets/{name}", (settings.var / name).resolve()
    if shop:
        for path in _shop_files(settings):
            yield f"shop/{path.relative_to(settings.shop_dir).as_posix()}", path


def _copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a database that others read and write meanwhile."""
    live = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)
    copy = sqlite3.connect(target)
    try:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    finally:
        copy.close()
        live.close()


def _shop_files(settings: Settings) -> list[Path]:
    """shop.yml, the files it names, and the campaigns; those inside the shop's folder."""
    shop = settings.shop
    named = [settings.shop_file, settings.shop_dir / shop.catalogue.file]
    named += [settings.shop_dir / shop.orders.file] if shop.orders.file else []
    named += settings.policy_files.values()
    named += sorted(settings.surveys_dir.glob("*.yml"))
    inside = (path.resolve() for path in named if path.is_file())
    return [path for path in dict.fromkeys(inside) if path.is_relative_to(settings.shop_dir)]


def missing_keys(settings: Settings, found: Backup) -> list[str]:
    """The keys without which texts in a backup can't be read, and that aren't in keys.json."""
    return _missing(found, settings.var)


def _missing(found: Backup, folder: Path) -> list[str]:
    known = vault_in(folder).key_names if (folder / KEYS).exists() else ()
    return [name for name in found.keys if name not in known]


def _manifest(copies: dict[str, Path], keys: tuple[str, ...], begun: float) -> dict[str, Any]:
    files = {
        name: {"size": path.stat().st_size, "sha256": _sha256(path)}
        for name, path in copies.items()
    }
    made_at = time.strftime(TIME, time.gmtime(begun))
    return {"format": FORMAT, "made_at": made_at, "keys": keys, "files": files}


def _described(manifest: dict[str, Any]) -> Backup:
    sizes = {name: entry["size"] for name, entry in manifest["files"].items()}
    return Backup(manifest["made_at"], sizes, tuple(manifest.get("keys", ())))


@contextmanager
def _unpacked(settings: Settings, file: Path, where: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A backup unpacked into a folder, and all of it checked: sums, schemas, sound databases."""
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    with tempfile.TemporaryDirectory(dir=where, prefix=".restore-") as name:
        folder = Path(name)
        manifest = _extract(file, folder)
        for one in database_files(settings):
            copy = folder / "databases" / one.path.name
            if copy.exists():
                _check_database(file, copy, one.schema)
        yield folder, manifest


def _extract(file: Path, folder: Path) -> dict[str, Any]:
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
        if _sha256(folder / name) != entry["sha256"]:
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
        _seconds(manifest["made_at"])
        for name, entry in manifest["files"].items():
            if type(entry["size"]) is not int or not isinstance(entry["sha256"], str):
                raise ValueError(f"no size and sum of {name}")
        if not all(isinstance(one, str) for one in manifest.get("keys", ())):
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


def _seconds(made_at: str) -> float:
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


def _complete(settings: Settings, folder: Path, fresh: Path, secrets: bool) -> None:
    """Make the new `var`: what the backup holds, brought up to date, and the rest of the old one."""
    fresh.mkdir()
    replaced = {"catalogue", *(one.path.name for one in database_files(settings))}
    for path in settings.var.iterdir() if settings.var.exists() else ():
        if path.name.removesuffix("-wal").removesuffix("-shm") in replaced or path.name == LOCK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, fresh / path.name, symlinks=True)
        else:
            shutil.copy2(path, fresh / path.name, follow_symlinks=False)
    for name in SECRETS if secrets else ():
        if (folder / "secrets" / name).exists():  # a backup of an earlier version has one alone
            if name == ERASED_FILE:
                Erased(fresh).take_over(folder / "secrets" / name)
            else:
                os.replace(folder / "secrets" / name, fresh / name)
    for one in database_files(settings):
        copy = folder / "databases" / one.path.name
        if copy.exists():
            os.replace(copy, fresh / one.path.name)
            if one.schema is not None:
                open_database(fresh / one.path.name, one.schema).close()
    if (folder / "catalogue").exists():
        os.replace(folder / "catalogue", fresh / "catalogue")


def _place_shop(settings: Settings, folder: Path) -> None:
    """The shop's own files, each replaced whole; one that differs is kept with .before-restore."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        target = settings.shop_dir / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and target.read_bytes() != path.read_bytes():
            os.replace(target, target.with_name(f"{target.name}.before-restore"))
        os.replace(path, target)


def _exchange(fresh: Path, var: Path) -> Path:
    """Put `fresh` in the place of `var`, in one step where the system can; returns the old one."""
    name = f"{var.name}.before-restore-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    kept = next(one for one in map(var.with_name, names) if not one.exists())
    if _swap(fresh, var):
        os.replace(fresh, kept)
    else:
        os.replace(var, kept)
        os.replace(fresh, var)
    tighten(kept)
    return kept


def _swap(one: Path, other: Path) -> bool:
    """Exchange two folders atomically (Linux, renameat2); whether it could be done."""
    if sys.platform != "linux":
        return False
    import ctypes

    AT_FDCWD, RENAME_EXCHANGE = -100, 2
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    names = [os.fsencode(path) for path in (one, other)]
    return renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE) == 0


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(text.encode()), 0o600, int(time.time())
    archive.addfile(entry, io.BytesIO(text.encode()))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
