"""What can be done with an order: the tasks, what each needs, and when it is refused."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_orders
from actions.dates import clock
from actions.dates.days import day_of
from actions.order_backends.interface import LATE_KINDS, ON_THE_WAY, Order
from actions.orders.dates import parcel_promise, refund_promise
from actions.proof import look_up, proven_email
from actions.texts import person, phrase
from bot.intents import OrderTask, order_tasks
from bot.settings import get_settings

SORRY = ("damaged", "wrong", "missing")  # requests that begin with an apology


def refusal(order: Order, kind: str) -> str:
    """Why a request can't be made now, as the name of a text; empty when it can."""
    if kind == "cancel" and order.status == "cancelled":
        return "already_cancelled"
    if kind == "return" and order.status == "return_requested":
        return "already_returning"
    if not order.allows(kind):
        waiting = kind in ("return", "exchange") and order.status in ON_THE_WAY
        early = kind in ("damaged", "wrong", "missing", "return", "exchange")
        return "not_there_yet" if waiting or (early and order.allows("cancel")) else "too_late"
    delivered = day_of(order.delivered_at)
    if kind in ("return", "exchange") and delivered:
        if (clock.today() - delivered).days > get_settings().shop.returns.days:
            return "return_window_over"
    if kind in LATE_KINDS and not _may_be_late(order):
        return "not_late_yet"
    return ""


def _may_be_late(order: Order) -> bool:
    """Whether parcel or money may be overdue: the promised day has passed, or nobody named one."""
    promise = parcel_promise(order) or refund_promise(order)
    return promise is None or promise.late or order.status == "delayed"


def task_of(tracker: Tracker) -> OrderTask:
    """The task that the form serves."""
    return order_tasks().get(tracker.get_slot("order_task") or "", OrderTask())


async def order_of(tracker: Tracker) -> Order | None:
    """The order that number and email name; None too after too many guesses (actions/proof.py).

    Raises OrdersUnavailable.
    """
    number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
    return await look_up(get_orders(), tracker, number, email) if number and email else None


async def own_orders(tracker: Tracker, order: Order | None = None) -> list[Order]:
    """All orders of who proved whose they are, the `order` of theirs that is talked of first, then the newest.

    Raises OrdersUnavailable.
    """
    email = order.email if order else proven_email(tracker)
    mine = await get_orders().under(email) if email else []
    first = [order] if order else []
    return [*first, *(one for one in mine if not order or one.number != order.number)]


def said_in_words(tracker: Tracker) -> str:
    """The customer's words; empty for a quick reply."""
    text = tracker.latest_message.get("text") or ""
    return "" if text.startswith("/") else text


def say_orders_down(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """That orders can't be looked at now, and that a person can be asked."""
    dispatcher.utter_message(text=phrase("orders_down", tracker), buttons=[person()])
