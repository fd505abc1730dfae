"""Orders of a live platform, looked up by number and email; what customers ask for goes to staff.

Nothing is written to the platform, so that a key that may only read is enough.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from actions.dates import clock
from actions.order_backends.http import HttpOrders, body_of
from actions.order_backends.interface import (
    NotPossible,
    Order,
    OrderItem,
    OrdersUnavailable,
    same_number,
)
from bot.platforms.api import secret
from bot.settings.shop import Platform

LISTED = 20  # orders of one customer
# WooCommerce says that an order is completed when it is sent; so long after that it is taken for delivered.
ARRIVES_IN_DAYS = 14
WOO_STATUSES = {
    "pending": "pending", "on-hold": "pending", "failed": "pending", "processing": "paid",
    "completed": "shipped", "cancelled": "cancelled", "refunded": "refunded",
}  # fmt: skip
SHOPIFY_PARCELS = {
    "DELIVERED": "delivered", "PICKED_UP": "delivered", "OUT_FOR_DELIVERY": "out_for_delivery",
    "DELAYED": "delayed", "ATTEMPTED_DELIVERY": "delayed", "NOT_DELIVERED": "delayed",
}  # fmt: skip
QUERY = """
query Orders($query: String!, $count: Int!) {
  orders(first: $count, query: $query, sortKey: CREATED_AT, reverse: true) { nodes {
    name email createdAt cancelledAt displayFinancialStatus displayFulfillmentStatus returnStatus
    totalPriceSet { shopMoney { amount currencyCode } }
    lineItems(first: 30) { nodes { sku title quantity } }
    fulfillments(first: 5) { displayStatus deliveredAt estimatedDeliveryAt trackingInfo(first: 1) { company number } }
  } }
}
"""


class PlatformOrders(HttpOrders):
    """What both platforms have in common: they are asked, and told nothing."""

    carries_out = False

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

    async def others(self, order: Order) -> list[Order]:
        """See OrderBackend."""
        found = [one for one in await self._of(order.email) if _same(one.email, order.email)]
        others = [one for one in found if one.number != order.number]
        return sorted(others, key=lambda one: one.placed_at, reverse=True)

    async def request(self, order: Order, kind: str, detail: str = "") -> str:
        """See OrderBackend; the reference is the same for the same request."""
        if not order.allows(kind):
            raise NotPossible(f"Order {order.number} is {order.status}: no {kind} any more.")
        return hashlib.sha256(f"{order.number}|{kind}|{detail}".encode()).hexdigest()[:12].upper()

    async def withdraw(self, order: Order, reference: str) -> None:
        """See OrderBackend: nothing was written, and staff hear of it apart."""

    async def _named(self, number: str) -> list[Order]:
        raise NotImplementedError

    async def _of(self, email: str) -> list[Order]:
        raise NotImplementedError


class WooCommerceOrders(PlatformOrders):
    """Orders by WooCommerce's REST API, version 3."""

    def __init__(self, platform: Platform, timeout_seconds: float = 3.0) -> None:
        super().__init__(f"{platform.url}/wp-json/wc/v3", timeout_seconds=timeout_seconds)
        self._client.auth = httpx.BasicAuth(
            secret(platform.key_env, "key_env"), secret(platform.secret_env, "secret_env")
        )

    async def _named(self, number: str) -> list[Order]:
        """By its id, which is its number unless a plugin gives others; then by a search."""
        bare = number.strip().lstrip("#")
        if bare.isdecimal() and bare.isascii():
            answer = await self._ask("GET", f"orders/{bare}")
            if answer.status_code == 200:
                return _read([body_of(answer)], woo_order)
        return await self._searched(bare)

    async def _of(self, email: str) -> list[Order]:
        return await self._searched(email)

    async def _searched(self, text: str) -> list[Order]:
        answer = await self._ask("GET", "orders", params={"search": text, "per_page": LISTED})
        found: list[Any] = body_of(answer, list) if answer.status_code == 200 else []
        return _read(found, woo_order)


