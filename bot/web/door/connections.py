"""Connections: how many there may be, and how slow one may be.

Sanic's own timeouts begin anew with every byte, so that a client that sends one now and then, or
never reads what it is sent, holds its connection as long as it likes. A reverse proxy in front
(docs/security.md) does the same work earlier; this holds without one.
"""

import logging
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Any

from sanic.exceptions import RequestTimeout
from sanic.http import Http, Stage
from sanic.server.protocols.http_protocol import HttpProtocol

from bot.system.open_files import CONNECTIONS, allow_open_files
from bot.web.door.limits import network_of

logger = logging.getLogger(__name__)

CONNECTIONS_OF_ADDRESS = 200
REQUEST_SECONDS = 15.0  # from the first byte of a request to its last
READING_SECONDS = 30.0  # within which a client takes what it is sent
LOOK_SECONDS = 2.5
TOLD_EVERY = 60.0  # seconds between two lines about refused connections
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 52\r\n\r\n"
    b"A lot is going on right now. Please try again soon.\n"
)


class Connections:
    """The open connections of a process, in all and of each network (limits.network_of)."""

    def __init__(self, by_address: bool, on_refusal: Callable[[], object] = lambda: None) -> None:
        """Behind a proxy every connection comes from it: then `by_address` is False."""
        self._by_address = by_address
        self.on_refusal = on_refusal
        self._of_network: Counter[str] = Counter()
        self.most = CONNECTIONS
        self.open = 0
        self.refusals = Refusals()

    def enter(self, address: str) -> bool:
        """Count a connection; False when there are too many already."""
        network = network_of(address)
        crowded = self._by_address and self._of_network[network] >= CONNECTIONS_OF_ADDRESS
        if crowded or self.open >= self.most:
            return False
        self.open += 1
        self._of_network[network] += 1
        return True

    def leave(self, address: str) -> None:
        """It is closed."""
        network = network_of(address)
        self.open -= 1
        self._of_network[network] -= 1
        if not self._of_network[network]:
            del self._of_network[network]


def allow_files(connections: Connections) -> None:
    """Let the process have as many open files as it may, and no more connections than that."""
    connections.most = allow_open_files().connections


class Refusals:
    """Refused connections in the log: one line at once, then one a minute with how many more.

    A flood of connections mustn't become a flood of lines. `later(seconds, do)` is the loop's.
    """

    def __init__(self) -> None:
        self._more = 0
        self._is_waiting = False

    def add(self, is_open: int, later: Callable[[float, Callable[[], None]], Any]) -> None:
        """One was refused while so many are open."""
        if self._is_waiting:
            self._more += 1
            return
        logger.warning("Connections are refused: %d are open.", is_open)
        self._wait(later)

    def _wait(self, later: Callable[[float, Callable[[], None]], Any]) -> None:
        self._is_waiting = True
        later(TOLD_EVERY, lambda: self._tell(later))

    def _tell(self, later: Callable[[float, Callable[[], None]], Any]) -> None:
        self._is_waiting = False
        if self._more:
            logger.warning(
                "%d more connections were refused in %.0f seconds.", self._more, TOLD_EVERY
            )
            self._more = 0
            self._wait(later)


class GuardedProtocol(HttpProtocol):
    """Sanic's protocol with a limit of connections, and without patience for slow clients."""

    __slots__ = ("_address", "_began", "_guard")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._guard: Connections = self.app.ctx.services.connections
        self._address = ""  # while it is counted
        self._began = monotonic()

    def connection_made(self, transport: Any) -> None:
        """Take a connection, or close it with a word."""
        peer = transport.get_extra_info("peername") or ("local",)
        if not self._guard.enter(peer[0]):
            self._guard.refusals.add(self._guard.open, self.loop.call_later)
            self._guard.on_refusal()
            transport.write(FULL)
            transport.close()
            return
        self._address = peer[0]
        super().connection_made(transport)
        self._look()

    def connection_lost(self, exc: Any) -> None:
        """It ended; of one that was refused Sanic never knew."""
        if self._address:
            self._guard.leave(self._address)
            self._address = ""
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came; a connection that was refused has nobody to read them."""
        if not self._address:
            return
        http = getattr(self, "_http", None)  # there is none before the task begins
        if http is None or http.stage is Stage.IDLE:
            self._began = monotonic()
        super().data_received(data)

    def _look(self) -> None:
        """Now and then: is the client too slow?"""
        if not self._address or not self._task:
            return
        now, http = monotonic(), getattr(self, "_http", None)
        if http is not None and _is_receiving(http) and now - self._began > REQUEST_SECONDS:
            http.exception = RequestTimeout("The request took too long.")
            self._task.cancel()
        elif not self._can_write.is_set() and now - self._time > READING_SECONDS:
            self.abort()
        else:
            self.loop.call_later(LOOK_SECONDS, self._look)


def _is_receiving(http: Http) -> bool:
    """Whether a request has begun and isn't there in full."""
    in_body = http.stage is Stage.HANDLER and bool(http.request_body)
    return http.stage is Stage.REQUEST or in_body
