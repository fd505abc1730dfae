"""A call back: whom, when, and a yes; staff do the calling. The widget's form says all at once."""

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.staff.phones import when_to_call
from actions.staff.requests import begun, no_such_time, note_call
from bot.answers.phones import phone_in, region_of
from bot.settings import get_settings


class ActionCallBack(ShopAction):
    """Notes the number and the time that the message holds; the form asks for the rest."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_call_back"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """A number that was given before is proposed; a form that was sent is noted as it is, unless there is no such time:
        then it is asked for as in the talk."""
        form = (tracker.latest_message.get("metadata") or {}).get("call_back")
        if form and no_such_time(form.get("time") or ""):
            return [
                *begun("call_back"),
                SlotSet("call_phone", form["phone"]),
                SlotSet("call_name", form.get("name") or None),
                SlotSet("call_time", form["time"]),
                FollowupAction("contact_form"),
            ]
        if form:
            tracker.slots.update(call_phone=form["phone"], call_time=form.get("time") or None)
            return [
                SlotSet("call_phone", form["phone"]),
                *note_call(dispatcher, tracker, form.get("name") or ""),
            ]
        text = tracker.latest_message.get("text") or ""
        phone = phone_in(text, region_of(get_settings().shop)) or tracker.get_slot("call_phone")
        return [
            *begun("call_back"),
            SlotSet("call_name", None),
            SlotSet("call_phone", phone),
            SlotSet("call_time", when_to_call(text) or None),
            FollowupAction("contact_form"),
        ]
