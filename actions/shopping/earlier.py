"""Shopping, backwards: give a wish up, start over, go back to an earlier list."""

import re

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_recommender
from actions.base import Events
from actions.shopping.listing import narrower
from actions.shopping.product_talk import describe_meant
from actions.shopping.products import KEPT, ShoppingAction, recommend
from actions.shopping.said import words
from actions.texts import phrase
from actions.wording import card
from bot.settings import get_settings
from recommender.request.filters import Filters
from recommender.search.recommend import reason

# Words that give a wish up, and the wish.
DROPPED = {
    "price": r"\b(?:price|budget|cost|limit|money)\b",
    "colours": r"\bcolou?rs?\b",
    "sizes": r"\bsizes?\b",
    "brands": r"\bbrands?\b",
    "audience": r"\b(?:for (?:anyone|everyone)|men|women|kids)\b",
    "in_stock": r"\bstock\b",
}
START_OVER = re.compile(r"\b(?:start (?:over|again)|reset|new search|clear|from scratch)\b", re.I)


class ActionUndoRefinement(ShoppingAction):
    """Gives a wish up, or goes back to the search before."""

    composes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_undo_refinement"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Drop the wish that is named, everything for "start over", else the last step."""
        search, text = tracker.get_slot("search"), words(tracker)
        if not search or START_OVER.search(text):
            dispatcher.utter_message(text=phrase("start_over", tracker))
            return [
                SlotSet("search", None),
                SlotSet("searches", None),
                SlotSet("shown_products", None),
            ]
        filters = Filters.from_dict(search["filters"])
        named = [wish for wish, pattern in DROPPED.items() if re.search(pattern, text, re.I)]
        mentioned = Filters.from_entities(tracker.latest_message.get("entities") or [])
        named += [wish for wish in DROPPED if mentioned.asks(wish) and wish not in named]
        given = [wish for wish in named if filters.asks(wish)]
        if not given:
            return back(dispatcher, tracker)
        for wish in given:
            filters = filters.without(wish)
        return recommend(dispatcher, tracker, search["text"], filters)


class ActionEarlierList(ShoppingAction):
    """Shows a list from before again."""

    composes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_earlier_list"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The one that the customer names, else the one before."""
        return back(dispatcher, tracker)


def back(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Show an earlier list again: the latest that has what the message names, else the one before."""
    earlier = tracker.get_slot("searches") or []
    current = tracker.get_slot("search")
    wanted = _meant_search(tracker, earlier, current)
    if wanted is None:
        dispatcher.utter_message(text=phrase("no_earlier_list", tracker))
        return []
    currency, filters = get_settings().shop.currency, Filters.from_dict(wanted["filters"])
    products = [get_recommender().get(sku) for sku in wanted["shown"]]
    kept = [one for one in [*earlier, *([current] if current else [])] if one != wanted][-KEPT:]
    events: Events = [
        SlotSet("search", wanted),
        SlotSet("searches", kept),
        SlotSet("shown_products", wanted["shown"]),
        SlotSet("product_meant", None),
    ]
    places = [
        one for one in tracker.latest_message.get("entities") or [] if one["entity"] == "ordinal"
    ]
    if places:
        tracker.slots["shown_products"] = wanted["shown"]
        return [*events, *describe_meant(dispatcher, tracker)]
    dispatcher.utter_message(
        text=phrase("earlier_list", tracker),
        json_message={
            "products": [
                card(one, currency, reason(one, wanted["text"], filters)) for one in products if one
            ]
        },
        buttons=narrower(tracker, True),
    )
    return events


def _meant_search(tracker: Tracker, earlier: list[dict], current: dict | None) -> dict | None:
    """By what the message names ("the jackets"), by "first", or simply the one before."""
    known = [*earlier, *([current] if current else [])]
    text = words(tracker).lower()
    named = Filters.from_entities(tracker.latest_message.get("entities") or [])
    if named:
        for search in reversed(known):
            had = Filters.from_dict(search["filters"])
            if set(named.categories) & set(had.categories) or set(named.colours) & set(had.colours):
                return search
    said = set(re.findall(r"[a-z]{4,}", text)) - {"list", "show", "back", "ones", "that", "before"}
    for search in reversed(known):
        if said & {
            form
            for word in re.findall(r"[a-z]{4,}", search["text"].lower())
            for form in (word, word + "s")
        }:
            return search
    if not earlier:
        return None
    return earlier[0] if re.search(r"\b(?:first list|beginning|start)\b", text) else earlier[-1]
