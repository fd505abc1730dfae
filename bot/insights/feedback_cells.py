"""Dates and ratings as other systems write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from typing import Any, Literal

from babel.dates import get_month_names

from bot.errors import ConfigError

Order = Literal["day", "month", ""]  # what of 11/03/2026 comes first; empty: it isn't known
LANGUAGES = ("en", "nl", "de", "fr", "es", "it", "pt", "zh")  # whose names of months are read
BEST = 5  # ratings are kept on a scale up to this
LONGEST = 60  # characters of a date
_NUMBERS = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([ap])\.?m)?", re.I)
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_FULL, _EMPTY = "★⭐", "☆✩"


@dataclass(frozen=True)
class Dates:
    """Reads the dates of one file; those without a zone are by the shop's clock."""

    zone: tzinfo
    first: Order = ""

    def read(self, value: Any) -> float:
        """A moment in Unix seconds. Raises ValueError that says what is wrong."""
        text = str(value).strip()[:LONGEST]
        if isinstance(value, (int, float)) or re.fullmatch(r"\d{9,13}(?:\.\d+)?", text):
            number = float(value)
            return number / 1000 if number > 1e11 else number
        try:
            moment = self._moment(text)
        except (ValueError, OverflowError) as error:
            raise ValueError(
                f"{text[:40]!r} is no date such as 2026-11-03 or 13.11.2026."
            ) from error
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).timestamp()

    def _moment(self, text: str) -> datetime:
        found = _NUMBERS.match(text)
        if found is None:
            try:
                return datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))
            except ValueError:
                return self._in_words(text)
        one, sign, two, year = found[1], found[2], found[3], int(found[4])
        month_first = sign == "/" and self.first == "month"
        month, day = (int(one), int(two)) if month_first else (int(two), int(one))
        return datetime(year + 2000 if year < 100 else year, month, day, *_clock(text))

    def _in_words(self, text: str) -> datetime:
        """March 3, 2026 and 3. März 2026: a month's name, a day and a year, in any order."""
        words = _PARTS.findall(_CLOCK.sub(" ", text).lower())
        months = {_months()[word] for word in words if word in _months()}
        years = [int(word) for word in words if word.isdigit() and len(word) == 4]
        days = [int(word) for word in words if word.isdigit() and len(word) <= 2]
        if len(months) != 1 or len(years) != 1 or len(days) != 1:
            raise ValueError(text)
        return datetime(years[0], months.pop(), days[0], *_clock(text))


def order_of(dates: Iterable[Any], given: Order = "") -> Order:
    """Whether days or months come first in a file's dates with slashes, by those that can be read
    in one way only. Raises ConfigError when none can, and it isn't `given`."""
    if given:
        return given
    firsts, seconds, example = set[int](), set[int](), ""
    for value in dates:
        found = _NUMBERS.match(str(value)[:LONGEST])
        if found and found[2] == "/":
            firsts.add(int(found[1]))
            seconds.add(int(found[3]))
            example = example or (found[0].strip() if found[1] != found[3] else "")
    if max(firsts, default=0) > 12:
        return "day"
    if max(seconds, default=0) > 12:
        return "month"
    if example:
        raise ConfigError(
            f"{example} and the other dates may have the day or the month first.",
            "Say which with --dates day or --dates month.",
        )
    return "day"


def rating(value: Any) -> float | None:
    """A rating of at most `BEST`: 4,5 and "4 stars", ★★★, and 8/10 or 80 % brought to that scale.

    None when there is none. Raises ValueError that says what is wrong.
    """
    text = str(value if value is not None else "").strip()[:LONGEST]
    if not text:
        return None
    stars = sum(text.count(sign) for sign in _FULL)
    if stars and stars + sum(text.count(sign) for sign in _EMPTY) <= BEST:
        return float(stars)
    found = re.fullmatch(
        r"(\d+(?:[.,]\d+)?)\s*(?:(?:/|of|out of)\s*(\d+)|(%))?(?:\s*[^\W\d_]+)?", text
    )
    if found:
        number = float(found[1].replace(",", "."))
        most = 100.0 if found[3] else float(found[2] or 0)
        if not most:
            return number
        if number <= most:
            return round(BEST * number / most, 3)
    raise ValueError(f"{text[:40]!r} is no rating.")


def _clock(text: str) -> tuple[int, int, int]:
    found = _CLOCK.search(text)
    if not found:
        return 0, 0, 0
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        hour = hour % 12 + 12 * (half == "p")
    return hour, int(found[2]), int(found[3] or 0)


@cache
def _months() -> dict[str, int]:
    """Names of months in lower case, whole and short, without those that two languages differ in."""
    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=language).items():
                found.setdefault(name.lower().rstrip("."), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}
