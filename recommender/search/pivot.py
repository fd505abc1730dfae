"""What a text in another language says of products, in English words, so that one reader and one search serve all.

The words are those of recommender/language/concepts. What they don't have stays as it is: names of brands and products.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

from recommender.language.concepts import ENGLISH, concepts, languages
from recommender.search.titles import tokens

# What a word stands for, where one stands for several: the first that fits its place.
NAMED = ("colours", "audience", "kinds", "features")
LONGEST_PART, SHORTEST_PART = (
    40,
    4,
)  # letters of a word that is looked at in its parts, and of its last part
LINKS = ("", "s", "n", "en", "es")  # between the parts of a word
BOUNDS = frozenset({"max", "min", "about", "between"})  # what says how far an amount goes
MOST_TOKENS = 120
MOST_BETWEEN = 4  # tokens of a currency behind its number
SIZE = re.compile(r"\d{2,3}|x{0,3}[sml]")


@dataclass(frozen=True)
class Pivoted:
    """A text in English words; `places` says of each replaced part where it stands: there, and in the text."""

    text: str
    places: tuple[tuple[int, int, int, int], ...] = ()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the English text stands in the original one."""
        return self._at(start, 0), self._at(end, 1)

    def _at(self, at: int, last: int) -> int:
        """The place of a character; within a part that was replaced its beginning, or its end for the `last` one."""
        inner = at - last
        number = bisect_right([one[0] for one in self.places], inner) - 1
        if number < 0:
            return at
        _start, end, original_start, original_end = self.places[number]
        if inner < end:
            return original_end if last else original_start
        return original_end + (at - end)


def in_english(text: str, language: str, empty: frozenset[str] = frozenset()) -> Pivoted:
    """A text as its concepts, without the `empty` words of its language; English, and what has no concepts, as it is."""
    if language == ENGLISH or language not in languages():
        return Pivoted(text)
    return _Pivot(language).of(text, empty)


