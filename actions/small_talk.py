"""The greeting, and what a customer gives without being asked."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.products import refine
from actions.wording import button
from bot.settings import get_settings
from recommender.filters import Filters

STARTERS = [
    button("Find a product", "/search_products"),
    button("Where is my order?", "/order_status"),
    button("Delivery", "/delivery_info"),
    button("Returns", "/returns_policy"),
]


class ActionGreet(Action):
    """Says hello in the shop's own words."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_greet"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list:
        """The welcome of shop.yml, with where to begin."""
        dispatcher.utter_message(text=get_settings().shop.assistant.welcome, buttons=STARTERS)
        return []


class ActionInform(Action):
    """Makes sense of an order number, an email or a size that comes by itself."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_inform"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[EventType]:
        """An order number means an order; a wish means the search that is going on."""
        entities = tracker.latest_message.get("entities") or []
        if {one["entity"] for one in entities} & {"order_number", "email"}:
            return [FollowupAction("order_form")]
        if tracker.get_slot("search") and Filters.from_entities(entities):
            return refine(dispatcher, tracker)
        dispatcher.utter_message(text="Thanks. What can I do with that?", buttons=STARTERS)
        return []
