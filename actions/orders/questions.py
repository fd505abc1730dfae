"""What is asked of an order that was looked up, answered by what the order holds: contents, sums, payment, days, parcel."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from rasa_sdk import Tracker

from actions.backends import get_recommender
from actions.dates.days import named_moment
from actions.order_backends.interface import STILL_HERE, Order, OrderItem
from actions.orders.wording import amount_of, item_title, parcel_state, refund_state
from actions.texts import phrase
from actions.wording import listed
from bot.reading.reader import read
from recommender.errors import NoCatalogue


def answers_of(order: Order, text: str, tracker: Tracker, told: bool) -> list[str]:
    """A sentence for each thing that a message asks of the order, in the message's order; empty when it asks nothing that
    the order could answer. `told` is whether the order was told before, so that a word is enough: "total?"."""
    reading = read(text)
    signs = reading.of("of_order") + (reading.of("of_order_told") if told else [])
    asked = dict.fromkeys(sign.value for sign in sorted(signs, key=lambda one: one.first))
    if "delivery" in asked:
        asked.pop("total", None)
    said = [ANSWERS[kind](order, tracker) for kind in asked if kind != "contents"]
    named = [item for item in order.items if reading.names(item_title(item))]
    if reading.has("count") and named:
        return [_contents(named, tracker), *said]
    if "price" in reading.attributes and named and (told or asked):
        return [*(_price(item, order, tracker) for item in named), *said]
    return [_contents(order.items, tracker), *said] if "contents" in asked else said


def _contents(items: list[OrderItem] | tuple[OrderItem, ...], tracker: Tracker) -> str:
    what = listed([f"{item.quantity} × {item_title(item)}" for item in items])
    return (
        phrase("order_contents", tracker, what=what)
        if what
        else phrase("order_no_contents", tracker)
    )


def _price(item: OrderItem, order: Order, tracker: Tracker) -> str:
    """What an item costs today; the order holds its total alone."""
    price = _today(item)
    if price is None:
        return phrase("order_price_unknown", tracker, title=item_title(item))
    each, all_of_it = (amount_of(order, one) for one in (price, price * item.quantity))
    name = "order_price" if item.quantity == 1 else "order_price_each"
    return phrase(
        name, tracker, title=item_title(item), each=each, price=all_of_it, count=item.quantity
    )


def _today(item: OrderItem) -> Decimal | None:
    try:
        product = get_recommender().get(item.sku)
    except NoCatalogue:
        return None
    return product.price if product else None


def _total(order: Order, tracker: Tracker) -> str:
    if not order.total:
        return phrase("order_total_unknown", tracker)
    owed = order.status == "pending" or order.unpaid
    return phrase(
        "order_total_owed" if owed else "order_total",
        tracker,
        total=amount_of(order, order.total),
    )


def _delivery(order: Order, tracker: Tracker) -> str:
    """What is left of the total beside the items, by what they cost today."""
    prices = [_today(item) for item in order.items]
    try:
        total = Decimal(order.total)
    except InvalidOperation:
        return phrase("order_total_unknown", tracker)
    goods = sum(
        (one * item.quantity for one, item in zip(prices, order.items, strict=True) if one),
        Decimal(0),
    )
    values = {"total": amount_of(order, total), "goods": amount_of(order, goods)}
    if None in prices or goods > total:
        return phrase("order_delivery_unknown", tracker, **values)
    if goods == total:
        return phrase("order_delivery_none", tracker, **values)
    return phrase("order_delivery", tracker, delivery=amount_of(order, total - goods), **values)


def _paid(order: Order, tracker: Tracker) -> str:
    if order.status == "pending":
        return parcel_state(order, tracker)
    return refund_state(order, tracker) if order.unpaid else phrase("order_is_paid", tracker)


def _gone(order: Order, tracker: Tracker) -> str:
    if order.status == "cancelled":
        return parcel_state(order, tracker)
    name = "order_not_gone" if order.status in STILL_HERE else "order_gone"
    return f"{phrase(name, tracker)} {parcel_state(order, tracker)}"


def _tracking(order: Order, tracker: Tracker) -> str:
    if order.tracking:
        return phrase("tracking", tracker, code=order.tracking)
    return phrase("order_no_tracking", tracker)


def _carrier(order: Order, tracker: Tracker) -> str:
    return phrase(
        "order_carrier" if order.carrier else "order_no_carrier", tracker, carrier=order.carrier
    )


def _placed(order: Order, tracker: Tracker) -> str:
    return phrase("order_placed", tracker, day=named_moment(order.placed_at))


# By the keys of `of_order` in bot/reading/words.
ANSWERS: dict[str, Callable[[Order, Tracker], str]] = {
    "total": _total, "delivery": _delivery, "paid": _paid, "gone": _gone, "where": parcel_state, "when": parcel_state,
    "tracking": _tracking, "carrier": _carrier, "placed": _placed,
}  # fmt: skip
