"""Orders in words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rasa_sdk import Tracker

from actions.backends import get_recommender
from actions.dates import clock
from actions.dates.days import day_of, days_late, named, named_moment, short, when
from actions.order_backends.interface import Order, OrderItem
from actions.orders.dates import Promise, parcel_promise, refund_promise
from actions.texts import phrase
from actions.wording import button, full_name, listed, money
from bot.settings import get_settings
from recommender.errors import NoCatalogue

LISTED = 5  # orders to choose from
# The steps of an order that goes well, of one that is late, and of one that comes back.
PATHS = (
    ("paid", "packed", "shipped", "out_for_delivery", "delivered"),
    ("paid", "packed", "delayed", "out_for_delivery", "delivered"),
    ("delivered", "return_requested", "returned", "refunded"),
    ("pending", "paid", "packed", "shipped", "delivered"),
    ("paid", "packed", "ready_for_pickup"),
)


def amount_of(order: Order, amount: Decimal | str) -> str:
    """An amount of an order in its currency; in the shop's where its system names none."""
    return money(amount, order.currency or get_settings().shop.currency)


def summary(order: Order, tracker: Tracker) -> str:
    """The order in one sentence: number, date, items, total."""
    items = [f"{item.quantity} × {item_title(item)}" for item in order.items]
    total = phrase("in_all", tracker, total=amount_of(order, order.total)) if order.total else ""
    what = ": " + ", ".join(filter(None, [listed(items), total])) if items or total else ""
    return phrase(
        "order_summary", tracker, number=order.number, date=named_moment(order.placed_at), what=what
    )


def order_card(order: Order, tracker: Tracker) -> dict[str, Any]:
    """The order as a card: what it is, how far it is, and what can be told of the parcel."""
    path = next((path for path in PATHS if order.status in path), ())
    place = path.index(order.status) if path else -1
    at = {"paid": order.placed_at, "delivered": order.delivered_at}
    steps = [
        {
            "name": phrase(f"step_{step}", tracker),
            "state": "done" if here < place or place == len(path) - 1 else "now" * (here == place),
            "at": short(at[step]) if at.get(step) and here <= place else "",
        }
        for here, step in enumerate(path)
    ]
    promise = parcel_promise(order)
    late = bool(promise and promise.late)
    status = phrase(f"step_{order.status}", tracker)
    return {
        "kind": "order",
        "number": order.number,
        "status": phrase("card_late", tracker, status=status) if late else status,
        "tone": "bad" if late or order.status in ("delayed", "cancelled") else "good",
        "items": [f"{item.quantity} × {item_title(item)}" for item in order.items],
        "total": amount_of(order, order.total) if order.total else "",
        "carrier": order.carrier,
        "tracking": order.tracking,
        "expected": _on_card(promise, tracker) if promise else "",
        "steps": steps,
    }


def _on_card(promise: Promise, tracker: Tracker) -> str:
    """The day of a promise on the card: "Tuesday 24 November: 5 days late"."""
    if not promise.late:
        return named(promise.due)
    late = days_late(promise.due, tracker)
    return phrase("card_expected_late", tracker, day=named(promise.due), late=late)


def buttons_of(orders: Sequence[Order], intent: str) -> list[dict[str, str]]:
    """The first of some orders to choose from; a press says the intent with the number."""
    return [
        button(on_button(one), f'/{intent}{{"order_number": "{one.number}"}}')
        for one in orders[:LISTED]
    ]


def on_button(order: Order) -> str:
    """The order on a button: "HF-10234 · 1 × Stoneware Mug"."""
    items = [f"{item.quantity} × {item_title(item)}" for item in order.items]
    first = items[0] if items else named_moment(order.placed_at)
    return f"{order.number} · {first}{' …' if len(items) > 1 else ''}"


def parcel_state(order: Order, tracker: Tracker) -> str:
    """Where the order is, and when it should come or should have come."""
    promise = parcel_promise(order)
    name = f"state_{order.status}"
    if promise and promise.late:
        name = f"late_{order.status}"
    elif order.status == "out_for_delivery" and not (promise and promise.due == clock.today()):
        name = "state_out_for_delivery_some_day"
    return _told(name, order, tracker, promise)


def refund_state(order: Order, tracker: Tracker) -> str:
    """Where the order's refund is, and when it should come or should have come."""
    promise = refund_promise(order)
    name = "refund_returned_late" if promise and promise.late else f"refund_{order.status}"
    name = "refund_cancelled_unpaid" if order.unpaid else name
    return _told(name, order, tracker, promise)


def _told(name: str, order: Order, tracker: Tracker, promise: Promise | None) -> str:
    """The text of this name, with the sentences that the order's data allow."""
    delivered = day_of(order.delivered_at)
    text = phrase(
        name, tracker,
        carrier=order.carrier or phrase("the_carrier", tracker),
        expected=_expected(order, tracker, promise),
        refund_by=phrase("refund_by", tracker, day=named(promise.due)) if promise else "",
        due=when(promise.due, tracker) if promise else "",
        late=days_late(promise.due, tracker) if promise and promise.late else "",
        tracking=phrase("tracking", tracker, code=order.tracking) if order.tracking else "",
        delivered=f" {when(delivered, tracker)}" if delivered else "",
    )  # fmt: skip
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


def _expected(order: Order, tracker: Tracker, promise: Promise | None) -> str:
    """When it is expected, and the next working day where that day is none; empty when unknown."""
    if promise is None:
        unread = order.expected_at and day_of(order.expected_at) is None
        return phrase("expected_unread", tracker, day=order.expected_at) if unread else ""
    text = phrase("expected", tracker, when=when(promise.due, tracker))
    later = promise.next_working_day
    if later:
        text += " " + phrase("expected_or_later", tracker, day=named(later))
    return text


def item_title(item: OrderItem) -> str:
    """What an item is called: by the order, else by the catalogue; its sku when it is gone from there."""
    if item.title:
        return item.title
    try:
        product = get_recommender().get(item.sku)
    except NoCatalogue:
        return item.sku
    return full_name(product) if product else item.sku
