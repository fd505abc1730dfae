"""Orders in words."""

from rasa_sdk import Tracker

from actions.backends import get_recommender
from actions.orders_backend import Order
from actions.texts import phrase
from actions.wording import day, listed, money
from recommender.errors import NoCatalogue


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
