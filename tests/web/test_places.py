"""One network's slow turns leave places for others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.web.chat.places import Places

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Turns:
    """Turns that take a place each and keep it until they are ended; `begun` names them in order."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.begun: list[str] = []
        self.tasks: list[tuple[str, asyncio.Task[None], asyncio.Event]] = []

    async def add(self, network: str, times: int = 1) -> None:
        for _ in range(times):
            end = asyncio.Event()
            task = asyncio.ensure_future(self._turn(network, end))
            self.tasks.append((network, task, end))
            await asyncio.sleep(0)

    async def _turn(self, network: str, end: asyncio.Event) -> None:
        async with self.places.one(network):
            self.begun.append(network)
            await end.wait()

    async def end(self, number: int) -> None:
        self.tasks[number][2].set()
        await self.tasks[number][1]
        await asyncio.sleep(0)


@asynccontextmanager
async def turns(total: int, of_network: int) -> AsyncIterator[Turns]:
    made = Turns(Places(total, of_network))
    yield made
    for _, task, _ in made.tasks:
        task.cancel()
    await asyncio.gather(*(task for _, task, _ in made.tasks), return_exceptions=True)


async def test_a_network_never_has_all_places() -> None:
    async with turns(4, 3) as made:
        await made.add("slow", 10)
        assert made.begun == ["slow"] * 3
        await made.add("other")
        assert made.begun == ["slow"] * 3 + ["other"]


async def test_a_free_place_goes_to_the_network_with_the_fewest_and_to_who_came_first() -> None:
    async with turns(3, 2) as made:
        await made.add("a", 5)
        await made.add("b", 4)
        await made.add("c")
        assert made.begun == ["a", "a", "b"]
        await made.end(0)
        assert made.begun[3:] == ["c"]
        await made.end(5)  # of b, whose others wait, too
        assert made.begun[4:] == ["b"]
        await made.end(1)
        assert made.begun[5:] == ["a"]


@pytest.mark.parametrize("cancel", ["while it waits", "while it has a place"])
async def test_a_turn_that_is_stopped_gives_its_place_to_another(cancel: str) -> None:
    async with turns(1, 1) as made:
        await made.add("a", 2)
        await made.add("b")
        which = 0 if cancel == "while it has a place" else 1
        made.tasks[which][1].cancel()
        await asyncio.gather(made.tasks[which][1], return_exceptions=True)
        if which:
            await made.end(0)
        await asyncio.sleep(0)
        assert made.begun == (["a", "a"] if not which else ["a", "b"])


async def test_a_turn_that_is_stopped_as_it_gets_its_place_leaves_it() -> None:
    places = Places(1, 1)
    got: list[str] = []

    async def turn(name: str, after: Callable[[], object]) -> None:
        async with places.one("n"):
            got.append(name)
            await asyncio.sleep(0)  # the others begin to wait
            after()

    # It is stopped after the first has left, and before it runs in its place.
    soon = asyncio.get_running_loop().call_soon
    first = asyncio.ensure_future(turn("first", lambda: soon(second.cancel)))
    second = asyncio.ensure_future(turn("second", lambda: None))
    third = asyncio.ensure_future(turn("third", lambda: None))
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert got == ["first", "third"] and second.cancelled()
    async with asyncio.timeout(5), places.one("n"):
        pass  # the place isn't lost
