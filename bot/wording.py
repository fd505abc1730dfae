"""How a language writes lists, days and times of day, by CLDR; `language` is that of the text around it."""

from collections.abc import Sequence
from datetime import date, datetime, time, tzinfo
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list

_STYLES: dict[str, Literal["standard", "or"]] = {"and": "standard", "or": "or"}


def listed(parts: Sequence[str], joint: Literal["and", "or"] = "and", language: str = "en") -> str:
    """ "a", "a and b", "a, b and c"; with `joint` "or" "a, b or c"; nothing for no parts."""
    # CLDR's plain "en" is that of America, which writes "a, b, and c".
    locale = "en_001" if language == "en" else language
    return format_list(parts, _STYLES[joint], locale)


def languages_named(codes: Sequence[str], language: str = "en") -> str:
    """Languages as those who speak them call them, listed in one of them: "English, Nederlands and Deutsch"."""
    return listed([own_name(one) for one in codes], language=language)


def language_name(code: str, language: str = "en") -> str:
    """A language as another calls it: "Dutch"; what is no code, as it is."""
    return Locale.parse(language).languages.get(code, code)


def own_name(code: str) -> str:
    """A language as those who speak it call it: "Nederlands"."""
    name = Locale(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


def full_date(day: date, language: str = "en") -> str:
    """A date with its year: "3 November 2026"."""
    return format_date(day, "d MMMM y", language)


def moment(at: float, now: datetime, language: str = "en") -> str:
    """A time in Unix seconds as seen from `now`, in its zone: "14:05" today, else "3 Nov 14:05"."""
    then = datetime.fromtimestamp(at, now.tzinfo)
    if then.date() == now.date():
        return time_of_day(then)
    year = "" if then.year == now.year else " y"
    return format_datetime(then, f"d MMM{year} HH:mm", locale=language)


def exact_moment(at: float, zone: tzinfo, language: str = "en") -> str:
    """A time in Unix seconds with its year and seconds: "03 Nov 2026 14:05:09"."""
    return format_datetime(datetime.fromtimestamp(at, zone), "dd MMM y HH:mm:ss", locale=language)


def time_of_day(at: datetime | time) -> str:
    """A time of day, the same in all languages: "09:30"."""
    return f"{at:%H:%M}"


def weekdays(width: Literal["wide", "abbreviated"] = "wide", language: str = "en") -> list[str]:
    """The days of the week from Monday on: "Monday" or "Mon"."""
    names = Locale.parse(language).days["format"][width]
    return [names[day] for day in range(7)]
