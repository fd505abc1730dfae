"""One file with all that a shop would miss, made while the assistant runs, and checked.

A database is copied by SQLite's online backup, which sees one moment of it.
"""

import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.custody.archive import FORMAT, TIME, Backup, described, sha256, unpacked
from bot.custody.erased import ERASED_FILE
from bot.custody.files import database_files, shop_files
from bot.errors import StoreError
from bot.privacy.vault import KEYS, vault_in
from bot.settings import Settings

SECRETS = ("secrets.json", KEYS, ERASED_FILE)


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
    return described(manifest)


def check(settings: Settings, file: Path) -> Backup:
    """Unpack a backup beside `var`, check all of it, and remove it. Raises NotFound, StoreError."""
    with unpacked(settings, file, settings.var.parent) as (_, manifest):
        return described(manifest)


def _copies(
    settings: Settings, folder: Path, shop: bool, secrets: bool
) -> Iterator[tuple[str, Path]]:
    """Name in the backup -> a file that nobody changes while it is packed."""
    for database in database_files(settings):
        if database.path.exists():
            copy = folder / database.path.name
            _copy_database(database.path, copy)
            yield f"databases/{database.path.name}", copy
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
        for path in shop_files(settings):
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


def _manifest(copies: dict[str, Path], keys: tuple[str, ...], begun: float) -> dict[str, Any]:
    files = {
        name: {"size": path.stat().st_size, "sha256": sha256(path)} for name, path in copies.items()
    }
    made_at = time.strftime(TIME, time.gmtime(begun))
    return {"format": FORMAT, "made_at": made_at, "keys": keys, "files": files}


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(text.encode()), 0o600, int(time.time())
    archive.addfile(entry, io.BytesIO(text.encode()))
