"""Who may be answered at the same time: a few, and of one network never all of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """Places for `total` at once, `of_network` at most for one network.

    A place that becomes free goes to the network that has the fewest, and there to who waits longest.
    """

    def __init__(self, total: int, of_network: int) -> None:
        self._free, self._of_network = total, of_network
        self._held: Counter[str] = Counter()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def one(self, network: str) -> AsyncIterator[None]:
        """Wait for a place, and have it until the end."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((network, place))
        self._give()
        try:
            await place
            yield
        finally:
            if place.done() and not place.cancelled():
                self._free += 1
                self._held[network] -= 1
                if not self._held[network]:
                    del self._held[network]
            elif (network, place) in self._waiting:
                self._waiting.remove((network, place))
            self._give()

    def _give(self) -> None:
        while self._free:
            able = [one for one in self._waiting if self._held[one[0]] < self._of_network]
            if not able:
                return
            network, place = chosen = min(able, key=lambda one: self._held[one[0]])
            self._waiting.remove(chosen)
            if place.cancelled():
                continue
            self._free -= 1
            self._held[network] += 1
            place.set_result(None)
