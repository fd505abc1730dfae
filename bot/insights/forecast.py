"""How many conversations the next days bring, against the same weekday of the week before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from sklearn.linear_model import PoissonRegressor
from threadpoolctl import threadpool_limits

from bot.insights.scope import DAY, Scope, Source

WEEK, HISTORY_DAYS, AHEAD = 7, 126, 14
FEWEST_DAYS = 42  # six weeks: less shows no week from chance
FOLDS = 4  # tests of AHEAD days each, from the end backwards
LEVEL = 0.8
HALF_LIFE = 42.0  # days after which a day counts half


@dataclass(frozen=True)
class Forecast:
    """The days ahead with an 80 % interval, and how well it did on days that it hadn't seen.

    Errors are mean absolute errors in units of the series. `method` is "model", or
    "last week" when the model doesn't beat the seasonal-naive baseline. `refused` says why there
    is no forecast.
    """

    days: list[date]
    expected: list[float]
    low: list[float]
    high: list[float]
    error_model: float | None
    error_naive: float | None
    tested: int
    method: str
    refused: str = ""


@threadpool_limits.wrap(limits=1)  # small arrays: threads would only wait for each other
def forecast(first: date, values: Sequence[float], ahead: int = AHEAD) -> Forecast:
    """Go on with a series of daily counts that begins on a day.

    The model: Poisson regression on the weekday and a slow trend, older days counting less. Both
    it and the baseline (the value of the same weekday a week before) are tested on the last
    `FOLDS` stretches, each forecast from what was known before it; the better one is used. The
    interval is made of the errors in those tests, so it holds for either.
    """
    series = np.asarray(values, float)
    n = len(series)
    if n < FEWEST_DAYS:
        return _refused(f"{n} days are known; at least {FEWEST_DAYS} are needed.")
    if series.sum() < n:
        return _refused("There is less than one a day: too few to see a week in.")
    folds = min(FOLDS, (n - FEWEST_DAYS // 2) // ahead)
    errors: dict[str, list[np.ndarray]] = {"model": [], "last week": []}
    for fold in range(folds, 0, -1):
        cut = n - fold * ahead
        truth = series[cut : cut + ahead]
        errors["model"].append(_model(series[:cut], ahead) - truth)
        errors["last week"].append(_naive(series[:cut], ahead) - truth)
    mae = {name: float(np.mean(np.abs(np.concatenate(all_)))) for name, all_ in errors.items()}
    method = "model" if mae["model"] < mae["last week"] else "last week"
    expected = (_model if method == "model" else _naive)(series, ahead)
    scale = np.sqrt(np.maximum(expected, 1))
    tested = np.concatenate(errors[method])
    spread = np.quantile(np.abs(tested) / np.sqrt(max(1.0, series[-4 * WEEK :].mean())), LEVEL)
    start = first + timedelta(days=n)
    return Forecast(
        days=[start + timedelta(days=i) for i in range(ahead)],
        expected=[round(float(v), 2) for v in expected],
        low=[round(float(max(0, v - spread * s)), 2) for v, s in zip(expected, scale, strict=True)],
        high=[round(float(v + spread * s), 2) for v, s in zip(expected, scale, strict=True)],
        error_model=mae["model"],
        error_naive=mae["last week"],
        tested=folds * ahead,
        method=method,
    )


def daily(source: Source, scope: Scope, topic: int | None = None) -> tuple[date, list[float]]:
    """Conversations, or texts of a topic, a day: whole days before the scope's last one.

    Days before anything was said don't count as days without anything.
    """
    since, until = scope.until - (HISTORY_DAYS + 1) * DAY, scope.until - DAY
    if topic is None:
        rows = source.rows(
            f"""SELECT {scope.day_sql("started_at")} AS day, count(*) AS n FROM conversations
                WHERE {scope.where(at="started_at", conversation="id")} GROUP BY day""",
            since,
            until,
        )
    else:
        rows = source.rows(
            """SELECT t.day, sum(t.n) AS n
                FROM insights.topic_days t JOIN insights.topics k ON k.id = t.topic
                WHERE coalesce(k.merged_into, k.id) = ? AND t.source = 'chat'
                AND t.day >= ? AND t.day < ? AND t.simulated = ? GROUP BY t.day""",
            topic,
            *source.days_of(replace(scope, since=since, until=until)),
            scope.simulated,
        )
    counts = {row["day"]: float(row["n"]) for row in rows}
    last = (scope.day_of(until - 1) - date(1970, 1, 1)).days
    first = min(counts, default=last + 1)
    return (
        date(1970, 1, 1) + timedelta(days=first),
        [counts.get(day, 0.0) for day in range(first, last + 1)],
    )


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
    return Forecast([], [], [], [], None, None, 0, "", why)