class _Pivot:
    def __init__(self, language: str) -> None:
        self._phrases, self._longest, self._begin_numbers = _phrases(language)

    def of(self, text: str, empty: frozenset[str]) -> Pivoted:
        said, numbers = self._with_digits(list(tokens(text))[:MOST_TOKENS])
        words = [word for word, _, _ in said]
        out, places, done, at = "", [], 0, 0
        between = False
        while at < len(said):
            if (sized := self._size_behind(words, at)) >= 0:  # "42 size" is "size 42"
                last, meant, english = sized, {"size": ""}, f"size {words[at].upper()}"
            else:
                last, meant = self._longest_at(words, at)
                english = self._said(words, at, last, meant, between) if meant else None
            if english is None and not meant:
                last = at
                english = words[at] if at in numbers else self._parts(words[at])
                if english is None and words[at] in empty and not words[at].isdigit():
                    english = ""
            if english is None:
                at += 1
                continue
            between = english == "between" or (between and english not in ("and", "to"))
            start, end = said[at][1], said[last][2]
            out += text[done:start]
            if english:
                out += " " * bool(out and not out[-1].isspace())
                places.append((len(out), len(out) + len(english), start, end))
                out += english
                out += " " * bool(end < len(text) and text[end].isalnum())
            done, at = end, last + 1
            places += [(len(out), len(out), end, end)]
        return Pivoted(out + text[done:], tuple(places))

    def _with_digits(
        self, said: list[tuple[str, int, int]]
    ) -> tuple[list[tuple[str, int, int]], set[int]]:
        """The tokens with amounts in words as digits ("two hundred or less"), and the places of these."""
        words = [word for word, _, _ in said]
        out: list[tuple[str, int, int]] = []
        numbers: set[int] = set()
        at = 0
        while at < len(said):
            ends = range(min(at + self._longest, len(words)) - 1, at - 1, -1)
            last = next(
                (
                    last
                    for last in (ends if words[at] in self._begin_numbers else ())
                    if "numbers" in self._phrases.get(tuple(words[at : last + 1]), {})
                ),
                -1,
            )
            if last < 0 or not self._an_amount(words, at, last):
                out.append(said[at])
                at += 1
                continue
            numbers.add(len(out))
            digits = self._phrases[tuple(words[at : last + 1])]["numbers"]
            out.append((digits, said[at][1], said[last][2]))
            at = last + 1
        return out, numbers

    def _an_amount(self, words: list[str], first: int, last: int) -> bool:
        """Whether a limit, a currency or a unit stands beside a number in words."""
        before = {
            kind
            for start in range(max(0, first - self._longest), first)
            for kind in self._phrases.get(tuple(words[start:first]), {})
        }
        behind = {
            kind
            for end in range(last + 2, min(last + 2 + self._longest, len(words) + 1))
            for kind in self._phrases.get(tuple(words[last + 1 : end]), {})
        }
        return bool(before & BOUNDS or behind & {*BOUNDS, "currency", "units"})

    def _longest_at(self, words: list[str], at: int) -> tuple[int, dict[str, str]]:
        for last in range(min(at + self._longest, len(words)) - 1, at - 1, -1):
            if meant := self._phrases.get(tuple(words[at : last + 1])):
                return last, meant
        return at, {}

    def _said(
        self, words: list[str], at: int, last: int, meant: dict[str, str], between: bool
    ) -> str | None:
        """The English for a phrase in its place; None where it says nothing there."""
        if "size" in meant and last + 1 < len(words) and SIZE.fullmatch(words[last + 1]):
            return meant["size"]
        for kind in NAMED:
            if kind in meant:
                return meant[kind]
        before, after = self._number(words, at, -1), self._number(words, last, 1)
        if "to" in meant and before and after and (between or self._a_price(words, last)):
            return "and" if between else "to"
        if "between" in meant and after and self._a_range(words, last):
            return "between"
        for kind, front, behind in (
            ("max", "under", "or less"),
            ("min", "over", "or more"),
            ("about", "about", "or so"),
        ):
            if kind in meant and after:
                return front
            if kind in meant and before:
                return behind
        for kind, needs in (
            ("currency", before or after),
            ("units", before),
            ("size", after),
            ("sizes", len(words[at]) > 1),
        ):
            if kind in meant and needs:
                return meant[kind]
        for kind in ("not", "cheaper", "dearer", "in_stock"):
            if kind in meant:
                return meant[kind]
        return None

    def _a_price(self, words: list[str], at: int) -> bool:
        """Whether a number with a currency follows."""
        return at + 2 < len(words) and "currency" in self._phrases.get((words[at + 2],), {})

    def _size_behind(self, words: list[str], at: int) -> int:
        """The last token of "42码", a size with its word behind it; -1 where there is none."""
        if not SIZE.fullmatch(words[at]) or at + 1 == len(words):
            return -1
        last, meant = self._longest_at(words, at + 1)
        return last if "size" in meant and not self._number(words, last, 1) else -1

    def _number(self, words: list[str], at: int, step: int) -> bool:
        """Whether a number stands beside a place, or beyond a currency, or one small word."""
        here = at + step
        if not 0 <= here < len(words):
            return False
        if words[here].isdigit():
            return True
        if step < 0:  # "150 欧元": a currency may be several tokens
            for first in range(here, max(0, here - MOST_BETWEEN), -1):
                meant = self._phrases.get(tuple(words[first : here + 1]), {})
                if {"currency", "units"} & meant.keys() and words[first - 1].isdigit():
                    return True
        beyond = here + step
        return (
            0 <= beyond < len(words)
            and words[beyond].isdigit()
            and bool({"currency", "units"} & self._phrases.get((words[here],), {}).keys())
        ) or (
            step > 0
            and len(words[here]) <= 3
            and words[here].isascii()
            and beyond < len(words)
            and words[beyond].isdigit()
        )

    def _a_range(self, words: list[str], at: int) -> bool:
        """Whether "20 to 50" follows."""
        return any(
            "to" in self._phrases.get((word,), {}) for word in words[at + 2 : at + 4]
        ) and any(word.isdigit() for word in words[at + 3 : at + 6])

    def _parts(self, word: str) -> str | None:
        """The English for a word that is put together of two: "Lederjacke" is "leather jacket"."""
        if not 2 * SHORTEST_PART <= len(word) <= LONGEST_PART or not word.isascii():
            return None
        for cut in range(SHORTEST_PART - 1, len(word) - SHORTEST_PART + 1):
            kind = self._phrases.get((word[cut:],), {}).get("kinds")
            if not kind:
                continue
            for link in LINKS:
                front = word[:cut].removesuffix(link) if link else word[:cut]
                meant = self._phrases.get((front,), {})
                named = meant.get("features") or meant.get("kinds") or meant.get("colours")
                if named:
                    return f"{named.removeprefix('for ')} {kind}"
            return f"{word[:cut]} {kind}" if cut >= SHORTEST_PART else None
        return None


@cache
def _phrases(
    language: str,
) -> tuple[dict[tuple[str, ...], dict[str, str]], int, frozenset[str]]:
    """Phrases by their tokens -> what they stand for -> the English for it; the most tokens of one; and the words that
    numbers begin with."""
    known = concepts(language)
    listed = [(kind, key, forms) for kind in NAMED for key, forms in known.get(kind, {}).items()]
    listed += [(kind, kind, forms) for kind, forms in known.get("price", {}).items()]
    listed += [("numbers", str(key), forms) for key, forms in known.get("numbers", {}).items()]
    listed += [("currency", key, forms) for key, forms in known.get("currency", {}).items()]
    listed += [("units", key, forms) for key, forms in known.get("units", {}).items()]
    listed += [("sizes", f"size {key}", forms) for key, forms in known.get("sizes", {}).items()]
    listed += [("size", "size", known.get("size", [])), ("not", "without", known.get("not", []))]
    listed += [
        ("cheaper", "cheaper", known.get("cheaper", [])),
        ("dearer", "more expensive", known.get("dearer", [])),
    ]
    listed += [("in_stock", "in stock", known.get("in_stock", []))]
    phrases: dict[tuple[str, ...], dict[str, str]] = {}
    for kind, key, forms in listed:
        for form in forms:
            words = tuple(word for word, _, _ in tokens(str(form)))
            if words:
                phrases.setdefault(words, {}).setdefault(kind, key)
    begin = frozenset(words[0] for words, meant in phrases.items() if "numbers" in meant)
    return phrases, max(map(len, phrases)), begin
