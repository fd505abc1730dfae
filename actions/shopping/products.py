"""Shopping: recommend, refine, more."""

import re
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from statistics import median
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_live, get_recommender
from actions.base import Events, ShopAction
from actions.live import skus_in
from actions.shop.page_answers import answers as page_answers
from actions.shop.page_answers import from_pages
from actions.shopping.composed import BETTER_THAN_NOTHING, composed
from actions.shopping.records import searched
from actions.texts import choice, person, phrase
from actions.wording import button, cards, listed, near_cards, wish_text
from bot.intents import group
from bot.reading.lexicon import lexicon
from bot.reading.reader import read
from bot.settings import get_settings
from bot.spoken import spoken
from bot.wording import full_date, time_of_day
from recommender.errors import NoCatalogue
from recommender.language.concepts import ENGLISH
from recommender.language.words import STYLE_WORDS, SYNONYMS, plural, singular
from recommender.product import Product
from recommender.request.filters import Filters
from recommender.search.pivot import in_english
from recommender.search.recommend import Hit, Question, SearchResult, reason
from recommender.search.titles import alike, tokens

SHOWN = 5
SHOWN_WHEN_UPSET = 3
KEPT = 8  # earlier searches
POOL = 20  # best fits, of which the cheapest are shown
ELLIPSIS = re.compile(r"^\W*(?:and|or|what about|how about|also)\b", re.I)
CHEAPEST = re.compile(r"\b(?:cheapest|lowest price|sort by price)\b", re.I)
FEW_WORDS = 3  # another kind of thing in so few words is meant under the same wishes
THING_WORDS = 6  # a request of more words than these describes a need
CLOSE = 0.5  # the cosine from which something comes close to what isn't sold
CLOSE_SHOWN = 3
NEED_TURNS = 3  # messages before a request that may say what it is for
MOST_CHECKED = 60  # products looked up for one answer, which differs each time
CHEAPER_SHARE = 0.95  # of the median price that was shown


class ShoppingAction(ShopAction):
    """An action on the catalogue; hard words here are about products and prices."""

    soothes = False
    composes = True  # off where only the intent says what is wanted: a like, a wishlist

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """What the message asks by its composition, else `shop`; an apology while there is no catalogue."""
        try:
            done = composed(dispatcher, tracker) if self.composes else None
            return self.shop(dispatcher, tracker) if done is None else done
        except NoCatalogue:
            dispatcher.utter_message(text=phrase("no_catalogue", tracker), buttons=[person()])
            return []

    async def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The answer; made anew when the shop's platform says other prices or stock than it tells."""
        live = get_live()
        if live is None:
            return await super()._answer(dispatcher, tracker)
        slots, checked = deepcopy(tracker.slots), set[str]()
        while True:
            draft = CollectingDispatcher()
            events = await super()._answer(draft, tracker)
            skus = [sku for sku in skus_in(draft.messages, events) if sku not in checked]
            looked = await live.look(skus)
            checked |= set(skus)
            if not looked.changed or len(checked) > MOST_CHECKED:
                break
            tracker.slots = deepcopy(slots)
        if looked.failed:
            _say_since(draft, tracker, looked.since)
        dispatcher.messages += draft.messages
        return events

    @abstractmethod
    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say and show; returns the events. May raise NoCatalogue."""


def _say_since(draft: CollectingDispatcher, tracker: Tracker, since: float | None) -> None:
    """That what is told of prices and stock couldn't be looked up just now, and from when it is."""
    zone = get_settings().shop.zone
    at = datetime.fromtimestamp(since, zone) if since else None
    said = (
        phrase("known_since", tracker, day=full_date(at.date(), spoken()), time=time_of_day(at))
        if at
        else phrase("not_looked_up", tracker)
    )
    message = next((one for one in reversed(draft.messages) if one.get("text")), None)
    if message:
        message["text"] = f"{message['text']}\n{said}"


class ActionSearchProducts(ShoppingAction):
    """Recommends products for a need."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_search_products"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Search with the message's own words and wishes."""
        entities = tracker.latest_message.get("entities") or []
        if entities and all(one.get("negated") for one in entities):
            return refine(dispatcher, tracker)  # "no candles" only takes something away
        filters, search = Filters.from_entities(entities), tracker.get_slot("search")
        if search and ELLIPSIS.match(words(tracker)):
            filters = _kept(Filters.from_dict(search["filters"])).merge(filters)
        named = [str(one["value"]) for one in entities if one["entity"] == "product"]
        said = words(tracker)
        told = own_words(tracker)
        if not filters.categories and read(told).has("open_need"):
            said = f"{_said_before(tracker)} {said}".strip()
        if said == told:  # where the entities stand
            filters = with_word_beside_kind(filters, said, entities)
        about = about_customer(tracker, filters, told)
        filters = with_what_holds(filters, about, told)
        events = recommend(dispatcher, tracker, said, filters, fresh=True, named=named)
        return [*events, SlotSet("about_customer", about.to_dict())]


