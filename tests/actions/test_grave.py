"""Danger and threats of law: what is said, what is left alone, and who is told."""

import itertools
from typing import Any

import pytest

from actions.shop import policies
from actions.staff import grave
from actions.staff.help_lines import help_lines
from actions.talk import small_talk
from actions.texts import texts
from bot.settings import Settings
from bot.staff.accounts import StaffStore
from tests.actions.conversation import Conversation, titles

SELF_HARM = {"intent": {"name": "self_harm"}}
EMERGENCY = {"intent": {"name": "emergency"}}
VIOLENCE = {"intent": {"name": "violence"}}
LAW = {"intent": {"name": "legal_threat"}}
NUMBERS = {"en": "988", "nl": "113", "de": "0800", "fr": "3114", "es": "024", "zh": "12356"}
LANGUAGES = list(NUMBERS)
ANGRY = {"sentiment": {"label": "negative", "score": -0.9}}


def leaves_form(said: dict[str, Any]) -> bool:
    return {"event": "active_loop", "timestamp": None, "name": None} in said["events"]


def asks_staff(said: dict[str, Any]) -> list[str]:
    """Why, of each request for a person that the turn made."""
    return [
        event["value"]["why"]
        for event in said["events"]
        if event.get("name") == "handoff_requested"
    ]


@pytest.fixture
def somebody_is_there(settings: Settings) -> None:
    store = StaffStore(settings.staff_db)
    store.seen(store.add("kim", "Kim", "agent", "one-time password"))
    store.close()


@pytest.mark.parametrize(
    "said, kind", [(SELF_HARM, "self_harm"), (EMERGENCY, "emergency"), (VIOLENCE, "violence")]
)
def test_danger_leaves_the_form_gives_numbers_and_tells_staff(
    chat: Conversation, said: dict[str, Any], kind: str
) -> None:
    first = chat.say(grave.ActionDanger(), "…", [], **said)
    assert leaves_form(first) and asks_staff(first) == ["danger"]
    assert chat.slots["crisis"]["kind"] == kind and chat.slots["requested_slot"] is None
    assert "112" in first["text"] and (kind == "violence" or "988" in first["text"])
    assert kind == "violence" or "findahelpline" in first["text"]
    assert titles(first) == ["I'm safe", "Talk to a person"]
    again = chat.say(grave.ActionDanger(), "no one would notice", [], **said)
    assert leaves_form(again) and again["text"] != first["text"]
    assert asks_staff(again) == ["danger"]  # they may have resolved the first one
    assert "112" in again["text"] or "988" in again["text"]


def test_nobody_waits_for_staff_who_are_not_there(chat: Conversation) -> None:
    alone = chat.say(grave.ActionDanger(), "…", [], **SELF_HARM)["text"]
    assert any(alone.endswith(one) for one in texts()["staff_away"])


def test_staff_who_are_there_are_named(chat: Conversation, somebody_is_there: None) -> None:
    told = chat.say(grave.ActionDanger(), "…", [], **SELF_HARM)["text"]
    assert any(told.endswith(one) for one in texts()["staff_told"])


def test_who_asks_for_a_person_in_danger_hears_whether_one_comes(chat: Conversation) -> None:
    chat.say(grave.ActionDanger(), "…", [], **SELF_HARM)
    ranking = [{"name": "self_harm"}, {"name": "talk_to_human"}]
    said = chat.say(
        grave.ActionDanger(), "a real person please", [], **SELF_HARM, intent_ranking=ranking
    )
    assert any(said["text"].endswith(one) for one in texts()["staff_away"])


def test_danger_ends_when_the_person_is_safe_and_not_before(chat: Conversation) -> None:
    chat.say(grave.ActionDanger(), "…", [], **SELF_HARM)
    for action in (policies.ActionReturnsPolicy(), small_talk.ActionThank()):
        chat.say(action, "…", [])
        assert chat.slots["crisis"]
    chat.say(grave.ActionSafeNow(), "i'm safe", [])
    assert chat.slots["crisis"] is None and chat.slots["crisis_before"] == "self_harm"


@pytest.mark.parametrize("faint", [True, False])
def test_how_faint_danger_was_is_kept_and_what_is_asked_beside_its_end_comes_next(
    chat: Conversation, faint: bool
) -> None:
    chat.say(grave.ActionDanger(), "…", [], **SELF_HARM, metadata={"faint": faint})
    assert chat.slots["crisis"]["faint"] is faint
    further = {"further": ["a lamp please"]}
    said = chat.say(grave.ActionSafeNow(), "a lamp please", [], metadata=further)
    assert said["text"] in texts()["safe_and_on"] and not said.get("buttons")
    assert chat.slots["crisis"] is None and chat.slots["crisis_was_faint"] is faint


def test_violence_is_no_pain_of_ones_own_and_danger_may_become_another(chat: Conversation) -> None:
    said = chat.say(grave.ActionDanger(), "…", [], **VIOLENCE)["text"]
    assert not any(said.startswith(one[:25]) for one in texts()["danger_self_harm"])
    since = chat.slots["crisis"]["since"]
    again = chat.say(grave.ActionDanger(), "…", [], **SELF_HARM)["text"]
    assert "988" in again and chat.slots["crisis"]["kind"] == "self_harm"
    assert chat.slots["crisis"]["since"] == since


@pytest.mark.parametrize(
    ("beside", "noted"), [("cancel_order", True), ("buy", False), ("search_products", False)]
)
def test_an_order_can_wait_and_is_noted_and_nothing_is_sold(
    chat: Conversation, beside: str, noted: bool
) -> None:
    chat.say(grave.ActionDanger(), "…", [], **SELF_HARM)
    ranking = [{"name": "self_harm", "confidence": 1.0}, {"name": beside, "confidence": 0.9}]
    said = chat.say(grave.ActionDanger(), "please", [], **SELF_HARM, intent_ranking=ranking)
    assert any(said["text"].endswith(one) for one in texts()["order_can_wait"]) == noted
    assert "112" in said["text"] or "988" in said["text"]
    assert leaves_form(said) and titles(said) == ["I'm safe", "Talk to a person"]


