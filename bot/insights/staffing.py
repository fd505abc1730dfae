"""What staff did: how long customers waited for them, how long it took, and what they thought of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from bot.insights.scope import Scope, Source
from bot.statistics import Share, share


@dataclass(frozen=True)
class Spread:
    """Durations in seconds: their middle, and what nine of ten don't exceed; None of nothing."""

    n: int
    median: float | None
    most: float | None


@dataclass(frozen=True)
class Person:
    """Somebody of the staff in a span; `left`: they have no account any more."""

    id: int
    name: str
    left: bool
    taken: int
    first_response: Spread
    resolution: Spread
    satisfied: Share


@dataclass(frozen=True)
class Hour:
    """An hour of the shop's day, over all days of a span."""

    asked: int
    taken: int
    messages: int
    people: int


@dataclass(frozen=True)
class Staffing:
    """Handoffs of a span, and who took them."""

    handoffs: int
    taken: Share
    wait: Spread
    first_response: Spread
    resolution: Spread
    satisfied: Share
    people: list[Person]
    hours: list[Hour]
    asked: list[list[int]]  # customers who asked, 24 rows of the weekdays from Monday on


def staffing(source: Source, scope: Scope) -> Staffing:
    """Count handoffs that began in a span, when the customer asked or a person stepped in unasked."""
    handoffs = _handoffs(source, scope)
    ratings = _ratings(source, scope)
    by_person: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in handoffs:
        if one["taken_by"] is not None:
            by_person[one["taken_by"]].append(one)
    known = {row["id"]: row for row in source.rows("SELECT id, name, removed_at FROM staff.staff")}
    people = [
        Person(
            id=number,
            name=known[number]["name"],
            left=known[number]["removed_at"] is not None,
            taken=len(by_person[number]),
            first_response=_spread(by_person[number], "replied_at"),
            resolution=_spread(by_person[number], "resolved_at"),
            satisfied=_satisfied(ratings[number]),
        )
        for number in {*by_person, *ratings}
    ]
    asked = [one for one in handoffs if one["asked_at"] is not None]
    return Staffing(
        handoffs=len(handoffs),
        taken=share(sum(one["taken_at"] is not None for one in asked), len(asked)),
        wait=_spread(asked, "taken_at"),
        first_response=_spread(handoffs, "replied_at"),
        resolution=_spread(handoffs, "resolved_at"),
        satisfied=_satisfied([value for values in ratings.values() for value in values]),
        people=sorted(people, key=lambda one: (-one.taken, one.name, one.id)),
        hours=_hours(source, scope),
        asked=_weekdays(source, scope),
    )


def _handoffs(source: Source, scope: Scope) -> list[dict[str, Any]]:
    """Handoffs with `began`, and `replied_at`: when staff wrote first, before somebody else took it."""
    rows = source.rows(
        "SELECT h.conversation, h.asked_at, h.taken_at, h.taken_by, h.resolved_at, h.ended_at, "
        "coalesce(h.asked_at, h.taken_at) AS began, "
        "(SELECT min(m.at) FROM messages m WHERE m.conversation_id = h.conversation "
        "AND m.sender = 'staff' AND m.at >= h.taken_at AND m.at < coalesce((SELECT min(n.taken_at) "
        "FROM staff.handoffs n WHERE n.conversation = h.conversation AND n.taken_at > h.taken_at), "
        "9e99)) AS replied_at FROM staff.handoffs h WHERE coalesce(h.asked_at, h.taken_at) >= ? "
        f"AND coalesce(h.asked_at, h.taken_at) < ? AND {scope.kind('h.', 'conversation')}",
        *scope.values,
    )
    return [dict(row) for row in rows]


def _ratings(source: Source, scope: Scope) -> dict[int, list[float]]:
    """Stars of a span in conversations in which staff had written, by who took it last before."""
    rows = source.rows(
        "SELECT e.value, (SELECT h.taken_by FROM staff.handoffs h "
        "WHERE h.conversation = e.conversation_id AND h.taken_at <= e.at "
        "ORDER BY h.taken_at DESC LIMIT 1) AS person FROM customer_events e "
        f"WHERE e.kind = 'rating' AND {scope.where('e.')} AND EXISTS (SELECT 1 FROM messages m "
        "WHERE m.conversation_id = e.conversation_id AND m.sender = 'staff' AND m.at <= e.at)",
        *scope.values,
    )
    found: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        if row["person"] is not None:
            found[row["person"]].append(row["value"])
    return found


def _satisfied(values: list[float]) -> Share:
    return share(sum(value >= 4 for value in values), len(values))


def _spread(handoffs: Iterable[dict[str, Any]], until: str) -> Spread:
    took = sorted(one[until] - one["began"] for one in handoffs if one[until] is not None)
    if not took:
        return Spread(0, None, None)
    return Spread(len(took), median(took), took[-(-9 * len(took) // 10) - 1])


def _hours(source: Source, scope: Scope) -> list[Hour]:
    asked, taken = (
        _by_hour(source, scope, "count(*)", "staff.handoffs", at, "conversation")
        for at in ("asked_at", "taken_at")
    )
    staff = "(SELECT * FROM messages WHERE sender = 'staff')"
    messages = _by_hour(source, scope, "count(*)", staff, "at", "conversation_id")
    people = _by_hour(source, scope, "count(DISTINCT author)", staff, "at", "conversation_id")
    return [Hour(asked[i], taken[i], messages[i], people[i]) for i in range(24)]


def _by_hour(
    source: Source, scope: Scope, what: str, table: str, at: str, conversation: str
) -> Counter[int]:
    rows = source.rows(
        f"SELECT CAST({scope.clock_sql(at)} / 3600 AS INT) % 24 AS hour, {what} AS n FROM {table} "
        f"WHERE {scope.where(at=at, conversation=conversation)} GROUP BY hour",
        *scope.values,
    )
    return Counter({row["hour"]: row["n"] for row in rows})


def _weekdays(source: Source, scope: Scope) -> list[list[int]]:
    rows = source.rows(
        f"SELECT CAST({scope.clock_sql('asked_at')} / 3600 AS INT) % 24 AS hour, "
        f"({scope.day_sql('asked_at')} + 3) % 7 AS weekday, count(*) AS n FROM staff.handoffs "
        f"WHERE {scope.where(at='asked_at', conversation='conversation')} GROUP BY 1, 2",
        *scope.values,
    )
    found = {(row["hour"], row["weekday"]): row["n"] for row in rows}
    return [[found.get((hour, day), 0) for day in range(7)] for hour in range(24)]
