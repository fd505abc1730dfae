"""Orders from the shop's own HTTP service; docs/orders-api.md is its contract."""

import asyncio
import hashlib
import logging
import os
from typing import Any
from urllib.parse import quote

import httpx

from actions.order_backends.breaker import CircuitBreaker
from actions.order_backends.interface import (
    STATUSES,
    NotPossible,
    Order,
    OrderBackend,
    OrderItem,
    OrdersUnavailable,
)
from bot.errors import ConfigError
from bot.settings.sources import OrdersSource

logger = logging.getLogger(__name__)

TRIES = 3
PAUSE_SECONDS = 0.2  # before the second try, and twice as long before the third
# However long shop.yml would wait: an action asks twice at most, and dialogue waits 20 seconds for it.
LONGEST_SECONDS = 8.0
# Who waits for a slow service takes the place of somebody who asks for something else.
AT_ONCE = 8
PLACE_SECONDS = 1.0  # to wait for one of these places


class HttpOrders(OrderBackend):
    """Asks a JSON service; retries what failed on the way, never what was refused.

    A question has `timeout_seconds` for all its tries together. While the service is down, askers
    hear so at once (see CircuitBreaker), and soon when too many wait for it already.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        timeout_seconds: float = 3.0,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._seconds = min(timeout_seconds, LONGEST_SECONDS)
        self._breaker = breaker or CircuitBreaker()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/", headers=headers, timeout=self._seconds
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

    def compared(self, number: str) -> str:
        """See OrderBackend; nobody knows what the service makes of it, so each spelling is another."""
        return number.strip()

    async def find(self, number: str, email: str) -> Order | None:
        """See OrderBackend."""
        if not number.strip() or not email.strip():
            return None
        path = f"orders/{quote(number, safe='')}"
        answer = await self._ask("GET", path, params={"email": email.strip().lower()})
        if answer.status_code == 404:
            return None
        order = _order(body_of(answer))
        return order if order.email.lower() in ("", email.strip().lower()) else None

    async def under(self, email: str) -> list[Order]:
        """See OrderBackend; a service may have no list (404)."""
        answer = await self._ask("GET", "orders", params={"email": email})
        if answer.status_code == 404:
            return []
        orders = [_order(one) for one in body_of(answer).get("orders", [])]
        mine = [one for one in orders if one.email.lower() in ("", email.lower())]
        return sorted(mine, key=lambda one: one.placed_at, reverse=True)

    async def request(self, order: Order, kind: str, detail: str = "") -> str:
        """See OrderBackend; the idempotency key is the same for the same request."""
        same = hashlib.sha256(f"{order.number}|{kind}|{detail}".encode()).hexdigest()[:32]
        answer = await self._ask(
            "POST",
            f"orders/{quote(order.number, safe='')}/requests",
            json={"email": order.email, "kind": kind, "detail": detail},
            headers={"Idempotency-Key": same},
        )
        if answer.status_code == 409:
            raise NotPossible(f"Order {order.number}: no {kind} any more.")
        return str(body_of(answer).get("reference") or order.number)

    async def withdraw(self, order: Order, reference: str) -> None:
        """See OrderBackend."""
        number, name = quote(order.number, safe=""), quote(reference, safe="")
        params = {"email": order.email}
        answer = await self._ask("DELETE", f"orders/{number}/requests/{name}", params=params)
        if answer.status_code in (404, 409):
            raise NotPossible(f"Request {reference} for order {order.number} can't be undone.")
        body_of(answer)

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """An answer of 200, 404 or 409. Raises OrdersUnavailable."""
        if not self._breaker.may_ask():
            raise OrdersUnavailable("The order service is down; it is asked again in a moment.")
        try:
            async with asyncio.timeout(PLACE_SECONDS):
                await self._places.acquire()
        except TimeoutError as error:
            raise OrdersUnavailable("Too many wait for the order service already.") from error
        try:
            answer = await self._answer(method, path, request)
        finally:
            self._places.release()
        if answer.status_code not in (200, 404, 409):
            raise OrdersUnavailable(f"The order service answered {answer.status_code}.")
        return answer

    async def _answer(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        """An answer in time, of which the breaker knows. Raises OrdersUnavailable."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._try(method, path, request)
        except (_NoAnswer, TimeoutError) as error:
            reason = str(error) or f"no answer within {self._seconds:g} s"
            answered = isinstance(error, _Error)
            if self._breaker.erred() if answered else self._breaker.failed():
                logger.error("The order service is down (%s); its askers hear so at once.", reason)
            raise OrdersUnavailable(f"The order service can't be reached: {reason}.") from error
        if self._breaker.succeeded():
            logger.warning("The order service answers again.")
        return answer

    async def _try(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        """Any answer that another try wouldn't better. Raises _NoAnswer, or _Error."""
        failure = _NoAnswer()
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                answer = await self._client.request(method, path, **request)
            except httpx.HTTPError as error:
                failure = _NoAnswer(f"{type(error).__name__}: {error}")
                continue
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            failure = _Error(f"it answered {answer.status_code}")
        raise failure


class _NoAnswer(Exception):
    """All tries failed on the way."""


class _Error(_NoAnswer):
    """The last try was answered, with an error."""


def body_of(answer: httpx.Response, kind: type = dict) -> Any:
    """The JSON object (or list, as `kind` says) of an answer. Raises OrdersUnavailable for anything else."""
    try:
        body = answer.json()
    except ValueError as error:
        raise OrdersUnavailable("The order service didn't answer with JSON.") from error
    if answer.status_code != 200 or not isinstance(body, kind):
        raise OrdersUnavailable(f"The order service answered {answer.status_code}.")
    return body


def _order(body: dict[str, Any]) -> Order:
    def text(name: str) -> str:
        return str(body.get(name) or "")

    try:
        if body["status"] not in STATUSES:
            raise ValueError(f"unknown status {body['status']!r}")
        items = tuple(
            OrderItem(str(one["sku"]), str(one.get("title", "")), int(one.get("quantity", 1)))
            for one in body.get("items", [])
        )
        return Order(
            number=str(body["number"]),
            status=body["status"],
            placed_at=str(body["placed_at"]),
            items=items,
            total=text("total"),
            currency=text("currency"),
            carrier=text("carrier"),
            tracking=text("tracking"),
            expected_at=text("expected_at"),
            delivered_at=text("delivered_at"),
            returned_at=text("returned_at"),
            email=text("email"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OrdersUnavailable(
            f"The order service sent an order that isn't one: {error}."
        ) from error
