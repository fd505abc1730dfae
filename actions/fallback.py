"""When the assistant isn't sure what was meant."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, UserUtteranceReverted
from rasa_sdk.executor import CollectingDispatcher

from actions.texts import phrase
from actions.wording import button

# What can be offered, and how it is called on a button.
TITLES = {
    "search_products": "Find a product",
    "product_details": "More about a product",
    "product_availability": "Whether it's in stock",
    "compare_products": "Compare products",
    "order_status": "Where my order is",
    "cancel_order": "Cancel an order",
    "change_address": "Change the delivery address",
    "change_items": "Change what I ordered",
    "return_item": "Return something",
    "exchange_item": "Exchange something",
    "refund_status": "Where my refund is",
    "damaged_item": "Something is broken",
    "wrong_item": "I got the wrong thing",
    "missing_item": "Something is missing",
    "invoice": "Get an invoice",
    "payment_problem": "A payment went wrong",
    "returns_policy": "How returns work",
    "delivery_info": "Delivery time and cost",
    "payment_methods": "How I can pay",
    "warranty": "Warranty and repairs",
    "discount_code": "Discounts and codes",
    "gift_card": "Gift cards",
    "account_help": "My account",
    "opening_hours": "Opening hours",
    "contact": "How to reach you",
    "talk_to_human": "Talk to a person",
    "help": "What you can do",
}
OFFERED = 3


class ActionDefaultAskAffirmation(Action):
    """Offers what was likely meant; the first stage of Rasa's two-stage fallback."""

    def name(self) -> str:
        """Overrides Rasa's action of this name."""
        return "action_default_ask_affirmation"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list:
        """The likeliest intents that can be offered, as buttons."""
        ranking = tracker.latest_message.get("intent_ranking") or []
        likely = [one["name"] for one in ranking if one["name"] in TITLES][:OFFERED]
        buttons = [button(TITLES[name], f"/{name}") for name in likely]
        dispatcher.utter_message(
            text=phrase("unsure", tracker),
            buttons=[*buttons, button("None of these", "/out_of_scope")],
        )
        return []


class ActionDefaultAskRephrase(Action):
    """Asks for other words; the second stage of Rasa's two-stage fallback."""

    def name(self) -> str:
        """Overrides Rasa's action of this name."""
        return "action_default_ask_rephrase"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[EventType]:
        """Ask."""
        dispatcher.utter_message(text=phrase("rephrase", tracker))
        return []


class ActionDefaultFallback(Action):
    """Offers a person when the second attempt failed too."""

    def name(self) -> str:
        """Overrides Rasa's action of this name."""
        return "action_default_fallback"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[EventType]:
        """Admit it, and leave the conversation as it was before the message."""
        dispatcher.utter_message(
            text=phrase("still_unsure", tracker),
            buttons=[button("Talk to a person", "/talk_to_human"), button("Help", "/help")],
        )
        return [UserUtteranceReverted()]
