"""Moods, people, guesses, and the texts themselves."""

import re

import pytest

from actions.order_backends.interface import REQUESTS
from actions.orders import (
    actions as orders,
)
from actions.shop import opening_hours, policies
from actions.shopping import favourites, products
from actions.staff import handoff, requests
from actions.talk import fallback, small_talk
from actions.texts import texts
from bot.paths import REPOSITORY
from bot.settings import Settings
from tests.actions.conversation import Conversation, set_clock, titles, with_order
from tests.actions.test_shop import without_pages


def test_a_person_is_recorded_as_a_request(chat: Conversation, settings: Settings) -> None:
    said = chat.say(handoff.ActionTalkToHuman(), "give me a human", [])
    assert chat.slots["handoff_requested"]["reason"] == "give me a human"
    assert settings.shop.contact.email in said["text"]


def test_in_opening_hours_nobody_is_said_to_be_away(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [text.partition("{time}")[0] for text in texts()["nobody_free"]]
    away = [text.partition("{hours}")[0] for text in texts()["nobody_there"]]
    set_clock(monkeypatch, "2026-11-23T12:00")  # a Monday
    open_ = chat.say(handoff.ActionTalkToHuman(), "give me a human", [])["text"]
    set_clock(monkeypatch, "2026-11-23T23:00")
    closed = chat.say(handoff.ActionTalkToHuman(), "give me a human", [])["text"]
    assert any(open_.startswith(one) for one in free)
    assert any(closed.startswith(one) for one in away)


def test_the_likeliest_intents_are_offered(chat: Conversation) -> None:
    ranking = [
        {"name": n}
        for n in (
            "nlu_fallback",
            "inform",
            "order_status",
            "affirm",
            "help",
            "returns_policy",
            "cancel_order",
        )
    ]
    said = chat.say(fallback.ActionDefaultAskAffirmation(), "hmm", [], intent_ranking=ranking)
    assert titles(said) == [
        "Where my order is",
        "What you can do",
        "How returns work",
        "None of these",
    ]
    assert said["buttons"][0]["payload"] == "/order_status"


def test_what_comes_unasked_is_put_to_use(chat: Conversation) -> None:
    number = [{"entity": "order_number", "value": "HF-10001"}]
    (event,) = chat.say(small_talk.ActionInform(), "HF-10001", number)["events"]
    assert (event["event"], event["name"]) == ("followup", "order_form")
    chat.say(products.ActionSearchProducts(), "sneakers")
    assert chat.say(small_talk.ActionInform(), "size 42")["skus"] == ["S1"]


def test_braces_in_what_customers_type_are_only_text(chat: Conversation) -> None:
    chat.slots = with_order("order_status", "{email}", "{order_number}")
    assert "{email}" in chat.say(orders.ActionDoOrderTask())["text"]


def test_an_upset_customer_hears_an_apology_and_nothing_is_sold(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_pages(monkeypatch)
    angry = {"sentiment": {"label": "negative", "score": -0.9}}
    said = chat.say(
        policies.ActionReturnsPolicy(), "this is a disgrace, i want to return it", [], **angry
    )
    assert (
        said["text"].startswith("I")
        and "sorry" in said["text"]
        and titles(said) == ["Talk to a person"]
    )
    assert chat.slots["mood"] == "upset"
    said = chat.say(policies.ActionReturnsPolicy(), "how?", [])
    assert said["text"].startswith("You ")  # one apology is enough
    assert len(chat.say(products.ActionSearchProducts(), "something nice")["skus"]) == 3
    glad = {"sentiment": {"label": "positive", "score": 0.8}}
    chat.say(policies.ActionReturnsPolicy(), "great, thanks", [], **glad)
    assert chat.slots["mood"] == "fine"


def test_strong_words_about_a_product_are_no_complaint(chat: Conversation) -> None:
    ugly = {"sentiment": {"label": "negative", "score": -0.9}}
    chat.say(products.ActionSearchProducts(), "something nice")
    chat.say(favourites.ActionDislike(), "these are ugly", [], **ugly)
    assert chat.slots.get("mood") is None


@pytest.mark.parametrize("intent", ["newsletter_off", "delete_data", "end_alert", "stop"])
def test_a_plain_request_is_no_complaint_however_hard_it_sounds(
    chat: Conversation, intent: str
) -> None:
    hard = {"sentiment": {"label": "negative", "score": -0.9}}
    said = chat.say(requests.ActionAskContactEmail(), "x", [], intent={"name": intent}, **hard)
    assert chat.slots.get("mood") is None and "sorry" not in said["text"]
    complaint = {"intent": {"name": "complaint"}, **hard}
    said = chat.say(requests.ActionAskContactEmail(), "i am fed up", [], **complaint)
    assert chat.slots["mood"] == "upset" and "sorry" in said["text"]


def is_fragment(name: str) -> bool:
    """Titles of quick replies, and parts of a sentence that are the same wherever they stand."""
    parts = "order_summary in_all expected tracking the_carrier state_cancelled attribute"
    more = "date day_named from_to closed this_product all_details kind_for_order from_our_pages again no_leave_it call_when"
    more += " mail_code_subject mail_code_text fact_not fact_none title_of_brand sorry_is_in way_free way_free_from way_to way_days_one way_days_other or_call day_at"
    return name in f"{parts} {more}".split() or bool(
        re.search(
            r"^(asked|audience|wish|choice|yes|step|when|date|days|card|expected|request_kind|state_of_request)_|^unit_(?!price)|_button$",
            name,
        )
    )


def test_every_text_has_its_places_and_three_wordings_are_common() -> None:
    known = texts()
    assert not [name for name, said in known.items() if not all(said)]
    assert not [
        name for name, said in known.items() if not all(isinstance(one, str) for one in said)
    ]
    used = set()
    for module in (REPOSITORY / "actions").rglob("*.py"):
        code = module.read_text()
        used |= set(re.findall(r'phrase\(\s*"([a-z_]+)"', code))
        used |= {f"choice_{name}" for name in re.findall(r'choice\(\s*"([a-z_]+)"', code)}
    assert used <= set(known), used - set(known)
    short = {name for name, said in known.items() if len(said) < 3 and not is_fragment(name)}
    assert short == set()
    for kind in REQUESTS:
        needed = {f"done_{kind}", f"too_late_{kind}"}
        assert needed <= set(known), needed - set(known)


def test_a_loss_is_felt_with_before_anything_else_is_answered(chat: Conversation) -> None:
    hours = opening_hours.ActionOpeningHours()
    said = chat.say(hours, "my dad passed away. are you open today", [])["text"]
    assert "sorry" in said and "closed" in said
    said = chat.say(hours, "are you open today", [])["text"]
    assert "sorry" not in said
    danger = {"intent": {"name": "self_harm"}}
    said = chat.say(hours, "my dad passed away", [], **danger)["text"]
    assert "sorry" not in said
