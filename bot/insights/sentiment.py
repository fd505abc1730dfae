"""How customers feel: by day, intent, category, product and model version, and what moved it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.insights.scope import Scope, Source
from bot.intents import group, quoted
from bot.statistics import Mean, Share, adjusted, mean, share, welch
from bot.store.days import STEPS
from bot.transcripts.summaries import NEGATIVE, POSITIVE

FELT = f"intent NOT IN ({quoted(group('unfelt'))})"
AT_LEAST = 5  # messages; smaller groups say nothing, and could point at a person
SHOWN = 15


@dataclass(frozen=True)
class Feeling:
    """The messages of one group: how many, how happy on average (-1 to 1), how many unhappy."""

    name: str
    mean: Mean
    unhappy: Share
    happy: Share


@dataclass(frozen=True)
class DayFeeling:
    """A day's messages by label."""

    day: date
    negative: int
    neutral: int
    positive: int
    mean: float


@dataclass(frozen=True)
class Mover:
    """What an intent did to the average: by being asked more or less, and by feeling different.

    `mix` and `feeling` are points of the average score; `p` is Welch's test that the intent feels
    the same as before, corrected for the number of intents.
    """

    intent: str
    before: int
    now: int
    mix: float
    feeling: float
    p: float


@dataclass(frozen=True)
class Sentiment:
    """All about sentiment in a span."""

    left_out: int  # messages that only ask for products
    overall: Feeling
    before: Feeling
    days: list[DayFeeling]
    intents: list[Feeling]
    versions: list[Feeling]
    categories: list[Feeling]
    products: list[Feeling]  # named by sku
    movers: list[Mover]


class _Sum:
    """Adds up messages: n, sum and squares of the score, and the labels."""

    def __init__(self) -> None:
        self.n, self.total, self.squares = 0, 0.0, 0.0
        self.labels = {"negative": 0, "neutral": 0, "positive": 0}

    def add(self, row: Any) -> None:
        self.n += row["n"]
        self.total += row["total"] or 0.0
        self.squares += row["squares"] or 0.0
        if row["sentiment"] in self.labels:
            self.labels[row["sentiment"]] += row["n"]

    @property
    def moments(self) -> tuple[int, float, float]:
        return self.n, self.total, self.squares

    def feeling(self, name: str) -> Feeling:
        return Feeling(
            name,
            mean(*self.moments),
            share(self.labels["negative"], self.n),
            share(self.labels["positive"], self.n),
        )


def sentiment(source: Source, scope: Scope) -> Sentiment:
    """Read a span once, group it in every way, and compare it with the span before."""
    now, before = _cube(source, scope), _cube(source, scope.before)
    days = _grouped(now, "day")
    epoch = date(1970, 1, 1)
    return Sentiment(
        left_out=source.one(
            f"SELECT coalesce(sum(n), 0) FROM message_days WHERE sentiment <> '' AND NOT ({FELT}) "
            "AND day >= ? AND day < ? AND simulated = ?",
            *source.days_of(scope),
            scope.simulated,
        ),
        overall=_all(now).feeling("now"),
        before=_all(before).feeling("before"),
        days=[
            DayFeeling(day, **days[number].labels, mean=days[number].total / max(1, days[number].n))
            for day in scope.days
            for number in [(day - epoch).days]
        ],
        intents=_feelings(_grouped(now, "intent")),
        versions=_feelings(_grouped(now, "model_version")),
        categories=_feelings(_by_category(source, scope)),
        products=_feelings(_by_product(source, scope)),
        movers=movers(_grouped(before, "intent"), _grouped(now, "intent")),
    )


def movers(before: dict[str, _Sum], now: dict[str, _Sum]) -> list[Mover]:
    """The change of the average, split over intents (Kitagawa 1955); the parts add up to it.

    The larger effects come first.
    """
    n0, n1 = sum(s.n for s in before.values()), sum(s.n for s in now.values())
    if not n0 or not n1:
        return []
    overall = (
        sum(s.total for s in before.values()) / n0 + sum(s.total for s in now.values()) / n1
    ) / 2
    names = sorted(set(before) | set(now))
    found = []
    for name in names:
        a, b = before.get(name, _Sum()), now.get(name, _Sum())
        w0, w1 = a.n / n0, b.n / n1
        m0 = a.total / a.n if a.n else b.total / b.n
        m1 = b.total / b.n if b.n else m0
        found.append(
            (
                name,
                a.n,
                b.n,
                (w1 - w0) * ((m0 + m1) / 2 - overall),
                (m1 - m0) * (w0 + w1) / 2,
                welch(a.moments, b.moments),
            )
        )
    p_values = adjusted([one[-1] for one in found])
    rows = [Mover(*one[:-1], p=p) for one, p in zip(found, p_values, strict=True)]
    return sorted(rows, key=lambda row: -abs(row.mix + row.feeling))


def _cube(source: Source, scope: Scope) -> list[Any]:
    """Customers' messages by day, intent, version and label; without what only asks for products."""
    return source.rows(
        f"""SELECT day, intent, model_version, sentiment, n, total / {STEPS}.0 AS total,
              squares / {STEPS}.0 / {STEPS} AS squares
            FROM message_days WHERE sentiment <> '' AND {FELT} AND day >= ? AND day < ? AND simulated = ?""",
        *source.days_of(scope),
        scope.simulated,
    )


def _by_product(source: Source, scope: Scope) -> dict[str, _Sum]:
    rows = source.rows(
        f"""SELECT sku AS name, sentiment, count(*) AS n, sum(sentiment_score) AS total,
              sum(sentiment_score * sentiment_score) AS squares
            FROM products_meant WHERE sku <> '' AND sentiment IS NOT NULL AND {scope.where()}
            GROUP BY sku, sentiment""",
        *scope.values,
    )
    return _grouped(rows, "name")


def _by_category(source: Source, scope: Scope) -> dict[str, _Sum]:
    """Conversations that looked for a category, by what else was felt in them."""
    rows = source.rows(
        f"""SELECT name, CASE WHEN mood <= {NEGATIVE} THEN 'negative' WHEN mood >= {POSITIVE}
              THEN 'positive' ELSE 'neutral' END AS sentiment, count(*) AS n, sum(mood) AS total,
              sum(mood * mood) AS squares
            FROM (SELECT DISTINCT category AS name, conversation_id FROM searches
              WHERE category <> '' AND {scope.where()})
            JOIN journeys USING (conversation_id) WHERE mood IS NOT NULL GROUP BY name, 2""",
        *scope.values,
    )
    return _grouped(rows, "name")


def _grouped(rows: Iterable[Any], column: str) -> dict[Any, _Sum]:
    groups: dict[Any, _Sum] = defaultdict(_Sum)
    for row in rows:
        groups[row[column]].add(row)
    return groups


def _all(rows: Iterable[Any]) -> _Sum:
    total = _Sum()
    for row in rows:
        total.add(row)
    return total


def _feelings(groups: dict[str, _Sum]) -> list[Feeling]:
    """Groups of at least `AT_LEAST` messages, the largest first."""
    large = [(name, group) for name, group in groups.items() if group.n >= AT_LEAST and name]
    return [
        group.feeling(name) for name, group in sorted(large, key=lambda pair: -pair[1].n)[:SHOWN]
    ]
