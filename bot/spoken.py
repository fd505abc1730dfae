"""The language of the turn that is being done: set once where a turn begins, and read wherever words are."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ENGLISH = "en"  # outside of turns

_spoken: ContextVar[str] = ContextVar("spoken", default="")


def speak(language: str | None) -> None:
    """The turn of this task is in a language; empty or None for none that is known."""
    _spoken.set(language or "")


def spoken(otherwise: str | None = None) -> str:
    """The language of this task's turn; outside of turns `otherwise`, or else English."""
    return _spoken.get() or otherwise or ENGLISH


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Until the end of the block another language is spoken."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)
