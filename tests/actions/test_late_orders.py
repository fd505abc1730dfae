"""What should be there and isn't: it is called late, and what can be done is offered."""

from dataclasses import replace
from typing import Any

import pytest

from actions.dates import clock
from actions.order_backends.interface import ON_THE_WAY
from actions.orders import actions as orders
from tests.actions.conversation import Conversation, set_clock, titles, with_order
from tests.actions.fakes import FakeOrders

NEVER_SAID = ("We expect", "comes today", "brings it", "bringing it", "delivers it today")
LATE_STEPS = ["Have it traced", "Have it sent again", "My money back", "Talk to a person"]


def told(
    chat: Conversation, shop: FakeOrders, task: str = "order_status", **order: str
) -> dict[str, Any]:
    """What is said of an order like this."""
    shop.orders["HF-10002"] = replace(shop.orders["HF-10002"], **order)
    shop.no_list = True
    chat.slots = with_order(task, "HF-10002")
    return chat.say(orders.ActionDoOrderTask(), "where is it", [])


@pytest.fixture(params=["2026-11-29T11:00+01:00"])
def sunday(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, request.param)


@pytest.mark.parametrize("status", ON_THE_WAY)
@pytest.mark.parametrize(
    ("expected_at", "says"),
    [
        ("2026-11-24", ["on Tuesday 24 November", "5 days (3 working days)"]),
        ("2026-11-27T14:00", ["on Friday 27 November", "2 days (no working day)"]),
        ("2026-11-28", ["yesterday", "1 day (no working day)"]),
        ("2025-12-24", ["on Wednesday 24 December 2025", "340 days"]),
    ],
)
def test_a_parcel_whose_day_has_passed_is_late(
    chat: Conversation,
    shop: FakeOrders,
    sunday: None,
    status: str,
    expected_at: str,
    says: list[str],
) -> None:
    said = told(chat, shop, status=status, expected_at=expected_at)
    assert all(part in said["text"] for part in [*says, "late", "DHL"]), said["text"]
    assert not any(part in said["text"] for part in NEVER_SAID)
    assert titles(said) == LATE_STEPS
    assert said["custom"]["card"]["tone"] == "bad"


@pytest.mark.parametrize(
    ("status", "expected_at", "says"),
    [
        ("shipped", "2026-11-29", "arrive today."),
        ("shipped", "2026-11-30", "arrive tomorrow."),
        ("shipped", "2026-12-01", "arrive on Tuesday 1 December."),
        ("delayed", "2026-12-05", "Monday 7 December"),  # a Saturday, or the working day after it
        ("out_for_delivery", "2026-11-30", "arrive tomorrow."),
        ("out_for_delivery", "", "DHL"),
        ("out_for_delivery", "2026-11-29", "today"),
        ("shipped", "next week", "Expected: next week."),
    ],
)
def test_a_parcel_that_may_still_come_in_time_is_not_late(
    chat: Conversation, shop: FakeOrders, sunday: None, status: str, expected_at: str, says: str
) -> None:
    said = told(chat, shop, status=status, expected_at=expected_at)
    assert says in said["text"] and "should have" not in said["text"], said["text"]
    assert titles(said) == []
    if expected_at != "2026-11-29":
        assert "today" not in said["text"]


@pytest.mark.parametrize("status", ["paid", "packed"])
def test_what_hasnt_left_and_is_late_can_be_cancelled(
    chat: Conversation, shop: FakeOrders, sunday: None, status: str
) -> None:
    said = told(chat, shop, status=status, expected_at="2026-11-24")
    assert "5 days" in said["text"] and titles(said) == ["Cancel this order", "Talk to a person"]
    said = told(chat, shop, status=status, expected_at="2026-12-01")
    assert "Tuesday 1 December" in said["text"] and titles(said) == ["Cancel this order"]


