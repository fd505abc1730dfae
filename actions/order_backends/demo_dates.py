"""A demo's orders, told from a day of the past, moved so that they are true on the day of the first start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.settings.opening_hours import Week

MOVED = ("placed_at", "expected_at", "delivered_at", "returned_at")


@dataclass(frozen=True)
class DemoDates:
    """`as_of` is the day from which a file of orders is told; `week` has the working days."""

    as_of: date
    week: Week

    def moved(self, row: Mapping[str, str], first_day: date) -> dict[str, str]:
        """A row as it is told from another day; what is still to come, comes on a working day."""
        ahead = first_day - self.as_of
        dates = {name: _later(row[name], ahead) for name in MOVED}
        expected = _date(dates["expected_at"])
        if expected and expected > first_day and not self.week.is_working_day(expected):
            dates["expected_at"] = self.week.add_working_days(expected, 1).isoformat()
        return {**row, **dates}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _later(text: str, ahead: timedelta) -> str:
    """An ISO date or time moved by whole days; what isn't one stays as it is."""
    day = _date(text)
    return f"{day + ahead}{text[10:]}" if day else text