def about_customer(tracker: Tracker, said: Filters, text: str) -> Filters:
    """What the customer told of themselves or of whom they buy for, and their budget, with what this message adds.

    It holds for all that is looked for from then on. A price said with a kind is the kind's alone.
    """
    known = Filters.from_dict(tracker.get_slot("about_customer") or {})
    reading = read(text)
    own = said if reading.has("about_me") else Filters()
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
        fits = replace(held, features=all_of)
        held = fits if get_recommender().accepted(fits, 1) else held
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
    own = {word for word, _, _ in tokens(str(kinds[0]["value"]))}
    spoken = [word for word, _, _ in tokens(said[start:end])]
    names = [
        word
        for word in spoken
        if not any(alike(word, one) for one in own)
        and not any(plural(word) in group for group in SYNONYMS)
    ]
    for word in (singular(name) for name in names):
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
        if word.isalpha() and get_recommender().accepted(narrow, 1):
            return narrow
    return filters


def _said_before(tracker: Tracker) -> str:
    """What the customer told just before, of which nothing was made: "back from a rainy hike"."""
    told: list[str] = []
    for event in reversed(tracker.events[:-1] if tracker.events else []):
        if event.get("event") != "user":
            continue
        parsed = event.get("parse_data") or {}
        if parsed.get("text") == tracker.latest_message.get("text"):
            continue
        if (parsed.get("intent") or {}).get("name") not in group("unsure") or len(
            told
        ) == NEED_TURNS:
            break
        told.insert(0, str(parsed.get("text") or ""))
    return " ".join(told)


class ActionRefineSearch(ShoppingAction):
    """Searches again with another wish: cheaper, in blue, for men."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_refine_search"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Merge the new wishes into the search that is going on."""
        return refine(dispatcher, tracker)


class ActionShowMore(ShoppingAction):
    """Shows the next products of the same search."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_show_more"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Search again without what was shown."""
        search = tracker.get_slot("search")
        if not search:
            return recommend(dispatcher, tracker, "", Filters())
        filters = Filters.from_dict(search["filters"])
        return recommend(dispatcher, tracker, search["text"], filters, search["seen"])


def recommend(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    text: str,
    filters: Filters,
    seen: Collection[str] = (),
    fresh: bool = False,
    by_price: bool = False,
    named: Sequence[str] = (),
) -> Events:
    """Say what was found, show it, and remember the search.

    `fresh` begins another search; `by_price` shows the cheapest of what fits best; the products
    `named` (skus) come first.
    """
    limit = SHOWN_WHEN_UPSET if tracker.get_slot("mood") == "upset" else SHOWN
    disliked = tracker.get_slot("disliked") or []
    recommender = get_recommender()
    liked = tracker.get_slot("liked") or []
    pool = POOL if by_price else limit
    found = recommender.search(
        text, filters, pool, [*seen, *disliked], liked, disliked, fill=bool(seen)
    )
    if by_price:
        hits = sorted(found.hits, key=lambda hit: (hit.product.price is None, hit.product.price))
        found = replace(found, hits=hits[:limit])
    found = _led_by(named, found, limit)
    if fresh and not named and names_what_isnt_sold(text, filters, found):
        found = replace(
            found, hits=[hit for hit in found.hits if hit.closeness >= CLOSE], relaxed=[]
        )
        return _not_sold(dispatcher, tracker, text, filters, found)
    made = searched("more" if seen else "search" if fresh else "refine", text, filters, found)
    if not found.hits:
        name = "no_more_found" if seen else "nothing_found"
        dispatcher.utter_message(text=phrase(name, tracker), buttons=[person()])
        return [made]
    shown = [hit.product.sku for hit in (*found.hits, *found.near)]
    search = {"text": text, "filters": filters.to_dict(), "seen": [*seen, *shown], "shown": shown}
    before = tracker.get_slot("search") or {}
    asked = not fresh and before.get("asked", False)
    question = None if asked or seen or found.relaxed else recommender.question(filters, text)
    search["asked"] = asked or question is not None
    said = _introduction(tracker, found, filters, bool(seen))
    come_close = bool(filters) and not seen and not found.relaxed and len(shown) < limit
    buttons = narrower(tracker, found.total > len(shown) or come_close)
    if question:
        said = f"{said[:-1]}." if said.endswith(":") else said  # what follows is the question
        said = f"{said} {phrase(f'ask_{question.facet}', tracker)}"
        buttons = [*_choices(question), choice("show_more")]
    products = _shown(found, filters, bool(seen))
    dispatcher.utter_message(text=said, json_message={"products": products}, buttons=buttons)
    earlier = [*(tracker.get_slot("searches") or []), *([before] if before else [])][-KEPT:]
    return [
        made,
        SlotSet("search", search),
        SlotSet("searches", earlier),
        SlotSet("shown_products", shown),
        SlotSet("product_meant", None),
    ]


