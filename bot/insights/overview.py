"""How much was said, how conversations ended, and how customers rated them."""

from dataclasses import dataclass
from datetime import date
from statistics import median

from bot.insights.scope import DAY, EPOCH, Scope, Source
from bot.intents import quoted
from bot.statistics import Mean, Share, mean, share

# The action that a conversation ended with says how it ended.
FALLBACKS = (
    "action_default_fallback",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
)
MEDIAN_OF = 5000
FORM = "_form"  # how the names of forms end, which wait for an answer
OUTCOMES = {
    "contained": "answered by the assistant, as far as can be seen",
    "handed_over": "a person was asked for, or wrote",
    "not_understood": "ended without being understood",
    "broken_off": "left in the middle of a form",
    "unhappy": "ended with an unhappy word, a thumb down or 1–2 stars",
}
# SQL for how a journey x without a person ended.
ENDING = (
    f"CASE WHEN x.ended IN ({quoted(FALLBACKS)}) THEN 'not_understood' "
    f"WHEN x.ended GLOB '*{FORM}' THEN 'broken_off' "
    "WHEN x.unhappy THEN 'unhappy' ELSE 'contained' END"
)


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
    """The numbers of a span, with the conversations of the span before and of a year before."""

    conversations: int
    conversations_before: int
    conversations_year_before: int
    messages: int
    without_person: Share
    outcomes: dict[str, Share]
    csat: Share  # ratings of 4 and 5
    csat_mean: Mean
    thumbs_up: Share
    answer_ms: float | None  # median of the assistant's time to answer
    days: list[DayCount]
    hours: list[list[int]]  # conversations that began, 24 rows of the weekdays from Monday on
    break_offs: list[BreakOff]


def overview(source: Source, scope: Scope) -> Overview:
    """Count a span."""
    outcomes = dict.fromkeys(OUTCOMES, 0) | _outcomes(source, scope)
    total = sum(outcomes.values())
    days = _days(source, scope)
    return Overview(
        conversations=total,
        conversations_before=_conversations(source, scope.before),
        conversations_year_before=_conversations(source, scope.year_before),
        messages=sum(day.messages for day in days),
        without_person=share(total - outcomes["handed_over"], total),
        outcomes={name: share(count, total) for name, count in outcomes.items()},
        csat=_rated(source, scope, "rating", "value >= 4"),
        csat_mean=_mean_rating(source, scope),
        thumbs_up=_rated(source, scope, "thumb", "value > 0"),
        answer_ms=_median_latency(source, scope),
        days=days,
        hours=_hours(source, scope),
        break_offs=_break_offs(source, scope),
    )


def _conversations(source: Source, scope: Scope) -> int:
    """Those that began in a span and in which the customer wrote something."""
    where = scope.where(at="started_at")
    return source.one(
        f"SELECT count(*) FROM journeys WHERE said_at IS NOT NULL AND {where}", *scope.values
    )


def _outcomes(source: Source, scope: Scope) -> dict[str, int]:
    rows = source.rows(
        f"SELECT iif(x.handoff, 'handed_over', {ENDING}) AS name, count(*) AS n FROM journeys x "
        f"WHERE x.said_at IS NOT NULL AND {scope.where('x.', at='started_at')} GROUP BY name",
        *scope.values,
    )
    return {row["name"]: row["n"] for row in rows}


def _break_offs(source: Source, scope: Scope) -> list[BreakOff]:
    """Where conversations that began in a span broke off, the steps that lose most first.

    Against all conversations of the span that came to that step, whenever they did.
    """
    began = f"x.said_at IS NOT NULL AND {scope.where('x.', at='started_at')}"
    rows = source.rows(
        f"""WITH lost AS (
              SELECT x.ended AS name, count(*) AS n FROM journeys x
              WHERE NOT x.handoff AND {ENDING} IN ('not_understood', 'broken_off') AND {began}
              GROUP BY x.ended)
            SELECT lost.name, lost.n, count(DISTINCT a.conversation_id) AS reached
            FROM actions_taken a JOIN lost ON lost.name = a.name
            WHERE a.at >= ? AND a.conversation_id IN
              (SELECT x.conversation_id FROM journeys x WHERE {began})
            GROUP BY lost.name ORDER BY lost.n DESC, lost.name""",
        *scope.values,
        scope.since,
        *scope.values,
    )
    return [BreakOff(row["name"], share(row["n"], row["reached"])) for row in rows]


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
    """The median over the latest `MEDIAN_OF` messages: enough for a steady figure."""
    rows = source.rows(
        f"SELECT latency_ms FROM messages WHERE sender = 'customer' AND {scope.where()} "
        "ORDER BY at DESC LIMIT ?",
        *scope.values,
        MEDIAN_OF,
    )
    values = [row["latency_ms"] for row in rows if row["latency_ms"] is not None]
    return median(values) if values else None


def _days(source: Source, scope: Scope) -> list[DayCount]:
    started = dict(
        map(
            tuple,
            source.rows(
                f"SELECT {scope.day_sql('started_at')} AS day, count(*) FROM journeys "
                f"WHERE said_at IS NOT NULL AND {scope.where(at='started_at')} GROUP BY day",
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


def _hours(source: Source, scope: Scope) -> list[list[int]]:
    clock = scope.clock_sql("started_at")
    rows = source.rows(
        f"SELECT CAST({clock} / 3600 AS INT) % 24 AS hour, "
        f"(CAST({clock} / {DAY} AS INT) + 3) % 7 AS weekday, count(*) AS n "  # day 0 was a Thursday
        f"FROM journeys WHERE said_at IS NOT NULL AND {scope.where(at='started_at')} GROUP BY 1, 2",
        *scope.values,
    )
    hours = [[0] * 7 for _ in range(24)]
    for row in rows:
        hours[row["hour"]][row["weekday"]] = row["n"]
    return hours
