"""Orders from the shop's own HTTP service; docs/orders-api.md is its contract."""

import hashlib
import os
import time
from typing import Any, Optional
from urllib.parse import quote

import httpx

from actions.orders_backend import (
    STATUSES,
    NotPossible,
    Order,
    OrderBackend,
    OrderItem,
    OrdersUnavailable,
)
from bot.errors import ConfigError
from bot.shop import OrdersSource

TRIES = 3
PAUSE_SECONDS = 0.2


class HttpOrders(OrderBackend):
    """Asks a JSON service; retries what failed on the way, never what was refused."""

    def __init__(self, url: str, token: str = "", timeout_seconds: float = 3.0) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            base_url=url.rstrip("/") + "/", headers=headers, timeout=timeout_seconds
        )

    @classmethod
    def from_settings(cls, source: OrdersSource) -> "HttpOrders":
        """As shop.yml says. Raises ConfigError when the token's variable isn't set."""
        token = os.environ.get(source.token_env, "") if source.token_env else ""
        if source.token_env and not token:
            raise ConfigError(
                f"The environment variable {source.token_env} isn't set.",
                "shop.yml names it as orders.token_env.",
            )
        return cls(source.url, token, source.timeout_seconds)

    def find(self, number: str, email: str) -> Optional[Order]:
        """See OrderBackend."""
        if not number.strip() or not email.strip():
            return None
        path = f"orders/{quote(number, safe='')}"
        answer = self._ask("GET", path, params={"email": email.strip().lower()})
        if answer.status_code == 404:
            return None
        order = _order(_json(answer))
        return order if order.email.lower() in ("", email.strip().lower()) else None

    def others(self, order: Order) -> list[Order]:
        """See OrderBackend; a service that has no list (404) has no others."""
        answer = self._ask("GET", "orders", params={"email": order.email})
        if answer.status_code == 404:
            return []
        orders = [_order(one) for one in _json(answer).get("orders", [])]
        mine = [one for one in orders if one.email.lower() in ("", order.email.lower())]
        others = [one for one in mine if one.number != order.number]
        return sorted(others, key=lambda one: one.placed_at, reverse=True)

    def request(self, order: Order, kind: str, detail: str = "") -> str:
        """See OrderBackend; the idempotency key is the same for the same request."""
        same = hashlib.sha256(f"{order.number}|{kind}|{detail}".encode()).hexdigest()[:32]
        answer = self._ask(
            "POST",
            f"orders/{quote(order.number, safe='')}/requests",
            json={"email": order.email, "kind": kind, "detail": detail},
            headers={"Idempotency-Key": same},
        )
        if answer.status_code == 409:
            raise NotPossible(f"Order {order.number}: no {kind} any more.")
        return str(_json(answer).get("reference") or order.number)

    def withdraw(self, order: Order, reference: str) -> None:
        """See OrderBackend."""
        number, name = quote(order.number, safe=""), quote(reference, safe="")
        params = {"email": order.email}
        answer = self._ask("DELETE", f"orders/{number}/requests/{name}", params=params)
        if answer.status_code in (404, 409):
            raise NotPossible(f"Request {reference} for order {order.number} can't be undone.")
        _json(answer)

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        for attempt in range(TRIES):
            try:
                answer = self._client.request(method, path, **request)
            except httpx.HTTPError as error:
                reason = f"{type(error).__name__}: {error}"
            else:
                if answer.status_code < 500 and answer.status_code != 429:
                    if answer.status_code in (200, 404, 409):
                        return answer
                    raise OrdersUnavailable(f"The order service answered {answer.status_code}.")
                reason = f"it answered {answer.status_code}"
            if attempt < TRIES - 1:
                time.sleep(PAUSE_SECONDS * 2**attempt)
        raise OrdersUnavailable(f"The order service can't be reached: {reason}.")


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        raise OrdersUnavailable("The order service didn't answer with JSON.") from error
    if answer.status_code != 200 or not isinstance(body, dict):
        raise OrdersUnavailable(f"The order service answered {answer.status_code}.")
    return body


def _order(body: dict[str, Any]) -> Order:
    try:
        if body["status"] not in STATUSES:
            raise ValueError(f"unknown status {body['status']!r}")
        items = tuple(
            OrderItem(str(one["sku"]), str(one.get("title", "")), int(one.get("quantity", 1)))
            for one in body.get("items", [])
        )
        texts = ("total", "currency", "carrier", "tracking", "expected_at", "delivered_at", "email")
        return Order(
            number=str(body["number"]),
            status=body["status"],
            placed_at=str(body["placed_at"]),
            items=items,
            **{name: str(body.get(name) or "") for name in texts},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OrdersUnavailable(
            f"The order service sent an order that isn't one: {error}."
        ) from error
