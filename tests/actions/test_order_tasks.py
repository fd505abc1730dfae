"""Cancelling, returning, changing: what is recorded, what is refused, what can be undone."""

from dataclasses import replace

import pytest

from actions.orders import (
    actions as orders,
)
from actions.orders import (
    form as orders_form,
)
from actions.orders import undo
from actions.staff import requests
from bot.intents import order_tasks
from bot.settings import Settings, get_settings
from bot.staff.accounts import StaffStore
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from tests.actions.conversation import Conversation, titles, with_order
from tests.actions.fakes import FakeOrders
from tests.actions.test_order_form import slots_asked


def test_cancelling_needs_the_yes(chat: Conversation, shop: FakeOrders) -> None:
    chat.slots = with_order("cancel_order", confirmed=False)
    chat.say(orders.ActionDoOrderTask())
    assert shop.orders["HF-10001"].status == "paid" and chat.slots["confirmed"] is None
    assert chat.slots["order_task"] is None  # a number that comes next isn't to be cancelled
    chat.slots.update(order_task="cancel_order", confirmed=True)
    said = chat.say(orders.ActionDoOrderTask())
    assert "cancelled" in said["text"] and titles(said) == ["Undo that"]
    assert shop.orders["HF-10001"].status == "cancelled"
    chat.slots.update(order_task="cancel_order", confirmed=True)
    assert "already cancelled" in chat.say(orders.ActionDoOrderTask())["text"]


def test_a_cancellation_can_be_undone(chat: Conversation, shop: FakeOrders) -> None:
    assert titles(chat.say(undo.ActionUndoRequest(), "undo that")) == ["Talk to a person"]
    chat.slots = with_order("cancel_order", confirmed=True)
    chat.say(orders.ActionDoOrderTask())
    assert "HF-10001" in chat.say(undo.ActionUndoRequest(), "undo that")["text"]
    assert shop.orders["HF-10001"].status == "paid" and chat.slots["last_request"] is None


def test_what_was_asked_is_withdrawn_when_it_is_undone(chat: Conversation) -> None:
    chat.slots = with_order("cancel_order", confirmed=True)
    chat.say(orders.ActionDoOrderTask())
    made = chat.slots["request_made"]
    assert made["reference"] in chat.say(undo.ActionUndoRequest(), "undo that")["text"]
    assert chat.slots["request_withdrawn"]["reference"] == made["reference"]
    assert chat.slots["request_withdrawn"]["at"] > made["at"]
    # and what has no order, too
    chat.slots |= {"contact_task": "newsletter_on", "email": "eva@example.com", "confirmed": True}
    chat.say(requests.ActionDoContactTask())
    newsletter = chat.slots["request_made"]["reference"]
    assert newsletter in chat.say(undo.ActionUndoRequest(), "undo that")["text"]
    assert chat.slots["request_withdrawn"]["reference"] == newsletter != made["reference"]


def test_what_staff_have_done_cannot_be_undone_in_the_chat(
    chat: Conversation, shop: FakeOrders, settings: Settings
) -> None:
    chat.slots = with_order("cancel_order", confirmed=True)
    chat.say(orders.ActionDoOrderTask())
    made, before = chat.slots["request_made"], dict(chat.slots)
    staff = StaffStore(settings.staff_db)
    store, ann = RequestStore(staff.db), staff.add("ann", "Ann", "agent", "a long password")
    store.add("c", Asked.read(made))
    store.change(made["reference"], "done", "", ann)
    assert titles(chat.say(undo.ActionUndoRequest(), "undo that")) == ["Talk to a person"]
    assert chat.slots == before and shop.orders["HF-10001"].status == "cancelled"
    store.change(made["reference"], "in_progress", "", ann)
    staff.close()
    chat.say(undo.ActionUndoRequest(), "undo that")
    assert chat.slots["request_withdrawn"] and shop.orders["HF-10001"].status == "paid"


