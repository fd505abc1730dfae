"""Days and times that a text names: "the 26th", "Dec 24", "next monday", "black friday", "at 7 pm tomorrow".

The words of a language are in dates/<language>.yml, its months and weekdays come from CLDR; only the
forms that all languages share (2026-12-24, 24.12., 19:00) are here.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from ruamel.yaml import YAML

from bot.settings.almanac import DAYS, DayRule
from bot.spoken import spoken

FOLDER = Path(__file__).resolve().parent
LONGEST = 1000  # characters that are read; a question is shorter
JUST_PASSED = 100  # days: a day of each year that is longer ago is meant for the next year anyway
AFTERNOON_UNTIL = 7  # "at 7", with neither am nor pm, is in the evening, "at 8" is not
LEAP_YEAR = 2028  # has every day that a year can have
MONTHS, LONGEST_MONTH, LAST_MINUTE = 12, 31, 59
_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)(?!\d)")
_NUMERIC = re.compile(
    r"(?<![\d./:-])(?P<a>\d\d?)(?P<sign>[./-])(?P<b>\d\d?)(?:(?P=sign)(?P<year>\d{4}|\d\d)?)?(?![\d/:]|[.-]\d)"
)
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>[01]?\d|2[0-4])(?:[:.]| ?h ?)(?P<minute>[0-5]\d)(?![\d:])"
)
_LIKE_CLOCK = re.compile(r"(?<![\d:.])(?P<hour>\d\d)[:h](?P<minute>\d\d)(?![\d:])")
_NO_HOUR = r"(?P<hour>2[5-9]|[3-9]\d)"


@dataclass(frozen=True)
class Said:
    """Days that a text names, from `first` to `last`, and where it does.

    `name` is the name of a day that has one, `passed` the day of this year that was meant when it has passed and
    the next one is given, `over` whether all of it is in the past.
    """

    first: date
    last: date
    start: int
    end: int
    name: str = ""
    passed: date | None = None
    over: bool = False


@dataclass(frozen=True)
class _Time:
    """A time of the day; `written` as one, not a number behind a word that times stand behind, too."""

    at: time
    written: bool = True


@dataclass(frozen=True)
class Reading:
    """What a text says of days and times, in its order; `unreal` are the dates that no year has: "30 February", and
    `no_times` the times that no day has: "25:00"."""

    days: tuple[Said, ...] = ()
    times: tuple[time, ...] = ()
    unreal: tuple[str, ...] = ()
    no_times: tuple[str, ...] = ()


def read(text: str, today: date, language: str = "") -> Reading:
    """The days and times that a text names, as seen from `today`."""
    plain = " ".join(text[:LONGEST].lower().replace("’", "'").split())
    words = _words(language or spoken())
    found = _apart(words.days(plain, today))
    rest = plain
    for one in found:  # a day is no time: "24.12."
        rest = rest[: one.start] + " " * (one.end - one.start) + rest[one.end :]
    return Reading(
        tuple(words.joined(plain, found)),
        tuple(words.times(rest)),
        tuple(words.unreal(plain)),
        tuple(words.no_times(rest)),
    )


def order_limit(line: str, language: str = "") -> time | None:
    """The time until which an order is to be made, where a line of a page speaks of orders and has such a time.

    Only what is written as a time counts: "up to 20 letters" has none.
    """
    plain = " ".join(line[:LONGEST].lower().replace("’", "'").split())
    return _words(language or spoken()).order_limit(plain)


class _Words:
    """The words of a language, as patterns."""

    def __init__(self, data: dict[str, Any], locale: Locale) -> None:
        self._day_first = data["day_before_month"]
        self._not_dates = data["not_dates"]
        # Where words stand without spaces a border is everywhere but between two digits.
        unspaced = r"(?:(?<!\d)|(?!\d))"
        spaced = data.get("spaces", True)
        self._before, self._behind = (r"(?<!\w)", r"(?!\w)") if spaced else (unspaced, unspaced)
        self._learn_names(data, locale)
        self._make_date_patterns(data["patterns"])
        self._make_joints(data)
        self._make_time_patterns(data)

    def _learn_names(self, data: dict[str, Any], locale: Locale) -> None:
        """The words of numbers, units, days and months, and what {places} in patterns stand for."""
        self._counts = _numbered(data["counts"])
        self._units = _numbered(data["units"])
        names = [locale.days["format"][width] for width in ("wide", "abbreviated")]
        plural = data["plural_ending"]
        self._weekdays = {
            form: day
            for day, short in enumerate(DAYS)
            for name in [*(one[day] for one in names), *data["more_weekdays"].get(short, [])]
            for form in (_bare(name), _bare(name) + plural)
        }
        months = [locale.months["format"][width] for width in ("wide", "abbreviated")]
        self._months = {
            _bare(name): month
            for month in range(1, 13)
            for name in [*(one[month] for one in months), *data["more_months"].get(month, [])]
        }
        self._named = {
            word: (one["name"], DayRule(str(one["day"])))
            for one in data["named"]
            for word in one.get("words", [one["name"].lower()])
        }
        endings = _any(data["ordinal_endings"])
        self._parts = {
            "day": rf"(?P<day>[0-3]?\d)(?:{endings}|\.)?",
            "ordinal": rf"(?P<day>[0-3]?\d){endings}",
            "month": rf"(?P<month>{_any(self._months)})\.?",
            "weekday": f"(?P<weekday>{_any(self._weekdays)})",
            "count": rf"(?P<count>\d{{1,3}}|{_any(self._counts)})",
            "unit": f"(?P<unit>{_any(self._units)})",
        }

    def _make_date_patterns(self, patterns: dict[str, Any]) -> None:
        year = r"(?:,? (?P<year>\d{4}))?"
        self._fixed = self._pattern(self._named, r"(?P<when>,? (?P<year>20\d\d))?")
        self._date = [self._pattern([one], year) for one in patterns["date"]]
        self._day_of_month, self._ahead, self._weekday, self._next_weekday, self._last_weekday = (
            [self._pattern([one]) for one in patterns[kind]]
            for kind in ("day_of_month", "ahead", "weekday", "next_weekday", "last_weekday")
        )
        self._week_of_month = [
            (self._pattern([one], year), int(number))
            for number, said in patterns["week_of_month"].items()
            for one in said
        ]
        self._numbered = [
            (self._pattern(said), int(number), span)
            for kind, span in (("week", _week), ("weekend", _weekend), ("from_today", _one_day))
            for number, said in patterns[kind].items()
        ]

    def _make_joints(self, data: dict[str, Any]) -> None:
        """What makes one of two days: "24 and 26 december", "from monday to friday"."""
        between, small = _any(data["between"]), f"(?:{_any(data['small_words'])} )*"
        self._joint = re.compile(rf"\s*(?P<joint>{between})\s*{small}")
        number = self._parts["day"]  # "24 and 26 december", "december 24 to 27"
        self._day_before = re.compile(rf"{self._before}{number}(?=\s*{between}\s*{small}$)")
        self._day_behind = re.compile(rf"\s*{between}\s*{small}{number}{self._behind}")
        self._ranges = set(data["ranges"])
        self._opens_range = re.compile(rf"{self._before}{_any(data['opens_range'])} {small}$")

    def _make_time_patterns(self, data: dict[str, Any]) -> None:
        self._times = _numbered_times(data["times"])
        self._named_time = self._pattern(self._times)
        self._am, self._pm = set(data["am"]), set(data["pm"])
        halves = _any([*data["am"], *data["pm"]])
        self._hour = re.compile(rf"{self._before}(?P<hour>1[0-2]|0?[1-9])(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>{halves}){self._behind}")  # fmt: skip
        self._clock = re.compile(rf" ?{_any(data['clock'])}")
        self._bare_hour = re.compile(
            rf"{self._before}(?:(?:{_any(data['before_time'])}) (?P<hour>[01]?\d|2[0-4])(?![\d%€$£:./]|\w)"
            rf"|(?P<clock>[01]?\d|2[0-4]) ?(?:{_any(data['clock'])}))"
        )
        fronts, clock, alone = (_any(data[kind]) for kind in ("before_time", "clock", "only_clock"))
        self._no_hour = [
            re.compile(rf"{self._before}{fronts} {_NO_HOUR}(?: ?{clock}{self._behind}|$)")
        ]
        if data["only_clock"]:
            self._no_hour.append(re.compile(rf"{self._before}{_NO_HOUR} ?{alone}{self._behind}"))

        self._orders = re.compile(
            (r"(?<!\w)" if data.get("spaces", True) else "") + _any(data["orders"])
        )
        self._limit = (
            re.compile(rf"{self._before}{_any(data['limits'])} ?$") if data["limits"] else None
        )
        self._limit_behind = (
            re.compile(rf" ?{_any(data['limits_behind'])}") if data["limits_behind"] else None
        )

    def _pattern(self, said: Iterable[str], after: str = "") -> re.Pattern[str]:
        """A pattern of whole words for any of these, in which {places} are what they stand for."""
        forms = sorted((re.escape(one).replace(r"\{", "{").replace(r"\}", "}") for one in said), key=len, reverse=True)  # fmt: skip
        filled = [re.sub(r"\{(\w+)\}", lambda place: self._parts[place[1]], one) for one in forms]
        return re.compile(rf"{self._before}(?:{'|'.join(filled)}){after}{self._behind}")

    def days(self, text: str, today: date) -> Iterator[Said]:
        """All days that are named, also those that lie within another's words."""
        for match in self._fixed.finditer(text):
            name, rule = self._named[match[0].removesuffix(match["when"] or "")]
            if not match["year"]:
                yield from _next(rule.from_day, today, match, name)
            elif day := rule.from_day(date(int(match["year"]), 1, 1)):
                yield Said(day, day, *match.span(), name=name, over=day < today)
        for match in _ISO.finditer(text):
            yield from _on(match, today, match["year"], match["month"], match["day"])
        for match in _NUMERIC.finditer(text):
            yield from self._numeric(match, today)
        for match in _all(self._date, text):
            month = str(self._months[match["month"]])
            yield from _on(match, today, match["year"], month, match["day"])
            if (beside := self._day_before.search(text[: match.start()])) or (
                beside := self._day_behind.match(text, match.end())
            ):
                yield from _on(beside, today, match["year"], month, beside["day"])
        for match in _all(self._day_of_month, text):
            yield from _next(_of_month(int(match["day"])), today, match)
        for match in _all(self._ahead, text):
            count = self._counts.get(match["count"]) or int(match["count"])
            day = today + timedelta(days=count * self._units[match["unit"]])
            yield Said(day, day, *match.span())
        for match in _all(self._next_weekday, text):
            day = _week(today, 1)[0] + timedelta(days=self._weekdays[match["weekday"]])
            yield Said(day, day, *match.span())
        for match in _all(self._last_weekday, text):
            back = (today.weekday() - self._weekdays[match["weekday"]] - 1) % 7 + 1
            day = today - timedelta(days=back)
            yield Said(day, day, *match.span(), over=True)
        for match in _all(self._weekday, text):
            ahead = (self._weekdays[match["weekday"]] - today.weekday()) % 7
            day = today + timedelta(days=ahead)
            yield Said(day, day, *match.span())
        for pattern, number in self._week_of_month:
            for match in pattern.finditer(text):
                yield from self._in_month(match, number, today)
        for pattern, number, span in self._numbered:
            for match in pattern.finditer(text):
                first, last = span(today, number)
                yield Said(first, last, *match.span(), over=last < today)

    def _in_month(self, match: re.Match[str], number: int, today: date) -> Iterator[Said]:
        """A week of a month as seven days from its 1st, or its last seven (-1)."""
        month = self._months[match["month"]]
        year = int(match["year"] or today.year + (month < today.month))
        if not MINYEAR < year < MAXYEAR:
            return
        if number > 0:
            first = date(year, month, 1) + timedelta(weeks=number - 1)
        else:
            first = date(year + month // 12, month % 12 + 1, 1) - timedelta(weeks=1)
        last = first + timedelta(days=6)
        yield Said(first, last, *match.span(), over=last < today)

    def unreal(self, text: str) -> Iterator[str]:
        """The dates that are named and that there aren't, as they stand in the text."""
        for match in _all(self._date, text):
            month = self._months[match["month"]]
            if not _is_day(int(match["year"] or LEAP_YEAR), month, int(match["day"])):
                yield match[0]
        for match in _ISO.finditer(text):
            if not _is_day(int(match["year"]), int(match["month"]), int(match["day"])):
                yield match[0]
        for match in _NUMERIC.finditer(text):
            if numbers := self._day_and_month(match):
                day, month = numbers
                if 1 <= month <= MONTHS and 1 <= day <= LONGEST_MONTH:
                    if not _is_day(LEAP_YEAR, month, day):
                        yield match[0]

    def no_times(self, text: str) -> Iterator[str]:
        """The times that are named and that no day has, as they stand in the text."""
        for match in _LIKE_CLOCK.finditer(text):
            hour, minute = int(match["hour"]), int(match["minute"])
            if (hour, minute) > (24, 0) or minute > LAST_MINUTE:
                yield match[0]
        yield from (match[0] for match in _all(self._no_hour, text))

    def _numeric(self, match: re.Match[str], today: date) -> Iterator[Said]:
        """ "24/12", "24.12.", "24-12-2026"; "9.30" is a time, and "24/7" a saying."""
        if not (numbers := self._day_and_month(match)):
            return
        day, month = numbers
        year = f"20{match['year']}" if match["year"] and len(match["year"]) == 2 else match["year"]
        yield from _on(match, today, year, str(month), str(day))

    def _day_and_month(self, match: re.Match[str]) -> tuple[int, int] | None:
        """The numbers of a date in digits; None of what is a time, or a saying."""
        a, b, sign = int(match["a"]), int(match["b"]), match["sign"]
        whole = match[0].endswith(sign) or match["year"]
        if match[0] in self._not_dates or (not whole and (sign == "-" or (sign == "." and a < 24))):
            return None
        day, month = (a, b) if self._day_first else (b, a)
        return (day, month) if month <= MONTHS else (month, day)

    def joined(self, text: str, found: list[Said]) -> Iterator[Said]:
        """The days in their order; two with "to" or the like between them are one range."""
        before: Said | None = None
        for one in found:
            joint = self._joint.fullmatch(text[before.end : one.start]) if before else None
            if (
                before
                and joint
                and before.last < one.first
                and self._is_range(text, before, joint["joint"])
            ):
                before = replace(before, last=one.last, end=one.end, name="")
                continue
            if before and (one.first, one.last) == (before.first, before.last):
                continue  # "saturday the 5th"
            if before:
                yield before
            before = one
        if before:
            yield before

    def _is_range(self, text: str, before: Said, joint: str) -> bool:
        return joint in self._ranges or bool(self._opens_range.search(text[: before.start]))

    def times(self, text: str) -> Iterator[time]:
        """The times of the day that are named, in their order."""
        found = self._times_in(text)
        return (found[span].at for span in sorted(found))

    def order_limit(self, text: str) -> time | None:
        """See the function of this name."""
        if not self._orders.search(text):
            return None
        for (start, end), one in sorted(self._times_in(text).items()):
            before = self._limit and self._limit.search(text[:start])
            behind = self._limit_behind and self._limit_behind.match(text, end)
            if one.written and (before or behind):
                return one.at
        return None

    def _times_in(self, text: str) -> dict[tuple[int, int], "_Time"]:
        """The times by where they begin and end; of two that begin at one place one."""
        found: dict[int, tuple[int, _Time]] = {}
        for match in self._named_time.finditer(text):
            found[match.start()] = match.end(), _Time(self._times[match[0]])
        for match in _CLOCK.finditer(text):
            at = time(int(match["hour"]) % 24, int(match["minute"]))
            found[match.start("hour")] = match.end(), _Time(at)
        for match in self._hour.finditer(text):
            hour = int(match["hour"]) % 12 + 12 * (match["half"] in self._pm)
            at = time(hour, int(match["minute"] or 0))
            found[match.start("hour")] = match.end(), _Time(at)
        for match in self._bare_hour.finditer(text):
            place = "hour" if match["hour"] else "clock"
            hour = int(match[place])
            late = 1 <= hour <= AFTERNOON_UNTIL
            written = place == "clock" or bool(self._clock.match(text, match.end()))
            one = _Time(time((hour + 12 * late) % 24), written)
            found.setdefault(match.start(place), (match.end(), one))
        return {(start, end): one for start, (end, one) in found.items()}


def _all(patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    return (match for pattern in patterns for match in pattern.finditer(text))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _apart(found: Iterable[Said]) -> list[Said]:
    """Those that don't lie within another's words, in their order; the longer goes first."""
    kept: list[Said] = []
    for one in sorted(found, key=lambda said: (said.start - said.end, said.start)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda said: said.start)


def _next(
    from_day: Callable[[date], date | None], today: date, match: re.Match[str], name: str = ""
) -> Iterator[Said]:
    """The next day of a rule; and the one that has just passed, if it did."""
    day = from_day(today)
    if day is None:
        return
    before = from_day(today - timedelta(days=JUST_PASSED)) if name else None
    passed = before if before and before < today else None
    yield Said(day, day, *match.span(), name=name, passed=passed)


def _on(
    match: re.Match[str], today: date, year: str | None, month: str, day: str
) -> Iterator[Said]:
    """A date; one without a year is the next one, and says so when this year's has just passed."""
    try:
        if year:
            when = date(int(year), int(month), int(day))
            yield Said(when, when, *match.span(), over=when < today)
            return
        rule = DayRule(f"{int(month):02}-{int(day):02}")
    except ValueError:  # "31 February", "45/99"
        return
    when = rule.from_day(today)
    before = rule.from_day(today - timedelta(days=JUST_PASSED))
    if when:
        passed = before if before and before < today else None
        yield Said(when, when, *match.span(), passed=passed)


def _of_month(number: int) -> Callable[[date], date | None]:
    """The next day of a month that has this number; None when no month has it."""

    def from_day(today: date) -> date | None:
        for ahead in range(62):  # the 31st comes at least every other month
            day = today + timedelta(days=ahead)
            if day.day == number:
                return day
        return None

    return from_day


def _week(today: date, ahead: int) -> tuple[date, date]:
    """The days of a week; of this one those that are left."""
    monday = today + timedelta(weeks=ahead, days=-today.weekday())
    return monday if ahead < 0 else max(monday, today), monday + timedelta(days=6)


def _weekend(today: date, ahead: int) -> tuple[date, date]:
    saturday = today + timedelta(weeks=ahead, days=5 - today.weekday())
    return max(saturday, today), saturday + timedelta(days=1)


def _one_day(today: date, ahead: int) -> tuple[date, date]:
    day = today + timedelta(days=ahead)
    return day, day


def _numbered(said: dict[int, list[str]]) -> dict[str, int]:
    return {word: int(number) for number, words in said.items() for word in words}


def _numbered_times(said: dict[str, list[str]]) -> dict[str, time]:
    return {word: time.fromisoformat(at) for at, words in said.items() for word in words}


def _bare(name: str) -> str:
    return name.lower().rstrip(".")


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


@cache
def _words(language: str) -> _Words:
    known = language if (FOLDER / f"{language}.yml").exists() else "en"
    data = YAML(typ="safe").load(FOLDER / f"{known}.yml")
    return _Words(data, Locale.parse(known))
