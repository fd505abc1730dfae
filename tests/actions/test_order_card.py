"""The card of an order: how far it is, for every status that an order can have."""

from datetime import datetime

import pytest
from rasa_sdk import Tracker

from actions.dates import clock
from actions.order_backends.interface import STATUSES, Order, OrderItem
from actions.orders.wording import order_card


@pytest.fixture(autouse=True)
def sunday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-22T12:00"))


@pytest.fixture
def tracker() -> Tracker:
    return Tracker("c", {}, {}, [], False, None, {}, "action_listen")


def card(tracker: Tracker, status: str, **more: str) -> dict:
    item = OrderItem("M1", "Stone Mug", 2)
    values = {"placed_at": "2026-11-18T10:00:00", "total": "29", "currency": "EUR", **more}
    return order_card(Order("HF-1", status, items=(item,), **values), tracker)


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_its_card(tracker: Tracker, status: str) -> None:
    told = card(tracker, status)
    assert told["kind"] == "order" and told["status"] and told["items"] == ["2 × Stone Mug"]
    states = [step["state"] for step in told["steps"]]
    assert states == sorted(states, key=["done", "now", ""].index)
    assert states.count("now") + states.count("done") >= (status != "cancelled")
    assert states.count("now") <= 1


def test_an_order_on_its_way(tracker: Tracker) -> None:
    told = card(tracker, "shipped", expected_at="2026-11-23", carrier="PostNL", tracking="3S1")
    assert [(step["state"], step["at"]) for step in told["steps"]] == [
        ("done", "18 Nov"), ("done", ""), ("now", ""), ("", ""), ("", ""),
    ]  # fmt: skip
    assert told["expected"] == "Monday 23 November" and told["tracking"] == "3S1"


def test_what_is_over_expects_nothing(tracker: Tracker) -> None:
    told = card(tracker, "delivered", expected_at="2026-11-23", delivered_at="soon")
    assert told["expected"] == "" and told["steps"][-1] == {
        "name": "Delivered", "state": "done", "at": "soon",
    }  # fmt: skip
    assert card(tracker, "cancelled")["tone"] == "bad" and not card(tracker, "cancelled")["steps"]


def test_a_late_order_says_so_instead_of_expecting_it(tracker: Tracker) -> None:
    late = card(tracker, "shipped", expected_at="2026-11-18")
    assert late["status"] == "On its way, late" and late["tone"] == "bad"
    assert late["expected"] == "Wednesday 18 November: 4 days (2 working days) late"
    today = card(tracker, "shipped", expected_at="2026-11-22")
    assert (today["status"], today["tone"]) == ("On its way", "good")
    assert card(tracker, "pending", expected_at="2026-11-18")["expected"] == ""
