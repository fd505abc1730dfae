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
