"""When the assistant isn't sure what was meant."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, UserUtteranceReverted
from rasa_sdk.executor import CollectingDispatcher

from actions.wording import button

# What can be offered, and how it is called on a button.
TITLES = {
    "search_products": "Find a product",
    "product_details": "More about a product",
    "product_availability": "Whether it's in stock",
    "order_status": "Where my order is",
    "cancel_order": "Cancel an order",
    "returns_policy": "Returns and refunds",
    "delivery_info": "Delivery time and cost",
    "opening_hours": "Opening hours",
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
            text="I'm not sure I understood. Did you mean one of these?",
            buttons=[*buttons, button("None of these", "/out_of_scope")],
        )
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
            text="Sorry, I still don't understand. I can ask a person to help you.",
            buttons=[button("Talk to a person", "/talk_to_human"), button("Help", "/help")],
        )
        return [UserUtteranceReverted()]
