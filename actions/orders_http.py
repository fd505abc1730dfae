"""Orders from the shop's own HTTP service; docs/orders-api.md is its contract."""

import os
import time
from dataclasses import replace
from typing import Any, Optional
from urllib.parse import quote

import httpx

from actions.orders_backend import (
    STATUSES,
    NotCancellable,
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

    def cancel(self, order: Order) -> Order:
        """See OrderBackend; the order number makes the request idempotent."""
        path = f"orders/{quote(order.number, safe='')}/cancel"
        answer = self._ask(
            "POST",
            path,
            json={"email": order.email},
            headers={"Idempotency-Key": f"cancel-{order.number}"},
        )
        if answer.status_code == 409:
            raise NotCancellable(f"Order {order.number} can't be cancelled any more.")
        _json(answer)
        return replace(order, status="cancelled")

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
        raise OrdersUnavailable(f"The order service sent an order that isn't one: {error}.") from error