def test_a_request_from_before_the_upgrade_can_still_be_undone(
    chat: Conversation, shop: FakeOrders
) -> None:
    chat.slots = with_order("cancel_order", confirmed=True)
    chat.say(orders.ActionDoOrderTask())
    chat.slots["last_request"] = {"order": "HF-10001", "kind": "cancel", "reference": "R-1"}
    chat.slots["standing_requests"] = None
    chat.say(undo.ActionUndoRequest(), "undo that")
    assert shop.orders["HF-10001"].status == "paid" and chat.slots["last_request"] is None


@pytest.mark.parametrize("kind", ["cancel", "return"])
def test_a_turn_that_is_done_again_leaves_the_request_that_it_left(
    chat: Conversation, shop: FakeOrders, kind: str
) -> None:
    shop.orders["HF-10004"] = replace(shop.orders["HF-10004"], delivered_at="2026-11-19")
    task, number, email = {
        "cancel": ("cancel_order", "HF-10001", "anna@example.com"),
        "return": ("return_item", "HF-10004", "eva@example.com"),
    }[kind]
    asked_for = {**with_order(task, number, email, confirmed=True), "detail": "all"}
    references = []
    for _ in range(2):  # the first time the process dies before the tracker is saved
        chat.slots = dict(asked_for)
        chat.say(orders.ActionDoOrderTask())
        references.append(chat.slots["request_made"]["reference"])
    assert references[0] == references[1] and len(shop.requests) == 1
    # an order that was cancelled elsewhere meanwhile gets none
    shop.requests.clear()
    chat.slots = dict(asked_for)
    chat.say(orders.ActionDoOrderTask())
    assert "request_made" not in chat.slots and not shop.requests


@pytest.mark.parametrize("mails", [True, False])
def test_an_email_is_promised_only_where_the_shops_system_sends_it(
    chat: Conversation, settings: Settings, monkeypatch: pytest.MonkeyPatch, mails: bool
) -> None:
    source = settings.shop.orders.copy(update={"confirms_by_email": mails})
    shop = settings.shop.copy(update={"orders": source})
    mailing = replace(settings, shop=shop)
    monkeypatch.setattr(get_settings, "kept", mailing)
    chat.slots = with_order("invoice", confirmed=True)
    told = chat.say(orders.ActionDoOrderTask())["text"]
    assert ("anna@example.com" in told) is mails and chat.slots["request_made"]["reference"] in told


def test_too_late_to_cancel_says_why_and_what_then(chat: Conversation) -> None:
    chat.slots = with_order("cancel_order", "HF-10002", confirmed=True)
    said = chat.say(orders.ActionDoOrderTask())
    assert "DHL" in said["text"] and "30 days" in said["text"]
    assert titles(said) == ["How do returns work?", "Talk to a person"]


@pytest.mark.parametrize("task", ["change_address", "change_items", "return_item", "exchange_item"])
def test_a_change_shows_the_customers_words_and_records_them(
    chat: Conversation, shop: FakeOrders, task: str
) -> None:
    back = task in ("return_item", "exchange_item")
    chat.slots = with_order(task, "HF-10004", "eva@example.com") if back else with_order(task)
    shop.orders["HF-10004"] = replace(shop.orders["HF-10004"], delivered_at="2026-11-19")
    assert slots_asked(chat)[-2:] == ["detail", "confirmed"]
    assert "Order HF-" in chat.say(orders_form.ActionAskDetail())["text"]
    chat.slots["detail"] = "Mill Lane 4, {postcode} <b>Utrecht</b>"
    asked = chat.say(orders_form.ActionAskConfirmed())
    assert "{postcode} <b>Utrecht</b>" in asked["text"] and len(asked["buttons"]) == 2
    chat.slots["confirmed"] = True
    assert chat.slots.get("request_made") is None
    told = chat.say(orders.ActionDoOrderTask())["text"]
    made = chat.slots["request_made"]
    assert made["reference"] in told and "@" not in told
    assert (made["kind"], made["shop_reference"]) == (order_tasks()[task].kind, "R-1")
    assert shop.requests[0][1:3] == (
        order_tasks()[task].kind,
        "Mill Lane 4, {postcode} <b>Utrecht</b>",
    )


