"""Opening hours: breaks, nights, holidays, and clocks that are set."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.errors import ConfigError
from bot.settings import read_settings
from bot.settings.opening_hours import Week

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEEK = Week.parse_obj(
    {
        "mon": "09:00-12:30, 13:00-18:00",
        "fri": "18:00-02:00",
        "sat": "18:00 – 24:00",
        "sun": "00:00-24:00",
        "closed_dates": [
            {"date": "2026-12-25", "reason": "Christmas Day"},
            {"date": "2026-12-28", "hours": "10:00-14:00"},
        ],
    }
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-23 09:00", "2026-11-23 12:30"),
        ("2026-11-23 12:29", "2026-11-23 12:30"),
        ("2026-11-23 12:30", None),  # the break
        ("2026-11-23 13:00", "2026-11-23 18:00"),
        ("2026-11-24 10:00", None),  # no hours on Tuesday
        ("2026-11-27 23:00", "2026-11-28 02:00"),
        ("2026-11-28 01:59", "2026-11-28 02:00"),  # Saturday by date, Friday's night
        ("2026-11-28 02:00", None),
        ("2026-11-28 23:59", "2026-11-29 00:00"),
        ("2026-11-29 12:00", "2026-11-30 00:00"),
        ("2026-12-25 20:00", None),  # a holiday that is a Friday
        ("2026-12-26 01:00", None),  # and its night
        ("2026-12-28 11:00", "2026-12-28 14:00"),
        ("2026-12-28 15:00", None),
    ],
)
def test_open_until(now: str, until: str | None) -> None:
    assert WEEK.open_until(at(now)) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23 08:00", "2026-11-23 09:00"),
        ("2026-11-23 12:45", "2026-11-23 13:00"),
        ("2026-11-23 19:00", "2026-11-27 18:00"),
        ("2026-12-24 12:00", "2026-12-26 18:00"),  # over the holiday
    ],
)
def test_opens_next(now: str, opens: str) -> None:
    assert WEEK.opens_next(at(now)) == at(opens)


def test_a_shop_that_never_opens() -> None:
    assert Week().opens_next(at("2026-11-23 08:00")) is None


def test_the_night_on_which_clocks_are_set_back() -> None:
    """02:30 comes twice on 25 October 2026; the shop that closes at 03:00 is open both times."""
    week = Week.parse_obj({"sat": "20:00-02:30"})
    first = datetime(2026, 10, 25, 2, 15, tzinfo=AMSTERDAM)
    assert week.open_until(first)
    assert not week.open_until(first.replace(fold=1))  # an hour later


def test_another_zone_is_another_hour() -> None:
    now = datetime(2026, 11, 23, 17, 30, tzinfo=AMSTERDAM)
    assert WEEK.open_until(now)
    assert not WEEK.open_until(now.astimezone(ZoneInfo("Asia/Tokyo")))


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"mon": "nine to six"}, "nine to six"),
        ({"mon": "18:00-09:00"}, "closes before it opens"),
        ({"mon": "09:00-25:00"}, "25:00 is no time of day"),
        ({"mon": "09:00-13:00, 12:00-18:00"}, "begins before"),
        ({"mon": "20:00-02:00, 10:00-12:00"}, "begins before"),
        ({"fri": "20:00-04:00", "sat": "03:00-10:00"}, "sat begins before the night of fri ends"),
        ({"sun": "20:00-04:00", "mon": "03:00-10:00"}, "mon begins before the night of sun ends"),
    ],
)
def test_hours_that_make_no_sense(days: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Week.parse_obj(days)


def test_a_mistake_in_a_holiday_has_its_line(shop_dir: Path) -> None:
    path = shop_dir / "shop.yml"
    text = path.read_text().replace('hours: "09:00-15:00"', 'hours: "late"')
    path.write_text(text)
    line = next(n for n, one in enumerate(text.splitlines(), 1) if '"late"' in one)
    with pytest.raises(ConfigError, match=f"line {line}.*late"):
        read_settings({"SHOPTALK_SHOP": str(path)})


HOLIDAYS = Week.parse_obj(
    {
        **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00"),
        "closed_dates": [
            {"date": "12-25", "reason": "Christmas Day"},
            {"date": "12-31", "reason": "New Year's Eve", "hours": "09:00-15:00"},
            {"date": "easter+1", "reason": "Easter Monday"},
            {"date": "2029-12-25", "reason": "Anniversary", "hours": "10:00-12:00"},
        ],
    }
)


@pytest.mark.parametrize(
    ("day", "hours", "reason"),
    [
        ("2026-12-25", [], "Christmas Day"),
        ("2031-12-25", [], "Christmas Day"),  # each year
        ("2029-12-25", ["10:00–12:00"], "Anniversary"),  # the date itself goes first
        ("2027-03-29", [], "Easter Monday"),
        ("2028-03-29", ["09:00–17:00"], None),
        ("2027-12-31", ["09:00–15:00"], "New Year's Eve"),
    ],
)
def test_days_that_differ_each_year(day: str, hours: list[str], reason: str | None) -> None:
    when = date.fromisoformat(day)
    other = HOLIDAYS.differing(when)
    assert [str(one) for one in HOLIDAYS.on(when)] == hours
    assert (other.reason if other else None) == reason


def test_a_rule_that_is_none_is_named_with_its_line(shop_dir: Path) -> None:
    path = shop_dir / "shop.yml"
    path.write_text(path.read_text().replace("date: 12-25", "date: Christmas"))
    with pytest.raises(
        ConfigError, match="shop.yml, line .*'Christmas' is no day such as 2026-12-25"
    ):
        read_settings({"SHOPTALK_SHOP": str(path)})


@pytest.mark.parametrize(
    ("after", "until", "count"),
    [
        ("2026-11-27", "2026-11-27", 0),
        ("2026-11-27", "2026-11-29", 0),  # a weekend
        ("2026-11-27", "2026-11-30", 1),
        ("2026-12-24", "2026-12-28", 1),  # Christmas Day is a Friday
        ("2026-12-30", "2026-12-31", 1),  # shorter hours are hours
        ("2026-11-24", "2026-11-20", 0),
    ],
)
def test_working_days(after: str, until: str, count: int) -> None:
    first, last = date.fromisoformat(after), date.fromisoformat(until)
    assert HOLIDAYS.working_days(first, last) == count
    if count:
        assert HOLIDAYS.add_working_days(first, count) <= last
    assert HOLIDAYS.add_working_days(first, 0) == first
