"""One file with all that a shop would miss, made while the assistant runs; and back again.

The file is a tar with manifest.json first: what is in it, with SHA-256 sums, and the steps of every
schema. A database is copied by SQLite's online backup, which sees one moment of it. Restoring
unpacks beside `var`, checks everything there, and then exchanges the two folders.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Optional

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.errors import NotFound, StoreError
from bot.privacy.vault import KEYS, vault_in
from bot.settings import Settings
from bot.store.db import open_database, refuse_newer
from bot.store.files import database_files

FORMAT = 1
SECRETS = ("secrets.json", KEYS)


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


def backup(settings: Settings, file: Path, shop: bool = False, secrets: bool = False) -> Backup:
    """Write a backup; the file appears complete or not at all, readable by its owner alone.

    It holds the databases and the current catalogue; with `shop` shop.yml and the files that it
    names, with `secrets` the keys, also those to what customers wrote. Raises StoreError when the
    file exists or can't be written.
    """
    if file.exists():
        raise StoreError(f"{file} exists already.", "Name a new file.")
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            copies = dict(_copies(settings, Path(folder), shop, secrets))
            manifest = _manifest(copies, vault_in(settings.var).key_names)
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


def restore(settings: Settings, file: Path, shop: bool = False, secrets: bool = False) -> Path:
    """Put what a backup holds in the place of what there is; nothing may be running.

    What is in `var` and not in the backup stays, databases apart. Returns the folder in which the
    former `var` is kept. Raises NotFound, and StoreError that says what is wrong with the file; then
    nothing was changed.
    """
    var = settings.var
    var.parent.mkdir(parents=True, exist_ok=True)
    with _unpacked(settings, file, var.parent) as (folder, manifest):
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
            if shop:
                _place_shop(settings, folder / "shop")
            return _exchange(fresh, var)
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
            yield f"secrets/{name}", settings.var / name
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


def _manifest(copies: dict[str, Path], keys: tuple[str, ...]) -> dict[str, Any]:
    files = {
        name: {"size": path.stat().st_size, "sha256": _sha256(path)}
        for name, path in copies.items()
    }
    made_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
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
    try:
        with tarfile.open(file) as archive:
            first = archive.next()
            head = archive.extractfile(first) if first and first.name == "manifest.json" else None
            if head is None:
                raise StoreError(f"{file} is no backup of Shoptalk: it has no manifest.")
            manifest = json.loads(head.read())
            if manifest["format"] > FORMAT:
                raise StoreError(
                    f"{file} was made by a newer Shoptalk.", "Restore it with that version."
                )
            members = [member for member in archive if member is not first]
            names = sorted(member.name for member in members)
            if names != sorted(manifest["files"]) or not all(one.isreg() for one in members):
                raise StoreError(f"{file} is damaged: it doesn't hold what its manifest says.")
            for member in members:  # by hand: extract's filters came with Python 3.11.4
                place = (folder / member.name).resolve()
                source = archive.extractfile(member)
                if source is None or not place.is_relative_to(folder.resolve()):
                    raise StoreError(f"{file} is damaged: {member.name} can't be in it.")
                place.parent.mkdir(parents=True, exist_ok=True)
                with source, place.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
                place.chmod(0o600 | member.mode & 0o755)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, OSError) as error:
        raise StoreError(f"{file} can't be read as a backup: {error}.") from error
    for name, entry in manifest["files"].items():
        if _sha256(folder / name) != entry["sha256"]:
            raise StoreError(f"{file} is damaged: {name} isn't what was saved (its sum differs).")
    return manifest


def _check_database(file: Path, path: Path, schema: Optional[Migrations]) -> None:
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
        if path.name.removesuffix("-wal").removesuffix("-shm") in replaced:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, fresh / path.name, symlinks=True)
        else:
            shutil.copy2(path, fresh / path.name, follow_symlinks=False)
    for name in SECRETS if secrets else ():
        if (folder / "secrets" / name).exists():  # a backup of an earlier version has one alone
            os.replace(folder / "secrets" / name, fresh / name)
            (fresh / name).chmod(0o600)
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
    kept = var.with_name(f"{var.name}.before-restore-{time.strftime('%Y%m%d-%H%M%S')}")
    if not var.exists():
        os.replace(fresh, var)
        kept.mkdir()
    elif _swap(fresh, var):
        os.replace(fresh, kept)
    else:
        os.replace(var, kept)
        os.replace(fresh, var)
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
