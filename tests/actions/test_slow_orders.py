"""A slow or dead orders service delays only those who ask about orders, and not for long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_orders
from actions.order_backends.breaker import FAILURES, CircuitBreaker, asker
from actions.order_backends.http import AT_ONCE, TRIES, HttpOrders
from actions.order_backends.interface import OrderBackend, OrdersUnavailable
from actions.orders import (
    actions as orders,
)
from actions.orders import (
    form as orders_form,
)
from actions.shop import opening_hours
from actions.texts import texts
from bot.settings import Settings, get_settings

pytestmark = pytest.mark.anyio

ORDER = b'{"number": "HF-1", "email": "a@b.c", "status": "shipped", "placed_at": "2026-11-20"}'
ASKERS = 5


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Clock:
    """Time that passes when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Service:
    """An orders service; `answer` may wait, and `open` is how many requests are in it now."""

    def __init__(self, answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
        self.answer, self.asked, self.open, self.url = answer, 0, 0, ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (await reader.readuntil(b"\r\n\r\n")) and not writer.is_closing():
                self.asked, self.open = self.asked + 1, self.open + 1
                try:
                    await self.answer(writer)
                finally:
                    self.open -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the asker has gone
        finally:
            writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Service"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield self
        server.close()


async def send(writer: asyncio.StreamWriter, body: bytes = ORDER, status: str = "200 OK") -> None:
    writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status.encode(), len(body)) + body)
    await writer.drain()


