"""A person, please."""

import time
from datetime import datetime

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.policies import open_now
from actions.texts import phrase
from bot.settings import get_settings


class ActionTalkToHuman(ShopAction):
    """Records that the customer wants a person, and says when one is there."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_talk_to_human"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Note the request, and give the ways to reach staff."""
        shop = get_settings().shop
        dispatcher.utter_message(
            text=phrase(
                "person_noted", tracker,
                email=shop.contact.email,
                phone=f" or call {shop.contact.phone}" if shop.contact.phone else "",
                hours=open_now(shop, datetime.now(shop.zone)),
            )
        )  # fmt: skip
        reason = (tracker.latest_message.get("text") or "")[:500]
        return [SlotSet("handoff_requested", {"at": time.time(), "reason": reason})]
