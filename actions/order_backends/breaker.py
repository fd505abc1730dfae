"""A circuit breaker: a service that is down is left alone for a while instead of being waited for."""

import time
from collections.abc import Callable

FAILURES = 3  # in a row, after which nothing is asked any more
PAUSE_SECONDS = 10.0  # until one asker tries again


class CircuitBreaker:
    """Closed while the service answers; open after some failures in a row; half open when the pause
    is over: then one asker tries, and the others wait for no answer until that one has had its own.

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
        self._try_at = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether all may ask."""
        return self._failures < self._limit

    def may_ask(self) -> bool:
        """Whether to ask now; who is told so says how it went by `succeeded` or `failed`."""
        if self.is_closed:
            return True
        if self._clock() < self._try_at:
            return False
        self._try_at = self._clock() + self._pause  # the others go on waiting
        return True

    def succeeded(self) -> bool:
        """The service answered; returns whether that closed the breaker."""
        closes = not self.is_closed
        self._failures = 0
        return closes

    def failed(self) -> bool:
        """The service didn't answer; returns whether that opened the breaker."""
        was_closed = self.is_closed
        self._failures += 1
        if not self.is_closed:
            self._try_at = self._clock() + self._pause
        return was_closed and not self.is_closed
