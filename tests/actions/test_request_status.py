"""What customers hear of what was left for staff."""

from collections.abc import Iterator
from typing import Any

import pytest

from actions.staff import request_status
from bot.guard.store import ORDERS_OF_NETWORK
from bot.settings import Settings
from bot.staff.accounts import Staff, StaffStore
from bot.staff.asked import Asked
from bot.staff.requests import RequestStore
from tests.actions.conversation import Conversation, titles, with_order

MINE, OTHERS = "R-2222-BBBB", "R-3333-CCCC"
SUNDAY = 1_795_953_600.0  # 2026-11-29


@pytest.fixture
def staff(settings: Settings) -> Iterator[tuple[RequestStore, Staff]]:
    """Ann, and two requests: one of this conversation, one of somebody else's."""
    store = StaffStore(settings.staff_db)
    requests = RequestStore(store.db)
    for conversation, reference, email in (
        ("c", MINE, "anna@example.com"), ("other", OTHERS, "eva@example.com")
    ):  # fmt: skip
        asked = Asked("return", reference, SUNDAY, email=email, order="HF-10001", detail="too big")
        requests.add(conversation, asked)
    yield requests, store.add("ann", "Ann", "agent", "a long password")
    store.close()


def ask(chat: Conversation, reference: str = "", **latest: Any) -> str:
    entities = [{"entity": "reference", "value": reference}] if reference else []
    return chat.say(request_status.ActionRequestStatus(), "how far is it", entities, **latest)[
        "text"
    ]


def test_without_a_reference_it_is_what_was_asked_in_this_chat(
    chat: Conversation,
    staff: tuple[RequestStore, Staff],
) -> None:
    requests, _ann = staff
    assert MINE in ask(chat) and "return" in ask(chat) and OTHERS not in ask(chat)
    requests.add("c", Asked("invoice", "R-4444-DDDD", SUNDAY + 60))
    lines = ask(chat).splitlines()
    assert ["R-4444-DDDD" in lines[0], MINE in lines[1], len(lines)] == [True, True, 2]


def test_a_chat_that_asked_nothing_of_staff_hears_so(
    chat: Conversation,
    settings: Settings,
) -> None:
    assert "R-7K3M-9QXD" in ask(chat)  # what a reference looks like; there is no staff.db yet
    assert titles(chat.said) == ["Where is my order?", "Talk to a person"]


def test_each_state_is_told_with_its_day(
    chat: Conversation,
    staff: tuple[RequestStore, Staff],
) -> None:
    requests, ann = staff
    said = {"new": ask(chat)}
    for state in ("in_progress", "refused", "done"):
        requests.change(MINE, state, "", ann)
        said[state] = ask(chat)
    assert all("29 November" in text for text in said.values())
    assert len(set(said.values())) == 4
    requests.change(MINE, "in_progress", "", ann)
    requests.add("c", Asked("", MINE, SUNDAY + 5, withdrawn=True))
    told = ask(chat)
    assert "withdrawn" in told or "taken back" in told


def test_a_cancellation_is_told_as_done_while_staff_have_to_see_to_the_money(
    chat: Conversation,
    staff: tuple[RequestStore, Staff],
) -> None:
    requests, ann = staff
    requests.add("c", Asked("cancel", "R-4444-DDDD", SUNDAY, order="HF-10222"))
    for state in ("new", "in_progress"):
        requests.change("R-4444-DDDD", state, "", ann)
        assert "order HF-10222 is cancelled" in ask(chat, "R-4444-DDDD").replace("Order", "order")
        assert "order HF-10222" not in ask(chat, MINE).replace("Order", "order")
    requests.change("R-4444-DDDD", "refused", "", ann)
    assert "is cancelled" not in ask(chat, "R-4444-DDDD")


def test_a_note_is_for_who_surely_asked(
    chat: Conversation,
    staff: tuple[RequestStore, Staff],
) -> None:
    requests, ann = staff
    for reference in (MINE, OTHERS):
        requests.change(reference, "done", f"Label sent to you, {reference}", ann)
    assert "Label sent" in ask(chat) and "Label sent" in ask(chat, MINE)
    told = ask(chat, OTHERS)  # the reference was handed on: what and how far, no more
    assert OTHERS in told and "return" in told and "done" in told
    for secret in ("November", "Label sent", "eva@example.com", "HF-10001", "too big"):
        assert secret not in told
    for email, knows in (("anna@example.com", False), ("eva@example.com", True)):
        signed = {"metadata": {"customer": {"email": email}}}
        assert ("Label sent" in ask(chat, OTHERS, **signed)) is knows
    chat.slots = with_order("order_status", "HF-10004", "eva@example.com")
    assert "Label sent" not in ask(chat, OTHERS)  # who knows an order isn't proven yet


def test_guesses_come_to_an_end_over_all_conversations(
    chat: Conversation,
    staff: tuple[RequestStore, Staff],
) -> None:
    network = {"metadata": {"network": "a"}}
    for number in range(ORDERS_OF_NETWORK.day):
        unknown = f"R-99{number:02}-ZZZZ"
        assert unknown in ask(chat, unknown, **network)
        assert MINE in ask(chat, MINE, **network)  # what is one's own sets nothing back
    told = ask(chat, OTHERS, **network)
    assert OTHERS not in told and titles(chat.said) == ["Talk to a person"]
    assert MINE in ask(chat, MINE, **network) and MINE in ask(chat, **network)
    assert OTHERS in ask(chat, OTHERS, metadata={"network": "b"})
