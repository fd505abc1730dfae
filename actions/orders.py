"""Orders: the form that finds one, and what can be done with it.

Every intent about an order leads through the same form: which order, whose email, then what the
task still needs (`TASKS`), and at last a yes when something is changed.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Optional

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_orders
from actions.base import PERSON, Events, ShopAction
from actions.orders_backend import NotPossible, Order, OrdersUnavailable
from actions.orders_wording import parcel_state, short, summary
from actions.texts import phrase
from actions.wording import button, day
from bot.settings import get_settings

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"(?:[A-Z]{1,6}[\s-]?)?\d{3,}", re.I)
TRIES = 3
GUESSES = 5  # orders that weren't found, after which a person has to help
LISTED = 5
SORRY = ("damaged", "wrong", "missing")  # requests that begin with an apology


@dataclass(frozen=True)
class Task:
    """What an intent does with an order.

    `kind` is the request that is recorded (none: the order is only looked at), `detail` whether the
    customer has to say more, `said` whether the first message may say it already, `confirm` whether
    a yes is asked.
    """

    kind: str = ""
    detail: bool = False
    said: bool = False
    confirm: bool = False


TASKS = {
    "order_status": Task(),
    "refund_status": Task(),
    "cancel_order": Task("cancel", confirm=True),
    "change_address": Task("change_address", detail=True, confirm=True),
    "change_items": Task("change_items", detail=True, said=True, confirm=True),
    "return_item": Task("return", detail=True, said=True, confirm=True),
    "exchange_item": Task("exchange", detail=True, said=True, confirm=True),
    "damaged_item": Task("damaged", detail=True, said=True),
    "wrong_item": Task("wrong", detail=True, said=True),
    "missing_item": Task("missing", detail=True, said=True),
    "invoice": Task("invoice"),
}
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
            SlotSet("detail", text if told else None),
            SlotSet("confirmed", None),
            SlotSet("form_failures", 0),
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
        """Number and email; then, for an order that allows it, the detail and the yes."""
        asked = ["order_number", "email"]
        task = _task(tracker)
        if not (task.kind and tracker.get_slot("order_number") and tracker.get_slot("email")):
            return asked
        try:
            order = _order(tracker)
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
        return _again(dispatcher, tracker, "order_number")

    def validate_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep an email address; else say what is missing."""
        found = EMAIL.search(str(value))
        if found:
            return {"email": found[0].lower(), "form_failures": 0}
        return _again(dispatcher, tracker, "email")

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
        name = "ask_order_number_sorry" if _task(tracker).kind in SORRY else "ask_order_number"
        dispatcher.utter_message(text=phrase(name, tracker))
        return []


class ActionAskEmail(ShopAction):
    """Asks whose order it is."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_email"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The email address keeps orders from strangers."""
        dispatcher.utter_message(text=phrase("ask_email", tracker))
        return []


class ActionAskDetail(ShopAction):
    """Asks what the task has to know."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_detail"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With the order in front of the customer."""
        order, kind = _order(tracker), _task(tracker).kind
        if order:
            text = f"{summary(order, tracker)}\n{phrase(f'ask_{kind}', tracker)}"
            dispatcher.utter_message(text=text)
        return []


class ActionAskConfirmed(ShopAction):
    """Asks for the yes, showing what will happen."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_order_form_confirmed"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """With the order and the customer's own words in front of them."""
        order, kind = _order(tracker), _task(tracker).kind
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


class ActionDoOrderTask(ShopAction):
    """Does what was asked with the order that the form found."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_do_order_task"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Look the order up once more, then do the task or say why it can't be done."""
        done: Events = [SlotSet("confirmed", None), SlotSet("detail", None)]
        try:
            order = _order(tracker)
            if order is None:
                return [*done, *_not_found(dispatcher, tracker)]
            done += [SlotSet("lookup_failures", 0), SlotSet("order_number", order.number)]
            return [*done, *self._do(dispatcher, tracker, order)]
        except OrdersUnavailable:
            dispatcher.utter_message(text=phrase("orders_down", tracker), buttons=[PERSON])
            return done

    def _do(self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order) -> Events:
        task = _task(tracker)
        if not task.kind:
            _tell(dispatcher, tracker, order)
            return []
        reason = refusal(order, task.kind)
        if reason:
            _refuse(dispatcher, tracker, order, task.kind, reason)
            return []
        if task.confirm and not tracker.get_slot("confirmed"):
            text = phrase("left_as_it_is", tracker, number=order.number)
            dispatcher.utter_message(text=text)
            return []
        try:
            detail = tracker.get_slot("detail") or ""
            reference = get_orders().request(order, task.kind, detail)
        except NotPossible:
            _refuse(dispatcher, tracker, order, task.kind, "too_late")
            return []
        shop = get_settings().shop
        text = phrase(
            f"done_{task.kind}", tracker,
            number=order.number, reference=reference, email=order.email, days=shop.returns.refund_days,
        )  # fmt: skip
        undo = [button(phrase("undo_button", tracker), "/undo_request")] if task.confirm else []
        dispatcher.utter_message(text=text, buttons=undo)
        request = {"order": order.number, "kind": task.kind, "reference": reference}
        return [SlotSet("last_request", request)]


