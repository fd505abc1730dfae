"""Delivery, opening hours, returns, and what the shop's pages say."""

import pytest

from actions.backends import get_passages
from actions.shop import opening_hours, policies
from actions.shopping import delivering
from recommender.passages import Passages
from tests.actions.conversation import Conversation, set_clock, titles
from tests.recommender.fakes import FakeEmbedder


def test_delivery_names_the_country(chat: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pages(monkeypatch)
    said = chat.say(delivering.ActionDeliveryInfo(), "how much to ship to France?")["text"]
    assert "France" in said and "€12.95" in said and "Express" not in said
    said = chat.say(delivering.ActionDeliveryInfo(), "delivery to holland")["text"]
    assert "free from €50" in said and "Express: 1 working day, €9.95" in said
    assert "Japan" in chat.say(delivering.ActionDeliveryInfo(), "to japan?")["text"]
    said = chat.say(delivering.ActionDeliveryInfo(), "to belgium?")["text"]
    assert said.count("Standard") == 1 and "€4.95" in said  # its own, not the Union's
    assert "Express" in chat.say(delivering.ActionDeliveryInfo(), "can you tell us more")["text"]


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ("2026-11-20T10:00", "until 18:00 today"),
        ("2026-11-20T08:00", "open again today at 09:00"),
        ("2026-11-21T17:00", "open again on Monday at 09:00"),
        ("2026-12-24T20:00", "open again on Monday at 09:00"),
    ],
)
def test_open_or_closed_now(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch, now: str, says: str
) -> None:
    set_clock(monkeypatch, f"{now}+01:00")
    said = chat.say(opening_hours.ActionOpeningHours(), "are you open?", [])["text"]
    assert says in said.splitlines()[0]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("are you open at christmas?", ["Christmas Day, Friday 25 December", "we're closed"]),
        ("on saturday?", ["on Saturday 5 December", "10:00 to 16:00"]),
        ("and on the 26th?", ["on Saturday 26 December", "closed (Boxing Day)"]),
        ("are you open on black friday?", ["27 November", "Black Friday, Friday 26 November 2027", "09:00 to 18:00"]),
        ("are you open tomorrow", ["tomorrow, Monday 30 November", "09:00 to 18:00"]),
        ("24 and 27 december", ["on Thursday 24 December", "09:00 to 18:00", "on Sunday 27 December", "closed"]),
        ("do you close early on new year's eve", ["New Year's Eve, Thursday 31 December", "09:00 to 15:00", "09:00 to 18:00"]),
        ("are you open on sunday morning?", ["today, Sunday 29 November", "closed"]),
        ("were you open yesterday", ["yesterday, Saturday 28 November", "were open"]),
        ("are you open at 7 pm tomorrow", ["tomorrow, Monday 30 November", "19:00", "closed"]),
        ("can i come at 5 on friday", ["on Friday 4 December", "17:00", "open"]),
        ("from christmas eve to boxing day", ["Thursday 24 December", "Friday 25 December", "Saturday 26 December"]),
    ],
)  # fmt: skip
def test_the_days_that_were_named_are_answered_for(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch, asked: str, told: list[str]
) -> None:
    set_clock(monkeypatch, "2026-11-29T11:00+01:00")
    said = chat.say(opening_hours.ActionOpeningHours(), asked, [])["text"]
    first, _, week = said.partition("\n• Monday–Friday: 09:00 to 18:00")
    assert week and all(part in first for part in told), first
    assert not ("17:00" in told and "closed" in first)


def test_returns_say_days_cost_and_money(chat: Conversation) -> None:
    said = chat.say(policies.ActionReturnsPolicy())["text"]
    assert "30 days" in said and "€6.95" in said and "Netherlands and Belgium" in said


def test_a_question_is_answered_with_the_shops_own_words(chat: Conversation) -> None:
    payment = {"intent": {"name": "payment_methods"}}
    said = chat.say(policies.ActionAnswerPolicy(), "which ways to pay do you take", [], **payment)
    assert "/shop/policies/payment#" in said["text"]


def without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_passages, "kept", Passages({}, FakeEmbedder()))


def test_what_no_page_answers_is_not_guessed(chat: Conversation, monkeypatch) -> None:
    without_pages(monkeypatch)
    unknown = {"intent": {"name": "policy_question"}}
    said = chat.say(policies.ActionAnswerPolicy(), "do you sell boats", [], **unknown)
    assert titles(said) == ["Talk to a person"]


@pytest.mark.parametrize(
    ("text", "unreal"),
    [("are you open on 30 february", True), ("are you open on 28 february", False)],
)
def test_of_a_day_that_is_not_in_the_calendar_it_says_so(
    chat: Conversation, text: str, unreal: bool
) -> None:
    first = chat.say(opening_hours.ActionOpeningHours(), text, [])["text"].split("\n")[0]
    assert ("30 february" in first) is unreal and "today" not in first
