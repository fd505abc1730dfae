"""A backup put in the place of what there is: beside `var` first, then exchanged with it at once."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bot.custody.archive import Backup, described, extract, seconds, unpacked
from bot.custody.backup import SECRETS
from bot.custody.carrying_over import Again, carry_over
from bot.custody.erased import ERASED_FILE, Erased
from bot.custody.files import database_files
from bot.errors import NotFound, StoreError
from bot.privacy.vault import KEYS, vault_in
from bot.settings import Settings
from bot.store.db import open_database
from bot.system.private_file import tighten
from bot.system.var_lock import LOCK, owned


class Restored(NamedTuple):
    """Where the former `var` is kept, unless it was empty, and who was taken out of the restored one again."""

    kept: Path
    again: Again


def restore(settings: Settings, file: Path, shop: bool = False, secrets: bool = False) -> Restored:
    """Put what a backup holds in the place of what there is; nothing may be running.

    What is in `var` and not in the backup stays, databases apart; so does the audit log, and who was
    erased since the backup is erased again. Raises StartError while `var` is in use, NotFound, and
    StoreError that says what is wrong with the file; then nothing was changed.
    """
    var = settings.var
    with (
        owned(var, "shoptalk restore"),
        unpacked(settings, file, var.parent) as (folder, manifest),
    ):
        contents = described(manifest)
        for wanted, name in ((shop, "shop"), (secrets, "secrets")):
            if wanted and not contents.has(name):
                raise StoreError(f"{file} was made without --{name}.", f"Restore without --{name}.")
        if missing := _missing(contents, folder / "secrets" if secrets else settings.var):
            raise StoreError(
                f"What customers wrote in {file} is encrypted with a key that isn't in "
                f"{settings.var / KEYS}: {', '.join(missing)}.",
                "Restore it --secrets." if contents.has("secrets") else "Put that keys.json there.",
            )
        fresh = folder / "var"
        try:
            _complete(settings, folder, fresh, secrets)
            again = carry_over(settings, replace(settings, var=fresh), seconds(contents.made_at))
            tighten(fresh)
            if shop:
                _place_shop(settings, folder / "shop")
            kept = _exchange(fresh, var)
            if {one.name for one in kept.iterdir()} <= {LOCK}:  # on a new machine
                shutil.rmtree(kept)
            return Restored(kept, again)
        except OSError as error:
            raise StoreError(f"{var} can't be replaced: {error}. The old one stays.") from error


@contextmanager
def begun(shop_file: Path, file: Path, stays: bool = True) -> Iterator[None]:
    """Where there is no shop.yml, as on a new machine, have that of a backup, with what it names, in its place.

    It stays there when all goes well, if it `stays`. Raises NotFound, and StoreError that says what is wrong with the
    backup; then nothing was changed.
    """
    if shop_file.exists():
        yield
        return
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    made = not shop_file.parent.exists()
    shop_file.parent.mkdir(parents=True, exist_ok=True)
    placed: list[Path] = []
    try:
        with tempfile.TemporaryDirectory(dir=shop_file.parent, prefix=".restore-") as name:
            folder = Path(name)
            if not described(extract(file, folder)).has("shop"):
                raise StoreError(
                    f"There is no {shop_file}, and {file} was made without --shop.",
                    "Put your shop.yml there first, or make one with `shoptalk init`.",
                )
            for path in sorted(one for one in (folder / "shop").rglob("*") if one.is_file()):
                target = shop_file.parent / path.relative_to(folder / "shop")
                if target.exists():
                    raise StoreError(
                        f"{target} is there already, and no {shop_file}: move it away first."
                    )
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, target)
                placed.append(target)
        yield
    except BaseException:
        stays = False
        raise
    finally:
        if not stays:
            for target in placed:
                target.unlink(missing_ok=True)
            if made:
                _remove_empty(shop_file.parent)


def _remove_empty(folder: Path) -> None:
    """Take a folder away with the empty ones in it."""
    for one in sorted(folder.rglob("*"), reverse=True):
        if one.is_dir() and not any(one.iterdir()):
            one.rmdir()
    if not any(folder.iterdir()):
        folder.rmdir()


def missing_keys(settings: Settings, contents: Backup) -> list[str]:
    """The keys without which texts in a backup can't be read, and that aren't in keys.json."""
    return _missing(contents, settings.var)


def _missing(contents: Backup, folder: Path) -> list[str]:
    known = vault_in(folder).key_names if (folder / KEYS).exists() else ()
    return [name for name in contents.keys if name not in known]


def _complete(settings: Settings, folder: Path, fresh: Path, secrets: bool) -> None:
    """Make the new `var`: what the backup holds, brought up to date, and the rest of the old one."""
    fresh.mkdir()
    replaced = {"catalogue", *(database.path.name for database in database_files(settings))}
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
    for database in database_files(settings):
        copy = folder / "databases" / database.path.name
        if copy.exists():
            os.replace(copy, fresh / database.path.name)
            if database.schema is not None:
                open_database(fresh / database.path.name, database.schema).close()
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
