"""Who may know an order, and what its status says."""

import asyncio
import dataclasses
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ShopAction
from actions.orders import (
    actions as orders,
)
from actions.orders import (
    form as orders_form,
)
from actions.orders.form import ValidateOrderForm
from actions.staff.data_requests import ActionDoDataTask
from bot.guard.store import ORDERS_OF_EMAIL
from bot.settings import Settings
from tests.actions.conversation import Conversation, titles, with_order
from tests.actions.fakes import FakeOrders, with_mail

SIGNED = {"metadata": {"customer": {"email": "anna@example.com"}}}


def test_status_in_words(chat: Conversation) -> None:
    chat.slots = with_order("order_status", "HF-10002")
    said = chat.say(orders.ActionDoOrderTask())
    assert (
        "DHL" in said["text"] and "T123" in said["text"] and "Tuesday 24 November" in said["text"]
    )
    assert titles(said) == []
    chat.slots = with_order("order_status")
    said = chat.say(
        orders.ActionDoOrderTask(), "", [{"entity": "email", "value": "anna@example.com"}]
    )
    assert "2 × Stone Mug and 1 × Storm Jacket" in said["text"] and "€149" in said["text"]
    assert titles(said) == ["Cancel this order"]


def test_who_is_known_needs_no_number(chat: Conversation, shop: FakeOrders) -> None:
    said = chat.say(orders.ActionListOrders(), "what did I order?", **SIGNED)
    assert [one["payload"] for one in said["buttons"]] == [
        '/order_status{"order_number": "HF-10001"}',
        '/order_status{"order_number": "HF-10002"}',
    ]
    chat.slots = {"order_task": "cancel_order"}
    said = chat.say(orders_form.ActionAskOrderNumber(), "cancel it", **SIGNED)
    assert [one["payload"] for one in said["buttons"]] == [
        '/inform{"order_number": "HF-10001"}',
        '/inform{"order_number": "HF-10002"}',
    ]
    tom = {"metadata": {"customer": {"email": "tom@example.com"}}}
    said = chat.say(orders_form.ActionAskOrderNumber(), "cancel it", **tom)
    assert titles(said) == ["HF-10003 · Wednesday 18 November"]
    shop.down = True
    said = chat.say(orders_form.ActionAskOrderNumber(), "cancel it", **tom)
    assert titles(said) == [] and said["text"]


def test_a_typed_address_lists_nothing(chat: Conversation) -> None:
    chat.slots = {"order_task": "cancel_order", "email": "anna@example.com"}
    assert titles(chat.say(orders_form.ActionAskOrderNumber(), "cancel it")) == []
    assert titles(chat.say(orders.ActionListOrders(), "my orders")) == ["Look up an order"]


def test_a_refund_is_told_by_the_status(chat: Conversation, shop: FakeOrders) -> None:
    chat.slots = with_order("refund_status")
    assert "no refund" in chat.say(orders.ActionDoOrderTask())["text"]
    chat.slots = with_order("refund_status", "HF-10003", "tom@example.com")
    assert "the way you paid" in chat.say(orders.ActionDoOrderTask())["text"]


def test_a_wrong_email_says_no_more_than_an_unknown_number(chat: Conversation) -> None:
    chat.slots = with_order("order_status", email="eve@example.com")
    wrong = chat.say(orders.ActionDoOrderTask())
    assert (
        chat.slots["order_number"] == "HF-10001" and chat.slots["email"] is None
    )  # one is asked anew
    chat.slots, chat.earlier = with_order("order_status", "HF-10009", "eve@example.com"), []
    unknown = chat.say(orders.ActionDoOrderTask())
    assert wrong["text"].replace("10001", "10009") == unknown["text"]


def test_guessing_order_numbers_comes_to_an_end(chat: Conversation) -> None:
    """And a success of one's own between the guesses, or asking by a list, changes nothing."""
    for number in range(ORDERS_OF_EMAIL.day):
        chat.slots = with_order("order_status", "HF-10003", "tom@example.com")
        assert "HF-10003" in chat.say(orders.ActionDoOrderTask())["text"]
        chat.slots = with_order("order_status", f"HF-2000{number}")
        action = orders.ActionListOrders() if number == 2 else orders.ActionDoOrderTask()
        said = chat.say(action)
    assert titles(said) == ["Talk to a person"] and "can't look any further" in said["text"]
    for action in (orders.ActionDoOrderTask(), orders.ActionListOrders()):
        chat.slots = with_order("order_status")  # the right one, too late
        assert "HF-10001" not in chat.say(action)["text"]
    chat.slots = with_order("order_status")
    signed = {"customer": {"id": "1", "email": "Anna@example.com"}}
    assert "€149" in chat.say(orders.ActionDoOrderTask(), metadata=signed)["text"]


def test_who_asks_from_another_network_is_counted_apart(chat: Conversation) -> None:
    for number in range(10):
        chat.slots = with_order("order_status", f"HF-2000{number}", f"{number}@example.com")
        chat.say(orders.ActionDoOrderTask(), metadata={"network": "a"})
    for network, seen in (("a", False), ("b", True)):
        chat.slots = with_order("order_status")
        said = chat.say(orders.ActionDoOrderTask(), metadata={"network": network})
        assert ("€149" in said["text"]) == seen


