"""Dates as they are read and said: in the shop's zone, and beside today."""

import re
from datetime import date, datetime
from functools import cache

from babel.dates import format_date
from babel.units import format_unit
from rasa_sdk import Tracker

from actions.dates import clock
from actions.language import word
from actions.texts import phrase, plural
from bot.settings import get_settings
from bot.spoken import spoken

YEAR_SAID_FROM = 180  # days away from today


def day_of(moment: str) -> date | None:
    """The date of an ISO date or time in the shop's zone; None for what isn't one."""
    try:
        when = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    except ValueError:
        return None
    return when.astimezone(get_settings().shop.zone).date() if when.tzinfo else when.date()


def named(day: date) -> str:
    """A date in words: "Tuesday 24 November", with its year when it is far away."""
    far = abs((day - clock.today()).days) > YEAR_SAID_FROM
    return format_date(day, word("date_with_year" if far else "date"), locale=spoken())


def named_moment(moment: str) -> str:
    """The date of an ISO time in words; what isn't one stays as it is."""
    day = day_of(moment)
    return named(day) if day else moment


def short(moment: str) -> str:
    """The date of an ISO time as it fits below a step: "18 Nov"; what isn't one stays as it is."""
    day = day_of(moment)
    return format_date(day, word("date_short"), locale=spoken()) if day else moment


def when(day: date, tracker: Tracker) -> str:
    """When something is or was: "today", "tomorrow", "yesterday", "on Tuesday 24 November"."""
    name = {-1: "when_yesterday", 0: "when_today", 1: "when_tomorrow"}.get(
        (day - clock.today()).days
    )
    return phrase(name or "when_day", tracker, day=named(day))


def days_late(due: date, tracker: Tracker) -> str:
    """How long ago a date was: "5 days", "5 days (3 working days)"; due before today."""
    today, week = clock.today(), get_settings().shop.hours
    late, working = (today - due).days, week.working_days(due, today)
    days = phrase(plural("days", late), tracker, count=late)
    if working == late:
        return days
    name = plural("days_working", working) if working else "days_working_none"
    return phrase(name, tracker, days=days, count=working)


def names_long_time(text: str) -> bool:
    """Whether a text names months or years, such as "14 months" or "two years"."""
    return bool(_long_units(spoken()).search(text))


@cache
def _long_units(language: str) -> re.Pattern[str]:
    units = ("duration-month", "duration-year")
    forms = {format_unit(count, unit, locale=language) for unit in units for count in (1, 2, 5)}
    words = {re.sub(r"[\d\s]", "", form) for form in forms}
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.I)
