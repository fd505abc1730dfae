"""Sizes in what customers say: "in size 42", "in a medium", "XL"."""

import re
from bisect import bisect
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from recommender.language.bounds import Taken
from recommender.language.words import goes_on, size_key
from recommender.request.prices import CURRENCY, LEAST_WIDTH

_LETTERS = r"xxs|xs|s|m|l|xl|xxl|xxxl|2xl|3xl|extra small|extra large|small|medium|large"
_REGION = r"(?:(?:eu|uk|us)\s+)?"
_NAMED = r"(?:sizes?(?:[\s-]?wise)?(?:\s+is)?:?|sized|wear(?:s|ing)?(?:\s+an?)?)"
_NUMBER = r"(\d{1,3}(?:[.,]5)?)"
NAMED_NUMBER = re.compile(rf"\b{_NAMED}\s+{_REGION}{_NUMBER}(?:\s*(?:eu|uk|us))?\b", re.I)
NAMED = re.compile(rf"\b{_NAMED}\s+{_REGION}({_LETTERS})\b", re.I)
LETTERS = re.compile(
    rf"\b(?:in an?|in|a)\s+{_REGION}({_LETTERS})\b(?!\s+(?:bag|price|budget(?!\s\d)|family|dog)s?\b)",
    re.I,
)
ALONE = re.compile(r"(?<![\w'’.])((?i:xxs|xs|xl|xxl|xxxl|2xl|3xl)|S|M|L)(?![\w'’])")
REPLY = re.compile(r"^\s*(small|medium|large|[sml])(?:\s+please)?\s*[.!]?\s*$", re.I)
# "in 42", "in a 42 or 43": only sizes that the catalogue has, and not "in 42 days".
IN_NUMBER = re.compile(
    rf"\bin\s+(?:an?\s+)?{_REGION}{_NUMBER}(?:\s+(?:or|to|and)\s+{_NUMBER})?(?![\w-]|[.,]\d)", re.I
)
# "men's, 44": a number that is all that stands between commas, of the sizes that the catalogue has.
BETWEEN_COMMAS = re.compile(
    rf"(?:^|(?<=[,;]))\s*{_REGION}{_NUMBER}(?:\s+(?:please|pls))?\s*(?=$|[,;.!?](?!\d))", re.I
)
_BETWEEN = re.compile(r"\s+(?:[\w'’-]+\s+){0,2}")
_REACH = 80  # characters from a size to the kind of product that has it
_MONEY = re.compile(CURRENCY, re.I)


class SizeMention(NamedTuple):
    """A size in a text: its place, the size as it is compared, and whether nothing else is meant."""

    start: int
    end: int
    size: str
    sure: bool


def size_mentions(text: str, known: Collection[str]) -> Iterator[SizeMention]:
    """All sizes of a text, none overlapping; `known` are those of the catalogue."""
    taken = Taken(text)
    for pattern in (NAMED_NUMBER, NAMED, IN_NUMBER, LETTERS, REPLY, ALONE, BETWEEN_COMMAS):
        for match in pattern.finditer(text):
            if not taken.free(*match.span()):
                continue
            sizes = [size_key(one.replace(",", ".")) for one in match.groups() if one]
            if pattern in (IN_NUMBER, BETWEEN_COMMAS):
                if goes_on(text, match.end()) or not set(sizes) <= set(known):
                    continue
            taken.take(*match.span())
            for size in sizes:
                word = pattern is LETTERS and len(match[1]) > 4  # "small", not "XXL"
                yield SizeMention(*match.span(), size, not word)


def describes(text: str, size: SizeMention, kinds: Sequence[int]) -> bool:
    """Whether a word for a size only describes something: "a small gift", but not "a small red jacket".

    `kinds` are the places where a kind of product is named, in order; kinds have sizes.
    """
    if size.sure or not goes_on(text, size.end):
        return False
    near = kinds[bisect(kinds, size.end) : bisect(kinds, size.end + _REACH)]
    return not any(_BETWEEN.fullmatch(text, size.end, one) for one in near)


def is_range(said: str, known: Collection[str]) -> bool:
    """Whether a range that nothing makes a price is one of sizes of the catalogue: "41 to 43"."""
    numbers = re.findall(_NUMBER, said)
    if len(numbers) != 2 or not set(numbers) <= set(known) or _MONEY.search(said):
        return False
    low, high = (float(one.replace(",", ".")) for one in numbers)
    return said[0].isdigit() or high - low < LEAST_WIDTH
