"""Danger to somebody, and threats of law: no form, nothing sold, and staff are told at once."""

import time

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.staff.help_lines import help_lines
from actions.texts import choice, person, phrase
from bot.intents import group
from bot.settings import get_settings
from bot.staff.accounts import on_duty

FOR_PERSON = ("talk_to_human", "call_back", "bot_challenge")


class ActionDanger(ShopAction):
    """Gives the numbers to call, and stays: in other words when the danger was known before."""

    soothes = False
    ends_crisis = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_danger"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Leave the form that is open, and tell staff when it is new."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        kinds = group("danger")
        kind = intent if intent in kinds else kinds[0]
        known = tracker.get_slot("crisis")
        lines = help_lines()
        said = phrase(
            f"danger_{kind}_again" if known else f"danger_{kind}", tracker,
            emergency=lines.emergency, listening=lines.listening, everywhere=lines.everywhere,
        )  # fmt: skip
        if not known or _asks_for_person(tracker):
            told = "staff_told" if on_duty(get_settings().staff_db) else "staff_away"
            said = f"{said} {phrase(told, tracker)}"
        dispatcher.utter_message(text=said, buttons=[choice("safe_now")])
        if known:
            return leave_form()
        crisis = {"kind": kind, "since": time.time()}
        return [*leave_form(), SlotSet("crisis", crisis), asked_for_person(tracker, "danger")]


class ActionSafeNow(ShopAction):
    """The person says that they are safe, or that it was never meant so."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_safe_now"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Be glad of it; the numbers stay where they are."""
        dispatcher.utter_message(text=phrase("safe_now", tracker), buttons=[person()])
        return []


class ActionLegalThreat(ShopAction):
    """Takes a threat of law as it is: no argument, no promise, a person who can decide."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_legal_threat"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Leave the form that is open, and hand over with the reason; once is enough."""
        if (tracker.get_slot("handoff_requested") or {}).get("why") == "law":
            text = phrase("legal_threat_again", tracker, email=get_settings().shop.contact.email)
            dispatcher.utter_message(text=text, buttons=[person()])
            return leave_form()
        there = bool(on_duty(get_settings().staff_db))
        text = phrase(
            "legal_threat" if there else "legal_threat_away", tracker,
            email=get_settings().shop.contact.email,
        )  # fmt: skip
        dispatcher.utter_message(text=text, buttons=[] if there else [person()])
        return [*leave_form(), asked_for_person(tracker, "law")]


def _asks_for_person(tracker: Tracker) -> bool:
    """Whether the message, were nobody in danger, would ask for a person."""
    ranking = tracker.latest_message.get("intent_ranking") or []
    return any(one["name"] in FOR_PERSON for one in ranking[1:2])


def leave_form() -> Events:
    """Whatever form is open: no rule has to name it."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def asked_for_person(tracker: Tracker, why: str = "") -> EventType:
    """The request for a person as the web process reads it; `why`: danger, law, or the customer's
    wish when it is empty."""
    message = tracker.latest_message
    reason = (message.get("metadata") or {}).get("title") or message.get("text") or ""
    return SlotSet("handoff_requested", {"at": time.time(), "reason": reason[:500], "why": why})
