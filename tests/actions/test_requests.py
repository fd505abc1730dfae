"""What staff do later: nothing is recorded before a yes, and what was promised can be ended."""

import asyncio
import json
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.orders import undo
from actions.shopping import alerts
from actions.shopping.products import ActionSearchProducts
from actions.staff import call_back, requests
from actions.staff.phones import when_to_call
from actions.talk import small_talk
from bot.answers.phones import phone_in, spelt
from bot.settings import Settings
from tests.actions.conversation import Conversation, titles

ALERT = {"intent": {"name": "stock_alert"}}
END = {"intent": {"name": "end_alert"}}


def form_asks(chat: Conversation) -> list[str]:
    """The slots that the form wants to know."""
    tracker = Tracker("c", chat.slots, {}, [], False, None, {}, "")
    form = requests.ValidateContactForm()
    return asyncio.run(form.required_slots([], CollectingDispatcher(), tracker, {}))


def opens_the_form(said: dict[str, Any]) -> bool:
    return any(
        (event["event"], event.get("name")) == ("followup", "contact_form")
        for event in said["events"]
    )


def agree(chat: Conversation, email: str = "eva@example.com", yes: bool = True) -> dict[str, Any]:
    """Give the address and answer the form's question."""
    chat.slots["email"] = email
    asked = chat.say(requests.ActionAskContactConfirmed())
    assert email in asked["text"] and titles(asked)[1] == "No, thanks"
    chat.slots["confirmed"] = yes
    return chat.say(requests.ActionDoContactTask())


def with_alert(chat: Conversation, name: str, email: str = "eva@example.com") -> dict[str, Any]:
    chat.say(alerts.ActionStockAlert(), f"tell me when the {name} is back", [], **ALERT)
    return agree(chat, email)


def test_an_alert_is_for_a_product_that_is_known_and_agreed_to(chat: Conversation) -> None:
    chat.say(ActionSearchProducts(), "mug")
    begun = chat.say(alerts.ActionStockAlert(), "tell me when the camp mug is back", [], **ALERT)
    assert opens_the_form(begun) and form_asks(chat) == ["email", "confirmed"]
    done = agree(chat)
    made = chat.slots["request_made"]
    assert {name: made[name] for name in ("kind", "email", "sku", "detail")} == {
        "kind": "stock_alert", "email": "eva@example.com", "sku": "M2", "detail": "",
    }  # fmt: skip
    assert "Camp Mug" in done["text"] and made["reference"] in done["text"]
    assert chat.slots["alerts"] == [
        {"reference": made["reference"], "sku": "M2", "email": "eva@example.com"}
    ]


@pytest.mark.parametrize("answer", [False, None])
def test_without_a_yes_nothing_is_recorded(chat: Conversation, answer: Any) -> None:
    chat.say(ActionSearchProducts(), "mug")
    chat.say(alerts.ActionStockAlert(), "tell me when the camp mug is back", [], **ALERT)
    agree(chat, yes=answer)
    assert "request_made" not in chat.slots and "alerts" not in chat.slots


def test_an_address_that_was_given_for_something_else_is_only_proposed(chat: Conversation) -> None:
    chat.slots["email"] = "anna@example.com"
    chat.say(requests.ActionBeginContactTask(), "newsletter", [], intent={"name": "newsletter_on"})
    assert form_asks(chat) == ["email", "confirmed"] and chat.slots["confirmed"] is None
    assert "anna@example.com" in chat.say(requests.ActionAskContactConfirmed())["text"]
    assert "request_made" not in chat.slots


def test_no_with_another_address_is_asked_about_again(chat: Conversation) -> None:
    said = {"text": "no, to bob@example.com", "entities": [{"entity": "email", "value": "b"}]}
    form, empty = requests.ValidateContactForm(), CollectingDispatcher()
    for message, kept in ((said, None), ({"text": "no", "entities": []}, False)):
        tracker = Tracker("c", {}, message, [], False, None, {}, "")
        assert form.validate_confirmed(False, empty, tracker, {}) == {"confirmed": kept}


