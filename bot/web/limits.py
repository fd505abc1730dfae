"""Token buckets: how much one conversation or one address may send."""

import time
from collections import OrderedDict

from sanic.exceptions import SanicException
from sanic.request import Request

REMEMBERED = 20_000


class TooMany(SanicException):
    """Too many requests in a short time."""

    status_code = 429


def address(request: Request) -> str:
    """Where a request comes from: as the nearest of the shop's own proxies saw it, if there are."""
    return request.remote_addr or request.ip


class RateLimits:
    """A bucket for each key; it holds `burst` and refills at `rate` a second."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, burst: float, rate: float) -> None:
        """Take one from a bucket. Raises TooMany when it is empty."""
        now = time.monotonic()
        left, since = self._buckets.pop(key, (burst, now))
        left = min(burst, left + (now - since) * rate)
        self._buckets[key] = (max(0.0, left - 1), now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        if left < 1:
            raise TooMany("That was a bit fast. Please wait a moment and send it again.")
