"""A request for what the shop doesn't sell: saying so, with what comes close marked as that."""

from collections.abc import Sequence
from dataclasses import replace

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_recommender
from actions.base import Events
from actions.shop.page_answers import answers_here, from_pages
from actions.shopping.composed import BETTER_THAN_NOTHING
from actions.shopping.records import searched
from actions.texts import person, phrase
from actions.wording import cards
from bot.reading.reader import Reading, read
from bot.settings import get_settings
from recommender.language.concepts import ENGLISH
from recommender.product import Product
from recommender.request.filters import Filters
from recommender.search.kinds import Kind, kinds_in
from recommender.search.results import SearchResult
from recommender.search.titles import alike, tokens

THING_WORDS = 6  # a request of more words than these describes a need
CLOSE_SHOWN = 3
BETWEEN = 2  # words that may stand between "for my" and the thing


def wanted_kinds(text: str, reading: Reading) -> list[Kind]:
    """The kinds that a text names as wanted, not those that something is for: "a case for my phone"."""
    asked = [(one.start, one.end) for one in reading.of("attributes")]
    return [
        one
        for one in kinds_in(text, reading.language)
        if not _is_beside(reading, one.start)
        and not any(start <= one.start < end for start, end in asked)
    ]


def _is_beside(reading: Reading, start: int) -> bool:
    place = len([1 for _, _, end in tokens(reading.text) if end <= start])
    asks = [(one.start, one.end) for kind in ("sold", "open_need") for one in reading.of(kind)]
    return any(
        0 < place - sign.last <= 1 + BETWEEN
        and not any(a <= sign.start and sign.end <= b for a, b in asks)
        for sign in reading.of("beside")
    )


def names_unsold_kind(text: str, told: str) -> bool:
    """Whether the kinds of thing that a text wants are all ones that no product is of; `told` is the text in the
    customer's own language."""
    reading = read(told)
    wanted = wanted_kinds(text, reading) if text == told else kinds_in(text)
    if not wanted or read(text, ENGLISH).has("open_need"):
        return False
    kinds = get_recommender().current().kinds
    return len(_things(text)) <= THING_WORDS and not any(map(kinds.sells, wanted))


def names_what_isnt_sold(text: str, told: str, filters: Filters, found: SearchResult) -> bool:
    """Whether a request names a thing, and nothing in the catalogue is that thing."""
    if names_unsold_kind(text, told):
        return True
    named = _things(text)
    if filters.features and "features" not in found.relaxed:  # "what is there by Tove Achterberg?"
        valued = [word for one in filters.features for word, _, _ in tokens(one)]
        named = [word for word in named if not any(alike(word, one) for one in valued)]
    return (
        not found.good
        and not filters.categories
        and not filters.brands
        and not filters.not_words
        and 0 < len(named) <= THING_WORDS
        and not read(text, ENGLISH).has("open_need")
        and not any(_is_named(named, hit.product) for hit in found.hits)
        and not _may_be_meant(told, found)
    )


def _may_be_meant(told: str, found: SearchResult) -> bool:
    """Whether something may be what is asked for in another language than the catalogue's."""
    own, least = get_settings().shop.languages[0], get_recommender().encoder.across_from
    if own == ENGLISH or read(told).language == own:  # an English one is searched in English
        return False
    return any(hit.closeness >= least for hit in found.hits)


def _things(text: str) -> list[str]:
    """The words of a request that name something, without amounts."""
    reading = read(get_recommender().focus(text), ENGLISH)
    amounts = [(one.start, one.end) for kind in ("budget", "limit") for one in reading.of(kind)]
    return [word for word in reading.content(amounts) if not word.isdigit()]


def _is_named(words: Sequence[str], product: Product) -> bool:
    """Whether half of some words or more are in a product's title or category."""
    own = [word for word, _, _ in tokens(f"{product.title} {product.category}")]
    return 2 * sum(any(alike(word, one) for one in own) for word in words) >= len(words)


def _asks_for_a_fact(reading: Reading) -> bool:
    """Whether somebody asks for something that isn't for sale: "how long do I have?", "if I can't come that day?", "is
    it allowed?"."""
    asks = reading.has("asks", "asks_behind") or reading.text.rstrip().endswith(("?", "？"))
    of_something = reading.has("this", "these") and not reading.has("sold")
    return reading.begins_a_clause("fact") or (
        asks and (of_something or reading.has("hypothetical"))
    )


def say_not_sold(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    text: str,
    told: str,
    filters: Filters,
    found: SearchResult,
) -> Events:
    """Say that it isn't sold; what comes close is shown as that, and what doesn't isn't."""
    close = get_recommender().encoder.close_from
    found = replace(found, hits=[hit for hit in found.hits if hit.closeness >= close], relaxed=[])
    reading = read(told)
    looks_for_nothing = _asks_for_a_fact(reading)
    said = answers_here(tracker, text) if looks_for_nothing or reading.has("asks") else []
    if said and (looks_for_nothing or said[0].score >= BETTER_THAN_NOTHING):
        dispatcher.utter_message(text=from_pages(said, tracker))
        return []
    if looks_for_nothing:
        email = get_settings().shop.contact.email
        dispatcher.utter_message(text=phrase("dont_know", tracker, email=email), buttons=[person()])
        return []
    made = searched("search", text, filters, replace(found, total=0, good=0))
    hits = found.hits[:CLOSE_SHOWN]
    dispatcher.utter_message(
        text=phrase("not_sold_close" if hits else "not_sold", tracker),
        json_message=cards(hits, get_settings().shop.currency) if hits else None,
        buttons=[person()],
    )
    shown = [hit.product.sku for hit in hits]
    return [
        made,
        *([SlotSet("shown_products", shown), SlotSet("product_meant", None)] if shown else []),
    ]
