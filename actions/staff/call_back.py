"""A call back: whom, when, and a yes; staff do the calling."""

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.staff.phones import phone_in, region_of, when_to_call
from actions.staff.requests import begun
from bot.settings import get_settings


class ActionCallBack(ShopAction):
    """Notes the number and the time that the message holds; the form asks for the rest."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_call_back"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """A number that was given before is proposed."""
        text = tracker.latest_message.get("text") or ""
        phone = phone_in(text, region_of(get_settings().shop)) or tracker.get_slot("call_phone")
        return [
            *begun("call_back"),
            SlotSet("call_phone", phone),
            SlotSet("call_time", when_to_call(text) or None),
            FollowupAction("contact_form"),
        ]
