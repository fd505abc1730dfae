"""The form that leads to an order: which one, whose, and what the task has to know."""

import re
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.forms import EMAIL, ask_again, ask_for, email_in
from actions.order_tasks import SORRY, TASKS, order_of, refusal, say_orders_down, task_of
from actions.orders_backend import OrdersUnavailable
from actions.orders_wording import summary
from actions.proof import ask_for_code, code_slots, may_look_up, take_code
from actions.texts import person, phrase
from actions.wording import button

NUMBER = re.compile(r"(?:[A-Z]{1,6}[\s-]?)?\d{3,}", re.I)
SAID_WORDS = 7  # so many words say what is wrong; fewer only that something is


class ActionBeginOrderTask(ShopAction):
    """Notes what the customer wants of an order; the form comes next."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_begin_order_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """A new task starts afresh; one that goes on keeps what it has."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        if intent not in TASKS:
            intent = "order_status"
        if intent == tracker.get_slot("order_task") and tracker.active_loop:
            return []
        text = _said(tracker)
        told = TASKS[intent].said and len(_without_order(text).split()) >= SAID_WORDS
        return [
            SlotSet("order_task", intent),
            SlotSet("later_task", (tracker.latest_message.get("metadata") or {}).get("later")),
            SlotSet("detail", text if told else None),
            SlotSet("confirmed", None),
            SlotSet("form_failures", 0),
            SlotSet("code", None),
        ]


class ValidateOrderForm(FormValidationAction):
    """Asks for what the task needs, and stops asking when the order doesn't allow it."""

    def name(self) -> str:
        """The name in the domain."""
        return "validate_order_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Any,
    ) -> list[str]:
        """Number and email; then, for an order that allows it, the detail and the yes.

        Where too much was guessed, a code that is mailed to the address shows whose it is.
        """
        asked = ["order_number", "email"]
        task = task_of(tracker)
        number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
        if not (number and email):
            return asked
        if not may_look_up(tracker, number, email):
            return [*asked, *code_slots(tracker)]
        if not task.kind:
            return asked
        try:
            order = await order_of(tracker)
        except OrdersUnavailable:
            return asked  # the task apologises
        if order and not refusal(order, task.kind):
            asked += ["detail"] * task.detail + ["confirmed"] * task.confirm
        return asked

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep what looks like an order number; else say what one looks like."""
        found = NUMBER.search(str(value))
        if found:
            return {"order_number": found[0].upper().replace(" ", "-"), "form_failures": 0}
        return ask_again(dispatcher, tracker, "order_number", "no_order_number", [person()])

    def validate_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep an email address; else say what is missing."""
        email = email_in(value)
        if email:
            return {"email": email, "form_failures": 0}
        return ask_again(dispatcher, tracker, "email", "no_email", [person()])

    def validate_code(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Compare the code with the one that was mailed."""
        return take_code(value, dispatcher, tracker)

    def validate_detail(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep the customer's words, up to what a person reads."""
        return {"detail": str(value).strip()[:1000] or None}

    def validate_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """A yes or a no; anything else is asked again."""
        return {"confirmed": value if isinstance(value, bool) else None}


class ActionAskOrderNumber(ShopAction):
    """Asks which order it is."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_order_number"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """In the words of the task: first what it is about, then the number."""
        name = "ask_order_number_sorry" if task_of(tracker).kind in SORRY else "ask_order_number"
        return ask_for(dispatcher, tracker, "number", name)


class ActionAskEmail(ShopAction):
    """Asks whose order it is."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_email"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The email address keeps orders from strangers."""
        return ask_for(dispatcher, tracker, "email", "ask_email")


class ActionAskCode(ShopAction):
    """Mails a code to the address of the order."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_code"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """And asks for it."""
        return await ask_for_code(dispatcher, tracker)


class ActionAskDetail(ShopAction):
    """Asks what the task has to know."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_detail"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With the order in front of the customer."""
        kind = task_of(tracker).kind
        try:
            order = await order_of(tracker)
        except OrdersUnavailable:
            say_orders_down(dispatcher, tracker)
            return []
        if order:
            text = f"{summary(order, tracker)}\n{phrase(f'ask_{kind}', tracker)}"
            dispatcher.utter_message(text=text)
        return []


class ActionAskConfirmed(ShopAction):
    """Asks for the yes, showing what will happen."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_confirmed"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With the order and the customer's own words in front of them."""
        kind = task_of(tracker).kind
        try:
            order = await order_of(tracker)
        except OrdersUnavailable:
            say_orders_down(dispatcher, tracker)
            return []
        if order:
            question = phrase(f"confirm_{kind}", tracker, detail=tracker.get_slot("detail") or "")
            dispatcher.utter_message(
                text=f"{summary(order, tracker)}\n{question}",
                buttons=[
                    button(phrase(f"yes_{kind}", tracker), "/affirm"),
                    button(phrase("no_leave_it", tracker), "/deny"),
                ],
            )
        return []


def _said(tracker: Tracker) -> str:
    """The customer's words; empty for a quick reply."""
    text = tracker.latest_message.get("text") or ""
    return "" if text.startswith("/") else text


def _without_order(text: str) -> str:
    return EMAIL.sub(" ", NUMBER.sub(" ", text))
