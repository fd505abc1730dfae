"""What each action says and which events it returns."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_passages, get_recommender
from actions.order_backends.interface import REQUESTS
from actions.orders import (
    actions as orders,
)
from actions.orders import (
    form as orders_form,
)
from actions.shop import opening_hours, policies
from actions.shopping import earlier, favourites, product_talk, products
from actions.staff import handoff, requests
from actions.talk import fallback, small_talk
from bot.guard.store import ORDERS_OF_EMAIL
from bot.intents import order_tasks
from bot.settings import Settings, get_settings
from bot.staff.accounts import StaffStore
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from recommender import Recommender
from recommender.passages import Passages
from tests.actions.conversation import Conversation, set_clock, titles, with_order
from tests.actions.fakes import FakeOrders, with_mail
from tests.recommender.fakes import FakeEmbedder


def test_a_need_gets_cards_and_is_remembered(chat: Conversation) -> None:
    said = chat.say(products.ActionSearchProducts(), "a jacket under 150")
    assert set(said["skus"]) == {"J1", "J2", "J3"}
    assert chat.slots["shown_products"] == said["skus"]
    assert chat.slots["search"]["filters"] == {"price_max": 150.0, "categories": ["jackets"]}
    card = said["custom"]["products"][0]
    assert card["price"].startswith("€") and card["reason"] and card["in_stock"] is True


def test_what_was_looked_for_is_on_record_with_how_well_it_was_found(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket under 150")
    made = chat.slots["search_made"]
    assert (made["kind"], made["good"], made["relaxed"]) == ("search", 3, [])
    chat.say(products.ActionSearchProducts(), "a purple mug")
    made = chat.slots["search_made"]
    assert (made["good"], made["relaxed"]) == (0, ["colours"])
    assert made["filters"] == {"colours": ["purple"], "categories": ["mugs"]}
    assert made["need"] == "mugs in purple"
    chat.say(products.ActionSearchProducts(), "do you sell trampolines?")
    made = chat.slots["search_made"]
    assert (made["good"], made["relaxed"], made["need"]) == (0, [], "trampoline")
    chat.say(products.ActionSearchProducts(), "a gift for my dad who likes unicycles, under 60")
    assert chat.slots["search_made"]["need"] == "unicycle"


def test_asking_for_a_size_that_is_not_made_is_on_record(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a trail shoe for men")
    said = chat.say(
        product_talk.ActionProductAvailability(), "do you have the trail shoe in size 46"
    )
    made = chat.slots["search_made"]
    assert (made["kind"], made["sku"], made["relaxed"], made["good"]) == (
        "stock",
        "S1",
        ["sizes"],
        0,
    )
    assert made["need"] == "trail shoe in size 46" and "46" in said["text"]


def test_a_channel_without_cards_reads_of_the_products(chat: Conversation) -> None:
    chat.channel = "cmdline"
    said = chat.say(products.ActionSearchProducts(), "a tent")
    assert "• Lake Tent, €219" in said["text"] and said["skus"] == ["T1"]


def test_what_fits_no_more_comes_close_and_says_what_it_misses(chat: Conversation) -> None:
    said = chat.say(products.ActionSearchProducts(), "a red jacket for women")
    assert said["skus"] == ["J2"] and "Show more" in titles(said)
    said = chat.say(products.ActionShowMore(), "more")
    reasons = {one["sku"]: one["reason"] for one in said["custom"]["products"]}
    assert reasons == {"J3": "Not for women"}


def test_refining_keeps_what_was_asked_before(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    assert chat.say(products.ActionRefineSearch(), "in red please")["skus"] and set(
        chat.slots["shown_products"]
    ) == {"J2", "J3"}
    assert chat.say(products.ActionRefineSearch(), "for kids")["skus"] == ["J3"]


def test_cheaper_means_cheaper_than_what_was_shown(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")  # 120, 60, 35
    said = chat.say(products.ActionRefineSearch(), "cheaper")
    assert said["skus"] == ["J3"]
    chat.say(products.ActionSearchProducts(), "a jacket")
    said = chat.say(products.ActionRefineSearch(), "something pricier")
    assert set(said["skus"]) == {"J1", "J2"}


def test_the_cheapest_comes_first(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    assert chat.say(products.ActionRefineSearch(), "the cheapest")["skus"] == ["J3", "J2", "J1"]


def test_and_something_else_keeps_the_budget(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a mug under 30")
    chat.say(products.ActionSearchProducts(), "and a tent?")
    assert chat.slots["search"]["filters"] == {"price_max": 30.0, "categories": ["tents"]}


def test_a_whole_new_request_begins_without_the_old_budget(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men around 100")
    said = chat.say(products.ActionRefineSearch(), "do you also have a tent for 2 people?")
    assert said["skus"] == ["T1"] and chat.slots["search"]["filters"].get("price_max") is None


def test_another_category_is_another_search(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men")
    said = chat.say(products.ActionRefineSearch(), "sneakers instead")
    assert said["skus"] == ["S1"] and chat.slots["search"]["text"] == "sneakers instead"


def test_a_wish_that_was_given_up_is_said(chat: Conversation) -> None:
    said = chat.say(products.ActionSearchProducts(), "a green mug")
    assert "nothing in green" in said["text"] and set(said["skus"]) == {"M1", "M2"}


def test_more_never_shows_the_same_again(chat: Conversation) -> None:
    first = chat.say(products.ActionSearchProducts(), "something nice")
    second = chat.say(products.ActionShowMore(), "more")
    assert len(first["skus"]) == 5 and len(second["skus"]) == 3
    assert not set(first["skus"]) & set(second["skus"])
    third = chat.say(products.ActionShowMore(), "more")
    assert third["skus"] == []


def test_details_of_the_one_that_is_meant(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    second = chat.slots["shown_products"][1]
    ordinal = [{"entity": "ordinal", "value": 2}]
    said = chat.say(product_talk.ActionProductDetails(), "the second one", ordinal)
    assert said["skus"] == [second] and chat.slots["product_meant"] == second
    said = chat.say(product_talk.ActionProductDetails(), "tell me about the storm jacket", [])
    assert said["skus"] == ["J1"] and "Material: wool" in said["text"]
    said = chat.say(product_talk.ActionProductDetails(), "what is it made of", [])
    assert said["skus"] == ["J1"]
    said = chat.say(product_talk.ActionProductDetails(), "is it waterproof?", [])
    assert said["text"].startswith("Waterproof: yes.")
    tent = [{"entity": "product", "value": "T1", "start": 18, "end": 27}]
    said = chat.say(product_talk.ActionProductDetails(), "tell me about the lake tent", tent)
    assert said["skus"] == ["T1"]  # it wasn't shown, but it has a name


def test_a_search_shows_what_was_named_first(chat: Conversation) -> None:
    shoe = [{"entity": "product", "value": "S1", "start": 12, "end": 22}]
    said = chat.say(products.ActionSearchProducts(), "looking for trail shoe, or a mug", shoe)
    assert said["skus"][0] == "S1" and len(said["skus"]) == len(set(said["skus"])) > 1


def test_two_products_that_are_named_are_compared(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    named = [
        {"entity": "product", "value": "M2", "start": 8, "end": 16},
        {"entity": "product", "value": "T1", "start": 21, "end": 30},
    ]
    said = chat.say(product_talk.ActionCompareProducts(), "compare Camp Mug and Lake Tent", named)
    assert said["skus"] == ["M2", "T1"]


def test_the_words_of_a_name_are_not_asked_for(chat: Conversation) -> None:
    shoe = [{"entity": "product", "value": "S1", "start": 7, "end": 17}]
    said = chat.say(product_talk.ActionProductDetails(), "is the trail shoe waterproof?", shoe)
    assert said["skus"] == ["S1"] and "Trail Shoe" in said["text"].split("\n")[0]
    assert "won't guess" in said["text"] or "doesn't say" in said["text"]


def test_when_it_is_not_clear_it_asks_which_one(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    said = chat.say(product_talk.ActionProductDetails(), "how much is it", [])
    assert "?" in said["text"] and len(said["buttons"]) == 3
    assert said["buttons"][2]["payload"] == '/product_details{"ordinal": 3}'


def test_stock_in_a_size_and_sold_out(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men")
    assert (
        "in stock"
        in chat.say(product_talk.ActionProductAvailability(), "do you have it in M")["text"]
    )
    said = chat.say(product_talk.ActionProductAvailability(), "in size XXL?")
    assert "in size XXL" in said["text"] and "S, M and L" in said["text"]
    chat.say(products.ActionSearchProducts(), "mug")
    said = chat.say(product_talk.ActionProductAvailability(), "is the camp mug available", [])
    assert "sold out" in said["text"]


def test_an_empty_catalogue_is_an_apology(chat: Conversation, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(get_recommender, "kept", None)
    monkeypatch.setattr(get_recommender, "opening", lambda: Recommender.open(tmp_path / "none"))
    assert "Sorry" in chat.say(products.ActionSearchProducts(), "a jacket", [])["text"]


def test_status_in_words(chat: Conversation) -> None:
    chat.slots = with_order("order_status", "HF-10002")
    said = chat.say(orders.ActionDoOrderTask())
    assert (
        "DHL" in said["text"] and "T123" in said["text"] and "Tuesday 24 November" in said["text"]
    )
    assert titles(said) == ["My other orders"]
    chat.slots = with_order("order_status")
    said = chat.say(orders.ActionDoOrderTask())
    assert "2 × Stone Mug and 1 × Storm Jacket" in said["text"] and "€149" in said["text"]
    assert titles(said) == ["Cancel this order", "My other orders"]


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
    assert titles(chat.say(orders.ActionUndoRequest())) == ["Talk to a person"]
    chat.slots = with_order("cancel_order", confirmed=True)
    chat.say(orders.ActionDoOrderTask())
    assert "HF-10001" in chat.say(orders.ActionUndoRequest())["text"]
    assert shop.orders["HF-10001"].status == "paid" and chat.slots["last_request"] is None


def test_what_was_asked_is_withdrawn_when_it_is_undone(chat: Conversation) -> None:
    chat.slots = with_order("cancel_order", confirmed=True)
    chat.say(orders.ActionDoOrderTask())
    made = chat.slots["request_made"]
    assert made["reference"] in chat.say(orders.ActionUndoRequest())["text"]
    assert chat.slots["request_withdrawn"]["reference"] == made["reference"]
    assert chat.slots["request_withdrawn"]["at"] > made["at"]
    # and what has no order, too
    chat.slots |= {"contact_task": "newsletter_on", "email": "eva@example.com", "confirmed": True}
    chat.say(requests.ActionDoContactTask())
    newsletter = chat.slots["request_made"]["reference"]
    assert newsletter in chat.say(orders.ActionUndoRequest())["text"]
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
    assert titles(chat.say(orders.ActionUndoRequest())) == ["Talk to a person"]
    assert chat.slots == before and shop.orders["HF-10001"].status == "cancelled"
    store.change(made["reference"], "in_progress", "", ann)
    staff.close()
    chat.say(orders.ActionUndoRequest())
    assert chat.slots["request_withdrawn"] and shop.orders["HF-10001"].status == "paid"


def test_a_request_from_before_the_upgrade_can_still_be_undone(
    chat: Conversation, shop: FakeOrders
) -> None:
    chat.slots = with_order("cancel_order", confirmed=True)
    chat.say(orders.ActionDoOrderTask())
    chat.slots["last_request"] = {"order": "HF-10001", "kind": "cancel", "reference": "R-1"}
    chat.say(orders.ActionUndoRequest())
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


def test_returns_end_with_the_window(chat: Conversation, shop: FakeOrders) -> None:
    long_ago = "2026-10-22"  # 31 days
    shop.orders["HF-10004"] = replace(shop.orders["HF-10004"], delivered_at=long_ago)
    chat.slots = with_order("return_item", "HF-10004", "eva@example.com")
    assert slots_asked(chat) == ["order_number", "email"]
    assert "30 days" in chat.say(orders.ActionDoOrderTask())["text"] and not shop.requests


def test_orders_that_are_down_are_an_apology(chat: Conversation, shop: FakeOrders) -> None:
    shop.down = True
    for task in ("order_status", "cancel_order", "invoice"):
        chat.slots = with_order(task)
        said = chat.say(orders.ActionDoOrderTask())
        assert "Sorry" in said["text"] and titles(said) == ["Talk to a person"]


def test_a_status_needs_no_list_of_other_orders(chat: Conversation, shop: FakeOrders) -> None:
    chat.slots = with_order("order_status")
    assert "My other orders" in titles(chat.say(orders.ActionDoOrderTask()))
    shop.no_list = True
    said = chat.say(orders.ActionDoOrderTask())
    assert "HF-10001" in said["text"] and "My other orders" not in titles(said)


def test_several_orders_are_a_list_once_one_is_known(chat: Conversation) -> None:
    assert titles(chat.say(orders.ActionListOrders())) == ["Look up an order"]
    chat.slots = with_order("order_status")
    said = chat.say(orders.ActionListOrders())
    assert [one["payload"] for one in said["buttons"]] == [
        '/order_status{"order_number": "HF-10001"}',
        '/order_status{"order_number": "HF-10002"}',
    ]


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


def test_delivery_names_the_country(chat: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    without_pages(monkeypatch)
    said = chat.say(policies.ActionDeliveryInfo(), "how much to ship to France?")["text"]
    assert "France" in said and "€12.95" in said and "Express" not in said
    said = chat.say(policies.ActionDeliveryInfo(), "delivery to holland")["text"]
    assert "free from €50" in said and "Express: 1 working day, €9.95" in said
    assert "Japan" in chat.say(policies.ActionDeliveryInfo(), "to japan?")["text"]
    said = chat.say(policies.ActionDeliveryInfo(), "to belgium?")["text"]
    assert said.count("Standard") == 1 and "€4.95" in said  # its own, not the Union's
    assert "Express" in chat.say(policies.ActionDeliveryInfo(), "can you tell us more")["text"]


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ("2026-11-20T10:00", "until 18:00 today"),
        ("2026-11-20T08:00", "open again today at 09:00"),
        ("2026-11-21T17:00", "open again on Monday at 09:00"),
        ("2026-12-24T20:00", "open again on Monday at 09:00"),
    ],
)
def test_open_or_closed_now(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch, now: str, says: str
) -> None:
    set_clock(monkeypatch, f"{now}+01:00")
    said = chat.say(opening_hours.ActionOpeningHours(), "are you open?", [])["text"]
    assert says in said.splitlines()[0]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("are you open at christmas?", ["Christmas Day, Friday 25 December", "we're closed"]),
        ("on saturday?", ["on Saturday 5 December", "10:00 to 16:00"]),
        ("and on the 26th?", ["on Saturday 26 December", "closed (Boxing Day)"]),
        ("are you open on black friday?", ["27 November", "Black Friday, Friday 26 November 2027", "09:00 to 18:00"]),
        ("are you open tomorrow", ["tomorrow, Monday 30 November", "09:00 to 18:00"]),
        ("24 and 27 december", ["on Thursday 24 December", "09:00 to 18:00", "on Sunday 27 December", "closed"]),
        ("do you close early on new year's eve", ["New Year's Eve, Thursday 31 December", "09:00 to 15:00", "09:00 to 18:00"]),
        ("are you open on sunday morning?", ["today, Sunday 29 November", "closed"]),
        ("were you open yesterday", ["yesterday, Saturday 28 November", "were open"]),
        ("are you open at 7 pm tomorrow", ["tomorrow, Monday 30 November", "19:00", "closed"]),
        ("can i come at 5 on friday", ["on Friday 4 December", "17:00", "open"]),
        ("from christmas eve to boxing day", ["Thursday 24 December", "Friday 25 December", "Saturday 26 December"]),
    ],
)  # fmt: skip
def test_the_days_that_were_named_are_answered_for(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch, asked: str, told: list[str]
) -> None:
    set_clock(monkeypatch, "2026-11-29T11:00+01:00")
    said = chat.say(opening_hours.ActionOpeningHours(), asked, [])["text"]
    first, _, week = said.partition("\n• Monday–Friday: 09:00 to 18:00")
    assert week and all(part in first for part in told), first
    assert not ("17:00" in told and "closed" in first)


def test_returns_say_days_cost_and_money(chat: Conversation) -> None:
    said = chat.say(policies.ActionReturnsPolicy())["text"]
    assert "30 days" in said and "€6.95" in said and "Netherlands and Belgium" in said


def test_a_person_is_recorded_as_a_request(chat: Conversation, settings: Settings) -> None:
    said = chat.say(handoff.ActionTalkToHuman(), "give me a human", [])
    assert chat.slots["handoff_requested"]["reason"] == "give me a human"
    assert settings.shop.contact.email in said["text"]


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


def test_any_colour_gives_the_colour_up_and_undo_goes_back(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket")
    chat.say(products.ActionRefineSearch(), "in red")
    assert set(chat.slots["shown_products"]) == {"J2", "J3"}
    chat.say(earlier.ActionUndoRefinement(), "any colour is fine")
    assert set(chat.slots["shown_products"]) == {"J1", "J2", "J3"}
    chat.say(products.ActionRefineSearch(), "for kids")
    chat.say(earlier.ActionUndoRefinement(), "undo that")
    assert set(chat.slots["shown_products"]) == {"J1", "J2", "J3"}
    chat.say(earlier.ActionUndoRefinement(), "start over")
    assert chat.slots["search"] is None


def test_back_to_an_earlier_list_by_its_name_and_to_its_second(chat: Conversation) -> None:
    assert chat.say(earlier.ActionEarlierList(), "the list before")["skus"] == []
    first = chat.say(products.ActionSearchProducts(), "a jacket")["skus"]
    chat.say(products.ActionSearchProducts(), "a mug")
    chat.say(products.ActionSearchProducts(), "sneakers")
    assert chat.say(earlier.ActionEarlierList(), "the jackets from before")["skus"] == first
    chat.say(products.ActionSearchProducts(), "a tent")
    ordinal = [{"entity": "ordinal", "value": 2}, {"entity": "category", "value": "jackets"}]
    assert chat.say(earlier.ActionEarlierList(), "the second jacket", ordinal)["skus"] == [first[1]]


def test_two_are_put_side_by_side(chat: Conversation) -> None:
    assert chat.say(product_talk.ActionCompareProducts(), "compare them")["skus"] == []
    chat.say(products.ActionSearchProducts(), "a jacket")
    places = [{"entity": "ordinal", "value": 1}, {"entity": "ordinal", "value": 3}]
    said = chat.say(product_talk.ActionCompareProducts(), "the first and the third", places)
    shown = chat.slots["shown_products"]
    assert said["skus"] == [shown[0], shown[2]] and "Price: €" in said["text"]
    rows = dict(said["custom"]["card"]["rows"])
    assert len(rows["Price"]) == 2 and "Material" in rows
    again = chat.say(product_talk.ActionCompareProducts(), "and the difference in weight?", [])
    assert again["skus"] == said["skus"]
    least = chat.say(product_talk.ActionCompareProducts(), "which is cheaper?", [])
    prices = {"J1": 120, "J2": 60, "J3": 35}
    assert chat.slots["product_meant"] == min(said["skus"], key=prices.get)
    assert least["skus"] == [] and "€" in least["text"]


def test_similar_and_matching_products(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "a jacket for men")
    similar = chat.say(product_talk.ActionSimilarProducts(), "something similar", [])["skus"]
    assert similar and "J1" not in similar
    matching = chat.say(product_talk.ActionGoesWith(), "what goes with it", [])["skus"]
    assert not {"J1", "J2", "J3"} & set(matching)


def test_what_is_disliked_never_comes_back(chat: Conversation) -> None:
    first = chat.say(products.ActionSearchProducts(), "something nice")["skus"]
    gone = [{"entity": "ordinal", "value": 1}]
    assert first[0] not in chat.say(favourites.ActionDislike(), "not the first", gone)["skus"]
    assert first[0] not in chat.say(products.ActionSearchProducts(), "something nice")["skus"]


def test_the_wishlist_keeps_and_shows(chat: Conversation) -> None:
    assert "empty" in chat.say(favourites.ActionWishlistShow())["text"].lower()
    shown = chat.say(products.ActionSearchProducts(), "a jacket")["skus"]
    chat.say(favourites.ActionWishlistAdd(), "save the second", [{"entity": "ordinal", "value": 2}])
    chat.say(products.ActionSearchProducts(), "a mug")
    assert chat.say(favourites.ActionWishlistShow())["skus"] == [shown[1]]


def test_buying_leads_to_the_page_or_to_an_alert(chat: Conversation) -> None:
    chat.say(products.ActionSearchProducts(), "mug")
    said = chat.say(favourites.ActionBuy(), "i'll take the stone mug", [])
    assert said["skus"] == ["M1"] and said["buttons"][0]["payload"] == "/goes_with"
    chat.slots["product_meant"] = None
    said = chat.say(favourites.ActionBuy(), "i'll take the camp mug", [])
    assert said["buttons"][0]["payload"] == "/stock_alert"


def test_a_question_is_answered_with_the_shops_own_words(chat: Conversation) -> None:
    payment = {"intent": {"name": "payment_methods"}}
    said = chat.say(policies.ActionAnswerPolicy(), "which ways to pay do you take", [], **payment)
    assert "/shop/policies/payment#" in said["text"]


def without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_passages, "kept", Passages({}, FakeEmbedder()))


def test_what_no_page_answers_is_not_guessed(chat: Conversation, monkeypatch) -> None:
    without_pages(monkeypatch)
    unknown = {"intent": {"name": "policy_question"}}
    said = chat.say(policies.ActionAnswerPolicy(), "do you sell boats", [], **unknown)
    assert titles(said) == ["Talk to a person"]


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
    more = "date day_named from_to closed this_product all_details from_our_pages again no_leave_it call_when"
    more += " mail_code_subject mail_code_text"
    return name in f"{parts} {more}".split() or bool(
        re.search(
            r"^(asked|choice|yes|step|when|date|days|card|expected|request_kind|state_of_request)_|_button$",
            name,
        )
    )


def test_every_text_has_its_places_and_three_wordings_are_common() -> None:
    from actions.texts import texts

    known = texts()
    assert not [name for name, said in known.items() if not all(said)]
    used = set()
    for module in Path(orders.__file__).parent.glob("*.py"):
        code = module.read_text()
        used |= set(re.findall(r'phrase\(\s*"([a-z_]+)"', code))
        used |= {f"choice_{name}" for name in re.findall(r'choice\(\s*"([a-z_]+)"', code)}
    assert used <= set(known), used - set(known)
    short = {name for name, said in known.items() if len(said) < 3 and not is_fragment(name)}
    assert short == set()
    for kind in REQUESTS:
        needed = {f"done_{kind}", f"too_late_{kind}"}
        assert needed <= set(known), needed - set(known)


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


@pytest.mark.parametrize("ask", [orders_form.ActionAskDetail, orders_form.ActionAskConfirmed])
def test_a_question_about_an_order_that_is_gone_is_not_silence(
    chat: Conversation, ask: Any
) -> None:
    chat.slots = with_order("return_item", "HF-10099")
    assert chat.say(ask())["text"]


@pytest.mark.parametrize(
    ("text", "unreal"),
    [("are you open on 30 february", True), ("are you open on 28 february", False)],
)
def test_of_a_day_that_is_not_in_the_calendar_it_says_so(
    chat: Conversation, text: str, unreal: bool
) -> None:
    first = chat.say(opening_hours.ActionOpeningHours(), text, [])["text"].split("\n")[0]
    assert ("30 february" in first) is unreal and "today" not in first
