"""What is to be added up, and several kinds of thing under one budget."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actions.doing.totals import Item
from actions.resolving.budgets import LEAST_LIMIT, amount_told
from actions.resolving.corrections import numbers_put_right
from actions.resolving.items import count_of, counts_packs, counts_products, items_in, paid
from actions.resolving.pointing import definite, named
from actions.resolving.requests import Bundle, Scope, Sum
from actions.resolving.state import State
from actions.shop.delivery import country_in
from bot.reading.reader import CLAUSES, Reading, blanked
from bot.settings.shop import Shop
from recommender.request.filters import Filters
from recommender.search.titles import alike, tokens

Entities = Sequence[dict[str, Any]]
NEAR = 4  # characters
OF_PRODUCTS = ("product_details", "product_availability")


def sum_of(
    reading: Reading, entities: Entities, state: State, intent: str, shop: Shop
) -> Sum | None:
    points = reading.has("both", "these", "every", "this")
    fits = state.budget is not None and (
        (reading.has("mine", "budget") and points)
        or (reading.has("against_budget") and (points or bool(named(entities))))
    )
    of_price = intent in OF_PRODUCTS and "price" in reading.attributes
    many = state.focus is not None and count_of(reading, entities, state.focus) > 1
    packs = of_price and counts_packs(reading)
    delivered = packs or (of_price and (reading.has("delivery") or (many and points)))
    priced = "price" in reading.attributes or reading.adds_up or named(entities)
    off = reading.percent is not None and bool(priced)
    firsts = _firsts_of_kinds(reading, entities)
    asks = intent == "price_total" or reading.adds_up or fits or delivered or off or firsts
    goes_on = bool(state.summed) and _goes_on(reading, entities, state, bool(asks))
    searches = intent in ("search_products", "similar_products") and reading.has(
        "sold", "open_need"
    )
    other = [one for one in reading.attributes if one != "price"]
    counted = reading.has("sum", "sum_so_far") or reading.numbers or named(entities)
    if other and "price" not in reading.attributes and not (counted or reading.takes_out):
        return None
    if (not asks and not goes_on) or (searches and not reading.has("sum")):
        return None
    if reading.has("difference") and not reading.has("sum") and not goes_on:
        return None
    searching = intent in ("search_products", "refine_search") and not firsts
    if searching and not state.known and not named(entities):
        return None
    items = items_in(reading, entities, state)
    if not goes_on and _asks_of_a_form(reading, entities, state, items):
        return None
    if not goes_on and not reading.has("sum", "delivery") and not named(entities):
        if reading.comparative or _about_something_else(reading, entities, items):
            return None
    numbers_alone = reading.has("corrects") and reading.numbers and not entities
    if state.summed_last and (_of_the_sum(reading, entities) or numbers_alone):
        items = []
    if state.summed and _names_nothing(reading, entities) and not reading.takes_out:
        items = []
    listed = bool(items)
    anew = len(items) > 1 and not reading.has("swap", "sum_more") and not reading.takes_out
    if state.summed and not anew and (goes_on or not items):
        before = [Item(one, count) for one, count in state.summed]
        items = _changed(reading, before, items, state) if items else before
    if goes_on and reading.has("corrects") and reading.numbers:
        named_else = _about_something_else(reading, entities, items, 1)
        if numbers_put_right(reading) or not (listed or named_else):
            items = _counted_anew(reading, items)
    alone = items[0] if goes_on and not listed and len(items) == 1 else None
    if alone and reading.has("container") and len(reading.numbers) == 1:
        items = [replace(alone, count=int(reading.numbers[0].value) or 1)]  # "and one bag?"
    if not items and off and state.focus:
        items = [Item(state.focus)]
    if not items and many and state.focus and intent == "price_total":
        items = [Item(state.focus, count_of(reading, entities, state.focus))]
    if not items:
        return None
    told = country_in(_without(reading.text, entities), shop)
    limit = _limit_of(reading, entities, state, goes_on)
    told = None if reading.has("against_budget") else told  # "wie viel liege ich drüber?"
    delivery = reading.has("delivery") and not reading.has("no_delivery")
    return Sum(tuple(items), delivery or bool(told), told or state.country, limit, reading.percent)


def _asks_of_a_form(
    reading: Reading, entities: Entities, state: State, items: Sequence[Item]
) -> bool:
    """Whether one form of one product is asked about, which may cost something else: "how much is the 43?"."""
    if reading.has("sum", "delivery", "joins", "both", "every") or len(items) > 1:
        return False
    one = items[0] if items else Item(state.focus) if state.focus else None
    formed = any(one["entity"] in ("size", "colour") and not one.get("negated") for one in entities)
    return formed and one is not None and one.count == 1 and bool(one.product.choices)


def _firsts_of_kinds(reading: Reading, entities: Entities) -> bool:
    """Whether the price of the first of several kinds is asked: "what would the cheapest bed and mattress cost"."""
    kinds = {str(one["value"]) for one in entities if one["entity"] == "category"}
    priced = "price" in reading.attributes or reading.adds_up
    return priced and len(kinds) > 1 and bool(reading.superlative) and reading.has("joins")


def _goes_on(reading: Reading, entities: Entities, state: State, asks: bool) -> bool:
    """Whether a message goes on with what was added up: with a change, with delivery, or against a budget."""
    more = reading.has("sum_so_far", "sum_more") and (asks or _names_a_thing(reading, entities))
    another = reading.begins_a_clause_with("goes_on") and bool(reading.numbers)
    return (
        reading.has("swap", "against_budget")
        or (reading.takes_out and (state.summed_last or asks))
        or (more and (asks or state.summed_last))
        or (reading.has("delivery") and state.summed_last)
        or (reading.has("corrects") and state.summed_last and bool(reading.numbers))
        or (another and state.summed_last and asks)
    )


def _names_a_thing(reading: Reading, entities: Entities) -> bool:
    """Whether it has words for something: "the loppers too", but not "in red too?"."""
    if any(one["entity"] in ("product", "category") for one in entities):
        return True
    spans = [(sign.start, sign.end) for sign in reading.signs]
    return bool(reading.content([*spans, *((one["start"], one["end"]) for one in entities)]))


def _names_nothing(reading: Reading, entities: Entities) -> bool:
    """Whether it names and points at nothing: "what's the total again?", "what's left of my 150?"."""
    if any(one["entity"] not in ("price", "price_change") for one in entities):
        return False
    if reading.has("these", "both", "every", "swap", "container"):
        return False
    numbers = [(one.start, one.end) for one in reading.numbers if one.value >= LEAST_LIMIT]
    counted = [one for one in reading.numbers if one.value < LEAST_LIMIT]
    signs = [(sign.start, sign.end) for sign in reading.signs]
    return not counted and not reading.content([*numbers, *signs])


def _limit_of(reading: Reading, entities: Entities, state: State, goes_on: bool) -> float | None:
    """The amount that a sum is held against: one that the message names, the budget, or that of the sum before."""
    of_kind = _limits_a_kind(entities)
    limit = None if of_kind else amount_told(reading, entities)
    if limit is None and not (reading.has("sum_more") and of_kind):
        limit = _limit(entities)
    if limit is None and reading.has("limit") and not of_kind:
        amounts = [one.value for one in reading.numbers if one.value >= LEAST_LIMIT]
        limit = amounts[-1] if amounts else None
    if limit is None and reading.has("budget", "mine", "left_over", "against_budget"):
        limit = state.limit if state.limit is not None and goes_on else state.budget
    return state.limit if limit is None and goes_on else limit


def _counted_anew(reading: Reading, items: Sequence[Item]) -> list[Item]:
    """Items of which one is wanted so many times: "make that 5", "i said 3 but i meant 4", "only one liner"."""
    pair = numbers_put_right(reading)
    start, end = _clause_of(reading, "corrects")
    counts = [one.value for one in reading.numbers if one.whole and start <= one.start < end]
    if not items or not (pair or counts):
        return [*items]
    wrong, right = pair or (0, counts[-1])
    said = [word for word, at, _ in tokens(reading.text) if start <= at < end]
    changed = next(
        (one for one in items if one.count == wrong),
        next((one for one in items if _is_named(one, said)), items[-1]),
    )
    return [replace(one, count=int(right) or 1) if one is changed else one for one in items]


def _clause_of(reading: Reading, kind: str) -> tuple[int, int]:
    """Where the clause stands that has a word of a list; the whole text where none has."""
    clauses = (match.span() for match in CLAUSES.finditer(reading.text))
    places = [one.start for one in reading.of(kind)]
    having = (span for span in clauses if any(span[0] <= place < span[1] for place in places))
    return next(having, (0, len(reading.text)))


def _is_named(item: Item, said: Sequence[str]) -> bool:
    """Whether some words name it: one that names something stands in its title."""
    title = [word for word, _, _ in tokens(item.product.title)]
    return any(len(word) > 2 and alike(word, one) for word in said for one in title)


def _without(text: str, entities: Entities) -> str:
    """A text without the names of products and kinds, in which a city may stand: "Cork Desk Mat"."""
    names = [one for one in entities if one["entity"] in ("product", "category")]
    return blanked(text, ((one["start"], one["end"]) for one in names))


def _of_the_sum(reading: Reading, entities: Entities) -> bool:
    """Whether "that" is the sum that was just told: "is that under 400?"."""
    kinds = named(entities) or any(one["entity"] == "category" for one in entities)
    signs = [(sign.start, sign.end) for sign in reading.signs]
    if reading.has("sum_more") and any(not one.isdigit() for one in reading.content(signs)):
        return False  # "the loppers too from that"
    counts = [one for one in reading.numbers if 1 <= one.value < LEAST_LIMIT]
    named_or_counted = kinds or (counts and reading.has("this"))
    points = reading.has("these", "both", "every")
    return reading.has("this", "sum") and not points and not named_or_counted


def _about_something_else(
    reading: Reading, entities: Entities, items: Sequence[Item], words: int = 2
) -> bool:
    """Whether so many words are neither of an item nor numbers: "how much to have each one wrapped"."""
    own = {word for one in items for word, _, _ in tokens(one.product.title)}
    spans = [(sign.start, sign.end) for sign in reading.signs if sign.kind not in ("values",)]
    spans += [(one["start"], one["end"]) for one in entities]
    left = [
        word
        for word in reading.content(spans)
        if not word.isdigit() and not any(alike(word, other) for other in own)
    ]
    return len(left) >= words or bool(left and reading.has("hypothetical"))


def _changed(reading: Reading, before: list[Item], items: list[Item], state: State) -> list[Item]:
    """The last sum with what is added to it, or put in the place of something."""
    if reading.takes_out and not reading.has("swap"):
        return _without_items(reading, before, items) or before
    if not reading.has("swap"):
        new = [one for one in items if one.product.sku not in {one.product.sku for one in before}]
        again = [one for one in items if one not in new and not _uncounted(reading, [one])]
        return [*_with_counts(before, again), *new]
    summed = {one.product.sku for one in before}
    out = [one for one in items if one.product.sku in summed]
    into = [one for one in items if one.product.sku not in summed]
    if not out and into:
        kinds = {one.product.leaf_category for one in into}
        out = [one for one in before if one.product.leaf_category in kinds][:1] or before[-1:]
    if not into and out:  # another number of the same
        return [*before] if _uncounted(reading, out) else _with_counts(before, out)
    gone = {one.product.sku: one.count for one in out}
    count = next((one.count for one in before if one.product.sku in gone), 1)
    into = [replace(one, count=count if one.count == 1 else one.count) for one in into]
    return [*(one for one in before if one.product.sku not in gone), *into]


def _uncounted(reading: Reading, items: Sequence[Item]) -> bool:
    """Whether a message names items and says no number of them: they stay as many as they were."""
    return all(one.count == 1 for one in items) and not any(
        one.value == 1 for one in reading.numbers
    )


def _with_counts(before: list[Item], items: Sequence[Item]) -> list[Item]:
    """A sum with other numbers of what is in it."""
    wanted = {one.product.sku: one.count for one in items}
    return [replace(one, count=wanted.get(one.product.sku, one.count)) for one in before]


def _without_items(reading: Reading, before: list[Item], items: list[Item]) -> list[Item]:
    """A sum without what is taken out of it: all of a product, or so many as a number says."""
    out = {one.product.sku: one.count for one in items}
    some = bool(reading.numbers)
    left = [
        replace(one, count=one.count - out[one.product.sku] if some else 0)
        if one.product.sku in out
        else one
        for one in before
    ]
    return [one for one in left if one.count > 0]


def _limits_a_kind(entities: Entities) -> bool:
    """Whether an amount is said right behind a kind of thing: "add a candle under 10"."""
    prices = [one for one in entities if one["entity"] == "price"]
    kinds = [one for one in entities if one["entity"] == "category"]
    return any(0 <= price["start"] - kind["end"] <= NEAR for price in prices for kind in kinds)


def _limit(entities: Entities) -> float | None:
    for one in entities:
        if one["entity"] == "price" and isinstance(one["value"], dict) and one["value"].get("max"):
            return float(one["value"]["max"])
    return None


def bundle_of(reading: Reading, entities: Entities) -> Bundle | None:
    """Things of several kinds, none of which is known yet; to add up those that are is a sum."""
    kinds = [one for one in entities if one["entity"] == "category" and not one.get("negated")]
    budget = _limit(entities) or paid(reading, entities)
    different = list({str(one["value"]): one for one in kinds}.values())
    if budget is None or not reading.has("sum", "together", "both", "budget") or named(entities):
        return None
    if len(different) >= 2:
        known = any(definite(reading, one["start"]) for one in kinds)
        counted = [
            one
            for one in reading.numbers
            if 1 < one.value < LEAST_LIMIT and counts_products(one, entities)
        ]
        if known or counted or "price" in reading.attributes or reading.has("swap", "sum_more"):
            return None
        return Bundle(tuple(_part(one, different, reading, entities) for one in different), budget)
    people = [one for one in reading.numbers if 2 <= one.value <= 6 and one.value != budget]
    if people and not kinds and not any(one["entity"] == "feature" for one in entities):
        audience = [one for one in entities if one["entity"] == "audience"]
        filters = Filters.from_entities(audience)
        share = replace(filters, price_max=budget / people[0].value)
        scope = Scope(filters=share, text=reading.text)
        return Bundle((scope,) * int(people[0].value), budget)
    return None


def _part(
    kind: dict[str, Any], kinds: Sequence[dict[str, Any]], reading: Reading, entities: Entities
) -> Scope:
    """What is said of one kind: what stands nearer to it than to the next."""
    starts = sorted(int(one["start"]) for one in kinds)
    place = starts.index(int(kind["start"]))
    begin = 0 if place == 0 else int(sorted(kinds, key=lambda one: one["start"])[place - 1]["end"])
    own = [
        one
        for one in entities
        if one["entity"] not in ("category", "price") and begin <= one["start"] < kind["end"]
    ]
    return Scope(
        filters=Filters.from_entities([kind, *own]), text=reading.text[begin : kind["end"]]
    )