async def for_ever(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def byte_by_byte(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-More: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def failing(writer: asyncio.StreamWriter) -> None:
    await send(writer, b"{}", "503 Service Unavailable")


def use(monkeypatch: pytest.MonkeyPatch, settings: Settings, backend: OrderBackend) -> None:
    monkeypatch.setattr(get_orders, "kept", backend)
    monkeypatch.setattr(get_settings, "kept", settings)


async def run(action: Any, slots: dict[str, Any], network: str = "") -> str:
    """The last thing that an action says to somebody of a network."""
    message = {"text": "", "entities": [], "intent": {}, "metadata": {"network": network}}
    tracker = Tracker("c", slots, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    await action.run(dispatcher, tracker, {})
    return dispatcher.messages[-1]["text"]


def ask_for_order(network: str = "") -> Awaitable[str]:
    slots = {"order_task": "order_status", "order_number": "HF-1", "email": "a@b.c"}
    return run(orders.ActionDoOrderTask(), slots, network)


async def test_who_asks_for_something_else_is_answered_while_orders_are_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        await slow.wait()
        await send(writer)

    async with Service(answer).serving() as service:
        use(monkeypatch, settings, HttpOrders(service.url, timeout_seconds=30))
        askers = [asyncio.ensure_future(ask_for_order()) for _ in range(ASKERS)]
        async with asyncio.timeout(20):
            while service.open < ASKERS:  # they are in the service together, not one after another
                await asyncio.sleep(0.01)
            said = await run(opening_hours.ActionOpeningHours(), {})
        assert said and not any(asker.done() for asker in askers)
        slow.set()
        assert all("HF-1" in answer for answer in await asyncio.gather(*askers))


@pytest.mark.parametrize("answer", [for_ever, byte_by_byte])
async def test_all_tries_together_have_one_deadline(answer: Any) -> None:
    async with Service(answer).serving() as service, asyncio.timeout(20):
        with pytest.raises(OrdersUnavailable, match="no answer within 0.2 s|Timeout"):
            await HttpOrders(service.url, timeout_seconds=0.2).find("HF-1", "a@b.c")
        assert service.asked == 1


async def test_a_dead_service_is_left_alone_and_its_askers_hear_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    async with Service(failing).serving() as service, asyncio.timeout(20):
        use(monkeypatch, settings, HttpOrders(service.url, breaker=CircuitBreaker(clock=clock)))
        said = [await ask_for_order(f"network {n}") for n in range(FAILURES + 2)]
        assert service.asked == FAILURES * TRIES  # the last two asked nothing
        assert set(said) <= set(texts()["orders_down"])
        service.answer = send
        assert await ask_for_order() in texts()["orders_down"]
        clock.now += 60
        assert "HF-1" in await ask_for_order()
        assert "HF-1" in await ask_for_order()


async def test_who_knows_an_order_on_which_the_service_fails_keeps_nobody_from_theirs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Service(failing).serving() as service, asyncio.timeout(20):
        use(monkeypatch, settings, HttpOrders(service.url))
        said = [await ask_for_order("attacker") for _ in range(FAILURES + 1)]
        assert set(said) <= set(texts()["orders_down"])
        service.answer = send
        assert "HF-1" in await ask_for_order("customer")


async def test_a_service_that_keeps_many_waiting_leaves_places_for_other_talk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Service(for_ever).serving() as service, asyncio.timeout(20):
        use(monkeypatch, settings, HttpOrders(service.url, timeout_seconds=6))
        asking = [asyncio.ensure_future(ask_for_order(f"{n}")) for n in range(AT_ONCE + 4)]
        done, waiting = await asyncio.wait(asking, timeout=3)
        assert len(done) == 4 and service.open == AT_ONCE
        assert {one.result() for one in done} <= set(texts()["orders_down"])
        for one in waiting:
            one.cancel()


async def test_a_service_that_refuses_is_not_down() -> None:
    async def refuse(writer: asyncio.StreamWriter) -> None:
        await send(writer, b"{}", "403 Forbidden")

    async with Service(refuse).serving() as service, asyncio.timeout(20):
        backend = HttpOrders(service.url)
        for _ in range(FAILURES + 1):
            with pytest.raises(OrdersUnavailable, match="403"):
                await backend.find("HF-1", "a@b.c")
        assert service.asked == FAILURES + 1


@pytest.mark.parametrize("action", [orders_form.ActionAskDetail, orders_form.ActionAskConfirmed])
async def test_a_question_about_an_order_that_cannot_be_had_is_an_apology(
    action: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, settings, HttpOrders("http://127.0.0.1:9", timeout_seconds=1))
    slots = {"order_task": "return_item", "order_number": "HF-1", "email": "a@b.c"}
    assert await run(action(), slots) in texts()["orders_down"]


def test_a_breaker_opens_after_failures_in_a_row_only() -> None:
    breaker = CircuitBreaker(failures=2, pause_seconds=10, clock=Clock())
    assert [breaker.failed(), breaker.succeeded(), breaker.failed()] == [False, False, False]
    assert breaker.may_ask() and breaker.is_closed
    assert breaker.failed()  # that opened it
    assert not breaker.may_ask()


def test_errors_open_a_breaker_when_most_askers_lately_had_nothing_else() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=3, pause_seconds=10, clock=clock)

    def has(name: str, outcome: Callable[[], bool]) -> bool:
        asker.set(name)
        return outcome()

    for name in "xyz":
        assert not has(name, breaker.succeeded)
    assert not any(has(name, breaker.erred) for name in "aaaaabc")  # three of six askers
    assert breaker.is_closed and has("x", breaker.erred)  # four of six
    assert not breaker.may_ask()
    clock.now += 10
    assert breaker.may_ask() and not has("a", breaker.erred) and not breaker.may_ask()
    clock.now += 10
    assert breaker.may_ask() and has("a", breaker.succeeded) and breaker.is_closed
    assert not has("b", breaker.erred) and not has("c", breaker.erred)  # it begins anew
    clock.now += 61
    assert not has("d", breaker.erred) and breaker.is_closed


def test_a_half_open_breaker_lets_one_ask_at_a_time() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=1, pause_seconds=10, clock=clock)
    breaker.failed()
    clock.now = 9.9
    assert not breaker.may_ask()
    clock.now = 10
    assert [breaker.may_ask(), breaker.may_ask()] == [True, False]
    assert not breaker.failed()  # it was open before
    clock.now = 19.9
    assert not breaker.may_ask()
    clock.now = 20
    assert breaker.may_ask() and breaker.succeeded() and breaker.is_closed
    assert [breaker.may_ask(), breaker.may_ask()] == [True, True]


def test_an_asker_who_never_says_how_it_went_leaves_the_next_one_a_try() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=1, pause_seconds=10, clock=clock)
    breaker.failed()
    clock.now = 10
    assert breaker.may_ask()
    clock.now = 20
    assert breaker.may_ask()
