"""What a message puts right: a number that takes another's place, and which of the things shown is meant after all."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.resolving.described import best_described
from actions.resolving.state import State
from bot.reading.reader import Reading
from recommender.product import Product
from recommender.request.filters import Filters

PAUSE = re.compile(r"[.,;:!?。，；：！？]")


def numbers_put_right(reading: Reading) -> tuple[float, float] | None:
    """The number that was wrong and the right one: "i said 15 i meant 25", "his is 90, not 140"; None without two."""
    numbers = [one for one in reading.numbers if one.whole]
    first, second, *more = [*numbers, None, None][:3]
    if first is None or second is None or more[0] is not None:
        return None
    refused = [sign.start for sign in reading.of("not_wanted")]
    if any(first.end <= start <= second.start for start in refused):
        return second.value, first.value
    corrects = reading.has("corrects") or any(start <= first.start for start in refused)
    return (first.value, second.value) if corrects else None


def put_right(filters: Filters, text: str, wrong: float, right: float) -> tuple[Filters, str]:
    """A search with a number in the place of another, wherever the search has it."""
    old, new = f"{wrong:g}", f"{right:g}"
    changed: dict[str, Any] = {
        name: right for name in ("price_min", "price_max") if getattr(filters, name) == wrong
    }
    for name in ("sizes", "features"):
        values = tuple(_replaced(value, old, new) for value in getattr(filters, name))
        changed[name] = values
    return replace(filters, **changed), _replaced(text, old, new)


def _replaced(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![\d.,]){re.escape(old)}(?![\d]|[.,]\d)", new, text)


def meant_after_all(reading: Reading, state: State) -> tuple[Product, ...]:
    """Those of the products shown that "not the hardback, the paperback" means; none where it says no such thing."""
    if len(state.shown) < 2 or not reading.has("not_wanted") or not reading.has("here"):
        return ()
    refused = _refused(reading)
    small = [(sign.start, sign.end) for sign in reading.signs]
    wanted = reading.content([*refused, *small])
    unwanted = reading.content([*_outside(refused, len(reading.text)), *small])
    out = best_described(unwanted, state.shown) if unwanted else []
    pool = [one for one in state.shown if one not in out]
    chosen = best_described(wanted, pool) if wanted else pool
    return tuple(chosen) if out and chosen else ()


def _refused(reading: Reading) -> list[tuple[int, int]]:
    """Where what isn't wanted stands: behind a "not", up to a pause or to the next "the"."""
    spans = []
    for sign in reading.of("not_wanted"):
        pause = PAUSE.search(reading.text, sign.end)
        ends = [pause.start() if pause else len(reading.text)]
        fronts = [one.start for one in reading.of("here") if one.first > sign.last + 1]
        spans.append((sign.end, min([*ends, *fronts])))
    return spans


def _outside(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The gaps between some spans."""
    edges = [0, *(edge for span in sorted(spans) for edge in span), length]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def wanted_things(
    reading: Reading, entities: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Entities without the kinds that something else is for: "a mattress for my son's bed"."""
    entities = list(entities)
    fronts = [
        sign
        for sign in reading.of("amount")
        if not any(one.start <= sign.start < one.end for one in reading.of("sold"))
    ]
    kinds = [one for one in entities if one["entity"] == "category" and not one.get("negated")]
    behind = [
        kind
        for kind in kinds
        if any(
            sign.end <= kind["start"]
            and not PAUSE.search(reading.text[sign.end : kind["start"]])
            and not any(sign.end <= one["end"] <= kind["start"] for one in kinds if one is not kind)
            and any(one["end"] <= sign.start for one in kinds)
            for sign in fronts
        )
    ]
    return [one for one in entities if one not in behind]