class ShopifyOrders(PlatformOrders):
    """Orders by Shopify's Admin GraphQL API; those of the last 60 days unless the app may read all."""

    def __init__(self, platform: Platform, timeout_seconds: float = 3.0) -> None:
        super().__init__(
            f"{platform.url}/admin/api/{platform.version}", timeout_seconds=timeout_seconds
        )
        self._client.headers["X-Shopify-Access-Token"] = secret(platform.token_env, "token_env")

    async def _named(self, number: str) -> list[Order]:
        return await self._queried(f"name:{in_query(number)}")

    async def _of(self, email: str) -> list[Order]:
        return await self._queried(f"email:{in_query(email)}")

    async def _queried(self, query: str) -> list[Order]:
        variables = {"query": query, "count": LISTED}
        answer = await self._ask(
            "POST", "graphql.json", json={"query": QUERY, "variables": variables}
        )
        body = body_of(answer)
        if body.get("errors") or not body.get("data"):
            raise OrdersUnavailable(f"Shopify refused a query: {str(body.get('errors'))[:120]}.")
        return _read(body["data"]["orders"]["nodes"], shopify_order)


def orders_of(platform: Platform | None, timeout_seconds: float) -> PlatformOrders:
    """The orders of the platform that shop.yml names. Raises ConfigError for a key that isn't set."""
    assert platform is not None and platform.kind != "http"  # shop.yml was checked
    if platform.kind == "woocommerce":
        return WooCommerceOrders(platform, timeout_seconds)
    return ShopifyOrders(platform, timeout_seconds)


def woo_order(one: dict[str, Any]) -> Order | None:
    """An order of WooCommerce; None for a draft or one in the bin."""
    status = WOO_STATUSES.get(one["status"])
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
        unpaid=status in ("pending", "cancelled") and not one.get("date_paid"),
    )


def shopify_order(one: dict[str, Any]) -> Order | None:
    """An order of Shopify."""
    parcels: list[dict[str, Any]] = one.get("fulfillments") or []
    last: dict[str, Any] = parcels[-1] if parcels else {}
    told: list[dict[str, Any]] = last.get("trackingInfo") or []
    tracking: dict[str, Any] = told[0] if told else {}
    total = one["totalPriceSet"]["shopMoney"]
    return Order(
        number=str(one["name"]),
        status=_shopify_status(one, last),
        placed_at=str(one["createdAt"]),
        items=tuple(
            OrderItem(str(item.get("sku") or ""), str(item["title"]), int(item["quantity"]))
            for item in one["lineItems"]["nodes"]
        ),
        total=str(total["amount"]),
        currency=str(total["currencyCode"]),
        carrier=str(tracking.get("company") or ""),
        tracking=str(tracking.get("number") or ""),
        expected_at=str(last.get("estimatedDeliveryAt") or ""),
        delivered_at=str(last.get("deliveredAt") or ""),
        email=str(one.get("email") or ""),
        unpaid=one.get("displayFinancialStatus") in ("PENDING", "VOIDED", "EXPIRED"),
    )


def _shopify_status(one: dict[str, Any], last: dict[str, Any]) -> str:
    paid, sent = one.get("displayFinancialStatus"), one.get("displayFulfillmentStatus")
    if one.get("cancelledAt"):
        return "cancelled"
    if paid == "REFUNDED":
        return "refunded"
    if one.get("returnStatus") == "RETURNED":
        return "returned"
    if one.get("returnStatus") in ("RETURN_REQUESTED", "IN_PROGRESS"):
        return "return_requested"
    if sent in ("FULFILLED", "PARTIALLY_FULFILLED") or last:
        return SHOPIFY_PARCELS.get(str(last.get("displayStatus")), "shipped")
    if sent == "IN_PROGRESS":
        return "packed"
    return "pending" if paid in ("PENDING", "AUTHORIZED", "EXPIRED") else "paid"


def _read(found: list[Any], read: Any) -> list[Order]:
    """The orders of an answer. Raises OrdersUnavailable for what is none."""
    try:
        return [order for one in found if (order := read(one)) is not None]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OrdersUnavailable(f"The platform sent an order that isn't one: {error}.") from error


def in_query(text: str) -> str:
    """A number or an address as it may stand in a query of Shopify's: nothing that means something there."""
    return re.sub(r"[^\w.+@-]", "", text)


def _moment(text: Any) -> datetime | None:
    """A time that WooCommerce gives in GMT without saying so."""
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC) if text else None


def _same(email: str, other: str) -> bool:
    return email.strip().casefold() == other.strip().casefold() != ""
