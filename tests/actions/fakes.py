"""Orders in memory; held by the same contract as the real ones."""

from dataclasses import replace
from typing import Optional

from actions.orders_backend import NotCancellable, Order, OrderBackend, OrderItem, OrdersUnavailable


class FakeOrders(OrderBackend):
    """Three orders, of which one can be cancelled; `down` makes them unavailable."""

    def __init__(self) -> None:
        items = (OrderItem("M1", "", 2), OrderItem("J1", "", 1))
        self.orders = {
            one.number: one
            for one in (
                Order("HF-10001", "paid", "2026-11-20T10:00", items, "149.00", "EUR", email="anna@example.com"),
                Order("HF-10002", "shipped", "2026-11-18", carrier="DHL", tracking="T123", expected_at="2026-11-24", email="anna@example.com"),
                Order("HF-10003", "cancelled", "2026-11-18", email="tom@example.com"),
            )
        }  # fmt: skip
        self.down = False

    def find(self, number: str, email: str) -> Optional[Order]:
        if self.down:
            raise OrdersUnavailable("down")
        order = self.orders.get(number)
        return order if order and order.email == email.strip().lower() else None

    def cancel(self, order: Order) -> Order:
        if self.down:
            raise OrdersUnavailable("down")
        if order.status != "cancelled" and not order.cancellable:
            raise NotCancellable(order.number)
        self.orders[order.number] = replace(order, status="cancelled")
        return self.orders[order.number]
