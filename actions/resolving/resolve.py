"""From what a message says and where the conversation stands to what is asked of the catalogue."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actions.doing.facts import Asked
from actions.doing.totals import Item
from actions.resolving.items import LEAST_LIMIT, items_in, paid
from actions.resolving.pointing import Pointed, definite, joined, named, pointed
from actions.resolving.requests import (
    Ask,
    Bundle,
    Count,
    Difference,
    First,
    Request,
    Scope,
    Sum,
    Values,
)
from actions.resolving.state import State
from actions.shop.delivery import country_in
from bot.reading.reader import HIGH, LOW, Order, Reading, read
from bot.settings.shop import Shop
from recommender.product import Product, category_keys
from recommender.request.filters import Filters
from recommender.search.titles import alike, stem, stems, tokens

Entities = Sequence[dict[str, Any]]
CLAUSES = re.compile(r"[^.,;!?。，；！？\n]+")
VALUED = ("colour", "size", "brand", "material", "kind")  # attributes whose values may be listed
MOST_FIRST = 10
SHORT = 4  # tokens of a question that is about what is in focus: "in pink?", "hardback?"
COMPARED = 3
OF_PRODUCTS = ("product_details", "product_availability")
MEASURED = ("price", "weight", "size", "length", "capacity", "duration", "power", "pages")


def resolve(
    reading: Reading, entities: Entities, state: State, intent: str, shop: Shop
) -> Request | None:
    """The request that a message's composition makes; None where it makes none."""
    entities = [one for one in entities if one.get("end", 0) <= len(reading.text)]
    return (
        _bundle(reading, entities)
        or _sum(reading, entities, state, intent, shop)
        or _order(reading, entities, state, intent)
        or _difference(reading, entities, state)
        or _count(reading, entities, state)
        or _values(reading, entities, state)
        or _ask(reading, entities, state, intent)
    )


# --- sums ---


def _sum(reading: Reading, entities: Entities, state: State, intent: str, shop: Shop) -> Sum | None:
    points = reading.has("both", "these", "every", "this")
    fits = reading.has("mine", "budget") and state.budget is not None and points
    delivered = intent in OF_PRODUCTS and "price" in reading.attributes and reading.has("delivery")
    asks = intent == "price_total" or reading.adds_up or fits or delivered
    goes_on = bool(state.summed) and (
        reading.has("swap")
        or (reading.has("sum_so_far") and (asks or state.summed_last))
        or (reading.has("delivery") and state.summed_last)
        or (reading.has("corrects") and state.summed_last and bool(reading.numbers))
    )
    searches = intent in ("search_products", "similar_products") and reading.has(
        "sold", "open_need"
    )
    other = [one for one in reading.attributes if one != "price"]
    counted = reading.has("sum", "sum_so_far") or reading.numbers or named(entities)
    if other and "price" not in reading.attributes and not counted:
        return None
    if (not asks and not goes_on) or (searches and not reading.has("sum")):
        return None
    if intent in ("search_products", "refine_search") and not state.known and not named(entities):
        return None
    items = items_in(reading, entities, state)
    if not goes_on and not reading.has("sum", "delivery") and not named(entities):
        if reading.comparative or _about_something_else(reading, entities, items):
            return None
    if state.summed_last and _of_the_sum(reading, entities):
        items = []
    anew = len(items) > 1 and not reading.has("swap", "sum_more")
    if state.summed and not anew and (goes_on or not items):
        before = [Item(one, count) for one, count in state.summed]
        items = _changed(reading, before, items, state) if items else before
    if goes_on and reading.has("corrects") and len(items) == 1 and reading.numbers:
        items = [replace(items[0], count=int(reading.numbers[-1].value) or 1)]
    if not items:
        return None
    country = country_in(_without(reading.text, entities), shop) or state.country
    limit = _limit(entities)
    if limit is None and reading.has("limit"):
        amounts = [one.value for one in reading.numbers if one.value >= LEAST_LIMIT]
        limit = amounts[-1] if amounts else None
    if limit is None and reading.has("budget", "mine", "left_over"):
        limit = state.budget
    delivery = reading.has("delivery") and not reading.has("no_delivery")
    return Sum(
        tuple(items),
        delivery or bool(country_in(_without(reading.text, entities), shop)),
        country,
        limit,
    )


