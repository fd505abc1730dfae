"""What is asked of an order that was looked up is answered by what it holds."""

from dataclasses import replace

import pytest

from actions.order_backends.interface import OrderItem
from actions.orders import actions as orders
from actions.orders import not_yet
from actions.staff import request_status
from tests.actions.conversation import Conversation, with_order
from tests.actions.fakes import FakeOrders


@pytest.fixture(autouse=True)
def packed(shop: FakeOrders) -> None:
    items = (OrderItem("T2", "Wide Tent", 1), OrderItem("M1", "Stone Mug", 3))
    values = {"items": items, "total": "149.00", "currency": "EUR", "expected_at": "2026-11-24"}
    shop.orders["HF-10001"] = replace(shop.orders["HF-10001"], **values)


def told(chat: Conversation, text: str, number: str = "HF-10001") -> str:
    """What is said after the order was told of."""
    chat.slots = with_order("order_status", number)
    chat.say(orders.ActionDoOrderTask(), f"where is {number}", [])
    chat.slots["order_task"] = "order_status"
    return chat.say(orders.ActionDoOrderTask(), text, [])["text"]


@pytest.mark.parametrize(
    ("text", "says", "not_said"),
    [
        ("what did i order", "1 × Wide Tent and 3 × Stone Mug", "149"),
        ("whats in the parcel again", "1 × Wide Tent and 3 × Stone Mug", "149"),
        ("how many mugs did i put", "3 × Stone Mug", "Tent"),
        ("and what did I pay", "€149", "Mug"),
        ("total?", "€149", "Mug"),
        ("is it paid already", "is paid", "149"),
        ("has it been sent yet", "Tuesday 24 November", "149"),
        ("when will it come", "Tuesday 24 November", "149"),
        ("do you have a tracking number", "no tracking number yet", "149"),
        ("when did i order it", "Friday 20 November", "149"),
    ],
)
def test_each_thing_is_answered_alone(
    chat: Conversation, text: str, says: str, not_said: str
) -> None:
    said = told(chat, text)
    assert says in said and not_said not in said


def test_several_questions_are_all_answered(chat: Conversation) -> None:
    said = told(chat, "what did i order and is it paid")
    assert "Wide Tent" in said and "is paid" in said


def test_the_share_of_delivery_is_what_the_items_of_today_leave(
    chat: Conversation, shop: FakeOrders
) -> None:
    order = shop.orders["HF-10001"]
    shop.orders["HF-10001"] = replace(order, items=(OrderItem("T1", "Lake Tent", 1),), total="500")
    said = told(chat, "how much of that is delivery")
    assert "€500" in said and "today's prices" in said
    shop.orders["HF-10001"] = replace(order, items=(OrderItem("X9", "Old Lamp", 1),), total="500")
    assert "invoice" in told(chat, "how much of that is delivery")


def test_an_order_that_wasnt_told_yet_is_told_with_the_answer(chat: Conversation) -> None:
    chat.slots = with_order("order_status")
    said = chat.say(orders.ActionDoOrderTask(), "what did i pay in HF-10001", [])
    assert "€149" in said["text"].splitlines()[0] and "HF-10001" in said["text"]
    assert said["custom"]["card"]["number"] == "HF-10001"


def test_beside_the_question_for_a_yes_the_order_answers_too(chat: Conversation) -> None:
    chat.slots = with_order("cancel_order")
    beside = {"beside": "order_status"}
    said = chat.say(not_yet.ActionNotYet(), "what did i pay?", [], metadata=beside)
    assert "€149" in said["text"]


def test_more_that_is_told_goes_with_the_report_and_nothing_is_done(
    chat: Conversation, shop: FakeOrders
) -> None:
    chat.slots = with_order("damaged_item", detail="the mug is broken")
    beside = {"beside": "detail"}
    chat.say(not_yet.ActionNotYet(), "I'd rather have a new one", [], metadata=beside)
    assert chat.slots["detail"] == "the mug is broken; I'd rather have a new one"
    assert not chat.slots.get("confirmed") and shop.requests == []


def test_of_several_orders_the_next_is_offered_when_one_is_done(chat: Conversation) -> None:
    chat.slots = with_order(
        "cancel_order", confirmed=True, later_task="cancel_order HF-10002 HF-10004"
    )
    said = chat.say(orders.ActionDoOrderTask(), "yes", [])
    assert "HF-10002" in said["text"]
    assert said["buttons"][0]["payload"] == '/cancel_order{"order_number": "HF-10002"}'
    assert chat.slots["later_task"] == "cancel_order HF-10004"


def test_what_became_of_a_request_that_nobody_knows_is_asked_of_the_order(
    chat: Conversation,
) -> None:
    status = request_status.ActionRequestStatus()
    events = chat.say(status, "did my cancellation go through?", [])["events"]
    assert not any(event["event"] == "followup" for event in events)
    chat.slots = with_order("cancel_order")
    events = chat.say(status, "did my cancellation go through?", [])["events"]
    assert any(event.get("name") == "action_do_order_task" for event in events)
