"""Segments, propensity and forecasts: right on data whose truth is known, and silent on too little."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bot.errors import NotFound
from bot.insights.evidence import evidence
from bot.insights.forecast import FEWEST_DAYS, daily, forecast, hourly
from bot.insights.layout_models import customers_page
from bot.insights.scope import Scope
from bot.insights.segments import FEATURES, behaviour, counted, propensity, segments
from tests.insights.conftest import NOW, Book


def person(bought: int = 0, **values: float) -> dict:
    known = {"conversation_id": "c", "sentiment": 0.0, "bought": bought}
    return {**dict.fromkeys(FEATURES, 1.0), **known, **values}


def test_two_kinds_of_customers_are_told_apart_in_words() -> None:
    rng = np.random.default_rng(1)
    rows = [
        person(searches=rng.poisson(8), clicks=rng.poisson(9), support=0.1, bought=1)
        for _ in range(60)
    ]
    rows += [person(support=0.9, sentiment=-0.6 + 0.05 * rng.normal()) for _ in range(40)]
    found = segments(rows)
    assert [one.size for one in found.segments] == [60, 40]
    assert found.silhouette > 0.6
    names = {one.name for one in found.segments}
    assert all(" and " in name for name in names) and len(names) == 2
    assert found.segments[0].bought == 1 and found.segments[1].bought == 0


def test_a_kind_of_customers_leads_to_who_is_in_it(book: Book, scope: Scope) -> None:
    for i in range(40):
        book.say(f"happy{i}", "lovely shop", "praise", 0.9, days=1 + i / 9)
        for _ in range(5):
            book.search(f"looks{i}", "mugs", good=3, days=1 + i / 9)
    with book.source() as source:
        table = customers_page(source, scope, "EUR").tables[0]
        found = {}
        for row in table.rows:
            assert row.evidence is not None and row.evidence.what == "segment"
            behind = evidence(source, scope, "segment", row.evidence.key)
            assert len(behind) == row.cells[1]
            assert [one.at for one in behind] == sorted((one.at for one in behind), reverse=True)
            found[row.evidence.key] = {one.id.rstrip("0123456789") for one in behind}
        assert sorted(map(tuple, found.values())) == [("happy",), ("looks",)]
        for key in ("0", "3", "x", "²"):
            with pytest.raises(NotFound):
                evidence(source, scope, "segment", key)


def test_few_customers_make_no_segments_and_no_prediction() -> None:
    assert "at least 60" in segments([person() for _ in range(20)]).refused
    assert "at least 50 of each" in propensity([person(bought=i % 2) for i in range(60)]).refused
    assert propensity([]).auc is None


def test_buying_is_predicted_from_behaviour_on_held_out_data() -> None:
    rng = np.random.default_rng(2)
    rows = []
    for _ in range(1500):
        clicks, mood = rng.poisson(2), rng.normal(0, 0.4)
        chance = 1 / (1 + np.exp(-(-2.5 + 1.5 * np.log1p(clicks) + 1.0 * mood)))
        rows.append(person(bought=int(rng.random() < chance), clicks=clicks, sentiment=mood))
    found = propensity(rows)
    assert found.held_out == 450 and found.customers == 1500
    assert 0.6 < found.auc < 0.9 and found.brier < found.brier_base
    assert found.effects[0][0] == "clicks" and found.effects[0][1] > 1.5
    assert dict(found.effects)["sentiment"] > 1.1
    assert sum(n for *_, n in found.calibration) == 450
    for predicted, true, _n in found.calibration:
        assert abs(predicted - true) < 0.15


def test_noise_is_not_sold_as_a_prediction() -> None:
    rng = np.random.default_rng(3)
    rows = [person(bought=int(rng.random() < 0.3), clicks=rng.poisson(2)) for _ in range(800)]
    found = propensity(rows)
    assert abs(found.auc - 0.5) < 0.1 and found.brier == pytest.approx(found.brier_base, abs=0.01)


def test_odds_ratios_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    rows = [person(bought=int(rng.random() < 0.5), messages=rng.poisson(5)) for _ in range(400)]
    x = np.log1p(np.array([row["messages"] for row in rows[:280]]))
    z = ((x - x.mean()) / x.std())[:, None]
    model = LogisticRegression(max_iter=1000).fit(z, [row["bought"] for row in rows[:280]])
    effects = dict(propensity(rows).effects)
    assert effects["messages"] == pytest.approx(np.exp(model.coef_[0][0]), rel=1e-3)


def test_behaviour_after_the_order_is_not_looked_at(book: Book, scope: Scope) -> None:
    book.search("a", "jackets", days=5)
    book.event("a", "click", days=4, sku="J1")
    book.event("a", "purchase", days=3, value=10, text="[]")
    book.event("a", "click", days=2, sku="J2")
    book.say("a", "where is my order", intent="order_status", days=1, score=-0.8)
    book.say("b", "hello", intent="greet", days=2)
    with book.source() as source:
        rows = {row["conversation_id"]: dict(row) for row in behaviour(source, scope)}
    a, b = rows["a"], rows["b"]
    assert (a["clicks"], a["messages"], a["support"], a["bought"]) == (1, 1, 0, 1)
    assert a["days_ago"] == pytest.approx((scope.until - NOW) / 86400 + 5, abs=0.01)
    assert (b["searches"], b["support"], b["bought"]) == (0, 1, 0)


def test_of_very_many_customers_a_sample_is_read_and_the_page_says_so(
    book: Book, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(130):
        book.say(f"c{i}", days=1 + i % 20)
    book.event("c3", "purchase", days=0.5, value=10, text="[]")
    monkeypatch.setattr("bot.insights.segments.MOST", 70)
    with book.source() as source:
        assert len(behaviour(source, scope)) == 65 and counted(source, scope) == (130, 1)
        page = customers_page(source, scope, "EUR")
    assert [figure.value for figure in page.figures] == [130, 1]
    assert "65 of the 130" in page.lead


def weekly_series(weeks: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = np.array([40, 42, 45, 50, 60, 80, 70])
    return rng.poisson(np.tile(shape, weeks))


def test_a_week_is_seen_and_beats_last_week() -> None:
    found = forecast(date(2026, 9, 7), weekly_series(14))
    assert found.method == "model" and found.error_model < found.error_naive
    assert found.days[0] == date(2026, 12, 14) and len(found.days) == 14
    for expected, truth in zip(found.expected, [40, 42, 45, 50, 60, 80, 70] * 2, strict=True):
        assert expected == pytest.approx(truth, rel=0.2)


def test_the_intervals_hold_what_they_promise() -> None:
    """Of days and of sums, over series whose counts vary as chance makes them, and far more."""
    rng = np.random.default_rng(5)
    inside: dict[str, list[bool]] = {"days": [], "7": [], "14": []}
    for _ in range(50):
        mean = np.tile(rng.uniform(5, 40, 7), 20)
        size = rng.choice((3, 12, 1000))
        series = rng.negative_binomial(size, size / (size + mean))
        found, future = forecast(date(2026, 9, 7), series[:126]), series[126:]
        inside["days"] += [
            a <= v <= b for a, v, b in zip(found.low, future, found.high, strict=True)
        ]
        for total in found.totals:
            assert total.expected == pytest.approx(sum(found.expected[: total.days]), abs=0.1)
            held = total.low <= future[: total.days].sum() <= total.high
            inside[str(total.days)].append(bool(held))
    shares = {name: np.mean(held) for name, held in inside.items()}
    assert 0.92 < shares["days"] < 0.98 and min(shares["7"], shares["14"]) >= 0.88, shares


def test_what_counts_for_a_forecast_are_the_days_of_the_shop(book: Book) -> None:
    """Over a change of the clocks: 25 October 2026 had 25 hours in Amsterdam."""
    scope = Scope.between(date(2026, 11, 1), date(2026, 11, 10), "Europe/Amsterdam")
    book.now = scope.until
    for at in ("2026-10-20 00:30", "2026-10-25 23:30", "2026-10-26 00:30", "2026-11-09 23:30",
               "2026-11-10 00:30"):  # fmt: skip
        moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Europe/Amsterdam"))
        book.say(at, days=(scope.until - moment.timestamp()) / 86400)
    with book.source("Europe/Amsterdam") as source:
        first, values = daily(source, scope)
    assert str(first) == "2026-10-20" and len(values) == 21
    assert {i: n for i, n in enumerate(values) if n} == {0: 1, 5: 1, 6: 1, 20: 1}


def test_hours_have_the_shares_of_their_weekday(book: Book) -> None:
    scope = Scope.last(30, NOW)  # Friday; what is forecast begins today
    for day in range(1, 127):
        weekday = date.fromordinal(date(2027, 1, 15).toordinal() - day).weekday()
        for n in range(8):  # from 8 to 16 o'clock, on Sundays from 0 to 8
            book.say(f"{day}-{n}", days=day + (0 if weekday < 6 else 8) / 24 - n / 24)
    with book.source() as source:
        found = forecast(*daily(source, scope))
        expected, most = hourly(source, scope, found), hourly(source, scope, found, bound=True)
    assert [str(day) for day in found.days[:3]] == ["2027-01-15", "2027-01-16", "2027-01-17"]
    share, sunday = 18 * 6 / 126 / 8, 18 / 126 / 8  # of an hour of all: weekdays', and Sundays'
    known = 144 / 244  # of a weekday's own 144 conversations against 100 of all days
    for hour, row in enumerate(expected):
        own = {True: known / 8, False: 0.0}
        for day, value in enumerate(row):
            mine = (0 <= hour < 8) if day == 2 else (8 <= hour < 16)
            others = (1 - known) * (share if hour >= 8 else sunday) if hour < 16 else 0
            assert value == pytest.approx(found.expected[day] * (own[mine] + others), abs=0.06), (
                hour,
                day,
            )
            assert most[hour][day] >= value + 1.9
    assert [round(sum(row[day] for row in expected)) for day in range(7)] == [
        round(value) for value in found.expected[:7]
    ]


def test_the_baseline_is_used_when_the_model_does_not_beat_it() -> None:
    found = forecast(date(2026, 9, 7), np.tile([40, 2, 45, 50, 1, 80, 70], 14))
    assert (found.method, found.error_naive) == ("last week", 0.0)
    assert found.expected[:7] == [40, 2, 45, 50, 1, 80, 70] and found.error_model > 0


def test_too_short_a_series_is_refused(book: Book, scope: Scope) -> None:
    assert str(FEWEST_DAYS) in forecast(date(2026, 9, 7), [5.0] * 20).refused
    assert "less than one a day" in forecast(date(2026, 9, 7), [0.0] * 80).refused
    book.say("a", days=3)
    book.say("b", days=3)
    book.say("c", days=1)
    with book.source() as source:
        first, values = daily(source, scope)
        assert (str(first), values) == ("2027-01-12", [2, 0, 1])
        assert daily(source, Scope(scope.since, scope.until, True))[1] == []