def _without(text: str, entities: Entities) -> str:
    """A text without the names of products and kinds, in which a city may stand: "Cork Desk Mat"."""
    for one in entities:
        if one["entity"] in ("product", "category"):
            text = text[: one["start"]] + " " * (one["end"] - one["start"]) + text[one["end"] :]
    return text


def _of_the_sum(reading: Reading, entities: Entities) -> bool:
    """Whether "that" is the sum that was just told: "is that under 400?"."""
    kinds = named(entities) or any(one["entity"] == "category" for one in entities)
    return reading.has("this", "sum") and not reading.has("these", "both", "every") and not kinds


def _about_something_else(reading: Reading, entities: Entities, items: Sequence[Item]) -> bool:
    """Whether most of what is said is neither an item nor a number: "how much to have each one wrapped"."""
    own = {word for one in items for word, _, _ in tokens(one.product.title)}
    spans = [(sign.start, sign.end) for sign in reading.signs if sign.kind not in ("values",)]
    spans += [(one["start"], one["end"]) for one in entities]
    left = [
        word
        for word in reading.content(spans)
        if not word.isdigit() and not any(alike(word, other) for other in own)
    ]
    return len(left) >= 2 or bool(left and reading.has("hypothetical"))


def _changed(reading: Reading, before: list[Item], items: list[Item], state: State) -> list[Item]:
    """The last sum with what is added to it, or put in the place of something."""
    if not reading.has("swap"):
        known = {one.product.sku for one in items}
        return [*(one for one in before if one.product.sku not in known), *items]
    summed = {one.product.sku for one in before}
    out = [one for one in items if one.product.sku in summed]
    into = [one for one in items if one.product.sku not in summed]
    if not out and into:
        kinds = {one.product.leaf_category for one in into}
        out = [one for one in before if one.product.leaf_category in kinds][:1] or before[-1:]
    if not into and out:  # another number of the same
        wanted = {one.product.sku: one.count for one in out}
        return [replace(one, count=wanted.get(one.product.sku, one.count)) for one in before]
    gone = {one.product.sku: one.count for one in out}
    count = next((one.count for one in before if one.product.sku in gone), 1)
    into = [replace(one, count=count if one.count == 1 else one.count) for one in into]
    return [*(one for one in before if one.product.sku not in gone), *into]


def _limit(entities: Entities) -> float | None:
    for one in entities:
        if one["entity"] == "price" and isinstance(one["value"], dict) and one["value"].get("max"):
            return float(one["value"]["max"])
    return None


# --- several kinds under one budget ---


