"""From what a message says and where the conversation stands to what is asked of the catalogue."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actions.backends import get_recommender
from actions.doing.facts import ABOUT, Asked
from actions.doing.selection import ordered
from actions.resolving.asked import asked_of
from actions.resolving.corrections import meant_after_all
from actions.resolving.items import counts_products, items_in
from actions.resolving.per_unit import per_unit_of
from actions.resolving.pointing import Pointed, definite, joined, named, pointed
from actions.resolving.requests import (
    Ask,
    Count,
    Difference,
    First,
    Range,
    Request,
    Scope,
    Values,
)
from actions.resolving.same import others_by
from actions.resolving.sizes import sizes_asked
from actions.resolving.state import State
from actions.resolving.sums import bundle_of, sum_of
from bot.reading.reader import HIGH, LOW, Order, Reading, read
from bot.settings.shop import Shop
from recommender.product import Product, category_keys
from recommender.request.filters import Filters
from recommender.search.titles import alike, tokens

Entities = Sequence[dict[str, Any]]
VALUED = ("colour", "size", "brand", "material", "kind")  # attributes whose values may be listed
MOST_FIRST = 10
POOL = 300  # products of a kind whose attributes are looked at
SHORT = 4  # tokens of a question that is about what is in focus: "in pink?", "hardback?"
COMPARED = 3
TAKES_BACK = (
    "refine_search",
    "product_details",
    "search_products",
    "nlu_fallback",
    "compare_products",
)
OF_A_KIND = ("category", "audience", "feature", "colour", "size", "brand")
MEASURED = ("price", "weight", "size", "length", "capacity", "duration", "power", "pages")


def resolve(
    reading: Reading, entities: Entities, state: State, intent: str, shop: Shop
) -> Request | None:
    """The request that a message's composition makes; None where it makes none."""
    placed = [
        {"start": 0, "end": 0, **one} for one in entities
    ]  # those of a quick reply stand nowhere
    entities = [one for one in placed if one["end"] <= len(reading.text)]
    return (
        (Range() if reading.whole_shop else None)
        or per_unit_of(reading, entities, state)
        or bundle_of(reading, entities)
        or sum_of(reading, entities, state, intent, shop)
        or others_by(reading, entities, state, intent)
        or _better_than_it(reading, entities, state)
        or _order(reading, entities, state, intent)
        or _difference(reading, entities, state)
        or _count(reading, entities, state)
        or _values(reading, entities, state)
        or _after_all(reading, entities, state, intent)
        or _ask(reading, entities, state, intent)
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
        and not _wants_another(reading, state)
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
        one
        for one in reading.numbers
        if 2 <= one.value <= MOST_FIRST and counts_products(one, entities)
    ]
    return First(scope, order, names, int(counts[0].value) if counts else 1, sorts)


def _better_than_it(reading: Reading, entities: Entities, state: State) -> First | None:
    """ "Have you a lighter one?", "something cheaper like this?": those of the kind of the product that is talked of
    that have more, or less, of what is said."""
    order, focus = reading.comparative, state.focus
    if order is None or focus is None or not _wants_another(reading, state):
        return None
    filters = Filters.from_entities([one for one in entities if one["entity"] in OF_A_KIND])
    if filters.categories and not set(filters.categories) & category_keys(focus):
        return None
    kind = Filters(categories=(focus.leaf_category.lower(),))
    pool = [one for one in get_recommender().accepted(kind.merge(filters), POOL) if one != focus]
    found = ordered([focus, *pool], order)
    if found is None or focus not in found.products:
        return None
    better = found.products[: found.products.index(focus)]
    return (
        First(Scope(products=better), order, (), min(MOST_FIRST, len(better))) if better else None
    )


def _wants_another(reading: Reading, state: State) -> bool:
    """Whether more or less of something is wanted than the one product has that is talked of: "a lighter one"."""
    wants = reading.has("one", "sold", "open_need") and not reading.has("difference", "how_much")
    return state.focus is not None and wants and not reading.has("one_of_many", "both", "these")


def _several(reading: Reading, entities: Entities, state: State) -> list[Product]:
    """The products that are compared: listed in the message or named by their places, else the two or three that were
    shown last."""
    places = [int(one["value"]) for one in entities if one["entity"] == "ordinal"]
    if len(set(places)) > 1 and all(1 <= one <= len(state.shown) for one in places):
        return [state.shown[one - 1] for one in dict.fromkeys(places)]
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


def _difference(reading: Reading, entities: Entities, state: State) -> Difference | None:
    measured = [one for one in reading.attributes if one in MEASURED]
    more = reading.comparative
    alone = not reading.content([(sign.start, sign.end) for sign in reading.signs])
    if not reading.has("difference") or not (measured or more or alone or reading.has("how_much")):
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
    return Count(scope, "price" in reading.attributes)


