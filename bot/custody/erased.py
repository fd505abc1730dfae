"""Who was erased, so that an older backup doesn't bring them back.

erased.json has marks alone: HMAC-SHA256 sums of addresses, ids of conversations and the keys by which
surveys know people, under a key of its own, which no rotation changes. Each has its receipt and
the time: what is newer than that came afterwards and stays, under the same address, in the same
conversation or by the same link. It is no part of a backup's databases: restoring leaves it where it is.
"""

import fcntl
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bot.custody.holdings import Person
from bot.errors import StoreError
from bot.system.private_file import make_once, replace

ERASED_FILE = "erased.json"
EMAIL, CONVERSATION, PERSON = "email", "conversation", "person"


class Entry(NamedTuple):
    """One mark: what kind of thing it stands for, whose receipt it is, and when (Unix seconds)."""

    kind: str
    mark: str
    receipt: str
    at: float


class Erased:
    """The list in a folder. Every method reads the file anew. Raises StoreError for a damaged one."""

    def __init__(self, var: Path) -> None:
        self._path = var / ERASED_FILE

    def add(self, person: Person, receipt: str, at: float) -> None:
        """Note that somebody is erased."""
        with self._changing() as (keys, entries):
            said = [(EMAIL, person.email)] if person.email else []
            said += [(CONVERSATION, one) for one in person.conversations]
            said += [(PERSON, one) for one in person.persons]
            for kind, text in said:
                entry = Entry(kind, _mark(keys[0], kind, text), receipt, at)
                entries[entry.mark] = entry

    def take_over(self, other: Path) -> None:
        """Add what a list elsewhere has."""
        more_keys, more = _read(other)
        with self._changing() as (keys, entries):
            keys += [key for key in more_keys if key not in keys]
            for mark, entry in more.items():
                if mark not in entries or entries[mark].at < entry.at:
                    entries[mark] = entry

    def read(self) -> "Lookup":
        """All of it, to find who is on it."""
        return Lookup(*_read(self._path))

    @contextmanager
    def _changing(self) -> Iterator[tuple[list[str], dict[str, Entry]]]:
        make_once(self._path, {"keys": [secrets.token_urlsafe(32)], "erased": []})
        with self._path.with_name(f".{ERASED_FILE}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of two at once one would be forgotten
            keys, entries = _read(self._path)
            yield keys, entries
            replace(self._path, {"keys": keys, "erased": list(entries.values())})


class Lookup:
    """Finds whether something belongs to somebody who was erased."""

    def __init__(self, keys: list[str], entries: dict[str, Entry]) -> None:
        self._keys, self._entries = keys, entries

    def is_empty(self) -> bool:
        """Whether nobody was ever erased."""
        return not self._entries

    def find(self, kind: str, text: str) -> Entry | None:
        """The entry of an address, a conversation's id or a survey's key for a person."""
        marks = (_mark(key, kind, text) for key in self._keys)
        return next((self._entries[mark] for mark in marks if mark in self._entries), None)


def _mark(key: str, kind: str, text: str) -> str:
    said = f"{kind} {text}".encode("utf-8", "surrogatepass")
    return hmac.new(key.encode(), said, hashlib.sha256).hexdigest()[:32]


def _read(path: Path) -> tuple[list[str], dict[str, Entry]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = [Entry(*one) for one in content["erased"]]
        return list(content["keys"]), {one.mark: one for one in entries}
    except FileNotFoundError:
        return [], {}
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise StoreError(
            f"{path} can't be read: {error!r}.",
            "Put back a copy of it: without it an older backup brings back who was erased.",
        ) from error
