"""Numbers in what a catalogue says of a product: "2.1 kg" and "800 g" compare, and so do "30 h" and "24 h"."""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from recommender.product import Product
from recommender.request.measures import NAMES, UNITS
from recommender.request.prices import number
from recommender.search.titles import SHORTEST, alike, tokens

_NUMBER = re.compile(r"(?<![\w.,])(\d{1,9}(?:[.,]\d{1,3})?)\s?([^\W\d_]{1,14}|[\"”″])?")
_BY = re.compile(r"\d\s?(?:[^\W\d_]{1,2}\s?)?[x×*]\s?\d")  # 60 x 40 cm
# Units that only count things of their own, beside those by which requests are read.
_TIMES = {
    "s": ("h", 1 / 3600), "min": ("h", 1 / 60), "minutes": ("h", 1 / 60), "h": ("h", 1.0), "hours": ("h", 1.0),
    "days": ("h", 24.0), "kw": ("W", 1000.0), "mw": ("W", 0.001), "w": ("W", 1.0),
}  # fmt: skip


@lru_cache(maxsize=65536)
def amount_in(value: str) -> float | None:
    """The first number of a value in the unit that it is compared in; of sides the product; None without a number."""
    sides = _sides(value)
    size = _compared_in(sides)[1]
    return math.prod(number(one[1]) * size for one in sides) if sides else None


def unit_in(value: str) -> str:
    """The unit in which `amount_in` gives the number of a value; "" for one without, and for sides."""
    sides = _sides(value)
    return _compared_in(sides)[0] if len(sides) == 1 else ""


def amounts_in(text: str) -> list[tuple[float, str]]:
    """All numbers of a text that have a unit, each in the one that it is compared in, with that unit."""
    having = [one for one in _NUMBER.finditer(text) if one[2]]
    compared = [(one, *_compared_in([one])) for one in having]
    return [(number(one[1]) * size, unit) for one, unit, size in compared]


def _sides(value: str) -> list[re.Match[str]]:
    """The first number, or all where they are sides: "60 x 40 cm"."""
    found = list(_NUMBER.finditer(value))
    return found if _BY.search(value) else found[:1]


def _compared_in(sides: Sequence[re.Match[str]]) -> tuple[str, float]:
    """The unit in which numbers are compared, and how many of it theirs is."""
    unit = next((one[2].lower() for one in sides[::-1] if one[2] and one[2].lower() != "x"), "")
    if unit in NAMES:
        return UNITS[NAMES[unit]][:2]
    return _TIMES.get(unit, (unit, 1.0))


def called(product: Product, names: Collection[str]) -> list[tuple[str, str]]:
    """The attributes (name, value) of a product whose name has one of these names in it, word for word."""
    wanted = [tuple(word for word, _, _ in tokens(name)) for name in names]
    found = []
    for name, value in product.attributes.items():
        words = tuple(word for word, _, _ in tokens(name.replace("_", " ")))
        if any(_inside(phrase, words) for phrase in wanted if phrase):
            found.append((name, value))
    return found


def _inside(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    width = len(phrase)
    if width == 1 and len(phrase[0]) >= SHORTEST:
        return any(alike(phrase[0], word) for word in words)
    return any(words[at : at + width] == phrase for at in range(len(words) - width + 1))


def amounts(products: Iterable[Product], names: Collection[str]) -> dict[str, float]:
    """By sku the number that each product has in an attribute of one of these names; "price" is its price."""
    found: dict[str, float] = {}
    for one in products:
        if "price" in names:
            if one.price is not None:
                found[one.sku] = float(one.price)
            continue
        for _, value in called(one, names):
            amount = amount_in(value)
            if amount is not None:
                found.setdefault(one.sku, amount)
    return found
