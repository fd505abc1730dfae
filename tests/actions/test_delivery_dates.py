"""When something would come that isn't ordered yet, and what a few words ask on after delivery was told of."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from actions.backends import get_passages
from actions.dates.reader import order_limit
from actions.shop import policies
from actions.shop.arrival import arrival, order_by
from actions.shopping import delivering
from bot.settings import Settings
from recommender.passages import Passages
from tests.actions.conversation import Conversation, set_clock
from tests.recommender.fakes import FakeEmbedder

FRIDAY, MONDAY, TUESDAY = date(2026, 12, 4), date(2026, 12, 7), date(2026, 12, 8)
ASKED: dict[str, Any] = {"intent": {"name": "delivery_info"}}


@pytest.fixture(autouse=True)
def thursday(chat: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2026-12-03T10:00+01:00")


def say(chat: Conversation, text: str) -> str:
    return chat.say(delivering.ActionDeliveryInfo(), text, [], **ASKED)["text"]


def test_an_order_after_the_hour_leaves_a_working_day_later(settings: Settings) -> None:
    express = settings.shop.delivery[1]
    week = settings.shop.hours
    assert arrival(express, FRIDAY, time(15), time(16), week).last == MONDAY
    assert arrival(express, FRIDAY, time(16), time(16), week).last == TUESDAY
    assert arrival(express, date(2026, 12, 5), None, time(16), week).last == TUESDAY  # a Saturday
    standard = arrival(settings.shop.delivery[0], FRIDAY, None, None, week)
    assert (standard.first, standard.last) == (TUESDAY, date(2026, 12, 9))
    assert [standard.in_time_for(day) for day in (MONDAY, TUESDAY, date(2026, 12, 9))] == [
        False, None, True,
    ]  # fmt: skip


def test_the_hour_is_that_of_the_line_about_the_way_else_of_one_about_none(
    settings: Settings,
) -> None:
    standard, express = settings.shop.delivery[:2]
    lines = ["Standard: 2 days.", "Express if you order before 14:00.", "We pack until 16:00."]
    ways = settings.shop.delivery
    assert order_by(express, ways, lines) == time(14)
    assert order_by(standard, ways, lines) == time(16)
    assert order_by(standard, ways, lines[:2]) is None


@pytest.mark.parametrize(
    ("language", "line", "limit"),
    [
        ("en", "The next working day between 18:00 and 22:00 when you order before noon.", time(12)),
        ("en", "We engrave up to 20 letters; order early.", None),
        ("en", "Our shop is open until 18:30.", None),
        ("fr", "Ce que vous commandez avant 16 h 30 part le jour même.", time(16, 30)),
        ("fr", "Commande d'une gravure : un nom jusqu'à 20 caractères.", None),
        ("de", "Bestellungen bis 14 Uhr gehen am selben Tag hinaus.", time(14)),
        ("de", "Bestellte Gravuren haben bis 20 Zeichen.", None),
        ("nl", "Voor 16:00 uur besteld, dezelfde dag ingepakt.", time(16)),
        ("es", "Lo que pides antes de las 16:00 se prepara el mismo día.", time(16)),
        ("zh", "16:00 前下的订单，当天打包。", time(16)),
    ],
)  # fmt: skip
def test_only_a_time_until_which_one_orders_is_a_limit(
    language: str, line: str, limit: time | None
) -> None:
    assert order_limit(line, language) == limit


def test_the_day_is_told_and_whether_it_is_in_time(chat: Conversation) -> None:
    asked = "if i order on friday at 3 pm with express, is it here by monday?"
    said = say(chat, asked)
    assert said.startswith("Yes")
    assert "Monday 7 December" in said and "16:00" in said and "Standard" not in said
    assert "Tuesday 8 December" in say(chat, "and at 17:00?")  # the same, an hour too late
    assert say(chat, "will it be here before 24 november").startswith("No")  # and not in a year
    late = say(chat, "if i order on friday, will it be in Utrecht in time for saturday")
    assert late.startswith("No")


def test_the_price_is_no_question_of_days(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_passages, "kept", Passages({}, FakeEmbedder()))
    say(chat, "if i order on friday with express, when does it come?")
    assert "€9.95" in say(chat, "and what does that express cost")


def test_a_country_that_was_named_holds_for_what_is_asked_on(
    chat: Conversation, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_passages, "kept", Passages({}, FakeEmbedder()))
    say(chat, "do you ship to Austria?")
    said = say(chat, "from which amount is it free")
    assert "free" in said.splitlines()[0] and "Austria" in said and "Express" not in said
    assert "Poland" in say(chat, "what about Poland")


def test_returns_of_a_country_are_told_first(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_passages, "kept", Passages({}, FakeEmbedder()))
    returns = policies.ActionReturnsPolicy()
    said = chat.say(returns, "from France, what does it cost", [])["text"].split(". ")[0]
    assert "France" in said and "€6.95" in said
    said = chat.say(returns, "and belgium", [])["text"].split(". ")[0]
    assert "Belgium" in said and "free" in said


@pytest.mark.parametrize(("price", "free"), [(None, False), (Decimal(0), True)])
def test_who_pays_a_return_is_told_only_where_the_shop_says_it(
    chat: Conversation,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    price: Decimal | None,
    free: bool,
) -> None:
    monkeypatch.setattr(get_passages, "kept", Passages({}, FakeEmbedder()))
    terms = settings.shop.returns.copy(update={"price": price, "free_in": []})
    changed = replace(settings, shop=settings.shop.copy(update={"returns": terms}))
    monkeypatch.setattr(policies, "get_settings", lambda: changed)
    said = chat.say(policies.ActionReturnsPolicy(), "how do returns work from france", [])["text"]
    told = ("free", "nothing", "on us", "cost")
    assert any(word in said for word in told) == free
    assert "days" in said
