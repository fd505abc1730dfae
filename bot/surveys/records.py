"""What the surveys' database tells: a person's run with its answers, and when they were asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Contact:
    """What a person and a campaign went through: times in seconds since 1970, and counts."""

    last_any: float | None
    last_this: float | None
    never: bool
    asked: int
    completed: int


@dataclass(frozen=True)
class Given:
    """An answer as it is kept; `value` is None for a question that was skipped."""

    value: Any
    at: float
    sentiment: str | None = None
    score: float | None = None
    batch: int | None = None  # in which an anonymous one was let out; see anonymity.py


@dataclass(frozen=True)
class Run:
    """One person's way through a campaign, as far as they came."""

    id: str
    campaign: str
    version: int
    way: str
    person: str | None
    conversation: str | None
    segments: Mapping[str, str]
    shown_at: float | None
    started_at: float | None
    dismissed_at: float | None
    completed_at: float | None
    seconds: float | None
    over_quota: bool
    anonymous: bool
    simulated: bool
    asked: Sequence[str] = ()
    answers: Mapping[str, Given] = field(default_factory=dict)
