"""Shopping: recommend, refine, more."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_live, get_recommender
from actions.base import Events, ShopAction
from actions.live import skus_in
from actions.resolving.corrections import numbers_put_right, put_right, wanted_things
from actions.saying.products import with_prices
from actions.shopping.composed import composed
from actions.shopping.listing import choices, closed, introduction, listed_cards, narrower
from actions.shopping.records import searched
from actions.shopping.said import own_words, words
from actions.shopping.unsold import names_unsold_kind, names_what_isnt_sold, say_not_sold
from actions.shopping.variants import hear_sizes
from actions.shopping.wishes import (
    about_customer,
    another_thing,
    as_limit,
    dropped,
    in_titles,
    kept_for_another,
    other_price,
    with_sizes_found,
    with_titled_kind,
    with_what_holds,
    with_word_beside_kind,
    without_words,
)
from actions.texts import choice, person, phrase
from bot.intents import group
from bot.reading.reader import read
from bot.settings import get_settings
from bot.spoken import spoken
from bot.wording import full_date, time_of_day
from recommender.errors import NoCatalogue
from recommender.language.concepts import ENGLISH
from recommender.language.words import STYLE_WORDS
from recommender.request.filters import Filters
from recommender.search.reasons import reason
from recommender.search.results import Hit, SearchResult

SHOWN = 5
SHOWN_WHEN_UPSET = 3
KEPT = 8  # earlier searches
POOL = 20  # best fits, of which the cheapest are shown
FEW_WORDS = 3  # another kind of thing in so few words is meant under the same wishes
NEED_TURNS = 3  # messages before a request that may say what it is for
MOST_CHECKED = 60  # products looked up for one answer, which differs each time


class ShoppingAction(ShopAction):
    """An action on the catalogue; hard words here are about products and prices."""

    soothes = False
    composes = True  # off where only the intent says what is wanted: a like, a wishlist

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """What the message asks by its composition, else `shop`; an apology while there is no catalogue."""
        try:
            hear_sizes(tracker)
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
        entities = wanted_things(read(own_words(tracker)), entities)
        filters, search = Filters.from_entities(entities), tracker.get_slot("search")
        if search and read(own_words(tracker)).begins_with("goes_on"):
            filters = kept_for_another(Filters.from_dict(search["filters"])).merge(filters)
        named = [str(one["value"]) for one in entities if one["entity"] == "product"]
        said = words(tracker)
        told = own_words(tracker)
        one = get_recommender().get(named[0]) if len(named) == 1 else None
        if one and one.leaf_category and not filters.categories:  # others of its kind behind it
            of_kind = replace(filters, categories=(one.leaf_category.lower(),))
            several = len(get_recommender().accepted(of_kind, 2)) > 1
            filters = of_kind if several else filters
        if not filters.categories and read(told).has("open_need"):
            said = f"{_said_before(tracker)} {said}".strip()
        if said == told:  # where the entities stand
            filters = with_word_beside_kind(filters, said, entities)
        filters = with_titled_kind(filters, said)
        filters = with_sizes_found(as_limit(filters, told), search, told)
        about = about_customer(tracker, filters, told)
        events = recommend(dispatcher, tracker, said, filters, fresh=True, named=named)
        return [*events, SlotSet("about_customer", about.to_dict())]


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

    `fresh` begins another search, for which holds what is known of the customer; `by_price` shows the cheapest of what fits best; the products
    `named` (skus) come first.
    """
    limit = SHOWN_WHEN_UPSET if tracker.get_slot("mood") == "upset" else SHOWN
    disliked = tracker.get_slot("disliked") or []
    recommender, told = get_recommender(), own_words(tracker)
    if fresh:
        filters = with_what_holds(filters, about_customer(tracker, filters, told), told)
    liked = tracker.get_slot("liked") or []
    pool = POOL if by_price else limit
    found = recommender.search(
        _searched(text), filters, pool, [*seen, *disliked], liked, disliked, fill=bool(seen)
    )
    if by_price:
        hits = sorted(found.hits, key=lambda hit: (hit.product.price is None, hit.product.price))
        found = replace(found, hits=hits[:limit])
    found = _led_by(named, found, limit)
    if fresh and not named and names_what_isnt_sold(text, told, filters, found):
        return say_not_sold(dispatcher, tracker, text, told, filters, found)
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
    said = introduction(tracker, found, filters, bool(seen))
    come_close = bool(filters) and not seen and not found.relaxed and len(shown) < limit
    buttons = narrower(tracker, found.total > len(shown) or come_close)
    if question:
        said = f"{closed(said)}\n{phrase(f'ask_{question.facet}', tracker)}"
        buttons = [*choices(question), choice("show_more")]
    if _asks_prices(told, filters):
        said = f"{said}\n{with_prices([hit.product for hit in found.hits], get_settings().shop)}"
    products = listed_cards(found, filters, bool(seen))
    dispatcher.utter_message(text=said, json_message={"products": products}, buttons=buttons)
    earlier = [*(tracker.get_slot("searches") or []), *([before] if before else [])][-KEPT:]
    return [
        made,
        SlotSet("search", search),
        SlotSet("searches", earlier),
        SlotSet("shown_products", shown),
        SlotSet("product_meant", None),
    ]


