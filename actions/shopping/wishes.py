"""The wishes of a request for products: what holds of the customer, what is given up, what stays for another kind."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from rasa_sdk import Tracker

from actions.backends import get_recommender
from bot.reading.reader import read
from recommender.language.words import SYNONYMS, plural, singular
from recommender.request.filters import Filters
from recommender.search.kinds import kinds_in, kinds_named
from recommender.search.titles import alike, stem, tokens

TRIED = 3  # words of a message that may narrow a search
CHEAPER_SHARE = 0.95  # of the median price that was shown


def about_customer(tracker: Tracker, said: Filters, text: str) -> Filters:
    """What the customer told of themselves or of whom they buy for, and their budget, with what this message adds.

    It holds for all that is looked for from then on. A price said with a kind is the kind's alone.
    """
    known = Filters.from_dict(tracker.get_slot("about_customer") or {})
    for before in _told_since(tracker):
        known = _with_told(known, Filters.from_entities(before["entities"]), before["text"])
    return _with_told(known, said, text)


def _told_since(tracker: Tracker) -> list[dict[str, Any]]:
    """The messages after the last search, this one left out, that tell of the customer though nothing was looked for."""
    told: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if event.get("event") == "slot" and event.get("name") == "about_customer":
            break
        if event.get("event") == "user" and (parsed := event.get("parse_data") or {}):
            told.insert(0, {"entities": [], "text": "", **parsed})
    return [one for one in told[:-1] if read(one["text"]).has("about_me", "for_all", "budget")]


def as_limit(filters: Filters, text: str) -> Filters:
    """Filters in which an amount that is all there is to spend is a limit, and not a middle: "100 is all i've got"."""
    low, high = filters.price_min, filters.price_max
    reading = read(text)
    amounts = [one for one in reading.numbers if low and high and low <= one.value <= high]
    if not reading.has("budget") or len(amounts) != 1:
        return filters
    return replace(filters, price_min=None, price_max=amounts[0].value)


def with_sizes_found(filters: Filters, search: Mapping[str, Any] | None, text: str) -> Filters:
    """A request "in my size" with the size and the people of the search before."""
    if not search or not read(text).has("mine"):
        return filters
    before = Filters.from_dict(search["filters"])
    return replace(
        filters,
        sizes=filters.sizes or before.sizes,
        audience=filters.audience or before.audience,
    )


def _with_told(known: Filters, said: Filters, text: str) -> Filters:
    reading = read(text)
    own = said if reading.has("about_me") else Filters()
    said = as_limit(said, text)
    told = Filters(audience=own.audience, sizes=own.sizes, not_words=said.not_words)
    if reading.has("about_me", "for_all") and not said.measures:
        told = replace(told, features=said.features)
    if said.price_max is not None and (not said.categories or reading.has("budget")):
        told = replace(told, price_max=said.price_max)
    words = tuple(dict.fromkeys((*known.not_words, *told.not_words)))
    return replace(known.merge(told), not_words=words)


def with_what_holds(filters: Filters, about: Filters, text: str) -> Filters:
    """A request with what is known of the customer, where it says nothing of its own about it."""
    changed: dict[str, Any] = {
        "not_words": tuple(dict.fromkeys((*filters.not_words, *about.not_words)))
    }
    if filters.price_max is None and filters.price_min is None:
        changed["price_max"] = about.price_max
    if not filters.audience:
        changed["audience"] = about.audience
    held = replace(filters, **changed)
    if about.features:
        all_of = tuple(dict.fromkeys((*filters.features, *about.features)))
        tried = (replace(held, features=all_of), replace(held, features=about.features))
        held = next((one for one in tried if get_recommender().accepted(one, 1)), held)
    sized = replace(held, sizes=about.sizes) if about.sizes and not filters.sizes else held
    return sized if read(text).has("mine") or get_recommender().accepted(sized, 1) else held


def with_word_beside_kind(
    filters: Filters, said: str, entities: Sequence[Mapping[str, Any]]
) -> Filters:
    """A request with the word before or after its kind, where titles of that kind have it: "floor lamps"."""
    kinds = [one for one in entities if one["entity"] == "category" and not one.get("negated")]
    if len(kinds) != 1 or filters.features:
        return filters
    start, end = kinds[0]["start"], kinds[0]["end"]
    spoken = [word for word, _, _ in tokens(said[start:end])]
    category = str(kinds[0]["value"])
    names = [
        word
        for word in beside_name(spoken, category)
        if not any(plural(word) in group for group in SYNONYMS)
    ]
    if len(concepts_of(category)) > 1:
        names = spoken  # of "kettles & toasters" one half
    for word in (form for name in names for form in (singular(name), name, plural(name))):
        narrow = replace(filters, features=(word,))
        if get_recommender().accepted(narrow, 1):
            return narrow
    placed = list(tokens(said))
    before = [word for word, _, last in placed if last <= start][-1:]
    after = [word for word, first, _ in placed if first >= end][:1]
    taken = {(one["start"], one["end"]) for one in entities}
    names = [
        word
        for word, first, last in placed
        if word in (*before, *after) and (first, last) not in taken and read(word).content()
    ]
    for word in names:
        narrow = replace(filters, features=(word,))
        if not word.isdigit() and get_recommender().accepted(narrow, 1):
            return narrow
    return filters


def concepts_of(category: str) -> set[str]:
    """The kinds that a category's name has."""
    return {one.concept for one in kinds_named(category)}


