"""What a question asks of products, apart from which they are: attributes, values, words, units."""

from collections.abc import Sequence
from typing import Any

from actions.doing.facts import Asked
from actions.resolving.pointing import Pointed
from bot.reading.reader import CLAUSES, Reading
from recommender.request.filters import Filters
from recommender.search.titles import stem, stems

Entities = Sequence[dict[str, Any]]


def asked_of(
    reading: Reading, entities: Entities, spans: Any, at: Pointed | None, kinds: bool = False
) -> Asked:
    """What a question asks of the products that it is about; with `kinds` the names of kinds are asked for, too."""
    silent = ("colour", "size", "product", "ordinal", "price", "order_number", "email")
    within = [
        one for one in entities if any(a <= one["start"] and one["end"] <= b for a, b in spans)
    ]
    told = [one for one in entities if _describes_one(reading, one) and one not in within]
    spans = (*spans, *((one["start"], one["end"]) for one in told))
    told += within  # which is meant, not what is asked
    filters = Filters.from_entities([one for one in entities if one not in told])
    named_so = at.products if at and at.named else ()
    own = stems(" ".join(f"{one.title} {one.leaf_category}" for one in named_so))
    own -= stems(" ".join(name for one in named_so for name in one.attributes))  # "the handle?"
    taken = [*spans, *(
        (sign.start, sign.end)
        for sign in reading.signs
        if sign.kind not in ("values", "here", "empty") and sign.kind != "numbers"
    )]  # fmt: skip
    taken += [
        (one["start"], one["end"])
        for one in entities
        if one["entity"] in silent or (one["entity"] == "category" and not kinds)
    ]
    words = tuple(word for word in reading.content(taken) if stem(word) not in own)
    text = reading.text
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    features, units = filters.features, tuple(reading.units)
    named_ones = [one for one in reading.attributes if one != "stock"]
    counted = reading.has("count") and not (words or named_ones or units)
    if counted and reading.has("left", "this", "these") and not reading.has("comes_with"):
        return Asked(("stock",), (), (), (), (), text)
    pieces = ("pieces",) if counted and reading.has("comes_with") else ()  # "how many in the box?"
    stock = ("stock",) if filters.in_stock and "stock" not in reading.attributes else ()
    asked = (*stock, *reading.attributes, *pieces)
    beside = _beside_the_question(reading)
    about = set(reading.content([*taken, *beside])) - {"price", "stock"}
    return Asked(
        asked, filters.colours, filters.sizes, features, words, text,
        tuple(word for word in words if word in about and not word.isdigit()), units,
        tuple(word for word in reading.options if word in words),
    )  # fmt: skip


def _beside_the_question(reading: Reading) -> list[tuple[int, int]]:
    """Where the clauses stand that ask nothing, when others do: "how heavy is it, i live on the third floor"."""
    clauses = [match.span() for match in CLAUSES.finditer(reading.text)]
    asking = [
        (start, end)
        for start, end in clauses
        if "?" in reading.text[end : end + 1]
        or any(
            start <= sign.start < end
            for kind in ("asks", "attributes")
            for sign in reading.of(kind)
        )
    ]
    return [one for one in clauses if one not in asking] if asking else []


def _describes_one(reading: Reading, entity: dict[str, Any]) -> bool:
    """Whether it stands right before "one": "the velvet one"."""
    return any(
        entity["end"] <= sign.start and not reading.text[entity["end"] : sign.start].strip()
        for sign in reading.of("one")
    )
