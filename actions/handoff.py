"""A person, please."""

import time
from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.policies import open_now
from bot.settings import get_settings


class ActionTalkToHuman(Action):
    """Records that the customer wants a person, and says when one is there."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_talk_to_human"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[EventType]:
        """Note the request, and give the ways to reach staff."""
        shop = get_settings().shop
        phone = f" or call {shop.contact.phone}" if shop.contact.phone else ""
        dispatcher.utter_message(
            text="I've noted that you'd like to talk to a person, and our staff can read this "
            f"conversation. You can also write to {shop.contact.email}{phone}. "
            f"{open_now(shop, datetime.now(shop.zone))}"
        )
        reason = (tracker.latest_message.get("text") or "")[:500]
        return [SlotSet("handoff_requested", {"at": time.time(), "reason": reason})]
