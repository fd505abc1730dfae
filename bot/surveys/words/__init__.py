"""What people answer a survey's questions with, a file for each language beside this one (en.yml explains the lists).

Numbers and ordinals come from bot/reading/words as well, which has them for all that is said.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from re import Pattern
from typing import Any, cast

from ruamel.yaml import YAML

from bot.reading.lexicon import lexicon

FOLDER = Path(__file__).resolve().parent
SIGNS = "signs"  # the file of what every language has
WITHOUT_SPACES = "\u3040-\u30ff\u3400-\u9fff"  # kana and Han: words stand side by side
NOTHING = re.compile(r"(?!)")


class Words:
    """The lists of one language, as patterns over texts that `plain` made."""

    def __init__(self, language: str) -> None:
        """A language without a file has the signs that all have, and no words."""
        yaml = cast(Any, YAML(typ="safe"))  # it declares half of its types
        file = FOLDER / f"{language}.yml"
        self._lists: dict[str, Any] = yaml.load(file) if file.exists() else {}
        self._signs: dict[str, Any] = yaml.load(FOLDER / f"{SIGNS}.yml")
        self._lexicon = lexicon(language)

    def listed(self, name: str) -> list[str]:
        """The phrases of a list."""
        return [plain(phrase) for phrase in self._lists.get(name, ())]

    @cached_property
    def is_all(self) -> dict[str, Pattern[str]]:
        """By a list's name: a text that is one of its phrases, with nothing but courtesy around it."""
        around = any_of(self.listed("courtesy"))
        return {
            name: re.compile(rf"\W*(?:{around}\W*)*{any_of(self.listed(name))}\W*(?:{around}\W*)*")
            for name in ("stop", "skip", "no_idea", "all", "none")
        }

    @cached_property
    def names(self) -> dict[str, Pattern[str]]:
        """By a list's name: one of its phrases, wherever it stands."""
        found = {
            name: re.compile(any_of(self.listed(name)))
            for name in ("never", "rather_not", "not_numbers", "because", "but")
        }
        found["begins"] = re.compile(rf"\W*{any_of(self.listed('refuses'))}")
        found["not_that"] = re.compile(rf"{any_of(self.listed('not'))}\s*[-−]?\d+(?:[.,]\d+)?")
        found["several"] = re.compile(rf"\d\s*(?:[-–]|{any_of(self.listed('or'))})\s*\d")
        found["out_of"] = re.compile(
            rf"(?<!\d)(\d++(?:[.,]\d+)?)\s*(?:/|{any_of(self.listed('out_of'))})\s*(\d+)"
        )
        found["and"] = re.compile(rf",|;|&|\+|{any_of(self.listed('and'))}")
        return found

    @cached_property
    def _around_option(self) -> Pattern[str]:
        return re.compile(any_of(self.listed("around_option")))

    def bare(self, text: str) -> str:
        """The place of an option without what may stand around it: "the second one" is "second"."""
        return " ".join(self._around_option.sub(" ", plain(text)).split())

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Words of numbers: those that are one word, and what isn't put together by rule."""
        groups = (*self._lexicon.groups("numbers"), *self._more("numbers"))
        return {plain(phrase): int(value) for value, phrases in groups for phrase in phrases}

    @cached_property
    def _ones(self) -> dict[str, int]:
        small = {name: value for name, value in self.numbers.items() if 0 < value < 10}
        return {**dict.fromkeys(self.listed("articles"), 1), **small}

    @cached_property
    def number(self) -> Pattern[str]:
        """A number in words: tens and ones in either order ("twenty-five", "fünfundzwanzig"), or one of `numbers`."""
        tens = _either(name for name, value in self.numbers.items() if value in range(20, 100, 10))
        ones, joint = _either(self._ones), _either(self._lists.get("tens_and_ones", ()))
        together = (
            rf"(?P<tens>{tens}){joint}(?P<ones>{ones})|(?P<first>{ones}){joint}(?P<last>{tens})"
        )
        front, back = ("", "") if self._is_dense else (r"(?<!\w)", r"(?!\w)")
        return re.compile(rf"{front}(?:{together}){back}|{any_of(self.numbers)}")

    @property
    def _is_dense(self) -> bool:
        return any(re.match(f"[{WITHOUT_SPACES}]", name) for name in self.numbers)

    def value_of(self, match: re.Match[str]) -> int:
        """What `number` found, in figures."""
        tens, ones = match["tens"] or match["last"], match["ones"] or match["first"]
        if tens:
            return self.numbers[" ".join(tens.split())] + self._ones[" ".join(ones.split())]
        return self.numbers[" ".join(match[0].split())]

    @cached_property
    def ordinals(self) -> dict[str, int]:
        """Words of places from 1 on, -1 for the last, without what stands around them."""
        groups = (*self._lexicon.groups("ordinals"), *self._more("ordinals"))
        return {self.bare(phrase): int(value) for value, phrases in groups for phrase in phrases}

    def scores(self, kind: str) -> list[list[str]]:
        """What the scores of csat or ces are called, the lowest first."""
        named, signs = self._lists.get(kind, ()), self._signs.get(kind, ())
        count = max(len(named), len(signs))
        both = [[*_at(named, at), *_at(signs, at)] for at in range(count)]
        return [[plain(phrase) for phrase in phrases] for phrases in both]

    def _more(self, name: str) -> Iterator[tuple[str, list[str]]]:
        for value, phrases in self._lists.get(name, {}).items():
            yield str(value), phrases


@cache
def words(language: str) -> Words:
    """The words of a language, read once."""
    return Words(language)


def plain(text: str) -> str:
    """A text as the lists are compared with it: in small letters, with straight apostrophes."""
    return text.lower().replace("’", "'")


def any_of(phrases: Iterable[str]) -> str:
    """A pattern of whole words that are one of these phrases, the longest first."""
    longest_first = sorted({one for one in phrases if one}, key=lambda one: (-len(one), one))
    return f"(?:{'|'.join(map(_whole, longest_first))})" if longest_first else NOTHING.pattern


def _whole(phrase: str) -> str:
    """Bounded where a letter begins or ends it, in scripts that part words."""
    front = r"(?<!\w)" if re.match(rf"[^\W{WITHOUT_SPACES}]", phrase) else ""
    back = r"(?!\w)" if re.search(rf"[^\W{WITHOUT_SPACES}]$", phrase) else ""
    return front + r"\s+".join(map(re.escape, phrase.split())) + back


def _either(phrases: Iterable[str]) -> str:
    """A pattern of one of these, wherever it stands; of none where there are none."""
    longest_first = sorted(set(phrases), key=lambda one: (-len(one), one))
    return f"(?:{'|'.join(map(re.escape, longest_first))})" if longest_first else NOTHING.pattern


def _at(lists: Any, place: int) -> list[str]:
    return lists[place] if place < len(lists) else []