def names_what_isnt_sold(text: str, filters: Filters, found: SearchResult) -> bool:
    """Whether a request names a thing, and nothing in the catalogue is that thing."""
    reading = read(get_recommender().focus(text), ENGLISH)
    amounts = [(one.start, one.end) for kind in ("budget", "limit") for one in reading.of(kind)]
    named = [word for word in reading.content(amounts) if not word.isdigit()]
    return (
        not found.good
        and not filters.categories
        and not filters.brands
        and not filters.not_words
        and 0 < len(named) <= THING_WORDS
        and not read(text, ENGLISH).has("open_need")
        and not any(_is_named(named, hit.product) for hit in found.hits)
    )


def _is_named(words: Sequence[str], product: Product) -> bool:
    """Whether half of some words or more are in a product's title or category."""
    own = [word for word, _, _ in tokens(f"{product.title} {product.category}")]
    return 2 * sum(any(alike(word, one) for one in own) for word in words) >= len(words)


def _not_sold(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    text: str,
    filters: Filters,
    found: SearchResult,
) -> Events:
    """Say that it isn't sold; what comes close is shown as that, and what doesn't isn't."""
    currency = get_settings().shop.currency
    said = page_answers(text) if read(own_words(tracker)).has("asks") else []
    if said and said[0].score >= BETTER_THAN_NOTHING:
        dispatcher.utter_message(text=from_pages(said, tracker))
        return []
    made = searched("search", text, filters, replace(found, total=0, good=0))
    name = "not_sold_close" if found.hits else "not_sold"
    dispatcher.utter_message(
        text=phrase(name, tracker),
        json_message=cards(found.hits[:CLOSE_SHOWN], currency) if found.hits else None,
        buttons=[person()],
    )
    shown = [hit.product.sku for hit in found.hits[:CLOSE_SHOWN]]
    return [
        made,
        *([SlotSet("shown_products", shown), SlotSet("product_meant", None)] if shown else []),
    ]


def _led_by(named: Sequence[str], found: SearchResult, limit: int) -> SearchResult:
    """What was found behind the products that were named."""
    products = [product for sku in named if (product := get_recommender().get(sku))]
    if not products:
        return found
    first = [Hit(product, 1.0, reason(product, "", found.filters)) for product in products]
    rest = [hit for hit in found.hits if hit.product.sku not in named]
    return replace(
        found, hits=[*first, *rest][:limit], relaxed=[], good=max(found.good, len(first)),
        near=[hit for hit in found.near if hit.product.sku not in named],
    )  # fmt: skip