class ActionUndoRequest(ShopAction):
    """Takes the last request back."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_undo_request"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Withdraw it, or say that it is too late."""
        last, email = tracker.get_slot("last_request"), tracker.get_slot("email")
        try:
            order = get_orders().find(last["order"], email) if last and email else None
            if order is None:
                dispatcher.utter_message(text=phrase("nothing_to_undo", tracker), buttons=[PERSON])
                return []
            get_orders().withdraw(order, last["reference"])
        except NotPossible:
            text = phrase("too_late_to_undo", tracker, number=last["order"])
            dispatcher.utter_message(text=text, buttons=[PERSON])
            return []
        except OrdersUnavailable:
            dispatcher.utter_message(text=phrase("orders_down", tracker), buttons=[PERSON])
            return []
        dispatcher.utter_message(text=phrase("undone", tracker, number=order.number))
        return [SlotSet("last_request", None)]


class ActionListOrders(ShopAction):
    """Lists the customer's orders, once they have shown that one of them is theirs."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_list_orders"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """As buttons, newest first; without a known order, ask for one first."""
        try:
            order = _order(tracker)
            others = get_orders().others(order) if order else []
        except OrdersUnavailable:
            dispatcher.utter_message(text=phrase("orders_down", tracker), buttons=[PERSON])
            return []
        if order is None:
            text = phrase("one_order_first", tracker)
            dispatcher.utter_message(text=text, buttons=[button("Look up an order", "/order_status")])
            return []
        orders = [order, *others][:LISTED]
        dispatcher.utter_message(
            text=phrase("your_orders" if others else "only_order", tracker, count=len(others) + 1),
            buttons=[
                button(short(one), f'/order_status{{"order_number": "{one.number}"}}') for one in orders
            ],
        )
        return []


def refusal(order: Order, kind: str) -> str:
    """Why a request can't be made now, as the name of a text; empty when it can."""
    if kind == "cancel" and order.status == "cancelled":
        return "already_cancelled"
    if kind == "return" and order.status == "return_requested":
        return "already_returning"
    if not order.allows(kind):
        waiting = kind in ("return", "exchange") and order.status in ("shipped", "out_for_delivery", "delayed")
        early = kind in ("damaged", "wrong", "missing", "return", "exchange")
        return "not_there_yet" if waiting or early and order.allows("cancel") else "too_late"
    if kind in ("return", "exchange") and order.delivered_at:
        days = (date.today() - datetime.fromisoformat(order.delivered_at).date()).days
        if days > get_settings().shop.returns.days:
            return "return_window_over"
    return ""


def _tell(dispatcher: CollectingDispatcher, tracker: Tracker, order: Order) -> None:
    """Where an order or its refund is, and what can be done next."""
    task = tracker.get_slot("order_task")
    name = f"refund_{order.status}" if task == "refund_status" else f"state_{order.status}"
    lines = [summary(order, tracker), parcel_state(order, tracker, name)]
    buttons = []
    if order.allows("cancel"):
        buttons.append(button("Cancel this order", "/cancel_order"))
    elif not refusal(order, "return"):
        buttons.append(button("Return something", "/return_item"))
    if get_orders().others(order):
        buttons.append(button("My other orders", "/list_orders"))
    dispatcher.utter_message(text="\n".join(lines), buttons=buttons)


def _refuse(
    dispatcher: CollectingDispatcher, tracker: Tracker, order: Order, kind: str, reason: str
) -> None:
    values = {"number": order.number, "days": get_settings().shop.returns.days}
    if reason == "too_late":
        reason = f"too_late_{kind}"
        state = parcel_state(order, tracker, f"state_{order.status}")
        values["state"] = state
    elif reason == "not_there_yet":
        values["state"] = parcel_state(order, tracker, f"state_{order.status}")
    elif reason == "return_window_over":
        values["delivered"] = day(order.delivered_at)
    buttons = [PERSON]
    if kind in ("cancel", "change_items") and order.status in ("shipped", "out_for_delivery", "delivered"):
        buttons.insert(0, button("How do returns work?", "/returns_policy"))
    dispatcher.utter_message(text=phrase(reason, tracker, **values), buttons=buttons)


def _not_found(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Say that number and email don't go together, and forget both; not for ever."""
    number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
    forget = [SlotSet("order_number", None), SlotSet("email", None)]
    failures = int(tracker.get_slot("lookup_failures") or 0) + 1
    if not (number and email):
        dispatcher.utter_message(text=phrase("gave_up_asking", tracker), buttons=[PERSON])
        return forget
    if failures >= GUESSES:
        dispatcher.utter_message(text=phrase("too_many_guesses", tracker), buttons=[PERSON])
    else:
        again = f"/{tracker.get_slot('order_task') or 'order_status'}"
        dispatcher.utter_message(
            text=phrase("order_not_found", tracker, number=number),
            buttons=[button("Try again", again), PERSON],
        )
    return [*forget, SlotSet("lookup_failures", failures)]


def _again(dispatcher: CollectingDispatcher, tracker: Tracker, slot: str) -> dict[str, Any]:
    """Ask once more; after three times end the form, and the task offers a person."""
    failures = int(tracker.get_slot("form_failures") or 0) + 1
    if failures >= TRIES:
        return {slot: None, "form_failures": 0, "requested_slot": None}
    dispatcher.utter_message(text=phrase(f"no_{slot}", tracker), buttons=[PERSON])
    return {slot: None, "form_failures": failures}


def _task(tracker: Tracker) -> Task:
    return TASKS.get(tracker.get_slot("order_task") or "", Task())


def _order(tracker: Tracker) -> Optional[Order]:
    number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
    if int(tracker.get_slot("lookup_failures") or 0) >= GUESSES:
        return None
    return get_orders().find(number, email) if number and email else None


def _said(tracker: Tracker) -> str:
    """The customer's words; empty for a quick reply."""
    text = tracker.latest_message.get("text") or ""
    return "" if text.startswith("/") else text


def _without_order(text: str) -> str:
    return EMAIL.sub(" ", NUMBER.sub(" ", text))


