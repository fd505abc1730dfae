"""What is said when a form asked for a yes and heard neither a yes nor a no."""

from dataclasses import replace

import pytest

from actions.orders import not_yet
from tests.actions.conversation import Conversation, titles, with_order
from tests.actions.fakes import FakeOrders


@pytest.mark.parametrize(
    ("beside", "says"),
    [("refund_status", "the way you paid"), ("order_status", "refund is being made")],
)
def test_a_look_at_the_order_before_the_yes_is_answered(
    chat: Conversation, shop: FakeOrders, beside: str, says: str
) -> None:
    shop.orders["HF-10004"] = replace(shop.orders["HF-10004"], status="returned")
    chat.slots = with_order("return_item", "HF-10004", "eva@example.com")
    said = chat.say(not_yet.ActionNotYet(), "yes but how long?", [], metadata={"beside": beside})
    assert says in said["text"]


@pytest.mark.parametrize(
    ("task", "beside", "says"),
    [
        ("cancel_order", "condition", "whole order"),
        ("return_item", "condition", "a"),
        ("return_item", "question", "a"),
    ],
)
def test_what_cant_be_met_is_said_and_a_person_offered(
    chat: Conversation, shop: FakeOrders, task: str, beside: str, says: str
) -> None:
    chat.slots = with_order(task)
    said = chat.say(not_yet.ActionNotYet(), "yes but only one", [], metadata={"beside": beside})
    assert says in said["text"] and titles(said) == ["Talk to a person"]
    said = chat.say(not_yet.ActionNotYet(), "hold on", [], metadata={})
    assert "whole order" not in said["text"] and titles(said) == []