def _bundle(reading: Reading, entities: Entities) -> Bundle | None:
    """Things of several kinds, none of which is known yet; to add up those that are is a sum."""
    kinds = [one for one in entities if one["entity"] == "category" and not one.get("negated")]
    budget = _limit(entities) or paid(reading, entities)
    different = list({str(one["value"]): one for one in kinds}.values())
    if budget is None or not reading.has("sum", "together", "both", "budget") or named(entities):
        return None
    if len(different) >= 2:
        known = any(definite(reading, one["start"]) for one in kinds)
        counted = [
            one for one in reading.numbers if 1 < one.value < LEAST_LIMIT and _counts(one, entities)
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


# --- sets ---


def _scope(reading: Reading, entities: Entities, state: State, pool: bool = False) -> Scope | None:
    """What a set is made of: named or pointed at, a kind with its wishes, else the search that is going on."""
    filters = Filters.from_entities([one for one in entities if one["entity"] != "price_change"])
    by_name = named(entities)
    if len(by_name) > 1:
        return Scope(products=tuple(product for product, _ in by_name))
    if filters.categories:
        return Scope(filters=filters, text=_kind_as_said(reading, entities))
    these = reading.has("these", "both", "every") and not reading.has("sold")
    if these and len(state.shown) > 1:
        return Scope(products=tuple(p for p in state.shown if filters.accept(p)) or state.shown)
    if state.searching:
        return Scope(filters=state.filters.merge(filters), text=state.text)
    if state.kind and not pool:
        return Scope(filters=Filters(categories=(state.kind,)).merge(filters))
    if filters:
        return Scope(filters=filters, text=reading.text)
    return None


def _kind_as_said(reading: Reading, entities: Entities) -> str:
    """How the message calls the kind: "head torches", which a catalogue may keep under its lights."""
    return " ".join(
        reading.text[one["start"] : one["end"]]
        for one in entities
        if one["entity"] == "category" and not one.get("negated")
    )


def _order(reading: Reading, entities: Entities, state: State, intent: str) -> First | None:
    sorts = reading.has("ordered", "ordered_down")
    order = reading.superlative or (_sorted_by(reading) if sorts else None)
    compared = reading.comparative
    if (
        order is None
        and compared
        and not reading.has("how_much")
        and reading.has("asks", "one_of_many", "both", "these")
    ):
        pair = _several(reading, entities, state)
        if len(pair) > 1:
            names = (*reading.attributes, *reading.content(_order_spans(reading)))
            return First(Scope(products=tuple(pair)), compared, tuple(dict.fromkeys(names)))
    if order is None:
        return None
    scope = _scope(reading, entities, state)
    if scope is None:
        return None
    names = tuple(dict.fromkeys((*reading.attributes, *reading.content(_order_spans(reading)))))
    counts = [
        one for one in reading.numbers if 2 <= one.value <= MOST_FIRST and _counts(one, entities)
    ]
    return First(scope, order, names, int(counts[0].value) if counts else 1, sorts)


def _several(reading: Reading, entities: Entities, state: State) -> list[Product]:
    """The products that are compared: listed in the message, else the two or three that were shown last."""
    listed = [one.product for one in items_in(reading, entities, state)]
    if len(listed) > 1:
        return listed
    shown = list(state.shown) if 1 < len(state.shown) <= COMPARED else state.known[:2]
    if listed and listed[0] not in shown:
        return [*listed, *([state.focus] if state.focus and state.focus != listed[0] else [])]
    return shown


def _sorted_by(reading: Reading) -> Order:
    """By what "sort by weight" sorts; by price where nothing is named."""
    attributes = [one for one in reading.attributes if one not in ("kind", "stock")]
    order = reading.comparative
    end = HIGH if reading.has("ordered_down") else LOW
    return Order(attributes[0] if attributes else order.attribute if order else "price", end)


def _order_spans(reading: Reading) -> list[tuple[int, int]]:
    return [(sign.start, sign.end) for sign in reading.signs if sign.kind != "values"]


def _counts(number: Any, entities: Entities) -> bool:
    """Whether a number counts products, and is no part of a price, a size or a measure."""
    return not any(
        one["start"] < number.end and number.start < one["end"]
        for one in entities
        if one["entity"] not in ("ordinal",)
    )


def _difference(reading: Reading, entities: Entities, state: State) -> Difference | None:
    measured = [one for one in reading.attributes if one in MEASURED]
    more = reading.comparative
    if not reading.has("difference") or not (measured or more or reading.has("how_much")):
        return None
    if reading.has("delivery"):
        return None
    pair = _several(reading, entities, state)
    if len(pair) != 2:
        return None
    attribute = more.attribute if more and more.attribute in MEASURED else "price"
    return Difference((pair[0], pair[1]), measured[0] if measured else attribute)


def _count(reading: Reading, entities: Entities, state: State) -> Count | None:
    if not reading.has("count") or named(entities):
        return None
    filters = Filters.from_entities(entities)
    of_kind = filters.categories or (state.searching and reading.has("these"))
    scope = _scope(reading, entities, state, pool=True)
    if not of_kind or scope is None:
        return None
    return Count(scope)


def _values(reading: Reading, entities: Entities, state: State) -> Values | None:
    wanted = [one for one in reading.attributes if one in VALUED]
    if not wanted or not reading.has("values", "count") or named(entities):
        return None
    filters = Filters.from_entities(entities)
    if filters.categories and not filters.colours and not filters.sizes:
        at = pointed(reading, entities, state)
        if at and at.named:
            return None
        return Values(Scope(filters=filters), wanted[0])
    if not state.known and not filters and reading.has("sold"):
        return Values(Scope(), wanted[0])
    return None


# --- questions ---


def _ask(reading: Reading, entities: Entities, state: State, intent: str) -> Ask | None:
    if intent not in ("product_details", "product_availability", "compare_products", "size_advice", "refine_search",
                      "search_products", "nlu_fallback", "goes_with"):  # fmt: skip
        return None
    if reading.has("difference") and intent in (
        "compare_products",
        "product_details",
        "search_products",
    ):
        return None
    which = reading.has("one_of_many")
    if which and reading.has("these", "every") and len(state.shown) > 1:
        asked = asked_of(reading, entities, (), None, kinds=True)
        return Ask(state.shown, asked, True) if asked else None
    filters = Filters.from_entities(entities)
    at = pointed(reading, entities, state)
    if at and at.named and reading.has("joins", "both"):
        listed = [one.product for one in items_in(reading, entities, state)]
        if len(listed) > 1 and intent == "compare_products":
            return None
        at = replace(at, products=tuple(listed)) if len(listed) > 1 else at
    spans = at.spans if at else ()
    asked = asked_of(reading, entities, spans, at)
    if at and at.named and not asked and state.asked_before:
        text, before = state.asked_before  # "and the other one?"
        asked = asked_of(read(text, reading.language), before, _spans_of(before), None)
    if which and asked and not (at and at.named):
        scope = _scope(reading, entities, state)
        if scope and scope.products:
            return Ask(scope.products, asked, True)
        if filters.categories:
            return None  # a search with its wishes
    if intent == "compare_products" and not which and not (at and len(at.products) > 1 and asked):
        return None
    if intent == "goes_with" and not (asked.attributes or asked.colours):
        return None
    if at is None or not asked:
        return None
    searches = intent in ("refine_search", "search_products", "nlu_fallback", "goes_with")
    if searches and (not _asks_of_it(reading, at) or _another_kind(filters, at)):
        return None
    return Ask(at.products, asked, which and len(at.products) > 1)


def _spans_of(entities: Entities) -> tuple[tuple[int, int], ...]:
    return tuple((one["start"], one["end"]) for one in entities if one["entity"] == "product")


def _asks_of_it(reading: Reading, at: Pointed) -> bool:
    """Whether a message asks of what is known, rather than for what is wanted."""
    begins = any(sign.first <= 1 for sign in reading.of("asks"))
    asks = begins or "?" in reading.text
    few = len(list(tokens(reading.text))) <= SHORT and not at.named and len(at.products) == 1
    refers = at.named or few or reading.has("this", "these", "both", "every", "each")
    wants = reading.has("sold") and not reading.has("this", "these")
    return asks and refers and not reading.comparative and not wants


def _another_kind(filters: Filters, at: Pointed) -> bool:
    """Whether a kind is named that none of the products is of."""
    kinds = set(filters.categories)
    return bool(kinds) and not any(kinds & category_keys(one) for one in at.products)


def asked_of(
    reading: Reading, entities: Entities, spans: Any, at: Pointed | None, kinds: bool = False
) -> Asked:
    """What a question asks of the products that it is about; with `kinds` the names of kinds are asked for, too."""
    silent = ("colour", "size", "product", "ordinal", "price", "order_number", "email")
    told = [
        one for one in entities if _describes_one(reading, one)
    ]  # which is meant, not what is asked
    spans = (*spans, *((one["start"], one["end"]) for one in told))
    filters = Filters.from_entities([one for one in entities if one not in told])
    named_so = at.products if at and at.named else ()
    own = stems(" ".join(f"{one.title} {one.leaf_category}" for one in named_so))
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
    features = tuple(one for one in filters.features)
    named_ones = [one for one in reading.attributes if one != "stock"]
    if reading.has("count") and reading.has("left", "this", "these") and not (words or named_ones):
        return Asked(("stock",), (), (), (), (), text)
    stock = ("stock",) if filters.in_stock and "stock" not in reading.attributes else ()
    asked = (*stock, *reading.attributes)
    beside = _beside_the_question(reading)
    about = set(reading.content([*taken, *beside])) - {"price", "stock"}
    return Asked(
        asked, filters.colours, filters.sizes, features, words, text,
        tuple(word for word in words if word in about and not word.isdigit()),
    )  # fmt: skip


def _beside_the_question(reading: Reading) -> list[tuple[int, int]]:
    """Where the clauses stand that ask nothing, when others do: "how heavy is it, i live on the third floor"."""
    clauses = [match.span() for match in CLAUSES.finditer(reading.text)]
    asking = [
        (start, end)
        for start, end in clauses
        if "?" in reading.text[end : end + 1]
        or any(
            start <= sign.start < end for kind in ("asks", "attributes") for sign in reading.of(kind)
        )
    ]
    return [one for one in clauses if one not in asking] if asking else []


def _describes_one(reading: Reading, entity: dict[str, Any]) -> bool:
    """Whether it stands right before "one": "the velvet one"."""
    return any(
        entity["end"] <= sign.start and not reading.text[entity["end"] : sign.start].strip()
        for sign in reading.of("one")
    )


__all__ = ["joined", "resolve"]
