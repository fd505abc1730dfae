"""The form that leads to an order: which one, whose, and what the task has to know."""

import re
import zlib
from abc import abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, ShopAction
from actions.dates.days import names_long_time
from actions.forms import agreed, ask_again, ask_for, email_in, said_as_entity, yes_button
from actions.language import ShopFormValidation
from actions.order_backends.interface import Order, OrdersUnavailable
from actions.orders.tasks import (
    SORRY,
    order_of,
    own_orders,
    refusal,
    said_in_words,
    say_orders_down,
    task_of,
)
from actions.orders.wording import buttons_of, parcel_state, summary
from actions.proof import ask_for_code, code_slots, is_of_order, may_look_up, take_code
from actions.shop.page_answers import answers, from_pages
from actions.texts import person, phrase
from actions.wording import button
from bot.answers.details import LONGEST, address_in, asks_something, is_plausible, without_values
from bot.answers.order_numbers import order_numbers
from bot.intents import order_tasks
from bot.reading.reader import read

STOPS = ".。;；,， "  # at the end of what is quoted: the sentence around it has its own
ASKS_WHEN = ("delivery_info",)  # before a yes, it is asked of this order
ANSWERS_BESIDE = 0.45  # a passage's score from which it is quoted beside a request
SAID_WORDS = 7  # so many words say what is wrong; fewer only that something is


class ActionBeginOrderTask(ShopAction):
    """Notes what the customer wants of an order; the form comes next."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_begin_order_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """A new task starts afresh; one that goes on keeps what it has."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        if intent not in order_tasks():
            intent = "order_status"
        if intent == tracker.get_slot("order_task") and tracker.active_loop:
            return []
        text = said_in_words(tracker)
        begun: Events = [
            SlotSet("order_task", intent),
            SlotSet("later_task", (tracker.latest_message.get("metadata") or {}).get("later")),
            SlotSet("detail", _told(intent, text)),
            SlotSet("confirmed", None),
            SlotSet("form_failures", 0),
            SlotSet("code", None),
        ]
        number = None if said_as_entity(tracker, "order_number") else _number_in(text)
        if order_tasks()[intent].detail and not number and not tracker.get_slot("order_number"):
            _say_what_pages_say(dispatcher, tracker, text)
        return [*begun, SlotSet("order_number", number)] if number else begun


