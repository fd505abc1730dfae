"""When an order or its refund should be there, and whether that day has passed."""

from dataclasses import dataclass
from datetime import date

from actions.dates import clock
from actions.dates.days import day_of
from actions.order_backends.interface import ON_THE_WAY, Order
from bot.settings import get_settings

COMING = ("paid", "packed", *ON_THE_WAY)


@dataclass(frozen=True)
class Promise:
    """The day by which something was to come: the parcel, or the money of a return."""

    due: date

    @property
    def late(self) -> bool:
        """Whether the day has passed; on the day itself it may still come."""
        return self.due < clock.today()

    @property
    def next_working_day(self) -> date | None:
        """The day after one on which nothing is delivered, such as a Sunday; else None."""
        week = get_settings().shop.hours
        return None if week.is_working_day(self.due) else week.add_working_days(self.due, 1)


def parcel_promise(order: Order) -> Promise | None:
    """When a parcel that is still to come should be there; None when nothing says so."""
    due = day_of(order.expected_at) if order.status in COMING else None
    return Promise(due) if due else None


def refund_promise(order: Order) -> Promise | None:
    """When the money of a parcel that came back should be there; None when nothing says so."""
    arrived = day_of(order.returned_at) if order.status == "returned" else None
    if arrived is None:
        return None
    shop = get_settings().shop
    return Promise(shop.hours.add_working_days(arrived, shop.returns.refund_days))


def parcel_is_late(order: Order) -> bool:
    """Whether a parcel that should be there hasn't come."""
    promise = parcel_promise(order)
    return bool(promise and promise.late)


def refund_is_late(order: Order) -> bool:
    """Whether the money of a return should be there."""
    promise = refund_promise(order)
    return bool(promise and promise.late)