@pytest.mark.parametrize("task", ["damaged_item", "wrong_item", "missing_item"])
def test_what_is_wrong_with_a_parcel_is_read_back_and_reported_after_a_yes(
    chat: Conversation, shop: FakeOrders, task: str
) -> None:
    chat.slots = with_order(task, "HF-10004", "eva@example.com", detail="the lid is gone")
    assert slots_asked(chat)[-2:] == ["detail", "confirmed"]
    asked = chat.say(orders_form.ActionAskConfirmed())
    assert "“the lid is gone”" in asked["text"]
    assert titles(asked) == ["Yes, report it", "No, leave it"]
    chat.slots["confirmed"] = False
    chat.say(orders.ActionDoOrderTask())
    assert shop.requests == []
    chat.slots = with_order(
        task, "HF-10004", "eva@example.com", detail="the lid is gone", confirmed=True
    )
    told = chat.say(orders.ActionDoOrderTask())["text"]
    made = chat.slots["request_made"]
    assert made["reference"] in told and (made["email"], made["detail"]) == (
        "eva@example.com", "the lid is gone",
    )  # fmt: skip
    assert shop.requests[0][:3] == ("HF-10004", order_tasks()[task].kind, "the lid is gone")
    chat.slots = with_order(task, detail="x", confirmed=True)
    assert titles(chat.say(orders.ActionDoOrderTask())) == ["Talk to a person"]
    assert len(shop.requests) == 1


def test_returns_end_with_the_window(chat: Conversation, shop: FakeOrders) -> None:
    long_ago = "2026-10-22"  # 31 days
    shop.orders["HF-10004"] = replace(shop.orders["HF-10004"], delivered_at=long_ago)
    chat.slots = with_order("return_item", "HF-10004", "eva@example.com")
    assert slots_asked(chat) == ["order_number", "email"]
    assert "30 days" in chat.say(orders.ActionDoOrderTask())["text"] and not shop.requests


@pytest.mark.parametrize(("status", "money"), [("pending", False), ("paid", True)])
def test_no_money_is_promised_back_for_what_was_not_paid(
    chat: Conversation, shop: FakeOrders, status: str, money: bool
) -> None:
    shop.orders["HF-10001"] = replace(shop.orders["HF-10001"], status=status)
    chat.slots = with_order("cancel_order", confirmed=True)
    assert ("the way you pa" in chat.say(orders.ActionDoOrderTask())["text"]) is money
    shop.orders["HF-10001"] = replace(shop.orders["HF-10001"], unpaid=not money)
    chat.slots = with_order("refund_status")
    assert ("the way you pa" in chat.say(orders.ActionDoOrderTask())["text"]) is money


GONE = (
    "warehouse",
    "carrier",
    "on its way already",
    "return",
    "come back",
    "exchange",
    "send it back",
    "been sent",
)


@pytest.mark.parametrize("task", sorted(name for name, task in order_tasks().items() if task.kind))
def test_a_refusal_fits_a_cancelled_order(chat: Conversation, task: str) -> None:
    chat.slots = with_order(task, "HF-10003", "tom@example.com", confirmed=True)
    for _ in range(3):
        said = chat.say(orders.ActionDoOrderTask())["text"]
        assert "cancelled" in said and not any(word in said for word in GONE)
        chat.slots = with_order(task, "HF-10003", "tom@example.com", confirmed=True)


@pytest.mark.parametrize(
    ("status", "carrier"), [("shipped", True), ("delivered", False), ("refunded", False)]
)
def test_the_carrier_redirects_only_what_is_on_its_way(
    chat: Conversation, shop: FakeOrders, status: str, carrier: bool
) -> None:
    shop.orders["HF-10002"] = replace(shop.orders["HF-10002"], status=status, carrier="")
    chat.slots = with_order("change_address", "HF-10002", confirmed=True)
    said = chat.say(orders.ActionDoOrderTask())["text"]
    assert (
        any(word in said for word in ("may be able", "Perhaps the carrier", "try the carrier"))
        is carrier
    )
