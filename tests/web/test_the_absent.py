"""Nobody's customer waits for ever for somebody who was removed, or who closed the console."""

import time
from collections.abc import Iterator

import pytest

from bot.inbox.store import Inbox
from bot.settings import Settings
from bot.staff.accounts import Staff, StaffStore
from bot.web.chat.desk import AWAY_SECONDS, Desk
from bot.web.chat.live import Hub


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    staff, inbox = StaffStore(settings.staff_db), Inbox(settings.web_db)
    made = Desk(staff, inbox, Hub(), settings.shop)
    for login in ("ann", "bob", "root"):
        staff.add(login, login.title(), "admin" if login == "root" else "agent", "x" * 90)
    yield made
    inbox.close()
    staff.close()


def with_turns(settings: Settings, how: str) -> Desk:
    """A desk of a shop that assigns who waits; all but root are here."""
    handoff = settings.shop.handoff.copy(update={"assign": how})
    shop = settings.shop.copy(update={"handoff": handoff})
    for login in ("ann", "bob"):
        person(settings, login, time.time())
    return Desk(StaffStore(settings.staff_db), Inbox(settings.web_db), Hub(), shop)


def ask(desk: Desk, conversation: str, at: float = 0) -> str | None:
    """The customer asks for a person; returns who looks after it then."""
    desk.on_answer(conversation, {"handoff": {"at": at or time.time(), "reason": "help"}})
    return desk.work.get(conversation).assignee


def person(settings: Settings, login: str, seen: float = 0) -> Staff:
    store = StaffStore(settings.staff_db)
    if seen:
        store.db.table("staff").update(store.get(login).id, {"last_seen": seen})
    found = store.get(login)
    store.close()
    return found


def told(settings: Settings, conversation: str) -> list[tuple[str, str]]:
    inbox = Inbox(settings.web_db)
    events = inbox.events_after(conversation, 0)
    inbox.close()
    return [(event["sender"], event["body"]["text"]) for event in events]


def test_customers_of_a_removed_agent_wait_for_another(desk: Desk, settings: Settings) -> None:
    ann, bob = person(settings, "ann", time.time()), person(settings, "bob", time.time())
    for conversation, who in (("answered", ann), ("asked", ann), ("silent", ann), ("bobs", bob)):
        desk.accept(conversation, f"m-{conversation}", "hello")
        desk.take(conversation, who)
    for conversation in ("answered", "asked", "bobs"):
        desk.say(conversation, bob if conversation == "bobs" else ann, "Hi, how can I help?")
    desk.accept("asked", "m2", "where is my parcel?")
    before = desk.work.get("asked").owned_since or 0
    assert desk.take_from_the_absent() == 0  # all of them are here
    store = StaffStore(settings.staff_db)
    store.remove("ann")
    store.close()
    assert desk.take_from_the_absent() == 3
    states = {
        name: (work.owner, work.assignee, work.waiting_since is not None, work.status)
        for name in ("answered", "asked", "silent", "bobs")
        for work in [desk.work.get(name)]
    }
    assert states == {
        "answered": (None, None, False, "open"),
        "asked": (None, None, True, "open"),
        "silent": (None, None, True, "open"),
        "bobs": ("bob", "bob", False, "open"),
    }
    assert [row["conversation"] for row in desk.work.waiting()] == ["silent", "asked"]
    assert (desk.work.get("asked").waiting_since or 0) > before
    assert told(settings, "answered")[-1] == (
        "system",
        "Ann has left the chat. Finn is here again.",
    )
    assert "A colleague goes on here" in told(settings, "asked")[-1][1]
    assert told(settings, "bobs")[-1][0] == "staff"
    assert desk.take_from_the_absent() == 0  # told once
    assert desk.accept("answered", "m3", "thanks")[1] and not desk.work.is_owned("answered")
    assert desk.take("asked", bob) and desk.work.waiting()[0]["conversation"] == "silent"