def test_the_day_is_that_of_the_shops_zone(
    chat: Conversation, shop: FakeOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2026-11-25T00:30+01:00")  # still the 24th in London
    assert "late" in told(chat, shop, expected_at="2026-11-24")["text"]
    said = told(chat, shop, expected_at="2026-11-24T23:30:00Z")  # 00:30 on the 25th in Amsterdam
    assert "today" in said["text"] and "late" not in said["text"]


@pytest.mark.parametrize(
    ("returned_at", "says", "buttons"),
    [
        ("2026-11-26", "Thursday 3 December", []),
        ("2026-11-20", "on Friday 27 November", ["My money back", "Talk to a person"]),
        ("", "the way you paid", []),
    ],
)
def test_a_refund_is_late_when_its_working_days_are_over(
    chat: Conversation,
    shop: FakeOrders,
    sunday: None,
    returned_at: str,
    says: str,
    buttons: list[str],
) -> None:
    said = told(chat, shop, "refund_status", status="returned", returned_at=returned_at)
    assert says in said["text"] and ("late" in said["text"].replace("latest", "")) == bool(buttons)
    assert titles(said) == buttons


@pytest.mark.parametrize(
    ("task", "kind"),
    [("trace_parcel", "trace"), ("resend_order", "resend"), ("claim_refund", "refund")],
)
def test_what_can_be_done_is_asked_for_after_a_yes(
    chat: Conversation, shop: FakeOrders, sunday: None, task: str, kind: str
) -> None:
    chat.slots = with_order(task, "HF-10002")
    chat.say(orders.ActionDoOrderTask(), "", [])
    assert shop.requests == []
    chat.slots = with_order(task, "HF-10002", confirmed=True)
    told_so = chat.say(orders.ActionDoOrderTask(), "", [])["text"]
    made = chat.slots["request_made"]
    assert made["reference"] in told_so and (made["kind"], made["shop_reference"]) == (kind, "R-1")
    assert shop.requests == [("HF-10002", kind, "", "shipped")]
    shop.orders["HF-10002"] = replace(shop.orders["HF-10002"], expected_at="2026-12-01")
    chat.slots = with_order(task, "HF-10002", confirmed=True)
    said = chat.say(orders.ActionDoOrderTask(), "", [])
    assert "Tuesday 1 December" in said["text"] and len(shop.requests) == 1


def test_what_was_never_sent_is_cancelled_instead(
    chat: Conversation, shop: FakeOrders, sunday: None
) -> None:
    chat.slots = with_order("resend_order", confirmed=True)
    said = chat.say(orders.ActionDoOrderTask(), "", [])
    assert titles(said) == ["Cancel this order", "Talk to a person"] and shop.requests == []


@pytest.mark.parametrize(
    ("delivered_at", "says"),
    [
        ("2026-11-29", "today."),
        ("2026-11-28", "yesterday."),
        ("2026-11-20", "on Friday 20 November."),
    ],
)
def test_when_it_was_delivered(
    chat: Conversation, shop: FakeOrders, sunday: None, delivered_at: str, says: str
) -> None:
    assert says in told(chat, shop, status="delivered", delivered_at=delivered_at)["text"]


def test_the_last_day_of_returns_counts_in_the_shops_zone(
    chat: Conversation, shop: FakeOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_on_the_30th = {"status": "delivered", "delivered_at": "2026-10-30T22:30:00Z"}
    set_clock(monkeypatch, "2026-11-29T23:59+01:00")
    assert "Return something" in titles(told(chat, shop, **late_on_the_30th))
    set_clock(monkeypatch, "2026-11-30T00:01+01:00")
    assert "Return something" not in titles(told(chat, shop, **late_on_the_30th))
    assert clock.today().isoformat() == "2026-11-30"


@pytest.mark.parametrize(
    ("delivered_at", "first"), [("2026-11-20", ["Return something"]), ("2026-01-05", [])]
)
def test_a_delivered_parcel_that_is_not_there_can_be_traced(
    chat: Conversation, shop: FakeOrders, sunday: None, delivered_at: str, first: list[str]
) -> None:
    offered = titles(told(chat, shop, status="delivered", delivered_at=delivered_at))
    assert offered[-1] == "Have it traced" and len(offered) == len(first) + 1


def test_what_waits_to_be_collected_is_told_and_may_be_cancelled(
    chat: Conversation, shop: FakeOrders, sunday: None
) -> None:
    said = told(
        chat, shop, status="ready_for_pickup", expected_at="2026-11-24", currency="", total="12.00"
    )
    assert "late" not in said["text"] and "leaves" not in said["text"]
    assert any(word in said["text"] for word in ("collect", "pick it up"))
    assert "€" in said["text"]  # the shop's, since the order names none
    assert said["custom"]["card"]["status"] == "Ready to collect"
    assert shop.orders["HF-10002"].allows("cancel")
    assert not shop.orders["HF-10002"].allows("change_address")