def test_the_button_of_another_question_is_no_yes(chat: Conversation) -> None:
    chat.slots = {"contact_task": "stock_alert", "contact_sku": "M2", "email": "eva@example.com"}
    form, empty = requests.ValidateContactForm(), CollectingDispatcher()
    button = chat.say(requests.ActionAskContactConfirmed())["buttons"][0]["payload"]
    pressed = json.loads(button.removeprefix("/affirm"))["agreed_to"]
    message = {"text": button, "entities": [{"entity": "agreed_to", "value": pressed}]}
    for sku, kept in (("M2", True), ("J2", None)):
        slots = {**chat.slots, "contact_sku": sku}
        tracker = Tracker("c", slots, message, [], False, None, {}, "")
        assert form.validate_confirmed(True, empty, tracker, {}) == {"confirmed": kept}


def test_without_a_product_it_is_asked_which_and_nothing_begins(chat: Conversation) -> None:
    for text in ("let me know", "when will it come", "tell me when it's back"):
        said = chat.say(alerts.ActionStockAlert(), text, [], **ALERT)
        assert not opens_the_form(said) and "contact_task" not in chat.slots
        assert titles(said) == ["Where is my order?", "Find a product"]


def test_the_only_one_shown_that_is_sold_out_is_meant(chat: Conversation) -> None:
    chat.slots["shown_products"] = ["M1", "M2"]
    said = chat.say(alerts.ActionStockAlert(), "tell me when it's back", [], **ALERT)
    assert opens_the_form(said) and chat.slots["contact_sku"] == "M2"


def test_what_is_in_stock_is_said_to_be(chat: Conversation) -> None:
    chat.say(ActionSearchProducts(), "mug")
    said = chat.say(alerts.ActionStockAlert(), "tell me when the stone mug is back", [], **ALERT)
    assert not opens_the_form(said) and "Stone Mug" in said["text"] and "stock" in said["text"]
    chat.slots.update(shown_products=["M1", "J1"], product_meant=None)
    said = chat.say(alerts.ActionStockAlert(), "tell me when it's back", [], **ALERT)
    assert not opens_the_form(said) and "contact_task" not in chat.slots


def test_alerts_are_listed_and_ended_by_name(chat: Conversation) -> None:
    assert "no" in chat.say(alerts.ActionListAlerts())["text"] and "alerts" not in chat.slots
    chat.slots["alerts"] = [
        {"reference": "R-1", "sku": "M2", "email": "eva@example.com"},
        {"reference": "R-2", "sku": "J2", "email": "eva@example.com"},
    ]
    listed = chat.say(alerts.ActionListAlerts())
    assert "R-1" in listed["text"] and "R-2" in listed["text"]
    assert len(titles(listed)) == 3  # one for each, and all
    unclear = chat.say(alerts.ActionEndAlert(), "stop the alert", [], **END)
    assert len(chat.slots["alerts"]) == 2 and len(titles(unclear)) == 3
    chat.say(alerts.ActionEndAlert(), "stop the alert for the camp mug", [], **END)
    assert [one["sku"] for one in chat.slots["alerts"]] == ["J2"]
    assert chat.slots["request_withdrawn"]["reference"] == "R-1"


def test_an_alert_that_is_undone_is_listed_no_more(chat: Conversation) -> None:
    chat.slots.update(contact_task="stock_alert", contact_sku="M2")
    agree(chat)
    assert len(chat.slots["alerts"]) == 1
    chat.say(undo.ActionUndoRequest(), "undo that", [])
    assert chat.slots["alerts"] == []


def test_an_article_number_with_a_quote_is_still_a_quick_reply(chat: Conversation) -> None:
    chat.slots["alerts"] = [{"reference": "R-1", "sku": '15"', "email": "eva@example.com"}]
    payload = chat.say(alerts.ActionListAlerts())["buttons"][0]["payload"]
    assert json.loads(payload.removeprefix("/end_alert")) == {"alert": '15"'}