def _values(reading: Reading, entities: Entities, state: State) -> Values | None:
    wanted = [one for one in reading.attributes if one in VALUED]
    filters = Filters.from_entities(entities)
    if not wanted and reading.has("values") and not reading.has("one_of_many", "these", "this"):
        wanted = _attributes_said(reading, entities, filters)
    if not wanted or not reading.has("values", "count") or named(entities):
        return None
    if filters.categories and not filters.colours and not filters.sizes:
        at = pointed(reading, entities, state)
        if at and at.named:
            return None
        return Values(Scope(filters=filters), wanted[0])
    alone = not reading.content([(sign.start, sign.end) for sign in reading.signs])
    if not state.known and not filters and reading.has("sold") and alone:
        return Values(Scope(), wanted[0])
    return None


def _attributes_said(reading: Reading, entities: Entities, filters: Filters) -> list[str]:
    """The attributes of a kind that a message names as the catalogue calls them: "what rulings do your notebooks come
    in?"; not those that a product only has or hasn't."""
    if not filters.categories:
        return []
    pool = get_recommender().accepted(Filters(categories=filters.categories), POOL)
    values: dict[str, set[str]] = {}
    for one in pool:
        for name, value in one.attributes.items():
            values.setdefault(name, set()).add(value.casefold())
    taken = [(one["start"], one["end"]) for one in entities]
    words = reading.content([*taken, *((sign.start, sign.end) for sign in reading.signs)])
    return [
        name
        for name, said in values.items()
        if not said <= {"yes", "no", "true", "false"}
        and any(alike(word, name.casefold()) for word in words)
    ]


def _after_all(reading: Reading, entities: Entities, state: State, intent: str) -> Ask | None:
    """What is asked of the one that is meant after all; what it costs and whether it is there, where nothing is."""
    chosen = meant_after_all(reading, state) if intent in TAKES_BACK else ()
    if not chosen:
        return None
    named_ones = tuple(one for one in reading.attributes if one != "kind")
    return Ask(chosen, Asked(named_ones or ("price", "stock"), text=reading.text))


def _ask(reading: Reading, entities: Entities, state: State, intent: str) -> Ask | None:
    if intent not in ("product_details", "product_availability", "compare_products", "size_advice", "refine_search",
                      "search_products", "nlu_fallback", "goes_with", "price_total"):  # fmt: skip
        return None
    if reading.has("difference") and intent in (
        "compare_products",
        "product_details",
        "search_products",
    ):
        return None
    if reading.has("others_of") and (reading.has("sold") or intent == "search_products"):
        return None  # "what other blankets do you have?"
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
    entities = [*entities, *sizes_asked(reading, entities, at.products if at else ())]
    of_it = at is not None and not at.named and reading.has("this")
    another = of_it and at is not None and _another_kind(filters, at)
    asked = asked_of(reading, entities, spans, at, kinds=another or reading.has("comes_with"))
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
    several = at is not None and len(at.products) > 1 and intent == "product_details"
    if at and at.spans and not asked and (several or not named(entities)):
        asked = Asked((ABOUT, "price", "stock"), text=reading.text)  # "the christmas one"
    if at and reading.ruled_out and at.spans and not (reading.attributes or reading.has("asks")):
        asked = Asked((ABOUT, "price", "stock"), text=reading.text)  # "not the arc one, the oak"
    if at is None or not asked:
        return None
    searches = intent in ("refine_search", "search_products", "nlu_fallback", "goes_with")
    another = _another_kind(filters, at) and not of_it
    if searches and (not _asks_of_it(reading, entities, at) or another):
        return None
    return Ask(at.products, asked, which and len(at.products) > 1)


def _spans_of(entities: Entities) -> tuple[tuple[int, int], ...]:
    return tuple((one["start"], one["end"]) for one in entities if one["entity"] == "product")


def _asks_of_it(reading: Reading, entities: Entities, at: Pointed) -> bool:
    """Whether a message asks of what is known, rather than for what is wanted: "sofas that fit?"."""
    begins = any(sign.first <= 1 for sign in reading.of("asks"))
    kinds = [one for one in entities if one["entity"] == "category"]
    several = not at.named and len(at.products) > 1
    wanted = several and any(not definite(reading, one["start"]) for one in kinds)
    asks = begins or ("?" in reading.text and not wanted)
    few = len(list(tokens(reading.text))) <= SHORT and not at.named and len(at.products) == 1
    refers = at.named or few or reading.has("this", "these", "both", "every", "each")
    wants = reading.has("sold") and not reading.has("this", "these")
    return asks and refers and not reading.comparative and not wants


def _another_kind(filters: Filters, at: Pointed) -> bool:
    """Whether a kind is named that none of the products is of."""
    kinds = set(filters.categories)
    return bool(kinds) and not any(kinds & category_keys(one) for one in at.products)


__all__ = ["joined", "resolve"]
