"""Danger to somebody, and threats of law: no form, nothing sold, and staff are told at once."""

import time
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.staff.help_lines import help_lines
from actions.texts import choice, person, phrase
from actions.wording import button
from bot.answers.safety import safety_words
from bot.intents import group, topics
from bot.settings import get_settings
from bot.spoken import speaking, spoken
from bot.staff.accounts import on_duty

FOR_PERSON = ("talk_to_human", "call_back", "bot_challenge")
OF_ORDERS = {*topics()["orders"], "request_status"}
SURE = 0.6  # the confidence from which a request is noted


class ActionDanger(ShopAction):
    """Gives the numbers to call, and stays: in other words when the danger was known before."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_danger"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Leave the form that is open, and tell staff: who wait already learn nothing new, but once they
        have resolved it, it comes back to them as long as the danger holds."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        kinds = group("danger")
        kind = intent if intent in kinds else kinds[0]
        known = tracker.get_slot("crisis") or {}
        language = _language(tracker, known)
        asked = _asked_beside(tracker)
        with speaking(language if language in get_settings().shop.languages else spoken()):
            text, safe = _said_in(language, kind, tracker)
            if not known or asked in FOR_PERSON:
                told = "staff_told" if on_duty(get_settings().staff_db) else "staff_away"
                text = f"{text} {phrase(told, tracker)}"
            elif asked in OF_ORDERS:
                text = f"{text} {phrase('order_can_wait', tracker)}"
            dispatcher.utter_message(text=text, buttons=[safe, person()])
        left = [*leave_form(), asked_for_person(tracker, "danger")]
        crisis = {
            "since": time.time(),
            **known,
            "kind": kind,
            "language": language,
            "spoken": spoken(),
            "faint": bool((tracker.latest_message.get("metadata") or {}).get("faint")),
        }
        if crisis != known:
            left.append(SlotSet("crisis", crisis))
        return left


def _language(tracker: Tracker, known: Mapping[str, Any]) -> str:
    """That of the phrase that says it; without one that in which the danger was known, until the turn's changes."""
    said = (tracker.latest_message.get("metadata") or {}).get("language")
    before = known.get("language") if known.get("spoken") == spoken() else None
    return said or before or spoken()


def _said_in(language: str, kind: str, tracker: Tracker) -> tuple[str, dict[str, str]]:
    """The text with the numbers, and the quick reply that ends it; in the turn's language where the customer's has none."""
    texts = {} if language == spoken() else safety_words(language).get("texts", {})
    lines = help_lines(language if texts else spoken())
    numbers = {
        "emergency": lines.emergency, "listening": lines.listening, "everywhere": lines.everywhere,
    }  # fmt: skip
    if texts:
        return texts[kind].format(**numbers), button(texts["safe_button"], "/safe_now")
    again = "_again" if tracker.get_slot("crisis") else ""
    return phrase(f"danger_{kind}{again}", tracker, **numbers), choice("safe_now")


class ActionHurtByProduct(ShopAction):
    """Somebody got hurt by what the shop sold, and is in no danger: the wound first, then a report."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_hurt_by_product"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """What to do with the wound and the product, and the report that staff read."""
        text = phrase("hurt_by_product", tracker, emergency=help_lines(spoken()).emergency)
        report = choice("report_product", "/damaged_item")
        dispatcher.utter_message(text=text, buttons=[report, person()])
        return []


class ActionSafeNow(ShopAction):
    """The person says that they are safe, or that it was never meant so."""

    soothes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_safe_now"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Be glad of it; the numbers stay where they are. What is asked for beside it comes next."""
        further = (tracker.latest_message.get("metadata") or {}).get("further")
        text = phrase("safe_and_on" if further else "safe_now", tracker)
        dispatcher.utter_message(text=text, buttons=[] if further else [person()])
        held = tracker.get_slot("crisis") or {}
        return [
            SlotSet("crisis", None),
            SlotSet("crisis_before", held.get("kind")),
            SlotSet("crisis_was_faint", bool(held.get("faint"))),
        ]


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


def _asked_beside(tracker: Tracker) -> str:
    """The intent that the message, were nobody in danger, would surely have; else empty."""
    ranking = (tracker.latest_message.get("intent_ranking") or [])[1:2]
    return next((intent["name"] for intent in ranking if intent.get("confidence", 1.0) >= SURE), "")


def leave_form() -> Events:
    """Whatever form is open: no rule has to name it."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def asked_for_person(tracker: Tracker, why: str = "") -> EventType:
    """The request for a person as the web process reads it; `why`: danger, law, or the customer's
    wish when it is empty."""
    message = tracker.latest_message
    reason = (message.get("metadata") or {}).get("title") or message.get("text") or ""
    return SlotSet("handoff_requested", {"at": time.time(), "reason": reason[:500], "why": why})
