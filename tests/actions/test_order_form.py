"""What is asked about an order, and what is heard without being asked."""

import asyncio
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.order_backends.interface import REQUESTS
from actions.orders import (
    form as orders_form,
)
from bot.intents import order_tasks
from tests.actions.conversation import Conversation, titles, with_order
from tests.actions.fakes import FakeOrders


def test_whatever_is_recorded_needs_a_yes() -> None:
    kinds = {task.kind: task.confirm for task in order_tasks().values() if task.kind}
    assert kinds == dict.fromkeys(REQUESTS, True)


def test_a_button_agrees_to_the_question_that_it_was_under_and_to_no_other(
    chat: Conversation,
) -> None:
    chat.slots = with_order("cancel_order")
    (yes, _) = chat.say(orders_form.ActionAskConfirmed())["buttons"]
    assert yes["payload"] == '/affirm{"agreed_to": "cancel HF-10001"}'

    def pressed(value: str, **slots: Any) -> Any:
        latest = {"entities": [{"entity": "agreed_to", "value": value}]}
        tracker = Tracker("c", with_order(**slots), latest, [], False, None, {}, "")
        form = orders_form.ValidateOrderForm()
        return form.validate_confirmed(True, CollectingDispatcher(), tracker, {})["confirmed"]

    assert pressed("cancel HF-10001", task="cancel_order") is True
    assert pressed("cancel HF-10001", task="return_item") is None
    assert pressed("cancel HF-10001", task="cancel_order", number="HF-10004") is None


def slots_asked(chat: Conversation) -> list[str]:
    tracker = Tracker("c", chat.slots, {}, [], False, None, {}, "")
    asked = orders_form.ValidateOrderForm().required_slots([], CollectingDispatcher(), tracker, {})
    return asyncio.new_event_loop().run_until_complete(asked)


def test_only_what_the_order_allows_is_asked_about(chat: Conversation, shop: FakeOrders) -> None:
    chat.slots = {"order_task": "cancel_order"}
    assert slots_asked(chat) == ["order_number", "email"]
    chat.slots = with_order("cancel_order")
    assert slots_asked(chat)[-1] == "confirmed"
    chat.slots = with_order("cancel_order", "HF-10002")
    assert slots_asked(chat) == ["order_number", "email"]
    chat.slots = with_order("order_status")
    assert slots_asked(chat) == ["order_number", "email"]
    shop.down = True
    chat.slots = with_order("cancel_order")
    assert slots_asked(chat) == ["order_number", "email"]


def test_a_task_begins_afresh_and_keeps_what_was_said(chat: Conversation) -> None:
    chat.slots = {"detail": "old", "confirmed": True, "order_number": "HF-10001"}
    begin, intent = orders_form.ActionBeginOrderTask(), {"intent": {"name": "damaged_item"}}
    chat.say(begin, "my mug broke", [], **intent)
    assert chat.slots["detail"] is None and chat.slots["confirmed"] is None
    assert chat.slots["order_number"] == "HF-10001"
    words = "the mug of order HF-10001 came with a crack from top to bottom"
    chat.say(begin, words, [], **intent)
    assert chat.slots["detail"] == words


def test_a_number_in_the_words_of_a_task_is_heard(chat: Conversation) -> None:
    begin = orders_form.ActionBeginOrderTask()
    chat.say(begin, "please cancel 10002", [], intent={"name": "cancel_order"})
    assert chat.slots["order_number"] == "10002"
    entity = [{"entity": "order_number", "value": "HF-10001"}]
    chat.say(begin, "cancel HF-10001", entity, intent={"name": "cancel_order"})
    assert chat.slots["order_number"] == "10002"  # Rasa fills the slot from the entity