def _say_what_pages_say(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> None:
    """Answer what is asked beside a request, such as whether it can be sent back at all or is under warranty."""
    if not (read(text).has("asks") or names_long_time(text)) or said_as_entity(
        tracker, "order_number"
    ):
        return
    found = answers(text)
    if found and found[0].score >= ANSWERS_BESIDE:
        dispatcher.utter_message(text=from_pages(found[:1], tracker))


class ValidateOrderForm(ShopFormValidation):
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
        found = order_numbers().find(str(value), asked=True)
        if found:
            number, email = found[0].number, tracker.get_slot("email")
            taken: dict[str, Any] = {"order_number": number, "form_failures": 0}
            if email and not is_of_order(tracker, number, email):
                taken["email"] = None  # asked for, for this order
            return taken
        says_more = len(without_values(str(value)).split()) >= SAID_WORDS  # "I lost it, I have …"
        if said_as_entity(tracker, "email") and not says_more:
            return {"order_number": None}  # heard; the number is asked for again
        return ask_again(dispatcher, tracker, "order_number", "no_order_number", [person()])

    def validate_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep an email address; else say what is missing."""
        email = email_in(value)
        if email:
            return {"email": email, "form_failures": 0}
        if said_as_entity(tracker, "order_number"):
            return {"email": None}  # heard; the address is asked for again
        return ask_again(dispatcher, tracker, "email", "no_email", [person()])

    def validate_code(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Compare the code with the one that was mailed."""
        return take_code(value, dispatcher, tracker)

    def validate_detail(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep the customer's words, up to what a person reads, when the task can use them."""
        text, kind = str(value).strip(), task_of(tracker).kind
        if is_plausible(kind, text):
            return {"detail": text[:LONGEST], "form_failures": 0}
        if said_as_entity(tracker, "order_number", "email"):
            return {"detail": None}  # another order, about which it is asked again
        address = kind == "change_address"
        return ask_again(
            dispatcher, tracker, "detail", "no_address" if address else "no_detail", [person()]
        )

    def validate_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """A yes or a no; anything else, and a button under another question, is asked again."""
        return {"confirmed": agreed(value, dispatcher, tracker, self.asked_for(tracker))}

    def asked_for(self, tracker: Tracker) -> str:
        """What the yes is asked for, as the button's payload has it."""
        return agreement(tracker)


class ActionAskOrderNumber(ShopAction):
    """Asks which order it is."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_order_number"

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """In the words of the task: first what it is about, then the number; whose orders are known chooses one."""
        sorry = task_of(tracker).kind in SORRY
        try:
            mine = await own_orders(tracker)
        except OrdersUnavailable:
            mine = []  # by its number it is looked for, and that it can't be is said
        if mine and not sorry:
            text = phrase("your_orders" if mine[1:] else "own_order", tracker, count=len(mine))
            dispatcher.utter_message(text=text, buttons=buttons_of(mine, "inform"))
            return []
        name = "ask_order_number_sorry" if sorry else "ask_order_number"
        return ask_for(dispatcher, tracker, "number", name, buttons_of(mine, "inform"))


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


class _AboutTheOrder(ShopAction):
    """A question that is asked with the order in front of the customer."""

    async def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """`ask`, or an apology when the order can't be had now."""
        try:
            order = await order_of(tracker)
        except OrdersUnavailable:
            order = None
        if order:
            self.ask(order, dispatcher, tracker)
        else:  # it was there a moment ago; whoever waits for the question hears so
            say_orders_down(dispatcher, tracker)
        return []

    @abstractmethod
    def ask(self, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """Say the question."""


class ActionAskDetail(_AboutTheOrder):
    """Asks what the task has to know."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_detail"

    def ask(self, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """In the words of the task."""
        question = phrase(f"ask_{task_of(tracker).kind}", tracker)
        dispatcher.utter_message(text=f"{summary(order, tracker)}\n{question}")


class ActionAskConfirmed(_AboutTheOrder):
    """Asks for the yes, showing what will happen."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_confirmed"

    def ask(self, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """With the customer's own words in front of them, too."""
        kind = task_of(tracker).kind
        detail, email = (tracker.get_slot("detail") or "").rstrip(STOPS), order.email
        question = phrase(f"confirm_{kind}", tracker, detail=detail, email=email)
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        state = [parcel_state(order, tracker)] * (intent in ASKS_WHEN)
        begins = intent == tracker.get_slot("order_task") and kind in SORRY
        sorry = [phrase("sorry_for_that", tracker)] * begins  # all was said at once
        dispatcher.utter_message(
            text="\n".join([*sorry, summary(order, tracker), *state, question]),
            buttons=[
                yes_button(phrase(f"yes_{kind}", tracker), agreement(tracker)),
                button(phrase("no_leave_it", tracker), "/deny"),
            ],
        )


def agreement(tracker: Tracker) -> str:
    """The request that a yes would agree to: its kind, the order, and a mark of what was said of it."""
    detail = tracker.get_slot("detail") or ""
    mark = f" {zlib.crc32(detail.encode()):08x}" if detail else ""
    return f"{task_of(tracker).kind} {tracker.get_slot('order_number')}{mark}"


def _told(intent: str, text: str) -> str | None:
    """What the first message says already of what the task has to know."""
    task = order_tasks()[intent]
    if task.kind == "change_address":
        return address_in(text) or None
    said = task.said and len(re.findall(r"[\w'’-]+", without_values(text))) >= SAID_WORDS
    said = said and is_plausible(task.kind, text) and not asks_something(text)
    return text[:LONGEST] if said else None


def _number_in(text: str) -> str | None:
    """An order number that only a message about an order has: "cancel 10222"."""
    numbers = order_numbers()
    found = [
        one.number
        for one in numbers.find(text, asked=True)
        if numbers.are_known or not one.number.isdigit()
    ]
    return found[0] if found else None
