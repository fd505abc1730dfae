"""What a new password of staff must not be: what anybody would try first."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from bot.errors import ShoptalkError

SHORTEST, LONGEST = 10, 200  # characters
LEAST_DIFFERENT = 5  # characters
LEAST_BESIDE_NAMES = 8  # letters and digits that are no name of the account's or the shop's
SHORTEST_NAME = 4  # letters of a name that counts as one
COMMON = Path(__file__).with_name("common_passwords.txt")
_WRITTEN_SO = str.maketrans("013457@$!", "oleastasi")  # "p@55w0rd"


class BadPassword(ShoptalkError):
    """A password that is too easy to guess; the message says why."""


def check(password: str, *names: str) -> None:
    """Raise BadPassword for a new password that is easily guessed.

    `names` are those of the account, of its person and of the shop. Length alone helps little:
    guesses begin with names, common words, runs of keys, and any of these twice.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadPassword(f"A password has {SHORTEST} to {LONGEST} characters.")
    plain = _plain(password)
    if len(set(plain)) < LEAST_DIFFERENT:
        raise BadPassword("That password has too few different characters. Three or four words do.")
    words, runs = _common()
    bare = plain.strip("0123456789")
    if _is_repeated(plain) or _is_repeated(bare):
        raise BadPassword(
            "That password is the same thing again and again. Three or four words do."
        )
    if any(plain in run for run in runs) or {bare, _as_letters(password)} & words:
        raise BadPassword(
            "That password is among those that are tried first. Three or four words do."
        )
    rest = plain
    for name in sorted({part for one in names for part in _parts(one)}, key=len, reverse=True):
        rest = rest.replace(name, "")
    if rest != plain and len(rest) < LEAST_BESIDE_NAMES:
        raise BadPassword("That password is a name that many know. Three or four other words do.")


def _plain(text: str) -> str:
    """Its letters and digits, in lower case."""
    lower = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, lower))


def _as_letters(password: str) -> str:
    """The word that a password is, when signs in it stand for letters and the digits behind for none."""
    lower = unicodedata.normalize("NFKC", password).casefold().rstrip("0123456789!?.#*_- ")
    return "".join(filter(str.isalnum, lower.translate(_WRITTEN_SO)))


def _is_repeated(text: str) -> bool:
    """Whether a text is a shorter one again and again."""
    return 0 < (text + text).find(text, 1) < len(text)


def _parts(name: str) -> set[str]:
    """A name, and the words of it."""
    return {
        part
        for part in (_plain(name), *map(_plain, re.split(r"\W", name)))
        if len(part) >= SHORTEST_NAME
    }


@lru_cache(maxsize=1)
def _common() -> tuple[frozenset[str], tuple[str, ...]]:
    """Common words, and runs of keys and letters."""
    lines = [line for line in COMMON.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    runs = tuple(line[2:] for line in lines if line.startswith(">"))
    return frozenset(" ".join(line for line in lines if line[:1] != ">").split()), runs