def beside_name(spoken: Iterable[str], category: str) -> list[str]:
    """The words of a kind that aren't its category's own: "tent" is all of "tents", "cat" half of "dogs & cats"."""
    own = [word for word, _, _ in tokens(category)]
    of_one_kind = len(concepts_of(category)) == 1
    return [
        word
        for word in spoken
        if not any(alike(word, one) if of_one_kind else stem(word) == stem(one) for one in own)
    ]


def with_titled_kind(filters: Filters, said: str) -> Filters:
    """A request for a kind that titles alone name, and the catalogue perhaps in another word: "a bookshelf"."""
    kinds = get_recommender().current().kinds
    titled = [name for one in kinds_in(said) if (name := kinds.titled(one))]
    if filters.categories or filters.features or not titled:
        return filters
    narrow = replace(filters, features=(titled[0],))
    return narrow if get_recommender().accepted(narrow, 1) else filters


def another_thing(filters: Filters, said: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """A word of a message that titles have, but none of the kind that is looked at: "no, wellies"."""
    if not filters.categories:
        return ""
    for word in read(said).content([(one["start"], one["end"]) for one in entities]):
        there = get_recommender().accepted(Filters(features=(word,)), 1)
        if (
            word.isalpha()
            and there
            and not get_recommender().accepted(
                replace(filters.only("categories"), features=(word,)), 1
            )
        ):
            return word
    return ""


def in_titles(filters: Filters, newer: Filters, said: str) -> Filters:
    """Wishes with a word of a message that titles or values of what was found have: "floor ones only", "160x200"."""
    if not filters.categories:
        return newer
    for word in [one for one in read(said).content() if not one.isdigit()][:TRIED]:
        narrow = replace(filters, features=(*filters.features, word))
        if get_recommender().accepted(narrow, 1):
            return replace(newer, features=narrow.features)
    return newer


def dropped(filters: Filters, said: str) -> Filters:
    """Filters without those that a message gives up by name: "forget the budget"."""
    reading = read(said)
    if not reading.has("drop"):
        return filters
    wishes = {
        "price": "price",
        "colour": "colours",
        "size": "sizes",
        "brand": "brands",
        "stock": "in_stock",
    }
    named = [wishes[one] for one in reading.attributes if one in wishes]
    for wish in [*named, *(["price"] if reading.has("budget") else [])]:
        filters = filters.without(wish)
    return filters


def without_words(text: str, unwanted: Collection[str]) -> str:
    """A search text without what the customer has ruled out since."""
    for name in unwanted:
        for form in (name, singular(name)):
            text = re.sub(rf"\b{re.escape(form)}\b", " ", text, flags=re.I)
    return " ".join(text.split())


def kept_for_another(filters: Filters) -> Filters:
    """What stays when another kind of product is asked for: whom it is for, and the price."""
    return Filters(
        price_min=filters.price_min,
        price_max=filters.price_max,
        audience=filters.audience,
        in_stock=filters.in_stock,
    )


def other_price(filters: Filters, shown: list[str], changes: set[str]) -> Filters:
    """Filters below, or above, the middle of the prices that were shown."""
    products = filter(None, (get_recommender().get(sku) for sku in shown))
    prices = [float(product.price) for product in products if product.price is not None]
    if not prices:
        return filters
    if "lower" in changes:
        return filters.merge(Filters(price_max=round(median(prices) * CHEAPER_SHARE, 2)))
    return filters.without("price").merge(Filters(price_min=round(median(prices), 2)))
