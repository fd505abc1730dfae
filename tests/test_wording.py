"""Money, lists and dates as customers and staff read them: one form, whatever CLDR prefers."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.money import format_money
from bot.wording import exact_moment, full_date, listed, moment, weekdays

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (Decimal("39.95"), "EUR", "€39.95"),
        (Decimal("1299.00"), "EUR", "€1,299"),
        (Decimal("1299.50"), "GBP", "£1,299.50"),
        (12, "CHF", "CHF 12"),
        (
            40,
            "JPY",
            "JPY 40",
        ),  # neither ¥, which is yuan, too, nor without the cents of "JPY 40.50"
        (Decimal("40.5"), "JPY", "JPY 40.50"),
        (None, "EUR", ""),
    ],
)
def test_amounts_have_cents_where_they_need_them(
    amount: Decimal | int | None, currency: str, text: str
) -> None:
    assert format_money(amount, currency) == text


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [("en", "€6.95", "CHF 12"), ("nl", "€\N{NO-BREAK SPACE}6,95", "CHF 12"), ("de", "6,95\N{NO-BREAK SPACE}€", "12 CHF"),
     ("fr", "6,95\N{NO-BREAK SPACE}€", "12 CHF"), ("es", "6,95\N{NO-BREAK SPACE}€", "12 CHF"), ("zh", "€6.95", "CHF 12")],
)  # fmt: skip
def test_the_sign_stands_where_the_language_has_it(language: str, text: str, code: str) -> None:
    assert format_money(Decimal("6.95"), "EUR", language=language) == text
    assert format_money(12, "CHF", language=language) == code


def test_a_column_of_prices_has_all_cents_and_an_estimate_none() -> None:
    assert format_money(Decimal("1299"), "EUR", cents=2) == "€1,299.00"
    assert format_money(1299.5, "CHF", cents=0) == "CHF 1,300"


def test_lists_have_no_comma_before_the_last() -> None:
    assert [listed("abc"[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert listed(["red", "blue", "{0}"], "or") == "red, blue or {0}"


def test_a_time_is_as_long_as_its_distance_asks() -> None:
    def at(*when: int) -> float:
        return datetime(*when, tzinfo=ZONE).timestamp()

    assert moment(at(2026, 11, 30, 9, 5), NOW) == "09:05"
    assert moment(at(2026, 9, 3, 14, 5), NOW) == "3 Sep 14:05"
    assert moment(at(2025, 9, 3, 14, 5), NOW) == "3 Sep 2025 14:05"
    assert exact_moment(at(2026, 9, 3, 14, 5, 9), ZONE) == "03 Sep 2026 14:05:09"
    assert full_date(date(2026, 9, 3)) == "3 September 2026"


def test_weeks_begin_on_monday() -> None:
    assert weekdays()[0] == "Monday" and weekdays("abbreviated")[6] == "Sun"
    assert weekdays(language="de")[0] == "Montag"
