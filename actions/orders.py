"""Support: where an order is, and cancelling it."""

import re
from typing import Any, Optional

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_orders, get_recommender
from actions.orders_backend import NotCancellable, Order, OrdersUnavailable
from actions.wording import button, day, listed, money
from bot.settings import get_settings
from recommender.errors import NoCatalogue

Events = list[EventType]
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"(?:[A-Z]{1,6}[\s-]?)?\d{3,}", re.I)
TRIES = 3
APOLOGY = (
    "Sorry, I can't reach our order system just now. Please try again in a few minutes, "
    "or ask for a person."
)
PERSON = button("Talk to a person", "/talk_to_human")


class OrderFormValidation:
    """What both order forms check: a number that may be one, and an email address."""

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep what looks like an order number; else say what one looks like."""
        found = NUMBER.search(str(value))
        if found:
            return {"order_number": found[0].upper().replace(" ", "-"), "form_failures": 0}
        return self._again(
            dispatcher,
            tracker,
            "order_number",
            "That doesn't look like an order number. It is in your confirmation email, "
            "and mostly digits.",
        )

    def validate_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        """Keep an email address; else say what is missing."""
        found = EMAIL.search(str(value))
        if found:
            return {"email": found[0].lower(), "form_failures": 0}
        return self._again(
            dispatcher,
            tracker,
            "email",
            "I need the email address that you ordered with, such as name@example.com.",
        )

    def _again(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, slot: str, text: str
    ) -> dict[str, Any]:
        """Ask once more; after three times end the form, and its action offers a person."""
        failures = int(tracker.get_slot("form_failures") or 0) + 1
        if failures >= TRIES:
            return {slot: None, "form_failures": 0, "requested_slot": None}
        dispatcher.utter_message(text=text)
        return {slot: None, "form_failures": failures}


class ValidateOrderForm(OrderFormValidation, FormValidationAction):
    """For the order status."""

    def name(self) -> str:
        """The name in the domain."""
        return "validate_order_form"


class ValidateCancelOrderForm(OrderFormValidation, FormValidationAction):
    """For cancelling: asks to confirm only when the order can be cancelled."""

    def name(self) -> str:
        """The name in the domain."""
        return "validate_cancel_order_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Any,
    ) -> list[str]:
        """Number and email; and, once the order is known and not yet on its way, the yes."""
        asked = ["order_number", "email"]
        number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
        if number and email:
            try:
                order = get_orders().find(number, email)
            except OrdersUnavailable:
                return asked  # the form's action apologises
            if order and order.cancellable:
                asked.append("cancel_confirmed")
        return asked


class ActionAskCancelConfirmed(Action):
    """Shows the order and asks whether to cancel it."""

    def name(self) -> str:
        """The name that Rasa looks for when the form asks for this slot."""
        return "action_ask_cancel_order_form_cancel_confirmed"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Ask with the order in front of the customer."""
        order = _order(tracker)
        if order:
            dispatcher.utter_message(
                text=f"{_summary(order)}\nShall I cancel it?",
                buttons=[button("Yes, cancel it", "/affirm"), button("No, keep it", "/deny")],
            )
        return []


class ActionOrderStatus(Action):
    """Says where an order is."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_order_status"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Look the order up and say it in words."""
        try:
            order = _order(tracker)
        except OrdersUnavailable:
            dispatcher.utter_message(text=APOLOGY, buttons=[PERSON])
            return []
        if order is None:
            return _not_found(dispatcher, tracker)
        buttons = [button("Cancel this order", "/cancel_order")] if order.cancellable else []
        dispatcher.utter_message(text=f"{_summary(order)}\n{_state(order)}", buttons=buttons)
        return []


class ActionCancelOrder(Action):
    """Cancels an order that the customer confirmed, or says why it can't be."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_cancel_order"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Look the order up once more, and cancel it."""
        done: Events = [SlotSet("cancel_confirmed", None)]
        try:
            order = _order(tracker)
            if order is None:
                return [*done, *_not_found(dispatcher, tracker)]
            if order.status == "cancelled":
                dispatcher.utter_message(text=f"Order {order.number} is already cancelled.")
            elif not order.cancellable:
                self._too_late(dispatcher, order)
            elif tracker.get_slot("cancel_confirmed"):
                get_orders().cancel(order)
                dispatcher.utter_message(
                    text=f"Done: order {order.number} is cancelled. "
                    "What you paid goes back the way you paid it."
                )
            else:
                dispatcher.utter_message(text=f"All right, order {order.number} stays as it is.")
        except NotCancellable:
            self._too_late(dispatcher, order)
        except OrdersUnavailable:
            dispatcher.utter_message(text=APOLOGY, buttons=[PERSON])
        return done

    def _too_late(self, dispatcher: CollectingDispatcher, order: Order) -> None:
        days = get_settings().shop.returns.days
        dispatcher.utter_message(
            text=f"Order {order.number} can't be cancelled any more. {_state(order)} "
            f"You can return it within {days} days.",
            buttons=[button("How do returns work?", "/returns_policy"), PERSON],
        )


def _order(tracker: Tracker) -> Optional[Order]:
    number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
    return get_orders().find(number, email) if number and email else None


def _not_found(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Say that number and email don't go together, and forget both."""
    if tracker.get_slot("order_number") and tracker.get_slot("email"):
        text = (
            f"I can't find order {tracker.get_slot('order_number')} under that email address. "
            "Please check both and tell me again."
        )
    else:
        text = "I couldn't make that out. A colleague can look the order up for you."
    dispatcher.utter_message(text=text, buttons=[button("Try again", "/order_status"), PERSON])
    return [SlotSet("order_number", None), SlotSet("email", None)]


def _summary(order: Order) -> str:
    items = [
        f"{item.quantity} × {item.title or _title(item.sku)}" for item in order.items
    ]
    total = f", {money(order.total, order.currency)} in all" if order.total else ""
    what = f": {listed(items)}{total}" if items else total
    return f"Order {order.number} of {day(order.placed_at)}{what}."


def _title(sku: str) -> str:
    """What the catalogue calls a sku; the sku itself when it is gone."""
    try:
        product = get_recommender().get(sku)
    except NoCatalogue:
        return sku
    return product.title if product else sku


def _state(order: Order) -> str:
    """The status in words."""
    carrier = order.carrier or "the carrier"
    tracking = f" Tracking number: {order.tracking}." if order.tracking else ""
    expected = f" We expect it to arrive on {day(order.expected_at)}." if order.expected_at else ""
    states = {
        "pending": "We're waiting for your payment.",
        "paid": f"It is paid, and we're getting it ready.{expected}",
        "packed": f"It is packed and leaves our warehouse soon.{expected}",
        "shipped": f"It is on its way with {carrier}.{expected}{tracking}",
        "out_for_delivery": f"{carrier} is bringing it to you today.{tracking}",
        "delayed": f"Sorry, it is delayed with {carrier}.{expected}{tracking}",
        "delivered": f"It was delivered{_on(order.delivered_at)}.{tracking}",
        "return_requested": "You asked to return it; we're waiting for the parcel.",
        "returned": "Your return arrived, and the refund is being made.",
        "refunded": "It was returned and refunded.",
        "cancelled": "It is cancelled.",
    }
    return states[order.status]


def _on(moment: str) -> str:
    return f" on {day(moment)}" if moment else ""
