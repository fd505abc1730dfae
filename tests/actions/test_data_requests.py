"""Whose data a customer may have or erase: never more than what is proven to be theirs."""

import asyncio
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import data_requests, order_tasks
from actions.order_tasks import GUESSES
from tests.actions.fakes import FakeOrders

ANNA = {"order_number": "HF-10001", "email": "anna@example.com"}
SIGNED = {"customer": {"id": "7", "email": "Eva@example.com"}}


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> FakeOrders:
    fake = FakeOrders()
    monkeypatch.setattr(order_tasks, "get_orders", lambda: fake)
    return fake


def tracker(slots: dict[str, Any], **latest: Any) -> Tracker:
    message = {"text": "", "entities": [], "intent": {}, **latest}
    heard = [{"event": "user", "input_channel": "shoptalk"}]
    return Tracker("c", {"data_task": "delete_data", **slots}, message, heard, False, None, {}, "")


def asked(slots: dict[str, Any], **latest: Any) -> list[str]:
    form = data_requests.ValidateDataForm()
    return asyncio.run(
        form.required_slots([], CollectingDispatcher(), tracker(slots, **latest), {})
    )


def done(slots: dict[str, Any], **latest: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The message and the slots of the end."""
    dispatcher = CollectingDispatcher()
    events = asyncio.run(
        data_requests.ActionDoDataTask().answer(dispatcher, tracker(slots, **latest))
    )
    return dispatcher.messages[-1], {event["name"]: event["value"] for event in events}


def test_this_conversation_needs_no_proof(orders: FakeOrders) -> None:
    assert asked({"data_scope": "here"}) == ["data_scope"]
    _, slots = done({"data_scope": "here", **ANNA})
    assert slots["erasure_asked"]["email"] == ""
    said, slots = done({"data_scope": "here", "data_task": "export_data"})
    assert said["custom"]["card"] == {"kind": "copy", "email": ""} and "erasure_asked" not in slots


def test_everything_needs_an_order_with_its_address_and_a_yes(orders: FakeOrders) -> None:
    everything = {"data_scope": "all"}
    assert asked(everything) == ["data_scope", "order_number", "email"]
    assert asked({**everything, **ANNA}) == ["data_scope", "confirmed"]
    assert asked({**everything, **ANNA, "data_task": "export_data"}) == ["data_scope"]
    _, slots = done({**everything, **ANNA, "confirmed": True})
    assert slots["erasure_asked"]["email"] == "anna@example.com"
    for answer in (False, None):
        said, slots = done({**everything, **ANNA, "confirmed": answer})
        assert "erasure_asked" not in slots and said["text"]


@pytest.mark.parametrize("email", ["bob@example.com", "anna@example.com.evil.org", None])
def test_an_address_that_is_not_the_orders_proves_nothing(orders: FakeOrders, email: Any) -> None:
    slots = {"data_scope": "all", **ANNA, "email": email, "confirmed": True}
    assert "confirmed" not in asked(slots)
    for task in ("delete_data", "export_data"):
        said, after = done({**slots, "data_task": task})
        assert "erasure_asked" not in after and "card" not in (said.get("custom") or {})
        assert (after["email"], after["order_number"], after["lookup_failures"]) == (None, None, 1)


def test_guessing_ends(orders: FakeOrders) -> None:
    slots = {"data_scope": "all", **ANNA, "confirmed": True, "lookup_failures": GUESSES}
    _, after = done(slots)
    assert "erasure_asked" not in after


def test_the_shops_own_word_proves_an_address(orders: FakeOrders) -> None:
    assert asked({"data_scope": "all"}, metadata=SIGNED) == ["data_scope", "confirmed"]
    _, slots = done({"data_scope": "all", "confirmed": True}, metadata=SIGNED)
    assert slots["erasure_asked"]["email"] == "eva@example.com"


def test_orders_that_are_down_give_nothing_away(orders: FakeOrders) -> None:
    orders.down = True
    assert asked({"data_scope": "all", **ANNA}) == ["data_scope"]
    _, slots = done({"data_scope": "all", **ANNA, "confirmed": True})
    assert "erasure_asked" not in slots


def test_a_new_wish_begins_without_the_old_yes_or_an_unproven_address(orders: FakeOrders) -> None:
    def begun(slots: dict[str, Any]) -> dict[str, Any]:
        heard = tracker({**slots, "confirmed": True}, intent={"name": "export_data"})
        task = data_requests.ActionBeginDataTask()
        events = asyncio.run(task.answer(CollectingDispatcher(), heard))
        return {event["name"]: event["value"] for event in events}

    assert begun(ANNA) == {
        "data_task": "export_data", "data_scope": None, "confirmed": None, "form_failures": 0,
    }  # fmt: skip
    assert begun({"email": "bob@example.com"})["email"] is None


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
def test_what_it_is_about_in_any_words(orders: FakeOrders, text: str, scope: Any) -> None:
    form = data_requests.ValidateDataForm()
    found = form.validate_data_scope(text, CollectingDispatcher(), tracker({}), {})
    assert found["data_scope"] == scope
