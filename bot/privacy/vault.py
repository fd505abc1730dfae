"""What customers wrote, at rest: encrypted with keys that lie in a file of their own.

A sealed text is a Fernet token (AES-128-CBC with HMAC-SHA256; github.com/fernet/spec), made by the
library `cryptography`, and is known by that alone: a key opens it. How a text begins says nothing,
since a customer may write what looks like a token. keys.json lies beside the databases, or is a link to where it lies, and has
the keys, newest first: a text is sealed with the first and opened with whichever made it. Beside
them is a key for `mark`, by which an address or a number is found again without being readable.
"""

import fcntl
import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable, Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import StoreError
from bot.system.private_file import make_once, replace, state_of

KEYS = "keys.json"


class LostKey(StoreError):
    """No key in keys.json opens a text: another one sealed it, or it never was sealed."""


class _Keys(NamedTuple):
    state: Hashable  # of the file that they were read from
    names: tuple[str, ...]
    newest: Fernet
    all: MultiFernet
    marking: bytes


class Vault:
    """Seals and opens texts. Several processes may use one file, and it may change meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYS
        self._keys: _Keys | None = None

    def check(self) -> None:
        """Make the keys when there are none. Raises StoreError when they can't be used."""
        self._current()

    def seal(self, text: str | None) -> str | None:
        """The text, encrypted with the newest key; None stays None. Raises StoreError."""
        if text is None:
            return None
        return self._current().newest.encrypt(text.encode("utf-8", "surrogatepass")).decode()

    def open(self, sealed: Any) -> str:
        """What was sealed. Raises LostKey for anything that no key opens, whatever it looks like.

        Whether a stored column is sealed says bot/store/columns.py.
        """
        try:
            return self._current().all.decrypt(sealed).decode("utf-8", "surrogatepass")
        except (InvalidToken, TypeError, ValueError) as error:
            raise LostKey(
                f"A text can't be opened: its key isn't in {self._path}.",
                "Put the shop's own keys.json there: without it nobody can read these texts.",
            ) from error

    def mark(self, text: str) -> str:
        """What stands for an address or a number in an index; the same text, the same mark."""
        key = self._current().marking
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]

    def add_key(self, new_marking: bool = False) -> None:
        """Seal with a new key from now on; with `new_marking`, `mark` differently, too."""
        self._change(lambda keys: [Fernet.generate_key().decode(), *keys], new_marking)

    def drop_old_keys(self) -> None:
        """Keep the newest key alone: nothing may be sealed with another any more."""
        self._change(lambda keys: keys[:1])

    def _change(self, change: Callable[[list[str]], list[str]], new_marking: bool = False) -> None:
        """Replace the file, whole or not at all, where it really lies."""
        self._current()
        with self._path.with_name(f"{KEYS}.made").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of two commands at once one would lose a key
            known = json.loads(self._path.read_text(encoding="utf-8"))
            marking = secrets.token_urlsafe(32) if new_marking else known["marking"]
            replace(self._path, {"keys": change(known["keys"]), "marking": marking})

    def is_newest(self, sealed: Any) -> bool:
        """Whether something was sealed with the newest key."""
        try:
            self._current().newest.decrypt(sealed)
        except (InvalidToken, TypeError, ValueError):
            return False
        return True

    @property
    def key_names(self) -> tuple[str, ...]:
        """A name for each key, newest first: the beginning of its SHA-256 sum."""
        return self._current().names

    def _current(self) -> _Keys:
        """The keys, read again when the file is another one."""
        try:
            state = state_of(self._path)
        except FileNotFoundError:
            _make_first(self._path)
            state = state_of(self._path)
        known = self._keys
        if known is None or known.state != state:
            known = self._keys = _read(self._path, state)
        return known


@lru_cache(maxsize=64)
def vault_in(folder: Path) -> Vault:
    """The vault of the databases in a folder."""
    return Vault(folder)


def vault_of(connection: sqlite3.Connection) -> Vault:
    """The vault of an open database: keys.json beside its file."""
    file = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    return vault_in(Path(file).parent)


def teach(connection: sqlite3.Connection) -> Vault:
    """Give a connection the SQL functions `seal(text)` and `unseal(text)`; returns the vault.

    `unseal` is for what is sealed, and fails for anything else.
    """
    vault = vault_of(connection)
    connection.create_function("seal", 1, vault.seal)
    connection.create_function("unseal", 1, vault.open)
    return vault


def _read(path: Path, state: Hashable) -> _Keys:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        texts, marking = content["keys"], content["marking"]
        fernets = [Fernet(text) for text in texts]
        return _Keys(
            state, tuple(map(_name, texts)), fernets[0], MultiFernet(fernets), marking.encode()
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError) as error:
        raise StoreError(
            f"{path} can't be read: {error!r}.", "Put back a copy of it: the keys are nowhere else."
        ) from error


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def _make_first(path: Path) -> None:
    """A first key, unless one was made before and is lost."""
    made = path.with_name(f"{path.name}.made")
    if made.exists() and not path.exists():
        raise LostKey(
            f"{path} is gone, and texts are encrypted with the keys in it.",
            f"Put it back. To begin anew without those texts, delete {made.name}.",
        )
    make_once(
        path, {"keys": [Fernet.generate_key().decode()], "marking": secrets.token_urlsafe(32)}
    )
    made.touch()
