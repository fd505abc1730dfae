"""Whose data a customer may have or erase: never more than what is proven to be theirs."""

import asyncio
import inspect
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.staff import data_requests
from actions.texts import texts
from bot.guard.store import Guard
from bot.settings import Settings
from tests.actions.conftest import Clock
from tests.actions.fakes import Post, with_mail

ANNA = {"order_number": "HF-10001", "email": "anna@example.com"}
ALL = {"data_scope": "all", "email": "anna@example.com"}
SIGNED = {"customer": {"id": "7", "email": "Eva@example.com"}}


@pytest.fixture
def post(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Post:
    """A shop that can send mails."""
    return with_mail(settings, monkeypatch)


def tracker(slots: dict[str, Any], **latest: Any) -> Tracker:
    message = {"text": "", "entities": [], "intent": {}, **latest}
    heard = [{"event": "user", "input_channel": "shoptalk"}]
    return Tracker("c", {"data_task": "delete_data", **slots}, message, heard, False, None, {}, "")


def asked(slots: dict[str, Any], **latest: Any) -> list[str]:
    form = data_requests.ValidateDataForm()
    return asyncio.run(
        form.required_slots([], CollectingDispatcher(), tracker(slots, **latest), {})
    )


def answered(action: Any, slots: dict[str, Any], **latest: Any) -> tuple[list, dict[str, Any]]:
    """The messages of an action, and the slots that it sets."""
    dispatcher, heard = CollectingDispatcher(), tracker(slots, **latest)

    async def run() -> Any:
        events = action.answer(dispatcher, heard)
        return await events if inspect.isawaitable(events) else events

    events = asyncio.run(run())
    return dispatcher.messages, {event["name"]: event["value"] for event in events}


def done(slots: dict[str, Any], **latest: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The message and the slots of the end."""
    messages, after = answered(data_requests.ActionDoDataTask(), slots, **latest)
    return messages[-1], after


def typed(slots: dict[str, Any], text: str) -> dict[str, Any]:
    """What the form makes of an answer to "what is the code"."""
    form = data_requests.ValidateDataForm()
    return form.validate_code(text, CollectingDispatcher(), tracker(slots), {})


def is_given(said: dict[str, Any], after: dict[str, Any]) -> bool:
    card = (said.get("custom") or {}).get("card") or {}
    return "erasure_asked" in after or card.get("kind") == "copy"


def test_this_conversation_needs_no_proof() -> None:
    assert asked({"data_scope": "here"}) == ["data_scope", "confirmed"]
    assert asked({"data_scope": "here", "data_task": "export_data"}) == ["data_scope"]
    _, slots = done({"data_scope": "here", **ANNA})
    assert "erasure_asked" not in slots
    _, slots = done({"data_scope": "here", "confirmed": True, **ANNA})
    assert slots["erasure_asked"]["email"] == ""
    said, slots = done({"data_scope": "here", "data_task": "export_data"})
    assert said["custom"]["card"] == {"kind": "copy", "email": ""} and "erasure_asked" not in slots


def test_an_order_and_its_address_are_no_proof(post: Post) -> None:
    for task in ("delete_data", "export_data"):
        slots = {**ANNA, "data_scope": "all", "data_task": task, "confirmed": True}
        assert asked(slots) == ["data_scope", "email", "code"]
        assert not is_given(*done(slots))
        assert not is_given(*done({**slots, "code": "right"}))  # a slot proves nothing either


def test_a_mailed_code_proves_an_address(post: Post) -> None:
    _, slots = answered(data_requests.ActionAskDataCode(), ALL)
    assert slots == {}
    to, subject, text = post.sent[0]
    assert to == "anna@example.com" and post.code in subject and "10 minutes" in text
    assert asked(ALL) == ["data_scope", "email", "code"]
    assert typed(ALL, f"it's {post.code[:3]} {post.code[3:]}") == {
        "code": "right", "form_failures": 0,
    }  # fmt: skip
    assert asked(ALL) == ["data_scope", "confirmed"]
    assert asked({**ALL, "data_task": "export_data"}) == ["data_scope"]
    for answer in (False, None):
        said, after = done({**ALL, "confirmed": answer})
        assert not is_given(said, after) and said["text"]
    _, after = done({**ALL, "confirmed": True})
    assert after["erasure_asked"]["email"] == "anna@example.com"
    said, _ = done({**ALL, "data_task": "export_data"})
    assert said["custom"]["card"] == {"kind": "copy", "email": "anna@example.com"}
    # For the address that it went to, and for no other.
    other = {**ALL, "email": "bob@example.com", "confirmed": True}
    assert not is_given(*done(other))


def test_the_code_is_asked_again_without_a_second_mail(post: Post) -> None:
    for _ in range(3):
        messages, slots = answered(data_requests.ActionAskDataCode(), ALL)
        assert messages[-1]["text"] and slots == {}
    assert len(post.sent) == 1


def test_a_wrong_code_is_said_the_third_voids_it_and_the_sixth_ends_it(
    post: Post, clock: Clock
) -> None:
    for _ in range(2):
        answered(data_requests.ActionAskDataCode(), ALL)
        wrong = f"{(int(post.code) + 1) % 1_000_000:06}"
        assert typed(ALL, "no idea")["code"] is None
        assert [typed(ALL, wrong) for _ in range(3)] == [{"code": None}] * 3
        messages, slots = answered(data_requests.ActionAskDataCode(), ALL)
        assert messages == [] and slots["requested_slot"] is None  # no other at once
        clock.now += 181
    assert len(post.sent) == 2
    assert typed(ALL, post.code) == {"code": "too_many", "requested_slot": None}
    said, after = done({**ALL, "code": "too_many", "confirmed": True})
    assert not is_given(said, after) and after["email"] is None
    assert "today" in said["text"] and [one["payload"] for one in said["buttons"]] == [
        "/delete_data", "/talk_to_human",
    ]  # fmt: skip


def test_an_old_code_brings_a_new_one(post: Post, clock: Clock) -> None:
    answered(data_requests.ActionAskDataCode(), ALL)
    old = post.code
    clock.now += 601
    assert typed(ALL, old) == {"code": None}
    answered(data_requests.ActionAskDataCode(), ALL)
    assert len(post.sent) == 2 and typed(ALL, post.code)["code"] == "right"


@pytest.mark.parametrize("why", ["mail_down", "paused"])
def test_without_a_mail_nothing_is_promised_and_nothing_done(
    post: Post, guard: Guard, why: str
) -> None:
    if why == "mail_down":
        post.down = True
    else:
        guard.new_code(guard.seeker("another conversation"), "anna@example.com")
    messages, slots = answered(data_requests.ActionAskDataCode(), ALL)
    assert messages == [] and slots == {"code": why, "requested_slot": None}
    said, after = done({**ALL, "code": why, "confirmed": True})
    assert not is_given(said, after) and "request_made" not in after
    words = {"mail_down": "email", "paused": "three minutes"}[why]
    assert words in said["text"]
    if why == "mail_down":  # and when it works again there is no pause
        post.down = False
        answered(data_requests.ActionAskDataCode(), ALL)
        assert len(post.sent) == 1


def test_where_no_mail_can_be_sent_staff_get_the_wish() -> None:
    assert asked({"data_scope": "all"}) == ["data_scope", "email", "confirmed"]
    assert asked({"data_scope": "all", "data_task": "export_data"}) == [
        "data_scope", "email", "confirmed",
    ]  # fmt: skip
    for task, _word in (("delete_data", "erased"), ("export_data", "copy")):
        said, after = done({**ALL, "data_task": task, "confirmed": True})
        assert not is_given(said, after)
        made = after["request_made"]
        assert (made["kind"], made["email"], made["sku"]) == (task, "anna@example.com", "")
        assert "olleague" in said["text"] and "code" not in said["text"]
    for unsure in ({"confirmed": False}, {"confirmed": None}):
        for task in ("delete_data", "export_data"):
            said, after = done({**ALL, **unsure, "data_task": task})
            assert "request_made" not in after and not is_given(said, after)
    _, after = done({"data_scope": "all", "confirmed": True})  # gave no address
    assert "request_made" not in after


@pytest.mark.parametrize("task", ["delete_data", "export_data"])
def test_the_yes_is_asked_for_with_the_address_and_is_for_that_wish_alone(task: str) -> None:
    slots = {**ALL, "data_task": task}
    (question, *_), _ = answered(data_requests.ActionAskDataConfirmed(), slots)
    assert "anna@example.com" in question["text"] and task in question["buttons"][0]["payload"]
    # nobody has proven the address: nothing "matches", and staff make sure of it first
    wordings = {one.format(email="anna@example.com") for one in texts()[f"confirm_{task}"]}
    assert (question["text"] in wordings) == (task == "export_data")

    def yes(to: str) -> Any:
        pressed = tracker(slots, entities=[{"entity": "agreed_to", "value": to}])
        form = data_requests.ValidateDataForm()
        return form.validate_confirmed(True, CollectingDispatcher(), pressed, {})["confirmed"]

    assert {to: yes(to) for to in data_requests.TASKS} == {
        to: True if to == task else None for to in data_requests.TASKS
    }


def test_the_shops_own_word_proves_an_address(post: Post) -> None:
    assert asked({"data_scope": "all"}, metadata=SIGNED) == ["data_scope", "confirmed"]
    _, slots = done({"data_scope": "all", "confirmed": True}, metadata=SIGNED)
    assert slots["erasure_asked"]["email"] == "eva@example.com"
    # Theirs, whatever address was typed.
    _, slots = done({**ALL, "confirmed": True}, metadata=SIGNED)
    assert slots["erasure_asked"]["email"] == "eva@example.com"


def test_a_new_wish_begins_without_the_old_yes_or_an_unproven_address() -> None:
    def begun(slots: dict[str, Any], **latest: Any) -> dict[str, Any]:
        heard = {"intent": {"name": "export_data"}, **latest}
        began = data_requests.ActionBeginDataTask()
        return answered(began, {**slots, "confirmed": True, "code": "right"}, **heard)[1]

    fresh = {
        "data_task": "export_data", "data_scope": None, "confirmed": None, "code": None,
        "form_failures": 0,
    }  # fmt: skip
    assert begun(ANNA) == {**fresh, "email": None}
    assert begun(ANNA, metadata=SIGNED) == fresh


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ('/inform{"data_scope": "here"}', "here"),
        ('/inform{"data_scope": "all"}', "all"),
        ("just this chat", "here"),
        ("everything please", "all"),
        ("this one and my earlier ones", "all"),
        ("hmm", None),
    ],
)
def test_what_it_is_about_in_any_words(text: str, scope: Any) -> None:
    form = data_requests.ValidateDataForm()
    found = form.validate_data_scope(text, CollectingDispatcher(), tracker({}), {})
    assert found["data_scope"] == scope


def test_the_button_that_erases_this_conversation_is_a_yes_and_words_are_none() -> None:
    form, pressed = data_requests.ValidateDataForm(), '/inform{"data_scope": "here"}'

    def scope(text: str, of: str = "", task: str = "delete_data") -> dict[str, Any]:
        entities = [{"entity": "agreed_to", "value": of}] if of else []
        heard = tracker({"data_task": task}, entities=entities)
        return form.validate_data_scope(text, CollectingDispatcher(), heard, {})

    chosen = {"data_scope": "here", "form_failures": 0}
    assert scope(pressed, "delete_data") == {**chosen, "confirmed": True}
    # the button of a copy erases nothing, nor the other way round
    assert scope(pressed, "export_data") == {"data_scope": None}
    assert scope(pressed, "delete_data", "export_data") == {"data_scope": None}
    for text in (pressed, "only this one"):
        assert scope(text) == chosen
    for text in (
        "wait, what is in this one?",
        "ok but only the surveys",
        "sure, but NOT this chat",
    ):
        assert scope(text) == {"data_scope": None, "form_failures": 1}