def test_all_alerts_end_and_the_only_one_needs_no_name(chat: Conversation) -> None:
    two = [
        {"reference": f"R-{n}", "sku": sku, "email": "e@x.com"}
        for n, sku in enumerate(["M2", "J2"])
    ]
    for text, entities in (("stop all alerts", []), ("x", [{"entity": "alert", "value": "all"}])):
        chat.slots["alerts"] = two
        said = chat.say(alerts.ActionEndAlert(), text, entities, **END)
        assert chat.slots["alerts"] == []
        withdrawn = [
            one["value"]["reference"]
            for one in said["events"]
            if one.get("name") == "request_withdrawn"
        ]
        assert withdrawn == ["R-0", "R-1"]
    chat.slots["alerts"] = two[:1]
    chat.say(alerts.ActionEndAlert(), "please end my alert", [], **END)
    assert chat.slots["alerts"] == []


@pytest.mark.parametrize(
    "text",
    [
        "don't stop my alert", "please do not forget my alert", "can i cancel the alert at any time?",
        "i do not want you to cancel my alert", "don't turn off all alerts", "do alerts end by themselves", "delete the candle",
        "end of the alert", "the alert off the mug",
                "the alert is off, isn't it", "delete the camp mug", "stop", "stop it", "does the alert stop", "no more mails about it", "/end the alert?",
    ],
)  # fmt: skip
def test_an_alert_that_is_asked_about_or_to_be_kept_ends_with_a_button_alone(
    chat: Conversation, text: str
) -> None:
    alert = {"reference": "R-1", "sku": "M2", "email": "eva@example.com"}
    chat.slots["alerts"] = [alert]
    asked = chat.say(alerts.ActionEndAlert(), text, [], **END)
    assert chat.slots["alerts"] == [alert] and titles(asked)[0] == "Stop: Camp Mug"
    pressed = [{"entity": "alert", "value": "M2"}]
    chat.say(alerts.ActionEndAlert(), asked["buttons"][0]["payload"], pressed, **END)
    assert chat.slots["alerts"] == []


def test_an_alert_for_another_product_stays(chat: Conversation) -> None:
    chat.slots["alerts"] = [{"reference": "R-1", "sku": "M2", "email": "eva@example.com"}]
    said = chat.say(alerts.ActionEndAlert(), "stop the alert for the jacket", **END)
    assert len(chat.slots["alerts"]) == 1 and titles(said) == ["Stop: Camp Mug"]


def test_a_call_back_keeps_number_and_time_and_asks_for_a_yes(
    chat: Conversation, settings: Settings
) -> None:
    said = chat.say(
        call_back.ActionCallBack(), "can someone ring me on +31 20 624 1111 tomorrow after 3 pm", []
    )
    assert opens_the_form(said) and form_asks(chat) == ["call_phone", "confirmed"]
    assert (chat.slots["call_phone"], chat.slots["call_time"]) == (
        "+31206241111",
        "can someone ring me on … tomorrow after 3 pm",
    )
    asked = chat.say(requests.ActionAskContactConfirmed())["text"]
    assert "+31 20 624 1111" in asked and "tomorrow after 3 pm" in asked and "open" in asked
    assert "request_made" not in chat.slots
    chat.slots["confirmed"] = True
    done = chat.say(requests.ActionDoContactTask())["text"]
    made = chat.slots["request_made"]
    assert (made["kind"], made["email"]) == ("call_back", "")
    assert "+31 20 624 1111" in made["detail"] and "tomorrow after 3 pm" in made["detail"]
    assert made["reference"] in done


