"""Days and times as customers name them, seen from Sunday 29 November 2026."""

from datetime import date, time

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from actions.dates.reader import FOLDER, read
from bot.settings.almanac import DayRule

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("are you open on the 26th", "2026-12-26"),
        ("the 28th?", "2026-12-28"),
        ("boxing day 2027", "2027-12-26"),
        ("easter monday, 2027", "2027-03-29"),
        ("boxing day 1", "2026-12-26"),
        ("the 29th?", "2026-11-29"),
        ("the 31st", "2026-12-31"),
        ("24 december", "2026-12-24"),
        ("the 24th of December", "2026-12-24"),
        ("Dec 24", "2026-12-24"),
        ("dec. 24th, 2027", "2027-12-24"),
        ("24/12", "2026-12-24"),
        ("12/24", "2026-12-24"),  # the only reading
        ("3/4", "2027-04-03"),
        ("24.12.", "2026-12-24"),
        ("24.12.26", "2026-12-24"),
        ("24-12-2026", "2026-12-24"),
        ("2026-12-24", "2026-12-24"),
        ("next monday", "2026-11-30"),
        ("next friday", "2026-12-04"),
        ("friday next week", "2026-12-04"),
        ("sunday", "2026-11-29"),
        ("on saturdays", "2026-12-05"),
        ("saturday the 5th", "2026-12-05"),
        ("in two weeks", "2026-12-13"),
        ("3 days from now", "2026-12-02"),
        ("in a fortnight", "2026-12-13"),
        ("the day after tomorrow", "2026-12-01"),
        ("tomorrow", "2026-11-30"),
        ("tonight", "2026-11-29"),
        ("this weekend", "2026-11-29"),
        ("next weekend", "2026-12-05..2026-12-06"),
        ("next week", "2026-11-30..2026-12-06"),
        ("christmas eve", "2026-12-24"),
        ("xmas", "2026-12-25"),
        ("boxing day", "2026-12-26"),
        ("new year’s eve", "2026-12-31"),
        ("new years day", "2027-01-01"),
        ("easter monday", "2027-03-29"),
        ("king's day", "2027-04-27"),
        ("christmas day and new year's day", "2026-12-25 2027-01-01"),
        ("24 and 26 december", "2026-12-24 2026-12-26"),
        ("december 24 and 26", "2026-12-24 2026-12-26"),
        ("from the 24th till the 27th", "2026-12-24..2026-12-27"),
        ("24 to 27 december", "2026-12-24..2026-12-27"),
        ("between christmas and new year", "2026-12-25..2027-01-01"),
        ("monday or tuesday", "2026-11-30 2026-12-01"),
        ("24/7?", ""),
        ("31 february", ""),
        ("the 45th floor", ""),
        ("do you still have 12 mugs for 9.30", ""),
        ("", ""),
    ],
)
def test_days(text: str, days: str) -> None:
    found = [
        f"{one.first}..{one.last}" if one.first != one.last else f"{one.first}"
        for one in read(text, TODAY).days
    ]
    assert " ".join(found) == days


@pytest.mark.parametrize(
    ("text", "first", "passed", "over"),
    [
        ("on black friday", "2027-11-26", "2026-11-27", False),
        ("24 november", "2027-11-24", "2026-11-24", False),
        ("29 november", "2026-11-29", None, False),
        ("3 january", "2027-01-03", None, False),  # nobody means the one that is long over
        ("24 november 2026", "2026-11-24", None, True),
        ("yesterday", "2026-11-28", None, True),
        ("today", "2026-11-29", None, False),
    ],
)
def test_a_day_that_has_passed(text: str, first: str, passed: str | None, over: bool) -> None:
    (said,) = read(text, TODAY).days
    assert said.first == date.fromisoformat(first) and said.over == over
    assert said.passed == (date.fromisoformat(passed) if passed else None)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("at 7 pm tomorrow", "19:00"),
        ("7am", "07:00"),
        ("at 7", "19:00"),
        ("at 8", "08:00"),
        ("at 9 in the morning", "09:00"),
        ("until 17:30", "17:30"),
        ("12 am or noon", "00:00 12:00"),
        ("5 o'clock", "17:00"),
        ("on 24.12. at 9:30", "09:30"),
        ("over 50 mugs at 20%", ""),
        ("24/12", ""),
    ],
)
def test_times(text: str, times: str) -> None:
    found = read(text, TODAY).times
    assert [one.isoformat("minutes") for one in found] == times.split()


