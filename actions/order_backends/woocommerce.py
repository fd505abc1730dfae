"""Orders of WooCommerce. https://woocommerce.github.io/woocommerce-rest-api-docs/"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from actions.dates import clock
from actions.order_backends.http import body_of
from actions.order_backends.interface import NotPossible, Order, OrderItem, OrdersUnavailable
from actions.order_backends.platform import LISTED, PlatformOrders, read_orders
from bot.platforms.api import secret
from bot.settings.sources import Platform

# WooCommerce says that an order is completed when it is sent; so long after that it is taken for delivered.
ARRIVES_IN_DAYS = 14
STATUSES = {
    "pending": "pending", "on-hold": "pending", "failed": "pending", "processing": "paid",
    "completed": "shipped", "cancelled": "cancelled", "refunded": "refunded",
}  # fmt: skip
META = "_shoptalk_cancelled"  # what an order of WooCommerce's remembers of being cancelled here


class WooCommerceOrders(PlatformOrders):
    """Orders by WooCommerce's REST API, version 3. To cancel is a change of status there, and can be undone."""

    def __init__(self, platform: Platform, timeout_seconds: float = 3.0) -> None:
        super().__init__(f"{platform.url}/wp-json/wc/v3", timeout_seconds=timeout_seconds)
        self._does = platform.carries_out
        self._client.auth = httpx.BasicAuth(
            secret(platform.key_env, "key_env"), secret(platform.secret_env, "secret_env")
        )

    async def _named(self, number: str) -> list[Order]:
        """By its id, which is its number unless a plugin gives others; then by a search."""
        bare = number.strip().lstrip("#")
        if bare.isdecimal() and bare.isascii():
            answer = await self._ask("GET", f"orders/{bare}")
            if answer.status_code == 200:
                return read_orders([body_of(answer)], woo_order)
        return await self._searched(bare)

    async def _of(self, email: str) -> list[Order]:
        return await self._searched(email)

    async def _carry_out(self, order: Order, kind: str, detail: str, reference: str) -> None:
        now = await self._as_it_is(order)
        if now["status"] == "cancelled" and _cancelled_from(now, reference):
            return
        status = STATUSES.get(now["status"])
        if status is None or not replace(order, status=status).allows(kind):
            raise NotPossible(f"Order {order.number} is {now['status']}: no {kind} any more.")
        await self._change(now, "cancelled", f"{reference}:{now['status']}")

    async def _take_back(self, order: Order, kind: str, reference: str) -> None:
        now = await self._as_it_is(order)
        before = _cancelled_from(now, reference)
        if not before:
            return
        if now["status"] == before:  # it was taken back already
            return
        if now["status"] != "cancelled":
            raise NotPossible(f"Order {order.number} has moved on since {reference}.")
        await self._change(now, before, f"{reference}:{before}")

    async def _as_it_is(self, order: Order) -> dict[str, Any]:
        """The order of WooCommerce itself, read anew. Raises NotPossible, OrdersUnavailable."""
        answer = await self._ask("GET", f"orders/{order.key}")
        if answer.status_code != 200:
            raise NotPossible(f"There is no order {order.number} any more.")
        return body_of(answer)

    async def _change(self, now: dict[str, Any], status: str, note: str) -> None:
        meta = [{"key": META, "value": note}]
        answer = await self._ask(
            "PUT", f"orders/{now['id']}", json={"status": status, "meta_data": meta}
        )
        if body_of(answer).get("status") != status:
            raise OrdersUnavailable(f"WooCommerce didn't make order {now['id']} {status}.")

    async def _searched(self, text: str) -> list[Order]:
        answer = await self._ask("GET", "orders", params={"search": text, "per_page": LISTED})
        found: list[Any] = body_of(answer, list) if answer.status_code == 200 else []
        return read_orders(found, woo_order)


def woo_order(one: dict[str, Any]) -> Order | None:
    """An order of WooCommerce; None for a draft or one in the bin."""
    status = STATUSES.get(one["status"])
    if status is None:
        return None
    sent = _moment(one.get("date_completed_gmt"))
    if (
        status == "shipped"
        and sent
        and clock.now().astimezone(UTC) - sent > timedelta(days=ARRIVES_IN_DAYS)
    ):
        status = "delivered"
    return Order(
        number=str(one.get("number") or one["id"]),
        status=status,
        placed_at=str(one["date_created"]),
        items=tuple(
            OrderItem(str(item.get("sku") or ""), str(item["name"]), int(item["quantity"]))
            for item in one.get("line_items", [])
        ),
        total=str(one.get("total") or ""),
        currency=str(one.get("currency") or ""),
        email=str(one["billing"]["email"]),
        key=str(one["id"]),
        unpaid=status in ("pending", "cancelled") and not one.get("date_paid"),
    )


def _cancelled_from(now: dict[str, Any], reference: str) -> str:
    """The status that an order of WooCommerce's had when a request cancelled it; empty when that one didn't."""
    told: list[dict[str, Any]] = now.get("meta_data") or []
    notes = [str(one.get("value")) for one in told if one.get("key") == META]
    said, _, before = (notes or [""])[-1].partition(":")
    return before if said == reference else ""


def _moment(text: Any) -> datetime | None:
    """A time that WooCommerce gives in GMT without saying so."""
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC) if text else None
