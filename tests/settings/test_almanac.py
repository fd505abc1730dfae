"""Days by rule, whatever the year."""

from datetime import date

import pytest

from bot.settings.almanac import DayRule


@pytest.mark.parametrize(
    ("rule", "from_day", "found"),
    [
        ("12-25", "2026-11-29", "2026-12-25"),
        ("12-25", "2026-12-25", "2026-12-25"),
        ("12-25", "2026-12-26", "2027-12-25"),
        ("2026-12-25", "2026-11-29", "2026-12-25"),
        ("2026-12-25", "2026-12-26", None),
        ("02-29", "2026-11-29", "2028-02-29"),
        ("02-29", "2096-03-01", "2104-02-29"),  # 2100 is no leap year
        ("easter", "2026-04-05", "2026-04-05"),
        ("easter+1", "2026-04-07", "2027-03-29"),
        ("easter-2", "2026-11-29", "2027-03-26"),
        ("11-thu4+1", "2026-11-29", "2027-11-26"),
        ("11-thu4+1", "2026-11-27", "2026-11-27"),
        ("11-thu4+1", "2029-11-01", "2029-11-23"),  # the fourth Thursday is no last one
        ("05-mon-last", "2026-05-01", "2026-05-25"),
        ("05-mon-last", "2027-05-01", "2027-05-31"),
        ("12-sun4+7", "2026-12-30", "2027-01-03"),  # of the December, and falls in January
    ],
)
def test_the_next_day_of_a_rule(rule: str, from_day: str, found: str | None) -> None:
    day = DayRule(rule).from_day(date.fromisoformat(from_day))
    assert day == (date.fromisoformat(found) if found else None)
    assert day is None or DayRule(rule).is_on(day)


@pytest.mark.parametrize("text", ["", "12-32", "13-01", "02-30", "2026-02-30", "easter!", "11-thu5", "christmas"])  # fmt: skip
def test_what_is_no_rule_is_refused_with_what_one_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match="12-25, easter"):
        DayRule(text)
