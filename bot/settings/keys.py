"""The shop's keys: made at the first start, in a file that only its owner can read; rotated."""

import hmac
import json
import secrets as random
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.errors import ConfigError
from bot.system.private_file import make_once, replace, state_of

ROTATED = ("engine_token", "session_key")


@dataclass(frozen=True)
class Secrets:
    """The keys, newest first: the newest signs, and what an older one signed still counts."""

    engine_tokens: tuple[str, ...] = field(repr=False)  # web -> dialogue -> actions
    session_keys: tuple[str, ...] = field(repr=False)  # conversations, staff, survey links
    person_key: str = field(repr=False)  # pseudonyms in answers; never rotated, or nobody is known

    @property
    def engine_token(self) -> str:
        """What the processes say to each other."""
        return self.engine_tokens[0]

    @property
    def session_key(self) -> str:
        """What new tokens are signed with."""
        return self.session_keys[0]

    @property
    def oldest_first(self) -> list[str]:
        """The session keys as itsdangerous takes them: it signs with the last."""
        return list(reversed(self.session_keys))

    def is_ours(self, authorization: str) -> bool:
        """Whether an Authorization header comes from another process of this shop."""
        return one_of(authorization, (f"Bearer {token}" for token in self.engine_tokens))


def one_of(given: str, right: Iterable[str]) -> bool:
    """Compare without telling by the time it takes how much of a guess was right."""
    guess = given.encode(errors="surrogateescape")  # of a header that isn't UTF-8
    return any(hmac.compare_digest(guess, one.encode()) for one in right)


def read_keys(path: Path) -> Secrets:
    """The keys of a file, which is made when there is none. Raises ConfigError."""
    try:
        return _read(path, state_of(path))
    except FileNotFoundError:
        make_once(path, {name: _key() for name in (*ROTATED, "person_key")})
        return _read(path, state_of(path))


@lru_cache(maxsize=16)
def _read(path: Path, state: Hashable) -> Secrets:
    """A file as it was in a state: every request asks for the keys, and they seldom change."""
    try:
        kept = json.loads(path.read_text())
        engine, session = (_several(kept[name]) for name in ROTATED)
        return Secrets(engine, session, str(kept.get("person_key") or session[-1]))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise ConfigError(
            f"{path} is damaged: {error!r}.",
            "Delete it to make new keys; customers then start new conversations.",
        ) from error


def rotate(path: Path, end_old: bool = False) -> Secrets:
    """New keys in front of those there are, or in their place with `end_old`; returns all."""
    before = read_keys(path)
    engine, session = (
        (_key(), *(() if end_old else old)) for old in (before.engine_tokens, before.session_keys)
    )
    after = {"engine_token": engine, "session_key": session, "person_key": before.person_key}
    # What Shoptalk doesn't know here belongs to somebody who does.
    replace(path, {**json.loads(path.read_text()), **after})
    return read_keys(path)


def _key() -> str:
    return random.token_urlsafe(32)


def _several(kept: Any) -> tuple[str, ...]:
    """One key, as files had it before keys could be rotated, or a list of them."""
    keys = (kept,) if isinstance(kept, str) else tuple(kept)
    if not keys or not all(isinstance(key, str) and key for key in keys):
        raise ValueError("a key is missing")
    return keys
