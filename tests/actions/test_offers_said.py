"""Offers in the chat: to whom which is told, and that it is the same one as in a mail."""

from collections.abc import Iterator

import pytest
import yaml

from actions.backends import get_offers, get_passages
from actions.dates import clock
from actions.shop import policies
from bot.campaigns import features
from bot.campaigns.offers import Offers
from bot.campaigns.people import Bought, People
from bot.settings import Settings, get_settings, read_settings
from recommender.passages import Passages
from tests.actions.conversation import Conversation
from tests.recommender.fakes import FakeEmbedder

OFFERS = """\
offers:
  - {id: all, title: Free socks, text: With every pair of boots., url: "https://shop.example/socks",
     translations: {de: {title: Socken umsonst}}}
  - {id: regulars, title: Ten off, code: TEN, segment: {orders: {at_least: 1}}}
  - {id: few, title: One of five, cap: 5, segment: {orders: {at_least: 1}}}
"""
ASKED = {"intent": {"name": "discount_code"}}
ANGRY = {"sentiment": {"label": "negative", "score": -0.9}}
SIGNED = {"metadata": {"customer": {"email": "Anna@example.com"}}}


@pytest.fixture
def people(
    chat: Conversation, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[People]:
    """The shop of the conversation, with offers; no page answers."""
    text = settings.shop_file.read_text(encoding="utf-8")
    assert yaml.safe_load(OFFERS)
    settings.shop_file.write_text(f"{text}\n{OFFERS}", encoding="utf-8")
    changed = read_settings({"SHOPTALK_SHOP": str(settings.shop_file)})
    settings.var.mkdir(exist_ok=True)
    store = People(changed.campaigns_db, changed.secrets)
    monkeypatch.setattr(get_settings, "kept", changed)
    monkeypatch.setattr(get_offers, "kept", Offers(store, changed.shop))
    monkeypatch.setattr(get_passages, "kept", Passages({}, FakeEmbedder()))
    yield store
    store.close()


def anna(people: People) -> int:
    """Somebody who ordered."""
    at = clock.now().timestamp() - 9e6
    number = people.ensure("anna@example.com", "signed", at)
    people.buy(number, Bought("k", at, 50.0), [])
    features.make(people.db, [number])
    return number


def ask(chat: Conversation, **latest: object) -> str:
    return chat.say(policies.ActionAnswerPolicy(), "any discounts?", [], **{**ASKED, **latest})[
        "text"
    ]


def test_strangers_hear_of_what_is_for_everybody(chat: Conversation, people: People) -> None:
    said = ask(chat)
    assert "Free socks\nWith every pair of boots." in said and "https://shop.example/socks" in said
    assert "Ten off" not in said and "One of five" not in said
    chat.slots["email"] = "anna@example.com"
    anna(people)
    assert "Ten off" not in ask(chat), "an address that is merely typed proves nothing"
    assert people.one("SELECT 1 FROM offered") is None


def test_who_is_known_is_told_the_one_that_is_theirs_as_in_their_mails(
    chat: Conversation, people: People
) -> None:
    number = anna(people)
    offers = get_offers()
    assert offers
    mailed = offers.give(number, "mail", clock.now().timestamp())
    assert mailed
    for _ in range(3):
        said = ask(chat, **SIGNED)
        titles = [one for one in ("Free socks", "Ten off", "One of five") if one in said]
        assert titles == [mailed.offer.title] and "Yours until 6 December 2026" in said
    assert people.one("SELECT count(*) AS n FROM offered") == {"n": 1}


def test_the_first_choice_in_the_chat_is_kept_with_its_chances(
    chat: Conversation, people: People
) -> None:
    anna(people)
    assert ask(chat, **SIGNED)
    row = people.one("SELECT place, round(propensity, 3) AS p FROM offered")
    assert row == {"place": "chat", "p": 0.333}


def test_the_upset_hear_of_none(chat: Conversation, people: People) -> None:
    number = anna(people)
    assert (
        "socks" not in ask(chat, **ANGRY, **SIGNED) and people.one("SELECT 1 FROM offered") is None
    )
    people.db.execute("UPDATE features SET upset = 1 WHERE person = ?", [number])
    chat.slots["mood"] = "fine"
    chat.earlier.clear()
    assert "socks" not in ask(chat, **SIGNED) and people.one("SELECT 1 FROM offered") is None


def test_an_offer_is_told_in_the_language_of_the_conversation(
    chat: Conversation, people: People
) -> None:
    chat.slots["language"] = "de"
    said = ask(chat)
    assert "Socken umsonst" in said and "Das können Sie gerade nutzen:" in said


def test_a_shop_without_offers_answers_from_its_pages(chat: Conversation) -> None:
    assert get_offers.kept is None and get_offers() is None
    assert "socks" not in ask(chat)
