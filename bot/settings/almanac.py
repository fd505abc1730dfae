"""Days by rule: one date, the same date each year, so many days from Easter, the fourth Thursday of a month.

| rule | is |
|---|---|
| `2026-12-25` | that date alone |
| `12-25` | 25 December of each year |
| `easter+1`, `easter-2` | so many days after or before Easter Sunday |
| `11-thu4+1` | the day after the fourth Thursday of November |
| `05-mon-last` | the last Monday of May |
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import easter

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_GAP = 8  # years between two 29 Februaries when a century isn't a leap year
_ONCE = re.compile(r"\d{4}-\d\d-\d\d")
_YEARLY = re.compile(r"(?P<month>\d\d)-(?P<day>\d\d)")
_EASTER = re.compile(r"easter(?P<shift>[+-]\d{1,3})?")
_NTH = re.compile(rf"(?P<month>\d\d)-(?P<weekday>{'|'.join(DAYS)})(?P<nth>[1-4]|-last)(?P<shift>[+-]\d{{1,3}})?")  # fmt: skip


@dataclass(frozen=True)
class DayRule:
    """A day by rule; `text` is one of the table above."""

    text: str

    def __post_init__(self) -> None:
        try:
            self.in_year(int(self.text[:4]) if self.once else 2000)
        except ValueError as error:
            raise ValueError(
                f"{self.text!r} is no day such as 2026-12-25, 12-25, easter+1 or 11-thu4+1: {error}"
            ) from error

    @property
    def once(self) -> bool:
        """Whether it is one date and not a day of each year."""
        return bool(_ONCE.fullmatch(self.text))

    def in_year(self, year: int) -> date | None:
        """The day in a year; None when that year hasn't got it, such as 29 February."""
        if self.once:
            day = date.fromisoformat(self.text)
            return day if day.year == year else None
        if found := _YEARLY.fullmatch(self.text):
            return _in(year, int(found["month"]), int(found["day"]))
        if found := _EASTER.fullmatch(self.text):
            return easter(year) + timedelta(days=int(found["shift"] or 0))
        if found := _NTH.fullmatch(self.text):
            shift = timedelta(days=int(found["shift"] or 0))
            return (
                _nth(year, int(found["month"]), DAYS.index(found["weekday"]), found["nth"]) + shift
            )
        raise ValueError("it has another form")

    def is_on(self, day: date) -> bool:
        """Whether a date is such a day."""
        return any(self.in_year(day.year + ahead) == day for ahead in (0, -1, 1))

    def from_day(self, day: date) -> date | None:
        """The first such day that isn't before a date; None when there is none any more."""
        years = range(day.year - 1, day.year + LONGEST_GAP + 1)
        days = (self.in_year(year) for year in years)
        return next((one for one in days if one and one >= day), None)


def _in(year: int, month: int, day: int) -> date | None:
    """A date of a year; 29 February only in leap years. Raises ValueError for one of no year."""
    if (month, day) == (2, 29):
        try:
            return date(year, month, day)
        except ValueError:
            return None
    return date(year, month, day)


def _nth(year: int, month: int, weekday: int, nth: str) -> date:
    first = date(year, month, 1)
    first += timedelta(days=(weekday - first.weekday()) % 7)
    if nth != "-last":
        return first + timedelta(weeks=int(nth) - 1)
    last = first + timedelta(weeks=4)
    return last if last.month == month else last - timedelta(weeks=1)