def test_the_widgets_form_is_the_same_request_at_once(
    chat: Conversation, settings: Settings
) -> None:
    chat.say(call_back.ActionCallBack(), "ring me on +31 20 624 1111 tomorrow", [])
    chat.slots["confirmed"] = True
    chat.say(requests.ActionDoContactTask())
    asked_in_words = chat.slots["request_made"]
    form = {"phone": "+31206241111", "name": "Anna", "time": "tomorrow"}
    said = chat.say(call_back.ActionCallBack(), "/call_back", [], metadata={"call_back": form})
    assert not opens_the_form(said)
    made = chat.slots["request_made"]
    assert (made["kind"], made["reference"]) == ("call_back", asked_in_words["reference"])
    assert made["detail"] == "Anna, +31 20 624 1111, “tomorrow”"
    assert made["reference"] in said["text"] and "+31 20 624 1111" in said["text"]
    assert chat.slots["contact_task"] is None and chat.slots["call_time"] is None


def test_no_call_without_a_number(chat: Conversation) -> None:
    chat.say(call_back.ActionCallBack(), "call me back please", [])
    assert chat.slots["call_phone"] is None and chat.slots["call_time"] is None
    chat.slots["confirmed"] = True
    assert titles(chat.say(requests.ActionDoContactTask())) == ["Talk to a person"]
    assert "request_made" not in chat.slots


def test_a_phone_number_in_an_answer(chat: Conversation) -> None:
    form = requests.ValidateContactForm()
    tracker = Tracker("c", {"form_failures": 0}, {"text": ""}, [], False, None, {}, "")
    kept = form.validate_call_phone(
        "020 624 1111, after five o'clock", CollectingDispatcher(), tracker, {}
    )
    assert kept == {
        "call_phone": "+31206241111",
        "form_failures": 0,
        "call_time": "after five o'clock",
    }
    again = CollectingDispatcher()
    assert form.validate_call_phone("HF-10234", again, tracker, {})["call_phone"] is None
    assert again.messages


