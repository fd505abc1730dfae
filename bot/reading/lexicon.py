"""The small words of each language (words/<language>.yml), found in a text by their tokens.

They are data: a new language is a file. What isn't in the lists of a language isn't read in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from recommender.search.titles import tokens

FOLDER = Path(__file__).resolve().parent / "words"
PLACES = "places"  # the file of cities, which is of all languages
MOST_TOKENS = 120  # of a text; what follows isn't read


@dataclass(frozen=True)
class Sign:
    """A small word in a text: its list (`kind`) and, where the list has keys, which (`value`).

    `first` and `last` are places among the text's tokens, `start` and `end` among its characters (exclusive).
    """

    kind: str
    value: str
    first: int
    last: int
    start: int
    end: int


class Lexicon:
    """All small words of one language."""

    def __init__(self, language: str) -> None:
        """A language without a file has no words."""
        file = FOLDER / f"{language}.yml"
        lists: dict[str, Any] = (YAML(typ="safe").load(file) or {}) if file.exists() else {}
        self.empty = frozenset(word for phrase in lists.pop("empty", ()) for word in _words(phrase))
        self._lists = lists
        self._phrases: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for kind, listed in lists.items():
            groups = listed.items() if isinstance(listed, dict) else [("", listed)]
            for value, phrases in groups:
                for phrase in phrases:
                    meant = self._phrases.setdefault(_words(str(phrase)), [])
                    meant.append((kind, str(value)))
        self._longest = max(map(len, self._phrases), default=0)

    def signs(self, text: str) -> list[Sign]:
        """The small words of a text, in its order; of each list the longest that fit, none inside another."""
        said = list(islice(tokens(text), MOST_TOKENS))
        words = [word for word, _, _ in said]
        found: list[Sign] = []
        reach: dict[str, int] = {}  # of each list, the first token that is free
        for first in range(len(words)):
            for last in range(min(first + self._longest, len(words)) - 1, first - 1, -1):
                for kind, value in self._phrases.get(tuple(words[first : last + 1]), ()):
                    if reach.get(kind, 0) <= first:
                        reach[kind] = last + 1
                        found.append(Sign(kind, value, first, last, said[first][1], said[last][2]))
        return found

    def phrases(self, kind: str, value: str) -> list[str]:
        """The phrases of one key of a list; none where the language has no such key."""
        return [str(phrase) for phrase in self._lists.get(kind, {}).get(value, [])]

    def listed(self, kind: str) -> list[str]:
        """The phrases of a list without keys; none where the language has no such list."""
        return [str(phrase) for phrase in self._lists.get(kind, ())]

    def groups(self, kind: str) -> list[tuple[str, list[str]]]:
        """The keys of a list, each with its phrases."""
        return [(str(key), self.phrases(kind, key)) for key in self._lists.get(kind, {})]

    def content(self, text: str) -> list[str]:
        """The words of a text that name something."""
        return [word for word, _, _ in tokens(text) if word not in self.empty]


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(word for word, _, _ in tokens(phrase))


@cache
def languages() -> tuple[str, ...]:
    """Those that have a file."""
    return tuple(file.stem for file in sorted(FOLDER.glob("*.yml")) if file.stem != PLACES)


@cache
def cities() -> dict[tuple[str, ...], str]:
    """Larger cities by their tokens, as several languages write them -> the code of their country."""
    listed: dict[str, list[str]] = YAML(typ="safe").load(FOLDER / f"{PLACES}.yml")
    return {_words(name): code for code, names in listed.items() for name in names}


def city_in(text: str) -> str:
    """The code of the country of the first city that a text names; "" when it names none that is known."""
    return next((code for code, _, _ in _cities_in(text)), "")


def place_at_the_end(text: str) -> tuple[int, int] | None:
    """Where the city stands that a text ends in: "the armchair to Amsterdam"; None where it ends in none."""
    ends = len(text.rstrip(" .,;!?。，！？"))
    return next(((start, end) for _, start, end in _cities_in(text) if end == ends), None)


def _cities_in(text: str) -> Iterator[tuple[str, int, int]]:
    """The cities that a text names, with the codes of their countries and where they stand."""
    said = list(islice(tokens(text), MOST_TOKENS))
    words = tuple(word for word, _, _ in said)
    longest = max(map(len, cities()))
    for first in range(len(words)):
        for last in range(min(first + longest, len(words)), first, -1):
            if code := cities().get(words[first:last]):
                yield code, said[first][1], said[last - 1][2]
                break


@cache
def lexicon(language: str = "en") -> Lexicon:
    """The lexicon of a language, read once."""
    return Lexicon(language)