@pytest.mark.parametrize(
    ("language", "number"),
    [("nl", "113"), ("de", "0800"), ("fr", "3114"), ("es", "024"), ("zh", "12356")],
)
def test_danger_in_another_language_is_answered_in_it(
    chat: Conversation, language: str, number: str
) -> None:
    for kind in (SELF_HARM, EMERGENCY, VIOLENCE):
        chat.slots = {}
        said = chat.say(grave.ActionDanger(), "…", [], **kind, metadata={"language": language})
        assert (number in said["text"] or kind is VIOLENCE) and "112" in said["text"]
        assert said["text"] not in texts()["danger_self_harm"]
        assert said["buttons"][0]["payload"] == "/safe_now" and titles(said)[0] != "I'm safe"
        again = chat.say(grave.ActionDanger(), "…", [], **kind)
        assert titles(again) == titles(said)  # the language holds as the danger does


@pytest.mark.parametrize("began", LANGUAGES)
@pytest.mark.parametrize("later", LANGUAGES)
def test_danger_goes_on_in_the_language_that_the_turn_has(
    chat: Conversation, began: str, later: str
) -> None:
    """Whichever language the danger began in, and whether or not the shop serves either."""
    for kind in (SELF_HARM, EMERGENCY, VIOLENCE):
        chat.slots = {"language": began}
        chat.say(grave.ActionDanger(), "…", [], **kind)
        chat.slots["language"] = later
        again = chat.say(grave.ActionDanger(), "…", [], **kind)
        assert any(number in again["text"] for number in ("112", NUMBERS[later]))
        assert titles(again)[0] == texts(later)["choice_safe_now"][0]
        unheard = {"language": "it"}  # which has no words for it at all
        again = chat.say(grave.ActionDanger(), "…", [], **kind, metadata=unheard)
        assert titles(again)[0] == texts(later)["choice_safe_now"][0]


def test_a_wound_by_a_product_is_seen_to_and_reported(chat: Conversation) -> None:
    said = chat.say(grave.ActionHurtByProduct(), "i cut myself on your knife", [])
    assert "112" in said["text"] and "988" not in said["text"] and not asks_staff(said)
    assert [one["payload"] for one in said["buttons"]] == ["/damaged_item", "/talk_to_human"]
    assert chat.slots.get("crisis") is None


def test_numbers_are_named_with_their_countries() -> None:
    lines = help_lines("en")
    assert lines.emergency == "112 (Europe), 999 (United Kingdom), 911 (United States)"
    assert lines.listening == "988 (United States), 116 123 (United Kingdom and Ireland)"


def test_a_threat_of_law_is_handed_over_once_with_its_reason(chat: Conversation) -> None:
    first = chat.say(grave.ActionLegalThreat(), "i'll sue", [], **LAW)
    assert leaves_form(first) and asks_staff(first) == ["law"]
    assert chat.slots["handoff_requested"]["reason"] == "i'll sue"
    again = chat.say(grave.ActionLegalThreat(), "you'll hear from my lawyer", [], **LAW)
    assert asks_staff(again) == [] and any(
        again["text"] == one.format(email="hello@shop.example") or one[:20] in again["text"]
        for one in texts()["legal_threat_again"]
    )


def test_nothing_is_sold_after_a_threat_of_law(chat: Conversation) -> None:
    assert "Find a product" in titles(chat.say(small_talk.ActionInform(), "well", []))
    chat.say(grave.ActionLegalThreat(), "i'll sue", [], **LAW)
    for _ in range(5):  # longer than an upset mood lasts
        said = chat.say(small_talk.ActionInform(), "well", [])
        assert titles(said) and "Find a product" not in titles(said)
        assert not said["text"].startswith("I'm sorry")  # no guilt is admitted


def test_a_goodbye_is_sorry_for_a_complaint_and_not_for_a_word_long_past(
    chat: Conversation,
) -> None:
    upset = texts()["goodbye_upset"]
    chat.say(small_talk.ActionComplaint(), "this is a disgrace", [], intent={"name": "complaint"})
    assert chat.say(small_talk.ActionGoodbye(), "bye", [])["text"] in upset
    chat.slots, chat.earlier = {}, []
    chat.say(policies.ActionReturnsPolicy(), "what a mess, how do returns work", [], **ANGRY)
    assert chat.slots["mood"] == "upset"
    for _ in range(2):
        chat.say(policies.ActionReturnsPolicy(), "and then?", [])
    assert chat.say(small_talk.ActionGoodbye(), "bye", [])["text"] not in upset
    assert chat.slots["mood"] == "fine"


def test_strong_words_about_taste_leave_no_mood_behind(chat: Conversation) -> None:
    ugly = {"intent": {"name": "dislike"}, **ANGRY}
    chat.say(small_talk.ActionInform(), "hideous, all of them", [], **ugly)
    said = chat.say(policies.ActionReturnsPolicy(), "how do returns work", [])
    assert chat.slots.get("mood") is None and "sorry" not in said["text"].lower()


def test_hello_again_is_never_the_same_twice_nor_the_welcome(
    chat: Conversation, settings: Settings
) -> None:
    said = []
    for _ in range(6):
        said.append(chat.say(small_talk.ActionGreet(), "hello", [])["text"])
    assert all(one != other for one, other in itertools.pairwise(said))
    assert settings.shop.assistant.welcome not in said