def _searched(text: str) -> str:
    """A request without the small words of its language, where the catalogue is searched in it; English ones the
    recommender knows itself."""
    if get_settings().shop.languages[0] == ENGLISH:
        return text
    return " ".join(read(text).content()) or text


def _asks_prices(told: str, filters: Filters) -> bool:
    """Whether a message asks what is found and what it costs: "which mattresses do you do, and how much?"."""
    limited = filters.price_min is not None or filters.price_max is not None
    return "price" in read(told).attributes and not limited


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
    if search is None and any(one["entity"] == "product" for one in entities):
        return ActionSearchProducts().shop(dispatcher, tracker)  # "a rain jacket for men"
    said, told = words(tracker), own_words(tracker)
    newer = Filters.from_entities(wanted_things(read(told), entities))
    if newer.categories and said == told:
        newer = with_word_beside_kind(newer, said, entities)
    events = _refined(dispatcher, tracker, search, newer, said)
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
    text, reading = search["text"], read(own_words(tracker))
    if numbers := numbers_put_right(reading):
        filters, text = put_right(filters, text, *numbers)
        newer = newer.without("price") if newer.price_min is not None else newer
    if newer.categories and newer.features and reading.has("corrects"):
        return recommend(
            dispatcher, tracker, said, kept_for_another(filters).merge(newer), fresh=True
        )
    changes = {one["value"] for one in entities if one["entity"] == "price_change"}
    if reading.cheapest:
        return recommend(dispatcher, tracker, text, filters.merge(newer), by_price=True)
    if changes:
        filters = other_price(filters, tracker.get_slot("shown_products") or [], changes)
    elif (
        not newer.categories and (narrower := in_titles(filters.merge(newer), newer, said)) != newer
    ):
        newer = narrower
    elif not newer.categories and names_unsold_kind(said, own_words(tracker)):
        return recommend(dispatcher, tracker, said, newer, fresh=True)
    elif not newer or STYLE_WORDS.search(said):
        text = f"{text} {said}"[-300:].strip()
    text = without_words(text, newer.not_categories)
    if not newer.categories and (kind := another_thing(filters, said, entities)):
        kept = kept_for_another(filters)
        if read(said).has("same"):
            kept = replace(kept, sizes=filters.sizes, colours=filters.colours)
        wanted = kept.merge(replace(newer, features=(*newer.features, kind)))
        return recommend(dispatcher, tracker, said, wanted, fresh=True)
    if newer.categories and not set(newer.categories) & set(filters.categories):
        goes_on = reading.begins_with("goes_on") or len(said.split()) <= FEW_WORDS
        kept = kept_for_another(filters) if goes_on else Filters()
        return recommend(dispatcher, tracker, said, kept.merge(newer), fresh=True)
    return recommend(dispatcher, tracker, text, filters.merge(newer))
