"""Orders in words."""

from datetime import date
from typing import Any

from rasa_sdk import Tracker

from actions.backends import get_recommender
from actions.orders_backend import BEFORE_SHIPPING, ON_THE_WAY, Order
from actions.texts import phrase
from actions.wording import day, listed, money
from recommender.errors import NoCatalogue

# The steps of an order that goes well, of one that is late, and of one that comes back.
PATHS = (
    ("paid", "packed", "shipped", "out_for_delivery", "delivered"),
    ("paid", "packed", "delayed", "out_for_delivery", "delivered"),
    ("delivered", "return_requested", "returned", "refunded"),
    ("pending", "paid", "packed", "shipped", "delivered"),
)


def summary(order: Order, tracker: Tracker) -> str:
    """The order in one sentence: number, date, items, total."""
    items = [f"{item.quantity} × {item.title or _title(item.sku)}" for item in order.items]
    total = (
        phrase("in_all", tracker, total=money(order.total, order.currency)) if order.total else ""
    )
    what = ": " + ", ".join(filter(None, [listed(items), total])) if items or total else ""
    return phrase(
        "order_summary", tracker, number=order.number, date=day(order.placed_at), what=what
    )


def order_card(order: Order, tracker: Tracker) -> dict[str, Any]:
    """The order as a card: what it is, how far it is, and what can be told of the parcel."""
    path = next((path for path in PATHS if order.status in path), ())
    place = path.index(order.status) if path else -1
    at = {"paid": order.placed_at, "delivered": order.delivered_at}
    steps = [
        {
            "name": phrase(f"step_{step}", tracker),
            "state": "done"
            if here < place or path[-1] == order.status
            else "now" * (here == place),
            "at": _short_day(at[step]) if at.get(step) and here <= place else "",
        }
        for here, step in enumerate(path)
    ]
    coming = order.status in (*BEFORE_SHIPPING, *ON_THE_WAY) and order.expected_at
    return {
        "kind": "order",
        "number": order.number,
        "status": phrase(f"step_{order.status}", tracker),
        "tone": "bad" if order.status in ("delayed", "cancelled") else "good",
        "items": [f"{item.quantity} × {item.title or _title(item.sku)}" for item in order.items],
        "total": money(order.total, order.currency) if order.total else "",
        "carrier": order.carrier,
        "tracking": order.tracking,
        "expected": day(order.expected_at) if coming else "",
        "steps": steps,
    }


def _short_day(text: str) -> str:
    """A date as it fits below a step: "18 Nov"; what isn't one stays as it is."""
    try:
        return f"{date.fromisoformat(text[:10]):%-d %b}"
    except ValueError:
        return text


def short(order: Order) -> str:
    """The order on a button: "HF-10234 · 1 × Stoneware Mug"."""
    items = [f"{item.quantity} × {item.title or _title(item.sku)}" for item in order.items]
    first = items[0] if items else day(order.placed_at)
    return f"{order.number} · {first}{' …' if len(items) > 1 else ''}"


def parcel_state(order: Order, tracker: Tracker, name: str) -> str:
    """The text `name` about where the order is, with the sentences that its data allow."""
    expected = phrase("expected", tracker, day=day(order.expected_at)) if order.expected_at else ""
    tracking = phrase("tracking", tracker, code=order.tracking) if order.tracking else ""
    text = phrase(
        name, tracker,
        carrier=order.carrier or phrase("the_carrier", tracker),
        expected=expected,
        tracking=tracking,
        delivered=f" on {day(order.delivered_at)}" if order.delivered_at else "",
    )  # fmt: skip
    text = " ".join(text.split())
    return text[:1].upper() + text[1:]


def _title(sku: str) -> str:
    """What the catalogue calls a sku; the sku itself when it is gone."""
    try:
        product = get_recommender().get(sku)
    except NoCatalogue:
        return sku
    return product.title if product else sku
