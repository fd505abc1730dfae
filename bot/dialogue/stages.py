"""How long the parts of a turn take, for the log and the metrics of the web process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_turn: "ContextVar[dict[str, float] | None]" = ContextVar("turn", default=None)


def begin() -> dict[str, float]:
    """A turn begins in this task; returns what will hold the seconds of its stages."""
    seconds: dict[str, float] = {}
    _turn.set(seconds)
    return seconds


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the time until the end of the block to a stage of the turn, if there is one."""
    seconds, began = _turn.get(), time.perf_counter()
    try:
        yield
    finally:
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
