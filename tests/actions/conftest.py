"""What every action meets: a guard of its own, and no mail server unless a test sets one up."""

from pathlib import Path
from typing import Iterator

import pytest

from actions import proof
from bot.store.guard import Guard


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def guard(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    """Counts guesses in a folder of its own."""
    opened = Guard(tmp_path / "guard" / "guard.db", clock)
    monkeypatch.setattr(proof, "get_guard", lambda: opened)
    yield opened
    opened.close()
