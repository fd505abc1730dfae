"""How much was said, how conversations ended, and how customers rated them."""

from dataclasses import dataclass
from datetime import date

from bot.insights.scope import EPOCH, Scope, Source
from bot.statistics import Mean, Share, mean, share

# The action that a conversation ended with says how it ended.
FALLBACKS = (
    "action_default_fallback",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
)
FORM = "_form"  # how the names of forms end, which wait for an answer
OUTCOMES = {
    "contained": "answered by the assistant",
    "handed_over": "asked for a person",
    "not_understood": "ended without being understood",
    "broken_off": "left in the middle of a form",
}


@dataclass(frozen=True)
class DayCount:
    """A day: conversations that began, and customers' messages."""

    day: date
    conversations: int
    messages: int


@dataclass(frozen=True)
class BreakOff:
    """A step after which conversations ended, how often, and the share of all that reached it."""

    action: str
    ended: Share


@dataclass(frozen=True)
class Overview:
    """The numbers of a span, with the conversation counts of the span before."""

    conversations: int
    conversations_before: int
    messages: int
    outcomes: dict[str, Share]
    csat: Share  # ratings of 4 and 5
    csat_mean: Mean
    thumbs_up: Share
    answer_ms: float | None  # median of the assistant's time to answer
    days: list[DayCount]
    break_offs: list[BreakOff]


def overview(source: Source, scope: Scope) -> Overview:
    """Count a span."""
    total = _conversations(source, scope)
    ended = _endings(source, scope)
    outcomes = dict.fromkeys(OUTCOMES, 0)
    for outcome, count in ended.values():
        outcomes[outcome] += count
    handed = source.one(
        f"SELECT count(*) FROM journeys WHERE handoff AND {scope.where(at='started_at')}",
        *scope.values,
    )
    outcomes["handed_over"] = handed
    outcomes["contained"] = max(
        0, total - handed - outcomes["not_understood"] - outcomes["broken_off"]
    )
    days = _days(source, scope)
    return Overview(
        conversations=total,
        conversations_before=_conversations(source, scope.before),
        messages=sum(day.messages for day in days),
        outcomes={name: share(min(count, total), total) for name, count in outcomes.items()},
        csat=_rated(source, scope, "rating", "value >= 4"),
        csat_mean=_mean_rating(source, scope),
        thumbs_up=_rated(source, scope, "thumb", "value > 0"),
        answer_ms=_median_latency(source, scope),
        days=days,
        break_offs=_break_offs(source, scope, ended),
    )


def _conversations(source: Source, scope: Scope) -> int:
    where = scope.where(at="started_at", conversation="id")
    return source.one(f"SELECT count(*) FROM conversations WHERE {where}", *scope.values)


def _endings(source: Source, scope: Scope) -> dict[str, tuple[str, int]]:
    """Last action -> how conversations without a wish for a person ended with it, and how many."""
    rows = source.rows(
        "SELECT ended AS name, count(*) AS n FROM journeys "
        f"WHERE ended IS NOT NULL AND NOT handoff AND {scope.where(at='started_at')} GROUP BY name",
        *scope.values,
    )
    return {row["name"]: (ending(row["name"]), row["n"]) for row in rows}


def ending(action: str) -> str:
    """What the last action of a conversation says about its end, of `OUTCOMES`."""
    if action in FALLBACKS:
        return "not_understood"
    return "broken_off" if action.endswith(FORM) else "contained"


def _break_offs(source: Source, scope: Scope, ended: dict[str, tuple[str, int]]) -> list[BreakOff]:
    """Where conversations broke off, the steps that lose most first."""
    bad = {name: count for name, (how, count) in ended.items() if how != "contained"}
    if not bad:
        return []
    marks = ", ".join("?" * len(bad))
    reached = source.rows(
        f"SELECT name, count(DISTINCT conversation_id) AS n FROM actions_taken "
        f"WHERE {scope.where()} AND name IN ({marks}) GROUP BY name",
        *scope.values,
        *bad,
    )
    steps = [
        BreakOff(row["name"], share(min(bad[row["name"]], row["n"]), row["n"])) for row in reached
    ]
    return sorted(steps, key=lambda step: -step.ended.k)


def _rated(source: Source, scope: Scope, kind: str, good: str) -> Share:
    row = source.rows(
        f"SELECT count(*) AS n, coalesce(sum({good}), 0) AS k FROM customer_events "
        f"WHERE kind = ? AND {scope.where()}",
        kind,
        *scope.values,
    )[0]
    return share(row["k"], row["n"])


def _mean_rating(source: Source, scope: Scope) -> Mean:
    row = source.rows(
        "SELECT count(*) AS n, coalesce(sum(value), 0) AS s, coalesce(sum(value * value), 0) AS q "
        f"FROM customer_events WHERE kind = 'rating' AND {scope.where()}",
        *scope.values,
    )[0]
    return mean(row["n"], row["s"], row["q"])


def _median_latency(source: Source, scope: Scope) -> float | None:
    """The median over at most 5,000 messages, the latest ones: enough for a steady figure."""
    rows = source.rows(
        f"SELECT latency_ms FROM messages WHERE sender = 'customer' AND {scope.where()} "
        "ORDER BY at DESC LIMIT 5000",
        *scope.values,
    )
    values = sorted(row["latency_ms"] for row in rows if row["latency_ms"] is not None)
    return values[len(values) // 2] if values else None


def _days(source: Source, scope: Scope) -> list[DayCount]:
    started = dict(
        map(
            tuple,
            source.rows(
                f"SELECT {scope.day_sql('started_at')} AS day, count(*) FROM conversations "
                f"WHERE {scope.where(at='started_at', conversation='id')} GROUP BY day",
                *scope.values,
            ),
        )
    )
    said = dict(
        map(
            tuple,
            source.rows(
                "SELECT day, sum(n) FROM message_days WHERE day >= ? AND day < ? AND simulated = ? "
                "GROUP BY day",
                *source.days_of(scope),
                scope.simulated,
            ),
        )
    )
    return [
        DayCount(day, started.get((day - EPOCH).days, 0), said.get((day - EPOCH).days, 0))
        for day in scope.days
    ]
