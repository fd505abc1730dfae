"""What customers scored: NPS, CSAT and CES of surveys, and the stars at the end of a chat, over time."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.insights.scope import Scope, Source
from bot.surveys import statistics
from bot.surveys.campaign import Campaign, read_campaign
from bot.surveys.statistics import Difference, Estimate

AT_LEAST = 5  # answers of a figure that is shown
BY_DAY, BY_WEEK = (
    14,
    120,
)  # a span of at most so many days is drawn by days, by weeks, else by months
Kind = Literal["nps", "csat", "ces", "stars"]


class Metric(NamedTuple):
    """A kind of score: what it is called, the ends of its figure, and how two figures compare."""

    title: str
    low: float
    high: float
    compared: Literal["nps", "csat", "mean"]


METRICS: dict[Kind, Metric] = {
    "nps": Metric("NPS", -100, 100, "nps"),
    "csat": Metric("CSAT, % of 4 and 5", 0, 100, "csat"),
    "ces": Metric("CES, mean of 1 to 7", 1, 7, "mean"),
    "stars": Metric("Stars after a chat, % of 4 and 5", 0, 100, "csat"),
}


class Answer(NamedTuple):
    """One score, when it was given, and the question that it answers."""

    kind: Kind
    campaign: str
    question: str
    ask: str
    at: float
    value: float


@dataclass(frozen=True)
class Step:
    """A figure of a part of the span, from its first day on; None below `AT_LEAST` answers."""

    first: date
    n: int
    figure: Estimate | None


@dataclass(frozen=True)
class Asked:
    """A question's figure in the span."""

    kind: Kind
    campaign: str
    question: str
    ask: str
    n: int
    figure: Estimate | None


@dataclass(frozen=True)
class Score:
    """One kind of score: its figure now, before and a year before, the change, and its steps."""

    kind: Kind
    n: int
    now: Estimate | None
    before: Estimate | None
    year_before: Estimate | None
    change: Difference | None  # from the time before; None where either is hidden
    steps: list[Step]


def satisfaction(source: Source, scope: Scope) -> tuple[list[Score], list[Asked]]:
    """All kinds of scores that were given in a span, and the questions that asked for them.

    Anonymous surveys aren't in it: parts of a span could be subtracted from each other.
    """
    now, before, year = (
        _by_kind(answers(source, one)) for one in (scope, scope.before, scope.year_before)
    )
    found = []
    for kind, metric in METRICS.items():
        given = now[kind]
        if not given:
            continue
        earlier = [one.value for one in before[kind]]
        values = [one.value for one in given]
        enough = min(len(values), len(earlier)) >= AT_LEAST
        found.append(
            Score(
                kind=kind,
                n=len(values),
                now=_figure(kind, values),
                before=_figure(kind, earlier),
                year_before=_figure(kind, [one.value for one in year[kind]]),
                change=statistics.compare(metric.compared, earlier, values) if enough else None,
                steps=_steps(kind, given, scope),
            )
        )
    return found, _asked(now)


def answers(source: Source, scope: Scope) -> Iterator[Answer]:
    """Every score of a span that isn't anonymous."""
    rows = source.rows(
        "SELECT r.campaign_id AS campaign, r.version, a.question_id AS question, a.value, a.at, "
        "v.source FROM surveys.answers a JOIN surveys.runs r ON r.id = a.run_id "
        "JOIN surveys.versions v ON v.campaign_id = r.campaign_id AND v.version = r.version "
        "WHERE NOT a.sealed AND a.value <> 'null' AND NOT r.over_quota AND NOT r.anonymous "
        "AND r.simulated = ? AND a.at >= ? AND a.at < ? ORDER BY a.at",
        scope.simulated,
        *scope.values,
    )
    for row in rows:
        asked = {one.id: one for one in _campaign(row["campaign"], row["source"]).questions}
        question = asked.get(row["question"])
        if question and question.kind in METRICS:
            yield Answer(
                question.kind, row["campaign"], question.id, question.ask, row["at"],
                float(row["value"]),
            )  # fmt: skip
    for row in source.rows(
        f"SELECT at, value FROM customer_events WHERE kind = 'rating' AND {scope.where()}",
        *scope.values,
    ):
        yield Answer("stars", "", "", "", row["at"], row["value"])


@lru_cache(maxsize=500)
def _campaign(name: str, text: str) -> Campaign:
    return read_campaign(name, text)


def _by_kind(given: Iterator[Answer]) -> dict[Kind, list[Answer]]:
    found: dict[Kind, list[Answer]] = defaultdict(list)
    for one in given:
        found[one.kind].append(one)
    return found


def _figure(kind: Kind, values: list[float]) -> Estimate | None:
    if len(values) < AT_LEAST:
        return None
    if kind == "nps":
        return statistics.nps(values)
    return statistics.mean(values) if kind == "ces" else statistics.csat(values)


def _steps(kind: Kind, given: list[Answer], scope: Scope) -> list[Step]:
    """The figure of each day, week or month of the span, also of those without answers."""
    values: dict[date, list[float]] = {day: [] for day in map(step_of(scope), scope.days)}
    for one in given:
        values[step_of(scope)(scope.day_of(one.at))].append(one.value)
    first = scope.days[0]
    return [
        Step(max(day, first), len(found), _figure(kind, found)) for day, found in values.items()
    ]


def step_of(scope: Scope):
    """Which step of a span a day belongs to, by the step's first day: a day, a week from Monday on,
    or a month."""
    length = len(scope.days)
    if length <= BY_DAY:
        return lambda day: day
    if length <= BY_WEEK:
        return lambda day: day - timedelta(days=day.weekday())
    return lambda day: day.replace(day=1)


def _asked(now: dict[Kind, list[Answer]]) -> list[Asked]:
    questions: dict[tuple[Kind, str, str], list[Answer]] = defaultdict(list)
    for kind, given in now.items():
        for one in given:
            if one.campaign:
                questions[kind, one.campaign, one.question].append(one)
    return [
        Asked(kind, campaign, question, found[-1].ask, len(found),
              _figure(kind, [one.value for one in found]))
        for (kind, campaign, question), found in sorted(questions.items())
    ]  # fmt: skip
