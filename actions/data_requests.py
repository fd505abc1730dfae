"""A copy of one's data, and its erasure: what it is about, whose it is, and a yes.

Who holds the chat's own token may have this conversation. All others need proof of the email
address: the signed word of the shop's server, or an order's number with its address, as for orders.
The web process does the rest (bot/web/my_data.py).
"""

import re
import time
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.forms import ask_again, ask_for
from actions.order_tasks import GUESSES, order_of, say_orders_down
from actions.orders_backend import OrdersUnavailable
from actions.orders_form import ActionAskEmail, ActionAskOrderNumber, ValidateOrderForm
from actions.texts import choice, person, phrase
from actions.wording import button

TASKS = ("export_data", "delete_data")
ALL = re.compile(r"\b(?:all|every\w*|any\w*|other|others|earlier|older|both|email)\b", re.I)
HERE = re.compile(r"\b(?:this|here|only|just|current|conversation|chat)\b", re.I)


async def proven_email(tracker: Tracker) -> str:
    """The address that is surely the customer's, or "". Raises OrdersUnavailable."""
    customer = (tracker.latest_message.get("metadata") or {}).get("customer") or {}
    if customer.get("email"):
        return str(customer["email"]).lower()
    return tracker.get_slot("email") if await order_of(tracker) else ""


class ActionBeginDataTask(ShopAction):
    """Notes what the customer wants of their data; the form comes next."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_begin_data_task"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """An address that was given for something else proves nothing, and is asked for again."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        begun: Events = [
            SlotSet("data_task", intent if intent in TASKS else "export_data"),
            SlotSet("data_scope", None),
            SlotSet("confirmed", None),
            SlotSet("form_failures", 0),
        ]
        try:
            proven = await proven_email(tracker)
        except OrdersUnavailable:
            proven = ""
        return begun if proven else [*begun, SlotSet("order_number", None), SlotSet("email", None)]


class ValidateDataForm(ValidateOrderForm):
    """Asks what it is about, for all conversations whose they are, and before erasing a yes."""

    def name(self) -> str:
        """The name in the domain."""
        return "validate_data_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Any,
    ) -> list[str]:
        """The proof is asked for only when it is needed and not there."""
        if tracker.get_slot("data_scope") != "all":
            return ["data_scope"]
        try:
            proven = await proven_email(tracker)
        except OrdersUnavailable:
            return ["data_scope"]  # the task apologises
        if proven:
            erasing = tracker.get_slot("data_task") == "delete_data"
            return ["data_scope", *["confirmed"] * erasing]
        return ["data_scope", "order_number", "email"]

    def validate_data_scope(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """This conversation or all; anything else is asked again."""
        text = str(value)
        if ALL.search(text):
            return {"data_scope": "all", "form_failures": 0}
        if HERE.search(text):
            return {"data_scope": "here", "form_failures": 0}
        return ask_again(dispatcher, tracker, "data_scope", "no_data_scope")


class ActionAskDataScope(ShopAction):
    """Asks what it is about, and says what it means."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_data_form_data_scope"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With a button for each, and one that leaves all as it is."""
        task = tracker.get_slot("data_task")
        dispatcher.utter_message(
            text=phrase(f"ask_{task}", tracker),
            buttons=[
                button(phrase(f"{task}_here_button", tracker), '/inform{"data_scope": "here"}'),
                button(phrase(f"{task}_all_button", tracker), '/inform{"data_scope": "all"}'),
                button(phrase("no_leave_it", tracker), "/stop"),
            ],
        )
        return []


class ActionAskDataOrderNumber(ActionAskOrderNumber):
    """Asks for an order, as proof of the address."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_data_form_order_number"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """And says why."""
        return ask_for(dispatcher, tracker, "number", "prove_by_order")


class ActionAskDataEmail(ActionAskEmail):
    """Asks for the address of the order."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_data_form_email"


class ActionAskDataConfirmed(ShopAction):
    """Asks for the yes before all conversations are erased."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_data_form_confirmed"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With all that goes, and what stays."""
        try:
            email = await proven_email(tracker)
        except OrdersUnavailable:
            say_orders_down(dispatcher, tracker)
            return []
        dispatcher.utter_message(
            text=phrase("confirm_delete_data", tracker, email=email),
            buttons=[
                button(phrase("yes_delete_data", tracker), "/affirm"),
                button(phrase("no_leave_it", tracker), "/deny"),
            ],
        )
        return []


class ActionDoDataTask(ShopAction):
    """Asks the web process for the copy or the erasure, once it is clear whose data it is."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_do_data_task"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say what happens, or what stood against it."""
        task, scope = tracker.get_slot("data_task"), tracker.get_slot("data_scope")
        done: Events = [SlotSet("confirmed", None), SlotSet("data_scope", None)]
        if scope not in ("here", "all"):
            dispatcher.utter_message(text=phrase("gave_up_data", tracker), buttons=[person()])
            return done
        try:
            email = await proven_email(tracker) if scope == "all" else ""
        except OrdersUnavailable:
            say_orders_down(dispatcher, tracker)
            return done
        if scope == "all" and not email:
            return [*done, *_not_proven(dispatcher, tracker)]
        if task == "delete_data" and scope == "all" and not tracker.get_slot("confirmed"):
            dispatcher.utter_message(text=phrase("data_left", tracker))
            return done
        if task == "delete_data":
            dispatcher.utter_message(text=phrase("done_delete_data", tracker))
            return [*done, SlotSet("erasure_asked", {"email": email, "at": time.time()})]
        card = {"kind": "copy", "email": email}
        dispatcher.utter_message(
            text=phrase("done_export_data", tracker), json_message={"card": card}
        )
        return done


def _not_proven(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Number and address don't go together: forget both, and not for ever."""
    failures = int(tracker.get_slot("lookup_failures") or 0) + 1
    name = "not_proven" if failures < GUESSES else "too_many_guesses"
    again = [choice("try_again", f"/{tracker.get_slot('data_task')}")] * (failures < GUESSES)
    dispatcher.utter_message(text=phrase(name, tracker), buttons=[*again, person()])
    return [
        SlotSet("order_number", None),
        SlotSet("email", None),
        SlotSet("lookup_failures", failures),
    ]
