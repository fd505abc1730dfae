"""Sizes that are asked of a product in a bare word: "y a du 38 ?", "有L的吗"."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.reading.reader import Reading
from recommender.language.words import size_key
from recommender.product import Product
from recommender.search.titles import tokens

LETTERS = re.compile(r"x{0,4}[sl]|m", re.I)
AROUND = 10  # as far from a product's sizes a number may be and still be one


def sizes_asked(
    reading: Reading, entities: Iterable[dict[str, Any]], products: Sequence[Product]
) -> list[dict[str, Any]]:
    """The sizes in a message about these products as entities; none where one is known, or they have no sizes.

    A letter counts where it is written as a size is, and a number where the products' sizes are numbers near it.
    """
    known = list(entities)
    had = {size_key(size) for one in products for size in one.sizes}
    if not had or any(one["entity"] == "size" for one in known):
        return []
    numbers = [int(one) for one in had if one.isdigit()]
    found = []
    for word, start, end in tokens(reading.text):
        raw, before = reading.text[start:end], reading.text[max(0, start - 1) : start]
        if before in ("'", "’") or any(one["start"] < end and start < one["end"] for one in known):
            continue
        lettered = LETTERS.fullmatch(raw) and (len(raw) > 1 or raw.isupper())
        near = word.isdigit() and numbers and len(word) in {len(str(one)) for one in numbers}
        near = near and min(numbers) - AROUND <= int(word) <= max(numbers) + AROUND
        if near or (lettered and not all(one.isdigit() for one in had)):
            found.append({"entity": "size", "value": size_key(raw), "start": start, "end": end})
    return found
