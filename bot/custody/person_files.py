"""Files in `var` that name somebody, such as weekly reports; the shop's own files are nobody's."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from bot.custody.erased import ERASED_FILE
from bot.custody.files import database_files, shop_files
from bot.custody.holdings import Person, in_links
from bot.errors import StoreError
from bot.privacy.vault import KEYS
from bot.settings import Settings
from bot.system.var_lock import LOCK

BLOCK = 2**20
NEAR = 400  # bytes around an address that are looked at, to see whether it is a longer one
OWN_FILES = ("secrets.json", KEYS, f"{KEYS}.made", ERASED_FILE, LOCK)  # random, nobody's
REPORTS = "reports"


def person_files(settings: Settings, person: Person) -> Iterator[Path]:
    """Files that name a person, by the address or a conversation's id. Raises StoreError."""
    databases = {one.path.name for one in database_files(settings)}
    own = {settings.kept_shop_file, *shop_files(settings)}
    # Where `var` is the shop's own folder, only what was surely made here is looked at.
    shared = settings.shop_file.resolve().is_relative_to(settings.var.resolve())
    folder = settings.var / REPORTS if shared else settings.var
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        name = path.name.removesuffix("-wal").removesuffix("-shm")
        nobodys = name in databases or name in OWN_FILES or settings.catalogue_dir in path.parents
        if path.is_file() and not nobodys and path not in own and path.resolve() not in own:
            if names(path, person):
                yield path


def remove_files(settings: Settings, person: Person) -> list[str]:
    """Remove files in `var` that name the person; they can be made again. Raises StoreError."""
    removed = []
    for path in list(person_files(settings, person)):
        path.unlink(missing_ok=True)
        removed.append(path.relative_to(settings.var).as_posix())
    return removed


def forms_of(person: Person) -> list[str]:
    """What to look for in texts and bytes: the address, also as JSON writes it, and the ids."""
    email = person.email
    forms = {email, json.dumps(email)[1:-1], in_links(email)} if email else set()
    return [*sorted(forms), *person.conversations]


def names(path: Path, person: Person) -> bool:
    """Whether the bytes of a file have an id, or the address and not a longer one, in capitals or not.

    Raises StoreError.
    """
    needles = [form.lower().encode() for form in forms_of(person)]
    if not needles:
        return False
    ids = {one.lower().encode() for one in person.conversations}
    found = re.compile(b"|".join(map(re.escape, sorted(needles, key=len, reverse=True))))
    try:
        with path.open("rb") as stream:
            before, block = b"", stream.read(BLOCK)
            while block:
                after = stream.read(BLOCK)
                window = (before + block + after[:NEAR]).lower()
                for match in found.finditer(window):
                    near = window[max(0, match.start() - NEAR) : match.end() + NEAR]
                    if match[0] in ids or person.is_mentioned(near.decode("utf-8", "replace")):
                        return True
                before, block = block[-(max(map(len, needles)) + NEAR) :], after
    except FileNotFoundError:
        return False  # gone meanwhile
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error}.") from error
    return False