@pytest.mark.parametrize(("away", "left"), [(AWAY_SECONDS - 5, 0), (AWAY_SECONDS + 5, 1)])
def test_a_console_that_is_closed_for_long_has_nobodys_conversations(
    desk: Desk, settings: Settings, away: float, left: int
) -> None:
    ann = person(settings, "ann", time.time())
    desk.accept("c", "m1", "hello")
    desk.take("c", ann)
    later = time.time() + AWAY_SECONDS + 60
    person(settings, "ann", later - away)
    assert desk.take_from_the_absent(later) == left
    assert desk.work.is_owned("c") is not bool(left)


def test_who_took_it_just_now_keeps_it(desk: Desk, settings: Settings) -> None:
    """A person's last sign may be older than what they took over the command line or an API."""
    ann = person(settings, "ann", time.time() - 5 * AWAY_SECONDS)
    desk.take("c", ann)
    assert desk.take_from_the_absent() == 0


def test_a_customer_whom_nobody_answers_waits_for_another(desk: Desk, settings: Settings) -> None:
    ann = person(settings, "ann", time.time())
    silent = 60 * settings.shop.handoff.silent_minutes
    for conversation in ("ignored", "answered"):
        desk.take(conversation, ann)
        desk.accept(conversation, f"m-{conversation}", "are you there?")
    desk.say("answered", ann, "Yes!")
    later = time.time() + silent + 5
    person(settings, "ann", later)  # her console is open
    assert desk.take_from_the_absent(time.time() + silent - 60) == 0
    assert desk.take_from_the_absent(later) == 1
    assert (desk.work.is_owned("ignored"), desk.work.is_owned("answered")) == (False, True)
    assert [one["conversation"] for one in desk.work.waiting()] == ["ignored"]
    assert "A colleague goes on here" in told(settings, "ignored")[-1][1]


def test_turns_go_round_among_those_who_are_there(desk: Desk, settings: Settings) -> None:
    turns = with_turns(settings, "round_robin")
    assert [ask(turns, name) for name in "abcd"] == ["ann", "bob", "ann", "bob"]
    person(settings, "bob", time.time() - 3600)  # bob's console is closed
    assert [ask(turns, name) for name in "ef"] == ["ann", "ann"]
    assert ask(desk, "nobody") is None  # what shop.yml says where it says nothing


def test_the_least_busy_is_who_looks_after_the_fewest(desk: Desk, settings: Settings) -> None:
    turns = with_turns(settings, "least_busy")
    ann = person(settings, "ann", time.time())
    for name in ("x", "y"):
        turns.work.assign(name, ann)
    assert [ask(turns, name) for name in "abc"] == ["bob", "bob", "ann"]
    for name in "ab":
        turns.work.resolve(name)
    assert ask(turns, "d") == "bob"


def test_who_does_not_come_loses_the_turn(desk: Desk, settings: Settings) -> None:
    turns, red = with_turns(settings, "round_robin"), 60 * settings.shop.handoff.red_minutes
    assert ask(turns, "a") == "ann"
    turns.assign_again()
    assert turns.work.get("a").assignee == "ann"  # it isn't red yet
    turns.assign_again(time.time() + red + 5)
    assert turns.work.get("a").assignee == "bob"
    turns.take("a", person(settings, "bob", time.time()))
    store = StaffStore(settings.staff_db)
    store.remove("bob")
    store.close()
    turns.take_from_the_absent()
    assert turns.work.get("a").assignee == "ann" and turns.work.waiting()


def test_who_asks_again_stays_with_who_looks_after_them(desk: Desk, settings: Settings) -> None:
    turns = with_turns(settings, "round_robin")
    bob = person(settings, "bob", time.time())
    turns.work.assign("a", bob)
    store = StaffStore(settings.staff_db)
    store.db.table("work").update("a", {"assigned_at": time.time() - 86_400})
    store.close()
    assert ask(turns, "a") == "bob"
    turns.assign_again()
    assert turns.work.get("a").assignee == "bob"
