"""A circuit breaker: a service that is down is left alone for a while instead of being waited for."""

import time
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar

FAILURES = 3  # after which nothing is asked any more: in a row, or of so many askers
PAUSE_SECONDS = 10.0  # until one asker tries again
ASKERS = 10  # whose latest answers are looked at
REMEMBERED_SECONDS = 60.0  # for so long

# Whoever the service is asked for: a mark of a network or conversation (bot/guard/store.py).
asker: ContextVar[str] = ContextVar("asker", default="")


class CircuitBreaker:
    """Closed while the service answers; open after some failures in a row; half open when the pause
    is over: then one asker tries, and the others wait for no answer until that one has had its own.

    A service that answers with an error may mean one order alone, and who knows such a number must not
    keep all others from theirs: that counts when most of the different askers lately had nothing else.
    An asker who never says how it went is no reason to stay open: after another pause the next tries.
    """

    def __init__(
        self,
        failures: int = FAILURES,
        pause_seconds: float = PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._pause, self._clock = failures, pause_seconds, clock
        self._failures = 0
        self._latest: OrderedDict[str, tuple[float, bool]] = OrderedDict()  # when, and whether well
        self._is_open = False
        self._try_at = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether all may ask."""
        return not self._is_open

    def may_ask(self) -> bool:
        """Whether to ask now; who is told so says how it went by one of the methods below."""
        if self.is_closed:
            return True
        if self._clock() < self._try_at:
            return False
        self._try_at = self._clock() + self._pause  # the others go on waiting
        return True

    def succeeded(self) -> bool:
        """The service answered; returns whether that closed the breaker."""
        closes = self._is_open
        self._is_open, self._failures = False, 0
        if closes:
            self._latest.clear()
        self._note(True)
        return closes

    def failed(self) -> bool:
        """The service didn't answer; returns whether that opened the breaker."""
        self._failures += 1
        return self._opens(self._failures >= self._limit)

    def erred(self) -> bool:
        """The service answered with an error; returns whether that opened the breaker."""
        self._failures = 0
        self._note(False)
        since = self._clock() - REMEMBERED_SECONDS
        lately = [is_well for at, is_well in self._latest.values() if at >= since]
        errors = lately.count(False)
        return self._opens(errors >= self._limit and 2 * errors > len(lately))

    def _opens(self, is_down: bool) -> bool:
        opens = is_down and not self._is_open
        self._is_open = self._is_open or is_down
        if self._is_open:
            self._try_at = self._clock() + self._pause
        return opens

    def _note(self, is_well: bool) -> None:
        self._latest.pop(asker.get(), None)
        self._latest[asker.get()] = (self._clock(), is_well)
        if len(self._latest) > ASKERS:
            self._latest.popitem(last=False)
