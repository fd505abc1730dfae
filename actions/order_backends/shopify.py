"""Orders of Shopify's Admin GraphQL API. https://shopify.dev/docs/api/admin-graphql"""

import asyncio
import re
from typing import Any

from actions.order_backends.http import body_of
from actions.order_backends.interface import (
    STATUS_AFTER,
    NotPossible,
    Order,
    OrderItem,
    OrdersUnavailable,
)
from actions.order_backends.platform import LISTED, PlatformOrders, read_orders
from bot.platforms.api import secret
from bot.settings.sources import Platform

PARCELS = {
    "DELIVERED": "delivered", "PICKED_UP": "delivered", "OUT_FOR_DELIVERY": "out_for_delivery",
    "DELAYED": "delayed", "ATTEMPTED_DELIVERY": "delayed", "NOT_DELIVERED": "delayed",
}  # fmt: skip
QUERY = """
query Orders($query: String!, $count: Int!) {
  orders(first: $count, query: $query, sortKey: CREATED_AT, reverse: true) { nodes {
    id name email createdAt cancelledAt displayFinancialStatus displayFulfillmentStatus returnStatus
    totalPriceSet { shopMoney { amount currencyCode } }
    lineItems(first: 30) { nodes { sku title quantity } }
    fulfillments(first: 5) { displayStatus deliveredAt estimatedDeliveryAt trackingInfo(first: 1) { company number } }
  } }
}
"""
CANCEL = """
mutation Cancel($order: ID!, $note: String) {
  orderCancel(orderId: $order, reason: CUSTOMER, refundMethod: {originalPaymentMethodsRefund: true},
    restock: true, notifyCustomer: true, staffNote: $note) {
    job { id done } orderCancelUserErrors { message }
  }
}
"""
RETURNABLE = """
query Returnable($order: ID!) {
  returnableFulfillments(orderId: $order, first: 10) { nodes {
    returnableFulfillmentLineItems(first: 50) { nodes { quantity fulfillmentLineItem { id } } }
  } }
}
"""
RETURN = """
mutation Return($input: ReturnRequestInput!) {
  returnRequest(input: $input) { return { id } userErrors { message } }
}
"""
RETURNS = "query Returns($order: ID!) { order(id: $order) { returns(first: 5, reverse: true) { nodes { id status } } } }"
TAKE_BACK = "mutation TakeBack($id: ID!) { returnCancel(id: $id) { return { status } userErrors { message } } }"
NOTE_LENGTH = 300  # of what a customer says of a return
# How often a cancellation that Shopify does in the background is looked at, and how long after each other.
LOOKS, LOOK_SECONDS = 6, 0.5


class ShopifyOrders(PlatformOrders):
    """Orders by Shopify's Admin GraphQL API; those of the last 60 days unless the app may read all.

    A cancelled order stays so there. A return is a request that staff agree to in Shopify.
    """

    def __init__(self, platform: Platform, timeout_seconds: float = 3.0) -> None:
        super().__init__(
            f"{platform.url}/admin/api/{platform.version}", timeout_seconds=timeout_seconds
        )
        self._client.headers["X-Shopify-Access-Token"] = secret(platform.token_env, "token_env")
        self._does = platform.carries_out

    def takes_back(self, kind: str) -> bool:
        """See OrderBackend."""
        return not (kind == "cancel" and self.carries_out(kind))

    async def _carry_out(self, order: Order, kind: str, detail: str, reference: str) -> None:
        found = await self._queried(f"name:{in_query(order.number)}")
        now = next((one for one in found if one.key == order.key), None)
        if now is None:
            raise NotPossible(f"There is no order {order.number} any more.")
        if now.status == STATUS_AFTER[kind]:
            return  # the same again
        if not now.allows(kind):
            raise NotPossible(f"Order {order.number} is {now.status}: no {kind} any more.")
        try:
            await (
                self._return(order, detail) if kind == "return" else self._cancel(order, reference)
            )
        except NotPossible:  # perhaps since it is done: an answer may have been lost on the way
            again = await self._queried(f"name:{in_query(order.number)}")
            if not any(one.key == order.key and one.status == STATUS_AFTER[kind] for one in again):
                raise

    async def _cancel(self, order: Order, reference: str) -> None:
        done = await self._mutate(CANCEL, "orderCancel", order=order.key, note=reference)
        job: dict[str, Any] = done.get("job") or {}
        if job.get("done"):
            return
        for _ in range(LOOKS):
            await asyncio.sleep(LOOK_SECONDS)
            found = await self._queried(f"name:{in_query(order.number)}")
            if any(one.key == order.key and one.status == "cancelled" for one in found):
                return
        raise OrdersUnavailable(f"Shopify hasn't cancelled order {order.number} yet.")

    async def _return(self, order: Order, detail: str) -> None:
        found = await self._data(RETURNABLE, order=order.key)
        lines = [
            {
                "fulfillmentLineItemId": line["fulfillmentLineItem"]["id"],
                "quantity": line["quantity"],
                "customerNote": detail[:NOTE_LENGTH],
            }
            for parcel in found["returnableFulfillments"]["nodes"]
            for line in parcel["returnableFulfillmentLineItems"]["nodes"]
        ]
        if not lines:
            raise NotPossible(f"Nothing of order {order.number} can be returned.")
        given = {"orderId": order.key, "returnLineItems": lines}
        await self._mutate(RETURN, "returnRequest", input=given)

    async def _take_back(self, order: Order, kind: str, reference: str) -> None:
        if order.status != STATUS_AFTER[kind]:
            return
        found = await self._data(RETURNS, order=order.key)
        asked = [one for one in found["order"]["returns"]["nodes"] if one["status"] == "REQUESTED"]
        if not asked:
            raise NotPossible(f"Staff have acted on the return of order {order.number}.")
        await self._mutate(TAKE_BACK, "returnCancel", id=asked[0]["id"])

    async def _mutate(self, query: str, name: str, /, **variables: Any) -> dict[str, Any]:
        """What a mutation answers. Raises NotPossible with Shopify's own words, OrdersUnavailable."""
        done: dict[str, Any] = (await self._data(query, **variables)).get(name) or {}
        errors: list[dict[str, Any]] = [
            *(done.get("orderCancelUserErrors") or ()),
            *(done.get("userErrors") or ()),
        ]
        if errors:
            raise NotPossible(f"Shopify: {errors[0].get('message')}")
        return done

    async def _named(self, number: str) -> list[Order]:
        return await self._queried(f"name:{in_query(number)}")

    async def _of(self, email: str) -> list[Order]:
        return await self._queried(f"email:{in_query(email)}")

    async def _queried(self, query: str) -> list[Order]:
        found = await self._data(QUERY, query=query, count=LISTED)
        return read_orders(found["orders"]["nodes"], shopify_order)

    async def _data(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """What a query finds. Raises OrdersUnavailable."""
        answer = await self._ask(
            "POST", "graphql.json", json={"query": query, "variables": variables}
        )
        body = body_of(answer)
        if body.get("errors") or not body.get("data"):
            raise OrdersUnavailable(f"Shopify refused a query: {str(body.get('errors'))[:120]}.")
        return body["data"]


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
        key=str(one["id"]),
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
        return PARCELS.get(str(last.get("displayStatus")), "shipped")
    if sent == "IN_PROGRESS":
        return "packed"
    return "pending" if paid in ("PENDING", "AUTHORIZED", "EXPIRED") else "paid"


def in_query(text: str) -> str:
    """A number or an address as it may stand in a query of Shopify's: nothing that means something there."""
    return re.sub(r"[^\w.+@-]", "", text)