def test_an_address_in_the_first_message_is_heard(chat: Conversation) -> None:
    begin, intent = orders_form.ActionBeginOrderTask(), {"intent": {"name": "change_address"}}
    text = "change the address of HF-10001 to Keizersgracht 1, 1015 CJ Amsterdam, my mail is anna@example.com"
    chat.say(begin, text, [], **intent)
    assert chat.slots["detail"] == "Keizersgracht 1, 1015 CJ Amsterdam"
    chat.say(begin, "change the address of HF-10001, anna@example.com", [], **intent)
    assert chat.slots["detail"] is None


@pytest.mark.parametrize(
    ("task", "text", "kept", "failures"),
    [
        ("change_address", "yes", None, 1),
        ("change_address", "12 Rose Street, 1234 AB Utrecht", "12 Rose Street, 1234 AB Utrecht", 0),
        ("return_item", "ok", None, 1),
        ("return_item", "too small", "too small", 0),
    ],
)
def test_a_detail_is_kept_when_the_task_can_use_it(
    task: str, text: str, kept: Any, failures: int
) -> None:
    tracker = Tracker("c", with_order(task), {"entities": []}, [], False, None, {}, "")
    dispatcher = CollectingDispatcher()
    slots = orders_form.ValidateOrderForm().validate_detail(text, dispatcher, tracker, {})
    assert slots == {"detail": kept, "form_failures": failures}
    assert bool(dispatcher.messages) == (kept is None)


def test_a_value_that_was_not_asked_for_is_no_failure(chat: Conversation) -> None:
    form = orders_form.ValidateOrderForm()

    def heard(name: str, entity: str) -> Any:
        latest = {"entities": [{"entity": entity, "value": "x"}]}
        tracker = Tracker("c", {}, latest, [], False, None, {}, "")
        dispatcher = CollectingDispatcher()
        slots = getattr(form, f"validate_{name}")("x", dispatcher, tracker, {})
        return slots, bool(dispatcher.messages)

    assert heard("email", "order_number") == ({"email": None}, False)
    assert heard("order_number", "email") == ({"order_number": None}, False)
    assert heard("email", "colour") == ({"email": None, "form_failures": 1}, True)


def test_who_has_an_address_and_no_number_is_offered_a_person(chat: Conversation) -> None:
    dispatcher = CollectingDispatcher()
    latest = {"entities": [{"entity": "email", "value": "anna@example.com"}]}
    text = "I don't have the number anymore, I have my email: anna@example.com"
    heard = Tracker("c", {}, latest, [], False, None, {}, "")
    orders_form.ValidateOrderForm().validate_order_number(text, dispatcher, heard, {})
    assert titles(dispatcher.messages[0]) == ["Talk to a person"]


def test_what_is_no_number_is_asked_again_once(chat: Conversation) -> None:
    form, slots = orders_form.ValidateOrderForm(), {"form_failures": 0}
    for attempt in range(2):
        dispatcher = CollectingDispatcher()
        tracker = Tracker("c", slots, {}, [], False, None, {}, "")
        slots = form.validate_order_number("no idea", dispatcher, tracker, {})
        assert slots["order_number"] is None
        assert bool(dispatcher.messages) == (attempt < 1)
    assert slots["requested_slot"] is None
    tracker = Tracker("c", {}, {}, [], False, None, {}, "")
    dispatcher = CollectingDispatcher()
    assert (
        form.validate_order_number("it's hf 10001", dispatcher, tracker, {})["order_number"]
        == "HF-10001"
    )
    assert (
        form.validate_email("Anna@Example.com!", dispatcher, tracker, {})["email"]
        == "anna@example.com"
    )
    assert form.validate_confirmed("perhaps", dispatcher, tracker, {}) == {"confirmed": None}


@pytest.mark.parametrize("ask", [orders_form.ActionAskDetail, orders_form.ActionAskConfirmed])
def test_a_question_about_an_order_that_is_gone_is_not_silence(
    chat: Conversation, ask: Any
) -> None:
    chat.slots = with_order("return_item", "HF-10099")
    assert chat.say(ask())["text"]
