"""Orders behind one small interface: what an order is, and what can be asked for it."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from bot.checkout.orders import STATUSES, item_lines
from bot.errors import ShoptalkError

__all__ = ["STATUSES"]

BEFORE_SHIPPING = ("pending", "paid", "packed")
STILL_HERE = (*BEFORE_SHIPPING, "ready_for_pickup")
ON_THE_WAY = ("shipped", "out_for_delivery", "delayed")
RECEIVED = ("delivered", "return_requested", "returned", "refunded")
# What a customer can ask for an order -> the statuses in which it is possible. The shop carries it
# out; "cancel" and "return" also change the order's status at once.
REQUESTS = {
    "cancel": STILL_HERE,
    "change_address": BEFORE_SHIPPING,
    "change_items": ("pending", "paid"),
    "return": ("delivered",),
    "exchange": ("delivered",),
    "damaged": (*ON_THE_WAY, *RECEIVED),
    "wrong": (*ON_THE_WAY, *RECEIVED),
    "missing": (*ON_THE_WAY, *RECEIVED),
    "trace": (*ON_THE_WAY, "delivered"),
    "resend": ON_THE_WAY,
    "refund": (*ON_THE_WAY, "returned"),
    "invoice": ("paid", "packed", "ready_for_pickup", *ON_THE_WAY, *RECEIVED),
}
LATE_KINDS = ("trace", "resend", "refund")  # what can be asked when something is late
STATUS_AFTER = {"cancel": "cancelled", "return": "return_requested"}


class OrdersUnavailable(ShoptalkError):
    """The orders can't be reached now; the customer should hear an apology."""


class NotPossible(ShoptalkError):
    """The order's status doesn't allow what was asked."""


@dataclass(frozen=True)
class OrderItem:
    """One line of an order."""

    sku: str
    title: str
    quantity: int


@dataclass(frozen=True)
class Order:
    """An order as its customer may see it. Times are ISO 8601, amounts decimal text."""

    number: str
    status: str
    placed_at: str
    items: tuple[OrderItem, ...] = ()
    total: str = ""
    currency: str = ""
    carrier: str = ""
    tracking: str = ""
    expected_at: str = ""
    delivered_at: str = ""
    returned_at: str = ""  # when a parcel that was sent back reached the shop
    email: str = ""
    name: str = ""
    key: str = ""  # what the shop's system itself knows it by; customers never see it
    by_anyone: bool = False  # made at a checkout where anybody could have given this address
    unpaid: bool = False  # nothing was paid when it was cancelled; False also when nobody knows

    def allows(self, kind: str) -> bool:
        """Whether a request of `REQUESTS` is possible in its status."""
        return self.status in REQUESTS[kind]


class OrderBackend(ABC):
    """Finds orders and takes requests. An order is shown only to who knows its number and email.

    All of it is awaited, so that who asks for something else isn't kept waiting meanwhile.
    """

    def carries_out(self, kind: str) -> bool:
        """Whether a request of this kind changes the order; else staff have to do it."""
        return True

    def takes_back(self, kind: str) -> bool:
        """Whether `withdraw` can undo a request of this kind."""
        return True

    def compared(self, number: str) -> str:
        """What `find` compares of a number: two that are the same in it find the same order."""
        return same_number(number)

    @abstractmethod
    async def find(self, number: str, email: str) -> Order | None:
        """The order, or None: an unknown number and another email look the same.

        Raises OrdersUnavailable.
        """

    @abstractmethod
    async def under(self, email: str) -> list[Order]:
        """All orders under an address, newest first; empty when the shop can't tell.

        Raises OrdersUnavailable.
        """

    @abstractmethod
    async def request(self, order: Order, kind: str, detail: str = "") -> str:
        """Record a request of `REQUESTS` with the customer's words; returns its reference.

        The same request for the same order again gives the same reference. Raises NotPossible when
        the order's status doesn't allow it, OrdersUnavailable.
        """

    @abstractmethod
    async def withdraw(self, order: Order, reference: str) -> None:
        """Take a request back and the order to the status before it.

        Raises NotPossible when the shop has acted on it, OrdersUnavailable.
        """


def same_number(number: str) -> str:
    """A number as it is compared: digits and letters, upper case; "#10234" is "10234"."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def number_digits(number: str) -> str:
    """The digits of an order number; customers often leave the letters out."""
    return re.sub(r"[^0-9]", "", number)


def parse_items(text: str) -> list[OrderItem]:
    """The lines of an order as files have them."""
    return [OrderItem(sku=sku, title="", quantity=count) for sku, count in item_lines(text)]
