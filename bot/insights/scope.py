"""What is counted: a span of time, of real or of simulated conversations; and the way to read it."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import ConfigError, StoreError
from bot.store.days import DAY, FIRST_YEAR, LAST_YEAR, offsets
from bot.store.db import open_readonly
from bot.transcripts.summaries import simulated_sql

EPOCH = date(1970, 1, 1)
LONGEST = 1100  # days that are counted at once: three years


@dataclass(frozen=True)
class Scope:
    """From `since` up to, not including, `until` (Unix seconds), in the shop's time zone.

    Simulated conversations are never counted together with real ones.
    """

    since: float
    until: float
    simulated: bool = False
    timezone: str = "UTC"

    @classmethod
    def last(cls, days: int, now: float, timezone: str = "UTC", simulated: bool = False) -> "Scope":
        """The last whole days of the shop, today included."""
        zone = ZoneInfo(timezone)
        tomorrow = datetime.fromtimestamp(now, zone).date() + timedelta(days=1)
        first = tomorrow - timedelta(days=days)
        return cls(_midnight(first, zone), _midnight(tomorrow, zone), simulated, timezone)

    @classmethod
    def between(
        cls, first: date, last: date, timezone: str = "UTC", simulated: bool = False
    ) -> "Scope":
        """The shop's days from the first to the last, both included."""
        zone = ZoneInfo(timezone)
        end = _midnight(last + timedelta(days=1), zone)
        return cls(_midnight(first, zone), end, simulated, timezone)

    @property
    def before(self) -> "Scope":
        """The span of as many days just before this one, by the shop's clock, to compare with."""
        zone = ZoneInfo(self.timezone)
        start, end = (
            datetime.fromtimestamp(at, zone).replace(tzinfo=None) for at in (self.since, self.until)
        )
        earlier = (start - (end - start)).replace(tzinfo=zone).timestamp()
        return Scope(earlier, self.since, self.simulated, self.timezone)

    @property
    def year_before(self) -> "Scope":
        """The same days of the year before; 29 February is the 28th there."""
        first, last = self.days[0], self.days[-1]
        return Scope.between(_year_back(first), _year_back(last), self.timezone, self.simulated)

    @property
    def days(self) -> list[date]:
        """Every day of the span, in order."""
        first = self.day_of(self.since)
        return [first + timedelta(days=i) for i in range(round((self.until - self.since) / DAY))]

    def day_of(self, at: float) -> date:
        """The shop's day of a moment."""
        return datetime.fromtimestamp(at, ZoneInfo(self.timezone)).date()

    def day_sql(self, column: str = "at") -> str:
        """SQL for the number of the shop's days since 1970 of a moment of this span."""
        return f"CAST({self.clock_sql(column)} / {DAY} AS INT)"

    def clock_sql(self, column: str = "at") -> str:
        """SQL for the seconds since 1970 by the shop's clock of a moment of this span."""
        *changes, (_, offset) = _offsets(self.since, self.until, self.timezone)
        shift = "".join(f"WHEN {column} < {end} THEN {ahead} " for end, ahead in changes)
        ahead = f"(CASE {shift}ELSE {offset} END)" if shift else str(offset)
        return f"({column} + {ahead})"

    def kind(self, prefix: str = "", conversation: str = "conversation_id") -> str:
        """A condition for real, or for simulated, conversations of any time."""
        made_up = simulated_sql(f"{prefix}{conversation}")
        return made_up if self.simulated else f"NOT {made_up}"

    def where(self, prefix: str = "", at: str = "at", conversation: str = "conversation_id") -> str:
        """A condition with the values of `values`, for a table whose columns have a prefix."""
        return f"{prefix}{at} >= ? AND {prefix}{at} < ? AND {self.kind(prefix, conversation)}"

    @property
    def values(self) -> tuple[float, float]:
        """The values for `where`."""
        return self.since, self.until


def _year_back(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


_offsets = lru_cache(maxsize=64)(offsets)


def days_of(text: str) -> int:
    """The days of a span such as "30d" or "12w". Raises ConfigError."""
    found = re.fullmatch(r"(\d{1,4})\s*([dw])", text.strip().lower())
    if not found or not int(found[1]):
        raise ConfigError(f"{text!r} isn't a span of time.", "Write 30d for days or 12w for weeks.")
    return int(found[1]) * (7 if found[2] == "w" else 1)


def chosen(
    now: float,
    timezone: str,
    simulated: bool = False,
    *,
    days: int = 30,
    month: str = "",
    first: str = "",
    last: str = "",
) -> Scope:
    """A calendar month (2026-10), the days from one date to another, or the last days.

    No span goes beyond today: days that are still to come would count as days without anybody. Raises
    ConfigError for what is no month or date, hasn't begun, ends before it begins, or is longer than
    `LONGEST` days.
    """  # fmt: skip
    today = datetime.fromtimestamp(now, ZoneInfo(timezone)).date()
    if month:
        start = _begun(_date(f"{month}-01", "a month such as 2026-10"), today)
        end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return Scope.between(start, min(end, today), timezone, simulated)
    if first or last:
        end = _date(last, "a date such as 2026-10-31") if last else today
        start = _date(first, "a date such as 2026-10-01") if first else end
        if not 0 <= (end - start).days < LONGEST:
            raise ConfigError(
                f"{start} to {end} is no span of 1 to {LONGEST:,} days.", "Change one of the dates."
            )
        return Scope.between(_begun(start, today), min(end, today), timezone, simulated)
    return Scope.last(days, now, timezone, simulated)


def _begun(start: date, today: date) -> date:
    if start > today:
        raise ConfigError(f"{start} is still to come.", "Choose a span that has begun.")
    return start


def _date(text: str, what: str) -> date:
    try:
        found = datetime.strptime(text.strip(), "%Y-%m-%d").date()
    except ValueError:
        raise ConfigError(f"{text!r} isn't {what}.", "Years are from 2000 to 2099.") from None
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        raise ConfigError(f"{text!r} isn't {what}.", "Years are from 2000 to 2099.")
    return found


class Source:
    """The transcripts, and beside them research, surveys and staff, for reading."""

    def __init__(
        self, transcripts_db: Path, insights_db: Path, surveys_db: Path, staff_db: Path
    ) -> None:
        self._connection: sqlite3.Connection = open_readonly(transcripts_db).conn
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA cache_size = -64000")
        for name, path in (
            ("insights", insights_db), ("surveys", surveys_db), ("staff", staff_db),
        ):  # fmt: skip
            self._connection.execute(f"ATTACH ? AS {name}", [f"file:{path}?mode=ro"])

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query, with their columns by name."""
        return self._connection.execute(sql, values).fetchall()

    def named(self, sql: str, values: Mapping[str, Any]) -> list[sqlite3.Row]:
        """All rows of a query whose values have names."""
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, values).fetchone()
        return row[0] if row else None

    def days_of(self, scope: "Scope") -> tuple[int, int]:
        """The first day of a span and the one after its last, as numbers of bot/store/days.py.

        Raises StoreError when rows are counted by the days of another time zone; `open_source` sees
        to it that they aren't.
        """
        for database in ("main", "insights"):
            zone = self.one(f"SELECT zone FROM {database}.clock LIMIT 1")
            if zone != scope.timezone:
                raise StoreError(f"Rows are counted by days of {zone}, not of {scope.timezone}.")
        first = (scope.day_of(scope.since) - EPOCH).days
        return first, first + len(scope.days)

    def close(self) -> None:
        """Close the databases."""
        self._connection.close()

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