@pytest.mark.parametrize("language", [path.stem for path in FOLDER.glob("*.yml")])
def test_the_words_of_each_language_can_be_read(language: str) -> None:
    data = YAML(typ="safe").load(FOLDER / f"{language}.yml")
    for one in data["named"]:
        day = DayRule(str(one["day"])).from_day(TODAY)
        for word in one.get("words", [one["name"].lower()]):
            (said,) = read(word, TODAY, language).days
            assert (said.name, said.first) == (one["name"], day), word
    for month, name in Locale.parse(language).months["format"]["wide"].items():
        assert [one.first.month for one in read(f"3 {name}", TODAY, language).days] == [month]
    assert read("12:15", TODAY, language).times == (time(12, 15),)


@given(st.text(st.sampled_from("0123456789./-: thndaymo"), max_size=60) | st.text(max_size=60))
def test_whatever_is_written_has_dates_or_none(text: str) -> None:
    for one in read(text, TODAY).days:
        assert one.first <= one.last and 0 <= one.start < one.end


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("first week of january", "2027-01-01", "2027-01-07"),
        ("the second week of November", "2026-11-08", "2026-11-14"),
        ("last week of december", "2026-12-25", "2026-12-31"),
        ("last week of february 2028", "2028-02-23", "2028-02-29"),
        ("first week of march 9999", "", ""),
    ],
)
def test_weeks_of_a_month(text: str, first: str, last: str) -> None:
    found = [(str(one.first), str(one.last)) for one in read(text, TODAY).days]
    assert found == ([(first, last)] if first else [])


@pytest.mark.parametrize(
    ("text", "unreal"),
    [
        ("30 february", ("30 february",)), ("are you open on April 31", ("april 31",)),
        ("29 february 2027", ("29 february 2027",)), ("29 february", ()), ("28 february", ()), ("31 december", ()),
    ],
)  # fmt: skip
def test_a_day_that_there_is_not(text: str, unreal: tuple[str, ...]) -> None:
    read_in = read(text, TODAY)
    assert read_in.unreal == unreal and bool(read_in.days) is not bool(unreal)


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "tomorrow at 25:00", "25:00"), ("en", "at 10:75", "10:75"), ("en", "30/02", "30/02"), ("en", "2027-02-30", "2027-02-30"),
        ("de", "am 31.11. um 10", "31.11."), ("de", "um 25 uhr", "25 uhr"), ("fr", "le 31 novembre", "31 novembre"),
        ("fr", "à 26 h", "26 h"), ("es", "el 31 de noviembre", "31 de noviembre"), ("es", "a las 25", "25"),
        ("nl", "op 31 november om 10 uur", "31 november"), ("nl", "om 27 uur", "27 uur"), ("zh", "11月31日", "11月31日"), ("zh", "明天25点", "25点"),
    ],
)  # fmt: skip
def test_days_and_times_that_there_are_not_in_each_language(
    language: str, text: str, told: str
) -> None:
    found = read(text, TODAY, language)
    assert told in " ".join((*found.unreal, *found.no_times))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "in 48 hours"), ("en", "24/7"), ("en", "at 10:30 on 3 december"), ("de", "um 25 euro"), ("de", "bis 30. november"),
        ("fr", "dans 48 heures"), ("nl", "binnen 36 uur"), ("zh", "30天内"), ("zh", "24点"),
    ],
)  # fmt: skip
def test_how_long_and_how_much_is_no_time_that_there_is_not(language: str, text: str) -> None:
    found = read(text, TODAY, language)
    assert not found.unreal and not found.no_times


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("de", "wann habt ihr am 26. dezember geöffnet", "2026-12-26"), ("de", "offen an heiligabend?", "2026-12-24"),
        ("nl", "zijn jullie open op tweede kerstdag", "2026-12-26"), ("fr", "êtes-vous ouverts le 24 décembre", "2026-12-24"),
        ("es", "¿abren el viernes negro?", "2027-11-26"), ("es", "abren el 25 de diciembre", "2026-12-25"),
        ("zh", "12月25日营业吗", "2026-12-25"), ("zh", "圣诞节营业吗", "2026-12-25"), ("zh", "星期天10点开门吗", "2026-11-29"),
    ],
)  # fmt: skip
def test_days_are_read_in_each_language(language: str, text: str, day: str) -> None:
    (said,) = read(text, TODAY, language).days
    assert (said.first.isoformat(), said.over) == (day, False)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "last monday at 10", "2026-11-23"), ("de", "letzten montag um 10 uhr", "2026-11-23"),
        ("nl", "gisteren om 10 uur", "2026-11-28"), ("fr", "lundi dernier à 10 heures", "2026-11-23"),
        ("es", "ayer a las 10", "2026-11-28"), ("zh", "昨天十点", "2026-11-28"), ("zh", "上周一十点", "2026-11-23"),
    ],
)  # fmt: skip
def test_what_is_past_is_over_in_each_language(language: str, text: str, day: str) -> None:
    found = read(text, TODAY, language)
    assert [(said.first.isoformat(), said.over) for said in found.days] == [(day, True)]
    assert "10:00:00" in [str(one) for one in found.times]
