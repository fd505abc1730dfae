"""Numbers in what a catalogue says of a product: "2.1 kg" and "800 g" compare, and so do "30 h" and "24 h"."""

import math
import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from recommender.product import Product
from recommender.request.measures import NAMES, UNITS
from recommender.request.prices import number
from recommender.search.titles import SHORTEST, alike, tokens

_NUMBER = re.compile(r"(?<![\w.,])(\d{1,9}(?:[.,]\d{1,3})?)\s?([^\W\d_]{1,14}|[\"”″])?")
_BY = re.compile(r"\d\s?(?:[^\W\d_]{1,2}\s?)?[x×*]\s?\d")  # 60 x 40 cm
# Units that only count things of their own, beside those by which requests are read.
_TIMES = {"min": 1 / 60, "minutes": 1 / 60, "s": 1 / 3600, "h": 1.0, "hours": 1.0, "days": 24.0, "kw": 1000.0, "mw": 0.001}


@lru_cache(maxsize=65536)
def amount_in(value: str) -> float | None:
    """The first number of a value in the unit that it is compared in; of sides the product; None without a number."""
    found = list(_NUMBER.finditer(value))
    if not found:
        return None
    sides = found if _BY.search(value) else found[:1]
    unit = next((one[2].lower() for one in sides[::-1] if one[2] and one[2].lower() != "x"), "")
    size = UNITS[NAMES[unit]][1] if unit in NAMES else _TIMES.get(unit, 1.0)
    return math.prod(number(one[1]) * size for one in sides)


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