@pytest.mark.parametrize(
    "text, phone",
    [
        ("+32 470 12 34 56", "+32470123456"), ("0032 470 12 34 56", "+32470123456"),
        ("my number is 020 624 1111", "+31206241111"), ("order 10234", None), ("HF-10234", None),
        ("123", None), ("+31 1", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_a_phone_number(text: str, phone: Any) -> None:
    assert phone_in(text, "NL") == phone


def test_a_number_without_a_country_needs_the_shops() -> None:
    assert phone_in("020 624 1111", None) is None
    assert spelt("+31206241111") == "+31 20 624 1111"


@pytest.mark.parametrize(
    "text, when",
    [
        ("call me back please", ""), ("ring me tomorrow after 3 pm", "ring me tomorrow after 3 pm"),
        ("between 5 and 6", "between 5 and 6"), ("on monday morning.", "on monday morning"),
        ("call +31 20 624 1111 at 10:30", "call … at 10:30"), ("my number is 0206241111", ""),
        ("call me about the 2 mugs", ""), ("+31 20 624 1111, but not before 10", "but not before 10"),
        ("not on friday", "not on friday"),
        ("any day except monday, after 5", "any day except monday, after 5"),
        ("don't ring 020 624 1111 before 10", "don't ring … before 10"),
    ],
)  # fmt: skip
def test_when_to_call(text: str, when: str) -> None:
    assert when_to_call(text) == when


def test_the_question_takes_a_new_time_for_the_call(chat: Conversation) -> None:
    chat.slots |= {"contact_task": "call_back", "call_phone": "+31206241111", "call_time": "at 9"}

    def ask(text: str, intent: str) -> tuple[Any, bool]:
        asked = chat.say(requests.ActionAskContactConfirmed(), text, [], intent={"name": intent})
        noted = chat.slots["call_time"]
        return noted, noted in asked["text"] and noted in asked["buttons"][0]["payload"]

    assert ask("are you there on monday?", "opening_hours") == ("at 9", True)
    assert ask("hm", "not_yet") == ("at 9", True)
    assert ask("no, tomorrow at 10", "inform") == ("no, tomorrow at 10", True)
    chat.slots["confirmed"] = True
    assert "no, tomorrow at 10" in chat.say(requests.ActionDoContactTask())["text"]
    assert "no, tomorrow at 10" in chat.slots["request_made"]["detail"]


def test_a_number_put_right_by_a_part_is_said_not_to_be_taken(chat: Conversation) -> None:
    def said(text: str) -> list[dict[str, Any]]:
        message, form = (
            {"text": text, "entities": [], "intent": {"name": "inform"}},
            {"name": "contact_form"},
        )
        tracker = Tracker("c", chat.slots, message, [], False, None, form, "action_listen")
        dispatcher = CollectingDispatcher()
        asyncio.run(small_talk.ActionInform().run(dispatcher, tracker, {}))
        return dispatcher.messages

    assert "number" in said("the last digit is 9")[0]["text"]
    assert said("tomorrow at 10") == []


@pytest.mark.parametrize(
    ("language", "said", "kept"),
    [
        ("en", "last monday at 10", False), ("en", "yesterday at 10", False), ("en", "at 3 am", False),
        ("en", "tomorrow at 23:00", False), ("de", "gestern um 10", False), ("nl", "gisteren om 10 uur", False),
        ("fr", "hier à 10 heures", False), ("es", "ayer a las 10", False), ("zh", "昨天十点", False),
        ("en", "any day, but not before 10", True), ("en", "tomorrow", True), ("de", "morgen um 11 uhr", True),
    ],
)  # fmt: skip
def test_no_call_is_promised_for_a_time_that_is_over_or_closed(
    chat: Conversation, language: str, said: str, kept: bool
) -> None:
    chat.slots |= {"language": language, "contact_task": "call_back", "call_phone": "+31206241111"}
    asks = {"intent": {"name": "inform"}}
    chat.say(requests.ActionAskContactConfirmed(), said, [], **asks)
    assert (chat.slots.get("call_time") == said) is kept
    if not kept:
        assert not chat.slots.get("call_time")


def _asked_for_a_yes(chat: Conversation) -> list[str]:
    """The texts of a turn that asks whether a call is to be noted."""
    message = {"text": "…", "entities": [], "intent": {"name": "inform"}}
    tracker = Tracker("c", chat.slots, message, [], False, None, {"name": "contact_form"}, "")
    dispatcher = CollectingDispatcher()
    for event in asyncio.run(requests.ActionAskContactConfirmed().run(dispatcher, tracker, {})):
        chat.slots[event["name"]] = event["value"]
    return [one["text"] for one in dispatcher.messages]


@pytest.mark.parametrize(
    ("language", "said", "unreal"),
    [
        ("en", "on 30 february at 10", "30 february"), ("en", "tomorrow at 25:00", "25:00"), ("de", "am 31. november um 10", "31. november"),
        ("nl", "op 31 november om 10 uur", "31 november"), ("fr", "le 30 février", "30 février"), ("es", "el 31 de noviembre", "31 de noviembre"),
        ("zh", "11月31日", "11月31日"),
    ],
)  # fmt: skip
def test_a_time_that_there_is_not_is_asked_for_again(
    chat: Conversation, language: str, said: str, unreal: str
) -> None:
    chat.slots |= {"language": language, "call_phone": "+31206241111"}
    chat.say(call_back.ActionCallBack(), said, [])
    assert chat.slots["call_time"] == said
    told = _asked_for_a_yes(chat)
    assert unreal in told[0] and unreal not in told[1]
    assert not chat.slots.get("call_time") and not chat.slots.get("request_made")


def test_the_widgets_form_with_a_time_that_there_is_not_notes_nothing_yet(
    chat: Conversation,
) -> None:
    form = {"phone": "+31206241111", "name": "Ada", "time": "31 november"}
    chat.say(call_back.ActionCallBack(), "/call_back", [], metadata={"call_back": form})
    assert not chat.slots.get("request_made")
    assert "31 november" in _asked_for_a_yes(chat)[0]
    chat.slots |= {"confirmed": True, "call_time": "on 3 december at 10"}
    chat.say(requests.ActionDoContactTask(), "yes", [])
    assert chat.slots["request_made"]["detail"].startswith("Ada, +31 20 624 1111")
    assert "3 december" in chat.slots["request_made"]["detail"]
