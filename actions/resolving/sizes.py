"""Sizes that are asked of a product in a bare word: "y a du 38 ?", "有L的吗"."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from bot.reading.reader import Number, Reading
from recommender.language.words import size_key
from recommender.product import Product
from recommender.search.titles import tokens

LETTERS = re.compile(r"x{0,4}[sl]|m", re.I)
LEAST = 10  # smaller numbers count things, though shoes for children have them as sizes
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


def is_size(
    number: Number, entities: Iterable[dict[str, Any]], products: Sequence[Product]
) -> bool:
    """Whether a number is a size of a product, and stands before nothing that it could count: "in black 43"."""
    counts = any(
        one["entity"] in ("product", "category") and 0 <= one["start"] - number.end <= 1
        for one in entities
    )
    return (
        number.whole
        and number.value >= LEAST
        and not counts
        and any(str(int(number.value)) in map(size_key, one.sizes) for one in products)
    )


def sizes_of(
    reading: Reading, entities: Sequence[dict[str, Any]], products: Sequence[Product]
) -> list[dict[str, Any]]:
    """The numbers of a message that are sizes of these products, as entities; none where one is known."""
    if any(one["entity"] == "size" for one in entities):
        return []
    spans = [(one["start"], one["end"]) for one in entities if one["entity"] != "category"]
    return [
        {"entity": "size", "value": str(int(one.value)), "start": one.start, "end": one.end}
        for one in reading.numbers
        if is_size(one, entities, products)
        and not any(start < one.end and one.start < end for start, end in spans)
    ]