@pytest.mark.parametrize("by_anyone", [True, False])
def test_ones_own_order_under_somebodys_address_opens_no_more_guesses(
    chat: Conversation, shop: FakeOrders, by_anyone: bool
) -> None:
    shop.orders["HF-10001"] = dataclasses.replace(shop.orders["HF-10001"], by_anyone=by_anyone)
    bots: dict[str, Any] = {"metadata": {"network": "bots"}}
    anna = [{"entity": "email", "value": "anna@example.com"}]
    chat.slots = with_order("order_status")
    assert "€149" in chat.say(orders.ActionDoOrderTask(), **bots)["text"]
    for number in range(ORDERS_OF_EMAIL.day):
        chat.slots = with_order("order_status", f"HF-2000{number}")
        chat.say(orders.ActionDoOrderTask(), "", anna, **bots)
    chat.slots = with_order("order_status", "HF-10002")
    said = chat.say(orders.ActionDoOrderTask(), "", anna, **bots)
    assert ("DHL" in said["text"]) is not by_anyone


def test_after_too_many_guesses_a_mailed_code_opens_the_order(
    chat: Conversation, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> list[str]:
        heard = Tracker("c", chat.slots, {}, [], False, None, {}, "")
        form = orders_form.ValidateOrderForm()
        return asyncio.run(form.required_slots([], CollectingDispatcher(), heard, {}))

    post = with_mail(settings, monkeypatch)
    for number in range(ORDERS_OF_EMAIL.day):
        chat.slots = with_order("order_status", f"HF-2000{number}")
        assert asked() == ["order_number", "email"]
        chat.say(orders.ActionDoOrderTask())
    chat.slots = with_order("cancel_order")
    assert asked() == ["order_number", "email", "code"]
    assert "digits" in chat.say(orders_form.ActionAskCode())["text"]
    form, heard = (
        orders_form.ValidateOrderForm(),
        Tracker("c", chat.slots, {}, [], False, None, {}, ""),
    )
    assert form.validate_code(post.code, CollectingDispatcher(), heard, {})["code"] == "right"
    assert asked() == ["order_number", "email", "confirmed"]
    chat.slots = with_order("order_status")
    assert "€149" in chat.say(orders.ActionDoOrderTask())["text"]
    chat.slots = with_order("order_status", "HF-10003", "tom@example.com")  # nobody else's
    assert "HF-10003" in chat.say(orders.ActionDoOrderTask())["text"]
    assert asked() == ["order_number", "email"]


def test_orders_that_are_down_are_an_apology(chat: Conversation, shop: FakeOrders) -> None:
    shop.down = True
    for task in ("order_status", "cancel_order", "invoice"):
        chat.slots = with_order(task)
        said = chat.say(orders.ActionDoOrderTask())
        assert "Sorry" in said["text"] and titles(said) == ["Talk to a person"]


def test_a_status_needs_no_list_of_other_orders(chat: Conversation, shop: FakeOrders) -> None:
    chat.slots = with_order("order_status")
    assert "My other orders" in titles(chat.say(orders.ActionDoOrderTask(), **SIGNED))
    shop.no_list = True
    said = chat.say(orders.ActionDoOrderTask(), **SIGNED)
    assert "HF-10001" in said["text"] and "My other orders" not in titles(said)


def test_a_number_with_its_address_opens_that_order_and_no_more(chat: Conversation) -> None:
    def named(number: str, *emails: str) -> list[dict[str, str]]:
        found = [{"entity": "order_number", "value": number}] if number else []
        return found + [{"entity": "email", "value": one} for one in emails]

    def asked(number: str) -> dict[str, Any]:
        form = ValidateOrderForm()
        taken: dict[str, Any] = {}

        class Validates(ShopAction):
            def name(self) -> str:
                return "validates"

            def answer(self, dispatcher: Any, tracker: Any) -> Any:
                taken.update(form.validate_order_number(number, dispatcher, tracker, {}))
                return []

        chat.say(Validates(), number, named(number))
        return taken

    chat.slots = with_order("order_status")
    first = chat.say(orders.ActionDoOrderTask(), "HF-10001", named("HF-10001", "anna@example.com"))
    assert "HF-10001" in first["text"] and "My other orders" not in titles(first)
    assert asked("HF-10002")["email"] is None and "email" not in asked("HF-10001")
    listed = chat.say(orders.ActionListOrders(), "", [])
    assert "HF-10002" not in str(listed)
    assert chat.slots["order_number"] is None and chat.slots["email"] is None
    chat.slots = with_order("order_status", "HF-10002")
    alone = chat.say(orders.ActionDoOrderTask(), "HF-10002", named("HF-10002"))
    assert not alone["text"]  # it isn't denied that there is such an order …
    assert chat.slots["email"] is None and chat.slots["order_task"] == "order_status"
    assert "order_form" in [one["name"] for one in alone["events"] if one["event"] == "followup"]
    chat.slots = with_order("order_status", "HF-10002")
    whole = chat.say(orders.ActionDoOrderTask(), "", named("", "anna@example.com"))
    assert "DHL" in whole["text"]


def test_an_order_that_was_found_proves_no_person_where_nothing_is_known_of_who_asks(
    chat: Conversation,
) -> None:
    chat.slots = with_order("order_status")
    assert "HF-10001" in chat.say(orders.ActionDoOrderTask())["text"]
    chat.slots = {"email": "anna@example.com", "data_task": "export_data", "data_scope": "all"}
    said = chat.say(ActionDoDataTask())
    assert "copy" not in str(said.get("custom"))
    chat.slots |= {"data_task": "delete_data", "data_scope": "all", "confirmed": True}
    chat.slots["email"] = "anna@example.com"
    assert "erasure_asked" not in {
        one.get("name") for one in chat.say(ActionDoDataTask())["events"]
    }


def test_several_orders_are_a_list_once_one_is_known(chat: Conversation) -> None:
    assert titles(chat.say(orders.ActionListOrders())) == ["Look up an order"]
    chat.slots = with_order("order_status")
    said = chat.say(orders.ActionListOrders(), **SIGNED)
    assert [one["payload"] for one in said["buttons"]] == [
        '/order_status{"order_number": "HF-10001"}',
        '/order_status{"order_number": "HF-10002"}',
    ]
