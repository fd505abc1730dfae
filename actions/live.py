"""Prices and stock as the shop's platform has them now, looked up before they are promised."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from actions.order_backends.breaker import CircuitBreaker
from bot.errors import ShoptalkError
from bot.platforms.api import PlatformUnavailable
from bot.platforms.applying import apply
from bot.platforms.kept import Found, Kept
from bot.platforms.reading import changed, opened, read_some
from bot.settings import Settings
from recommender.embedder import Embedder
from recommender.errors import RecommenderError

logger = logging.getLogger(__name__)

FRESH_SECONDS = 20.0  # for which what was looked up is taken for what is
WAIT_SECONDS = 2.0  # for the platform; a customer waits for it
MOST = 20  # products of one answer
AT_ONCE = 4  # questions to the platform


class Looked(NamedTuple):
    """How a look went: whether the catalogue changed by it, and since when what couldn't be looked up is known.

    `since` is in seconds since 1970, and None where all was looked up, or nobody knows.
    """

    changed: bool = False
    failed: bool = False
    since: float | None = None


class Live:
    """Asks the platform about a few products, and puts what differs into the catalogue at once.

    So all that is said next, filters and sums included, goes by it. A product is asked about once in
    `FRESH_SECONDS`. A platform that is slow or down isn't waited for (see CircuitBreaker).
    """

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder,
        wait_seconds: float = WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises StoreError."""
        assert settings.shop.platform is not None
        self._settings, self._embedder = settings, embedder
        self._platform = settings.shop.platform.copy(update={"timeout_seconds": wait_seconds})
        self._kept = Kept(settings.platform_dir)
        self._wait, self._clock = wait_seconds, clock
        self._breaker = CircuitBreaker(clock=clock)
        self._looked: dict[str, float] = {}  # a product's id -> when
        self._places = asyncio.Semaphore(AT_ONCE)
        self._applying = asyncio.Lock()

    async def look(self, skus: Collection[str]) -> Looked:
        """Look up the products with some skus. Never raises for what the platform does."""
        known = self._kept.ids(list(dict.fromkeys(skus))[:MOST])
        now = self._clock()
        self._looked = {one: at for one, at in self._looked.items() if now - at < FRESH_SECONDS}
        ids = [one for one in dict.fromkeys(known.values()) if one not in self._looked]
        if not ids:
            return Looked()
        try:
            found = await self._found(ids)
            differs = await self._apply(ids, found)
        except (ShoptalkError, RecommenderError, TimeoutError) as error:
            logger.warning("Prices and stock weren't looked up: %s", error or type(error).__name__)
            return Looked(failed=True, since=self._kept.read_at(skus))
        self._looked |= dict.fromkeys(ids, self._clock())
        return Looked(changed=differs)

    async def _found(self, ids: list[str]) -> list[Found]:
        """Those of some products that are still sold. Raises PlatformUnavailable, TimeoutError."""
        if not self._breaker.may_ask():
            raise PlatformUnavailable("The platform is down; it is asked again in a moment.")
        try:
            async with asyncio.timeout(self._wait), self._places:
                found = await asyncio.to_thread(self._ask, ids)
        except (PlatformUnavailable, TimeoutError):
            if self._breaker.failed():
                logger.error("The platform is down; prices and stock are said as of the last read.")
            raise
        if self._breaker.succeeded():
            logger.warning("The platform answers again.")
        return found

    def _ask(self, ids: list[str]) -> list[Found]:
        with opened(self._platform, tries=1) as api:
            return read_some(api, self._platform, ids)

    async def _apply(self, ids: list[str], found: list[Found]) -> bool:
        """Whether the catalogue had to be changed. Raises IngestBusy and others of the recommender's."""
        if len(found) == len(ids) and self._kept.same(found):
            self._kept.seen(ids)
            return False
        async with self._applying:
            await asyncio.to_thread(self._write, ids, found)
        return True

    def _write(self, ids: list[str], found: list[Found]) -> None:
        made = changed(self._settings, self._kept, "live", ids, found)
        report = apply(self._settings, made, self._embedder)
        self._kept.update(ids, found, ())
        logger.info("The platform said: %d changed, %d removed.", report.changed, report.removed)


def skus_in(messages: Iterable[dict], events: Iterable[dict]) -> list[str]:
    """The products whose price or stock messages may tell: those on cards, and those that the answer is about."""
    found: list[str] = []
    for message in messages:
        found += [one["sku"] for one in (message.get("custom") or {}).get("products") or []]
    for event in events:
        value = event.get("value")
        if event.get("name") in ("shown_products", "talked_about") and isinstance(value, list):
            found += [one if isinstance(one, str) else str(one.get("sku", "")) for one in value]
        elif event.get("name") == "product_meant" and isinstance(value, str):
            found.append(value)
        elif event.get("name") == "summed" and isinstance(value, dict):
            found += [str(one.get("sku", "")) for one in value.get("items") or []]
    return list(dict.fromkeys(filter(None, found)))
