"""What a unit of something costs: "what's cheaper per screw, the 200 or the 1000?", "best value per litre"."""

from collections.abc import Sequence
from typing import Any

from actions.backends import get_recommender
from actions.doing.unit_prices import MEASURES, PIECE, amount_of
from actions.resolving.pointing import named
from actions.resolving.requests import PerUnit
from actions.resolving.state import State
from bot.reading.lexicon import Sign
from bot.reading.reader import HIGH, Reading
from recommender.product import Product, category_keys
from recommender.request.filters import Filters
from recommender.search.titles import alike, tokens

Entities = Sequence[dict[str, Any]]
THING = "thing"  # the unit is what is named behind the sign
POOL = 60  # products of a kind that are looked at
MOST = 5  # that are told of


def per_unit_of(reading: Reading, entities: Entities, state: State) -> PerUnit | None:
    """The products whose units are asked for; None where no unit's price is, or none of them says how much is in it."""
    asks = "price" in reading.attributes or reading.has("worth", "how_much")
    asks = asks or reading.begins_with("goes_on")  # "and per kilo?"
    orders = [one.attribute for one in (reading.superlative, reading.comparative) if one]
    signs = sorted(reading.of("per"), key=lambda one: one.value == THING)
    if not signs or not (asks or orders):
        return None
    sign, thing = signs[0], ""
    unit = sign.value
    pool = _pool(reading, entities, state)
    if unit == THING:
        unit, thing = PIECE, reading.word_behind(sign)
        pool = [one for one in pool if thing and _is_called(one, thing, entities, sign)]
    having = [one for one in pool if amount_of(one, unit, thing)]
    if not having and (unit not in MEASURES or not pool):
        return None
    chosen = _chosen(reading, entities, state, sign, having, unit, thing)
    return PerUnit(tuple((chosen or pool)[:MOST]), unit, thing)


def _pool(reading: Reading, entities: Entities, state: State) -> list[Product]:
    """What may be meant, likeliest first: named, known, of the kind that is named or talked of."""
    by_name = [product for product, _ in named(entities)]
    filters = Filters.from_entities([one for one in entities if one["entity"] == "category"])
    kinds = set(filters.categories)
    known = [one for one in state.known if not kinds or kinds & category_keys(one)]
    if not kinds and state.focus:
        filters = Filters(categories=(state.focus.leaf_category.lower(),))
    of_kind = get_recommender().accepted(filters, POOL) if filters.categories else []
    return list({one.sku: one for one in (*by_name, *known, *of_kind)}.values())


def _chosen(
    reading: Reading, entities: Entities, state: State, sign: Sign, having: Sequence[Product], unit: str, thing: str
) -> list[Product]:  # fmt: skip
    """Those of the products with an amount that the message means: by name, by their amounts ("the 200 or the 1000"), as
    the big one, or all that are shown; else the one that is talked of."""
    by_name = [product for product, _ in named(entities) if product in having]
    said = {one.value for one in reading.numbers if not sign.start <= one.start < sign.end}
    amounts = {one.sku: amount_of(one, unit, thing) for one in having}
    of_amount = [
        one
        for one in having
        if (amount := amounts[one.sku]) and said & {amount[0], _plain(amount[1])}
    ]
    shown = [one for one in having if one in state.shown] if len(state.shown) > 1 else []
    if by_name or of_amount:
        return by_name or of_amount
    sizes = {one.value for one in reading.of("big_or_small")}
    if len(sizes) == 1 and having:
        group = shown or having
        ends = sorted(group, key=lambda one: (amounts[one.sku] or (0.0, ""))[0])
        return [ends[-1 if HIGH in sizes else 0]]
    several = (
        reading.superlative
        or reading.comparative
        or reading.has("these", "both", "worth", "one_of_many")
    )
    if state.focus and not several and (state.focus in having or unit in MEASURES):
        return [state.focus]
    return shown or [one for one in having if one in state.known] or list(having)


def _plain(value: str) -> float | None:
    """The number of a value as it is written: 500 of "500 ml"."""
    return next((float(word) for word, _, _ in tokens(value) if word.isdigit()), None)


def _is_called(product: Product, thing: str, entities: Entities, sign: Sign) -> bool:
    """Whether a product is, or has in it, what is named behind a sign."""
    kinds = {
        str(one["value"])
        for one in entities
        if one["entity"] == "category" and 0 <= one["start"] - sign.end <= 1
    }
    title = [word for word, _, _ in tokens(f"{product.title} {product.leaf_category}")]
    said = [
        word
        for value in (*product.attributes, *product.attributes.values())
        for word, _, _ in tokens(value)
    ]
    return bool(kinds & category_keys(product)) or any(
        alike(thing, word) for word in (*title, *said)
    )
