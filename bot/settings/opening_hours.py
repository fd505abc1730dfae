"""Opening hours of shop.yml: the week, the dates that differ, and the working days of carriers."""

import itertools
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from pydantic import validator

from bot.settings.almanac import DAYS, DayRule
from bot.settings.part import Part

WORKING_WEEKDAYS = 5  # Monday to Friday, on which carriers and banks work


class Hours(Part):
    """One stretch of opening hours, in the shop's time zone; it may end after midnight."""

    opens: time
    closes: time  # when it isn't after `opens`, on the next day

    def span(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """When the stretch that begins on a day begins and ends."""
        last = day if self.closes > self.opens else day + timedelta(days=1)
        return (
            datetime.combine(day, self.opens, zone),
            datetime.combine(last, self.closes, zone),
        )

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}".replace("–00:00", "–24:00")


Day = tuple[Hours, ...]  # the stretches of a day, in their order; none: closed


_STRETCH = re.compile(r"(\d\d?:\d\d)\s*[-–]\s*(\d\d?:\d\d)")


_LONGEST_NIGHT = 12 * 60  # minutes; a longer stretch over midnight is taken for a slip


def read_day(value: Any) -> Day:
    """The hours of a day: "closed", "09:00-18:00", "09:00-12:30, 13:00-18:00", "18:00-02:00".

    Raises ValueError that says what is wrong.
    """
    if value is None or value == "closed":
        return ()
    if isinstance(value, tuple):
        return value
    day = tuple(_read_stretch(part.strip()) for part in str(value).split(","))
    for earlier, later in itertools.pairwise(day):
        if earlier.closes <= earlier.opens or later.opens < earlier.closes:
            raise ValueError(f"{value!r}: {later} begins before {earlier} ends")
    return day


def _read_stretch(text: str) -> Hours:
    match = _STRETCH.fullmatch(text)
    if not match:
        raise ValueError(
            f'{text!r} is neither "closed" nor hours such as "09:00-18:00" or '
            '"09:00-12:30, 13:00-18:00"'
        )
    try:
        opens, closes = (_clock(part) for part in match.groups())
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from error
    hours = Hours(opens=opens, closes=closes)
    minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
    whole_day = text.replace(" ", "").endswith("24:00")
    if minutes <= 0 and not whole_day and minutes + 24 * 60 > _LONGEST_NIGHT:
        raise ValueError(
            f"{text!r}: the shop closes before it opens; hours over midnight are at most 12 long"
        )
    return hours


def _clock(text: str) -> time:
    if text == "24:00":
        return time(0)
    try:
        return time.fromisoformat(text.zfill(5))
    except ValueError as error:
        raise ValueError(f"{text} is no time of day") from error


class ClosedDate(Part):
    """A day that differs from the week, once or each year: closed, or other hours; and why."""

    date: DayRule
    reason: str = ""
    hours: Day = ()

    _read = validator("hours", pre=True, allow_reuse=True)(lambda cls, value: read_day(value))

    @validator("date", pre=True)
    def _read_rule(cls, value: Any) -> DayRule:
        return value if isinstance(value, DayRule) else DayRule(str(value))


class Week(Part):
    """Opening hours for each day and the dates that differ."""

    mon: Day = ()
    tue: Day = ()
    wed: Day = ()
    thu: Day = ()
    fri: Day = ()
    sat: Day = ()
    sun: Day = ()
    note: str = ""
    closed_dates: tuple[ClosedDate, ...] = ()

    _read = validator(*DAYS, pre=True, allow_reuse=True)(lambda cls, value: read_day(value))

    @validator("sun", always=True)
    def _nights_end_before_days_begin(cls, sun: Day, values: dict) -> Day:
        week = {**values, "sun": sun}
        for day, following in zip(DAYS, (*DAYS[1:], DAYS[0]), strict=True):
            night, morning = week.get(day), week.get(following)
            if night and morning and night[-1].closes <= night[-1].opens:
                if morning[0].opens < night[-1].closes:
                    raise ValueError(f"{following} begins before the night of {day} ends")
        return sun

    def on(self, day: date) -> Day:
        """The stretches that begin on a date; none when the shop is closed on it."""
        other = self.differing(day)
        return other.hours if other else self.usually_on(day)

    def usually_on(self, day: date) -> Day:
        """The stretches of a date's day of the week."""
        return getattr(self, DAYS[day.weekday()])

    def differing(self, day: date) -> ClosedDate | None:
        """What `closed_dates` say of a date; the date itself goes before a day of each year."""
        found = [other for other in self.closed_dates if other.date.is_on(day)]
        return min(found, key=lambda other: not other.date.once, default=None)

    def is_working_day(self, day: date) -> bool:
        """Whether carriers and banks work: Monday to Friday, but not on a closed date."""
        other = self.differing(day)
        return day.weekday() < WORKING_WEEKDAYS and not (other and not other.hours)

    def working_days(self, after: date, until: date) -> int:
        """How many working days lie after a date, up to another one and with it."""
        days = (after + timedelta(days=ahead) for ahead in range(1, (until - after).days + 1))
        return sum(map(self.is_working_day, days))

    def add_working_days(self, day: date, count: int) -> date:
        """The date so many working days after another; with 0 that date itself."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def open_until(self, now: datetime) -> datetime | None:
        """When the shop that is open at `now` (with a time zone, the shop's) closes; else None."""
        for day in (now.date() - timedelta(days=1), now.date()):
            for hours in self.on(day):
                opens, closes = hours.span(day, now.tzinfo or UTC)
                if _instant(opens) <= _instant(now) < _instant(closes):
                    return closes
        return None

    def opens_next(self, now: datetime, days: int = 15) -> datetime | None:
        """The next time at which the shop opens, within so many days."""
        for ahead in range(days):
            day = now.date() + timedelta(days=ahead)
            for hours in self.on(day):
                opens, _ = hours.span(day, now.tzinfo or UTC)
                if _instant(opens) > _instant(now):
                    return opens
        return None


def _instant(moment: datetime) -> datetime:
    """In UTC: two times of one zone compare by the clock on the wall, which is set twice a year."""
    return moment.astimezone(UTC)
