"""How much one conversation, one address or everybody may ask for, and what is said beyond it."""

import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Self

from sanic.exceptions import SanicException
from sanic.request import Request

from bot.texts import ENGLISH, said

REMEMBERED = 20_000
STREAMS, STREAMS_OF_ADDRESS = 2000, 60  # open at once
BACKLOG = 200  # conversations with messages that wait for the assistant: some ten seconds of work


class _Later(SanicException):
    """A refusal that isn't for good; `retry_after` says in how many seconds to ask again."""

    def __init__(self, message: str, retry_after: float = 1.0, text: str = "") -> None:
        """`text` is the name of the message in bot/texts, to be said in the customer's language."""
        super().__init__(message)
        self.retry_after, self.text = max(1, round(retry_after + 0.5)), text

    @classmethod
    def named(cls, text: str, retry_after: float = 1.0) -> Self:
        """A refusal by the name of its text."""
        return cls(said(text, ENGLISH), retry_after, text)


class TooMany(_Later):
    """Too many requests of one customer or address in a short time."""

    status_code = 429


class Busy(_Later):
    """The service has more to do than it can, whoever asks."""

    status_code = 503


def address(request: Request) -> str:
    """Where a request comes from: as the nearest of the shop's own proxies saw it, if there are.

    What a proxy says that is no address counts for nothing, and the connection's own is taken.
    """
    forwarded = request.remote_addr
    return forwarded if forwarded and _read(forwarded) else request.ip


def network(request: Request) -> str:
    """What a request counts for: its address, or of an IPv6 address the network."""
    return network_of(address(request))


def network_of(address: str) -> str:
    """An IPv4 address; of an IPv6 address the /64, which one customer has whole; never its port.

    All that is no address at all, such as the name of a socket in a folder, is one network.
    """
    ip = _read(address)
    if ip is None:
        return "local"
    if isinstance(ip, IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(IPv6Network((int(ip) >> 64 << 64, 64)))


def _read(address: str) -> IPv4Address | IPv6Address | None:
    """The address in "192.0.2.11", "192.0.2.11:4711", "2001:db8::1", "[2001:db8::1]:443"."""
    bare = address.strip()
    if bare.startswith("["):  # Sanic puts brackets around some, too
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return ip_address(bare.partition("%")[0])
    except ValueError:
        return None


class RateLimits:
    """A bucket for each key; it holds `burst` and refills at `rate` a second.

    The first word of a key says what it limits. Of each such kind so many are remembered, whatever is asked of others:
    nobody gets a new try at signing in by asking for a thousand chats.
    """

    def __init__(self) -> None:
        self._kinds: defaultdict[str, OrderedDict[str, tuple[float, float]]] = defaultdict(
            OrderedDict
        )

    def take(self, key: str, burst: float, rate: float) -> None:
        """Take one from a bucket. Raises TooMany when it is empty."""
        now = time.monotonic()
        buckets = self._kinds[key.split(" ", 1)[0]]
        left, since = buckets.pop(key, (burst, now))
        left = min(burst, left + (now - since) * rate)
        buckets[key] = (left - 1 if left >= 1 else left, now)
        if len(buckets) > REMEMBERED:
            buckets.popitem(last=False)
        if left < 1:
            raise TooMany.named("too_fast", (1 - left) / rate)

    def look(self, key: str, burst: float, rate: float) -> None:
        """Raise TooMany when a bucket is empty, and take nothing."""
        now = time.monotonic()
        left, since = self._kinds[key.split(" ", 1)[0]].get(key, (burst, now))
        left += (now - since) * rate
        if left < 1:
            raise TooMany.named("too_fast", (1 - left) / rate)

    def has(self, key: str, burst: float, rate: float) -> bool:
        """Take one from a bucket if it isn't empty; whether there was one."""
        try:
            self.take(key, burst, rate)
        except TooMany:
            return False
        return True


class StreamLimits:
    """How many streams are open, in all and for each network."""

    def __init__(self) -> None:
        self._of_network: Counter[str] = Counter()
        self.open = 0

    @contextmanager
    def one(self, network: str) -> Iterator[None]:
        """Count a stream while it is open. Raises TooMany or Busy."""
        if self._of_network[network] >= STREAMS_OF_ADDRESS:
            raise TooMany.named("chats_open", 30)
        if self.open >= STREAMS:
            raise Busy.named("busy", 30)
        self._of_network[network] += 1
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1
            self._of_network[network] -= 1
            if not self._of_network[network]:
                del self._of_network[network]
