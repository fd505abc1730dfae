"""How many conversations the next days bring, against the same weekday of the week before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sklearn.linear_model import PoissonRegressor
from threadpoolctl import threadpool_limits

from bot.insights.scope import EPOCH, Scope, Source
from bot.statistics import LEVEL, Z

WEEK, HISTORY_DAYS, AHEAD = 7, 126, 14
FEWEST_DAYS = 42  # six weeks: less shows no week from chance
TESTED_DAYS, MOST_TESTS = 70, 30  # how far back forecasts are tried out, and how many
HALF_LIFE = 42.0  # days after which a day counts half
SPANS = (WEEK, AHEAD)  # days whose sum has an interval of its own
HOURS_KNOWN = 100  # conversations that show in which hours they come


@dataclass(frozen=True)
class Total:
    """The sum of the first days ahead, with its 95 % interval."""

    days: int
    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """The days ahead and their sums with 95 % intervals, and how well it did on unseen days.

    Errors are mean absolute errors in units of the series. `method` is "model", or
    "last week" when the model doesn't beat the seasonal-naive baseline. `spread` is how far the
    interval of a day goes, in square roots of what is expected. `refused` says why there is no
    forecast.
    """

    days: list[date]
    expected: list[float]
    low: list[float]
    high: list[float]
    totals: list[Total]
    error_model: float | None
    error_naive: float | None
    tested: int  # forecasts that were tried out, each of `AHEAD` days
    method: str
    spread: float = 0
    refused: str = ""


@threadpool_limits.wrap(limits=1)  # small arrays: threads would only wait for each other
def forecast(first: date, values: Sequence[float], ahead: int = AHEAD) -> Forecast:
    """Go on with a series of daily counts that begins on a day.

    The model: Poisson regression on the weekday and a slow trend, older days counting less. Both
    it and the baseline (the value of the same weekday a week before) are tried out from many days
    of the last `TESTED_DAYS`, each time from what was known before; the better one is used. The
    intervals are made of the errors in those tests, of days and of sums of days apart, since
    errors of days that follow each other add up; they are never narrower than chance alone makes
    counts (Poisson). Split conformal prediction: Vovk, Gammerman and Shafer 2005.
    """
    series = np.asarray(values, float)
    n = len(series)
    if n < FEWEST_DAYS:
        return _refused(f"{n} days are known; at least {FEWEST_DAYS} are needed.")
    if series.sum() < n:
        return _refused("There is less than one a day: too few to see a week in.")
    earliest = max(FEWEST_DAYS // 2, n - TESTED_DAYS)
    step = -(-(n - ahead - earliest + 1) // MOST_TESTS)
    cuts = range(n - ahead, earliest - 1, -step)
    truth = np.stack([series[cut : cut + ahead] for cut in cuts])
    told = {
        name: np.stack([make(series[:cut], ahead) for cut in cuts])
        for name, make in (("model", _model), ("last week", _naive))
    }
    mae = {name: float(np.mean(np.abs(one - truth))) for name, one in told.items()}
    method = "model" if mae["model"] < mae["last week"] else "last week"
    expected = (_model if method == "model" else _naive)(series, ahead)
    spread = _spread(told[method], truth)
    lows, highs = _bounds(expected, spread)
    start = first + timedelta(days=n)
    return Forecast(
        days=[start + timedelta(days=i) for i in range(ahead)],
        expected=[round(float(v), 2) for v in expected],
        low=[round(float(v), 2) for v in lows],
        high=[round(float(v), 2) for v in highs],
        totals=[_total(days, expected, told[method], truth) for days in SPANS if days <= ahead],
        error_model=mae["model"],
        error_naive=mae["last week"],
        tested=len(cuts),
        method=method,
        spread=spread,
    )


def _total(days: int, expected: np.ndarray, told: np.ndarray, truth: np.ndarray) -> Total:
    total = expected[:days].sum()
    spread = _spread(told[:, :days].sum(axis=1), truth[:, :days].sum(axis=1))
    low, high = _bounds(total, spread)
    return Total(days, round(float(total), 2), round(float(low), 2), round(float(high), 2))


def _spread(told: np.ndarray, truth: np.ndarray) -> float:
    """How many square roots of what was told hold 95 % of the errors."""
    errors = np.sort((np.abs(told - truth) / np.sqrt(np.maximum(told, 1))).ravel())
    place = min(len(errors), math.ceil((len(errors) + 1) * LEVEL))
    return max(Z, float(errors[place - 1]))


def _bounds(expected: np.ndarray | float, spread: float) -> tuple:
    half = spread * np.sqrt(np.maximum(expected, 1))
    return np.maximum(0, expected - half), expected + half


def hourly(source: Source, scope: Scope, found: Forecast, bound: bool = False) -> list[list[float]]:
    """What each hour of the next week brings: 24 rows of `WEEK` days; empty when too little is known.

    A day's hours have the shares that they had on that weekday, drawn towards those of all days as
    far as the weekday is little known. With `bound` what isn't exceeded 97.5 % of the time.
    """
    history = _history(scope)
    clock = history.clock_sql("started_at")
    counts = np.zeros((WEEK, 24))
    for row in source.rows(
        f"SELECT (CAST({clock} / 86400 AS INT) + 3) % 7 AS weekday, "
        f"CAST({clock} / 3600 AS INT) % 24 AS hour, count(*) AS n FROM journeys "
        f"WHERE said_at IS NOT NULL AND {history.where(at='started_at')} GROUP BY 1, 2",
        *history.values,
    ):
        counts[row["weekday"], row["hour"]] = row["n"]
    if not found.days or counts.sum() < HOURS_KNOWN:
        return []
    overall = counts.sum(axis=0) / counts.sum()
    shares = (counts + HOURS_KNOWN * overall) / (counts.sum(axis=1, keepdims=True) + HOURS_KNOWN)
    week = np.array(
        [
            value * shares[day.weekday()]
            for day, value in zip(found.days, found.expected, strict=True)
        ]
    )[:WEEK]
    if bound:
        week = _bounds(week, found.spread)[1]
    return week.T.round(1).tolist()


def daily(source: Source, scope: Scope, topic: int | None = None) -> tuple[date, list[float]]:
    """Conversations, or texts of a topic, a day: whole days before the scope's last one.

    Days before anything was said don't count as days without anything.
    """
    history = _history(scope)
    if topic is None:
        rows = source.rows(
            f"""SELECT {history.day_sql("started_at")} AS day, count(*) AS n FROM journeys
                WHERE said_at IS NOT NULL AND {history.where(at="started_at")} GROUP BY day""",
            *history.values,
        )
    else:
        rows = source.rows(
            """SELECT t.day, sum(t.n) AS n
                FROM insights.topic_days t JOIN insights.topics k ON k.id = t.topic
                WHERE coalesce(k.merged_into, k.id) = ? AND t.source = 'chat'
                AND t.day >= ? AND t.day < ? AND t.simulated = ? GROUP BY t.day""",
            topic,
            *source.days_of(history),
            scope.simulated,
        )
    counts = {row["day"]: float(row["n"]) for row in rows}
    last = (history.days[-1] - EPOCH).days
    first = min(counts, default=last + 1)
    return (
        EPOCH + timedelta(days=first),
        [counts.get(day, 0.0) for day in range(first, last + 1)],
    )


def _history(scope: Scope) -> Scope:
    """The days before the scope's last one that a forecast goes by."""
    last = scope.days[-1] - timedelta(days=1)
    first = last - timedelta(days=HISTORY_DAYS - 1)
    return Scope.between(first, last, scope.timezone, scope.simulated)


def _model(series: np.ndarray, ahead: int) -> np.ndarray:
    n = len(series)
    features = _features(np.arange(n + ahead), n)
    weights = 0.5 ** ((n - 1 - np.arange(n)) / HALF_LIFE)
    model = PoissonRegressor(alpha=1e-3, max_iter=500)
    model.fit(features[:n], series, sample_weight=weights)
    return model.predict(features[n:])


def _features(days: np.ndarray, known: int) -> np.ndarray:
    """The weekday as seven columns, and a trend that stays level after what is known."""
    weekday = np.eye(WEEK)[days % WEEK]
    trend = np.minimum(days, known - 1)[:, None] / max(1, known)
    return np.hstack([weekday, trend])


def _naive(series: np.ndarray, ahead: int) -> np.ndarray:
    """The value of the same weekday in the last known week."""
    return np.resize(series[-WEEK:], ahead)


def _refused(why: str) -> Forecast:
    return Forecast([], [], [], [], [], None, None, 0, "", 0, why)
