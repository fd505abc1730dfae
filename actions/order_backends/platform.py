"""What the orders of live platforms have in common; what customers ask for goes to staff.

Nothing is written to the platform, so that a key that may only read is enough, but for what
shop.yml's `platform.carries_out` names: it is done there, and staff hear of it as of all else.
"""

import hashlib
from typing import Any

from actions.order_backends.http import HttpOrders
from actions.order_backends.interface import (
    NotPossible,
    Order,
    OrdersUnavailable,
    same_number,
)

LISTED = 20  # orders of one customer


class PlatformOrders(HttpOrders):
    """What both platforms have in common: they are asked, and told only what shop.yml allows."""

    _does: tuple[str, ...] = ()

    def carries_out(self, kind: str) -> bool:
        """See OrderBackend."""
        return kind in self._does

    def compared(self, number: str) -> str:
        """See OrderBackend: "#1001" and "1001" are one order."""
        return same_number(number)

    async def find(self, number: str, email: str) -> Order | None:
        """See OrderBackend."""
        asked = same_number(number)
        if not asked or not email.strip():
            return None
        found = [one for one in await self._named(number) if same_number(one.number) == asked]
        return next((one for one in found if _same(one.email, email)), None)

    async def under(self, email: str) -> list[Order]:
        """See OrderBackend."""
        found = [one for one in await self._of(email) if _same(one.email, email)]
        return sorted(found, key=lambda one: one.placed_at, reverse=True)

    async def request(self, order: Order, kind: str, detail: str = "") -> str:
        """See OrderBackend; the reference is the same for the same request."""
        reference = _reference(order, kind, detail)
        if self.carries_out(kind):
            await self._carry_out(order, kind, detail, reference)
        elif not order.allows(kind):
            raise NotPossible(f"Order {order.number} is {order.status}: no {kind} any more.")
        return reference

    async def withdraw(self, order: Order, reference: str) -> None:
        """See OrderBackend: what wasn't done on the platform is staff's alone, who hear of it apart."""
        for kind in self._does:
            if self.takes_back(kind):
                await self._take_back(order, kind, reference)

    async def _carry_out(self, order: Order, kind: str, detail: str, reference: str) -> None:
        """Raises NotPossible, OrdersUnavailable."""
        raise NotImplementedError

    async def _take_back(self, order: Order, kind: str, reference: str) -> None:
        """Undo a request if it is this one. Raises NotPossible, OrdersUnavailable."""
        raise NotImplementedError

    async def _named(self, number: str) -> list[Order]:
        raise NotImplementedError

    async def _of(self, email: str) -> list[Order]:
        raise NotImplementedError


def _reference(order: Order, kind: str, detail: str) -> str:
    return hashlib.sha256(f"{order.number}|{kind}|{detail}".encode()).hexdigest()[:12].upper()


def read_orders(found: list[Any], read: Any) -> list[Order]:
    """The orders of an answer. Raises OrdersUnavailable for what is none."""
    try:
        return [order for one in found if (order := read(one)) is not None]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OrdersUnavailable(f"The platform sent an order that isn't one: {error}.") from error


def _same(email: str, other: str) -> bool:
    return email.strip().casefold() == other.strip().casefold() != ""
