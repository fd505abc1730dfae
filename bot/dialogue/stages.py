"""How long the parts of a turn take, for the log and the metrics of the web process."""

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Dict, Iterator, Optional, Text

_turn: "ContextVar[Optional[Dict[Text, float]]]" = ContextVar("turn", default=None)


def begin() -> Dict[Text, float]:
    """A turn begins in this task; returns what will hold the seconds of its stages."""
    seconds: Dict[Text, float] = {}
    _turn.set(seconds)
    return seconds


@contextmanager
def stage(name: Text) -> Iterator[None]:
    """Add the time until the end of the block to a stage of the turn, if there is one."""
    seconds, began = _turn.get(), time.perf_counter()
    try:
        yield
    finally:
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
