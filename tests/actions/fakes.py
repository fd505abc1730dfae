"""Orders in memory, held by the same contract as the real ones; and a mailer."""

import re
from dataclasses import replace

import pytest

from actions.backends import get_mailer
from actions.order_backends.interface import (
    STATUS_AFTER,
    NotPossible,
    Order,
    OrderBackend,
    OrderItem,
    OrdersUnavailable,
)
from bot.mail import MailFailed
from bot.settings import Settings, get_settings
from bot.settings.mailing import MailServer


class Post:
    """A mailer that keeps what it is given; `down` takes nothing."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.down = False

    async def send(self, to: str, subject: str, text: str) -> None:
        if self.down:
            raise MailFailed("down")
        self.sent.append((to, subject, text))

    @property
    def code(self) -> str:
        """The last code that was mailed."""
        found = re.search(r"\b\d{6}\b", self.sent[-1][2])
        assert found
        return found[0]


def with_mail(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Let the shop of these settings send mails, which go nowhere."""
    server = MailServer.parse_obj({"host": "mail.example", "from": "shop@shop.example"})
    changed = replace(settings, shop=settings.shop.copy(update={"mail": server}))
    monkeypatch.setattr(get_settings, "kept", changed)
    post = Post()
    monkeypatch.setattr(get_mailer, "kept", post)
    return post


class FakeOrders(OrderBackend):
    """Four orders in different states; `down` makes them unavailable, `no_list` the list alone."""

    def __init__(self) -> None:
        items = (OrderItem("M1", "", 2), OrderItem("J1", "", 1))
        self.orders = {
            one.number: one
            for one in (
                Order("HF-10001", "paid", "2026-11-20T10:00", items, "149.00", "EUR", email="anna@example.com"),
                Order("HF-10002", "shipped", "2026-11-18T10:00", carrier="DHL", tracking="T123", expected_at="2026-11-24", email="anna@example.com"),
                Order("HF-10003", "cancelled", "2026-11-18T10:00", email="tom@example.com"),
                Order("HF-10004", "delivered", "2026-11-10T10:00", items, "149.00", "EUR", email="eva@example.com"),
            )
        }  # fmt: skip
        self.requests: list[tuple[str, str, str, str]] = []
        self.down = self.no_list = False

    def _check(self) -> None:
        if self.down:
            raise OrdersUnavailable("down")

    async def find(self, number: str, email: str) -> Order | None:
        self._check()
        order = self.orders.get(number)
        return order if order and order.email == email.strip().lower() else None

    async def under(self, email: str) -> list[Order]:
        self._check()
        if self.no_list:
            raise OrdersUnavailable("no list")
        mine = [one for one in self.orders.values() if one.email == email]
        return sorted(mine, key=lambda one: one.placed_at, reverse=True)

    async def request(self, order: Order, kind: str, detail: str = "") -> str:
        self._check()
        now = self.orders[order.number]
        for i, (number, known, said, _) in enumerate(self.requests, start=1):
            if (number, known, said) == (order.number, kind, detail):
                if now.status == STATUS_AFTER.get(kind, now.status):
                    return f"R-{i}"
        if not now.allows(kind):
            raise NotPossible(order.number)
        self.requests.append((order.number, kind, detail, now.status))
        self.orders[order.number] = replace(now, status=STATUS_AFTER.get(kind, now.status))
        return f"R-{len(self.requests)}"

    async def withdraw(self, order: Order, reference: str) -> None:
        self._check()
        place = int(reference[2:]) - 1 if reference[2:].isdigit() else -1
        if not 0 <= place < len(self.requests) or self.requests[place][0] != order.number:
            raise NotPossible(reference)
        _, kind, _, before = self.requests[place]
        if kind in STATUS_AFTER:
            if self.orders[order.number].status != STATUS_AFTER[kind]:
                raise NotPossible(reference)
            self.orders[order.number] = replace(self.orders[order.number], status=before)