def refine(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Search again with the wishes of the latest message added to the search before."""
    search = tracker.get_slot("search")
    entities = tracker.latest_message.get("entities") or []
    newer, said = Filters.from_entities(entities), words(tracker)
    events = _refined(dispatcher, tracker, search, newer, said)
    told = own_words(tracker)
    about = about_customer(tracker, Filters(not_words=newer.not_words), told)
    return [*events, SlotSet("about_customer", dropped(about, told).to_dict())]


def _refined(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    search: dict[str, Any] | None,
    newer: Filters,
    said: str,
) -> Events:
    entities = tracker.latest_message.get("entities") or []
    if not search:
        return recommend(dispatcher, tracker, said, newer, fresh=True)
    filters = dropped(Filters.from_dict(search["filters"]), own_words(tracker))
    text = search["text"]
    changes = {one["value"] for one in entities if one["entity"] == "price_change"}
    if CHEAPEST.search(said):
        return recommend(dispatcher, tracker, text, filters.merge(newer), by_price=True)
    if changes:
        filters = _other_price(filters, tracker.get_slot("shown_products") or [], changes)
    elif not newer or STYLE_WORDS.search(said):
        text = f"{text} {said}"[-300:].strip()
        newer = _in_titles(filters.merge(newer), newer, said)
    text = without_words(text, newer.not_categories)
    if not newer.categories and (kind := _another_thing(filters, said, entities)):
        kept = _kept(filters)
        if read(said).has("same"):
            kept = replace(kept, sizes=filters.sizes, colours=filters.colours)
        wanted = kept.merge(replace(newer, features=(*newer.features, kind)))
        return recommend(dispatcher, tracker, said, wanted, fresh=True)
    if newer.categories and not set(newer.categories) & set(filters.categories):
        goes_on = ELLIPSIS.match(said) or len(said.split()) <= FEW_WORDS
        kept = _kept(filters) if goes_on else Filters()
        return recommend(dispatcher, tracker, said, kept.merge(newer), fresh=True)
    return recommend(dispatcher, tracker, text, filters.merge(newer))


def _another_thing(filters: Filters, said: str, entities: Sequence[Mapping[str, Any]]) -> str:
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


def _in_titles(filters: Filters, newer: Filters, said: str) -> Filters:
    """Wishes with the words of a message that titles of what was found have: "floor ones only"."""
    for word in read(said).content()[:1]:
        narrow = replace(filters, features=(*filters.features, word))
        if word.isalpha() and filters.categories and get_recommender().accepted(narrow, 1):
            return replace(newer, features=(*filters.features, word))
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


def _kept(filters: Filters) -> Filters:
    """What stays when another kind of product is asked for: whom it is for, and the price."""
    return Filters(
        price_min=filters.price_min,
        price_max=filters.price_max,
        audience=filters.audience,
        in_stock=filters.in_stock,
    )


def _other_price(filters: Filters, shown: list[str], changes: set[str]) -> Filters:
    """Filters below, or above, the middle of the prices that were shown."""
    products = filter(None, (get_recommender().get(sku) for sku in shown))
    prices = [float(product.price) for product in products if product.price is not None]
    if not prices:
        return filters
    if "lower" in changes:
        return filters.merge(Filters(price_max=round(median(prices) * CHEAPER_SHARE, 2)))
    return filters.without("price").merge(Filters(price_min=round(median(prices), 2)))


def _introduction(tracker: Tracker, found: SearchResult, asked: Filters, further: bool) -> str:
    count, currency = len(found.hits), get_settings().shop.currency
    if found.relaxed and further:
        return phrase("only_close", tracker)
    if found.relaxed:
        wishes = listed([wish_text(asked, wish, currency) for wish in found.relaxed], "or")
        return phrase("closest", tracker, wishes=wishes)
    if found.near and not any(hit.product.in_stock for hit in found.hits):
        return phrase("sold_out_fits", tracker)
    if found.near:
        return phrase("few_fit" if count > 1 else "one_fits", tracker, count=count)
    if further:
        return phrase("more_found" if count > 1 else "one_more_found", tracker)
    if found.total > count and found.filters:
        return phrase("many_found", tracker, total=found.total)
    if found.total > count:
        return phrase("ideas", tracker)
    return phrase("found" if count > 1 else "one_found", tracker)


def _shown(found: SearchResult, asked: Filters, further: bool) -> list[dict[str, Any]]:
    """The cards; what was asked for and is given up on the way to more stands on the card."""
    currency = get_settings().shop.currency
    if further and found.relaxed:
        return near_cards(found.hits, asked, currency)
    return cards(found.hits, currency)["products"] + near_cards(found.near, asked, currency)


def narrower(tracker: Tracker, more: bool) -> list[dict[str, str]]:
    """The quick replies below a list."""
    buttons = [choice("cheaper", '/refine_search{"price_change": "lower"}')]
    if more:
        buttons.append(choice("show_more"))
    if tracker.get_slot("searches") or tracker.get_slot("search"):
        buttons.append(choice("undo_refinement"))
    return buttons


def _choices(question: Question) -> list[dict[str, str]]:
    return [
        button(str(value).capitalize(), f'/refine_search{{"{question.facet}": "{value}"}}')
        for value in question.options
    ]


def words(tracker: Tracker) -> str:
    """What the customer said of products in words that the catalogue is searched by, or what the quick reply that they
    chose means: a shop whose catalogue is in English is searched in English."""
    said = own_words(tracker)
    if get_settings().shop.languages[0] != ENGLISH:
        return said
    return in_english(said, spoken(), lexicon(spoken()).empty).text.strip()


def own_words(tracker: Tracker) -> str:
    """What the customer said, or what the quick reply that they chose means."""
    text = tracker.latest_message.get("text") or ""
    if text.startswith("/") and (tracker.latest_message.get("metadata") or {}).get("title"):
        values = [one["value"] for one in tracker.latest_message.get("entities") or []]
        return " ".join(value for value in values if isinstance(value, str))
    return text
