"""A turn is done once and whole, whenever the process dies."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rasa.core.agent import Agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue import turn
from bot.dialogue.__main__ import _words_alone
from bot.dialogue.notes import take_note
from bot.dialogue.tracker_store import ShoptalkTrackerStore, let_it_fail
from bot.dialogue.turn import _typed_button, asked_of_staff
from bot.paths import REPOSITORY
from bot.settings import Settings, get_settings
from bot.staff.asked import Asked, reference_in
from bot.texts import texts_of
from tests.web.conftest import free_port

DOMAIN = Domain.load(str(REPOSITORY / "bot/dialogue/domain"))
TWO = "cancel my order and what are your opening hours"
INTENTS = {"cancel my order": "cancel_order", "what are your opening hours": "opening_hours"}


class Killed(BaseException):
    """The process ends here."""


class Processor:
    """Understands two sentences, says the name of the intent, and dies before turn `dies_at`."""

    speaks = True  # off: as if every action failed

    def __init__(self, store: ShoptalkTrackerStore, dies_at: int = 0) -> None:
        self.store, self.dies_at, self.turns = store, dies_at, 0

    async def parse_message(self, message: Any) -> dict[str, Any]:
        intent = {"name": INTENTS.get(message.text, "out_of_scope"), "confidence": 0.9}
        return {
            "text": message.text, "intent": intent, "intent_ranking": [intent], "entities": [],
        }  # fmt: skip

    async def handle_message(self, message: Any) -> None:
        self.turns += 1
        if self.turns == self.dies_at:
            raise Killed
        tracker = await self.store.get_or_create_tracker(
            message.sender_id, append_action_listen=False
        )
        intent = message.parse_data["intent"]
        tracker.update(UserUttered(message.text, intent, metadata=message.metadata), DOMAIN)
        if self.speaks:
            tracker.update(BotUttered(intent["name"]), DOMAIN)
        await self.store.save(tracker)

    async def fetch_tracker_and_update_session(self, conversation: str) -> Any:
        return await self.store.get_or_create_tracker(conversation, append_action_listen=False)

    async def save_tracker(self, tracker: Any) -> None:
        await self.store.save(tracker)


def take_turn(folder: Path, text: str, dies_at: int = 0, **more: Any) -> list[str]:
    """The replies of a process that is started for this turn, and perhaps dies in it."""
    store = ShoptalkTrackerStore(DOMAIN, path=str(folder / "tracker.db"))
    agent = SimpleNamespace(
        lock_store=InMemoryLockStore(), tracker_store=store, processor=Processor(store, dies_at),
        domain=DOMAIN,
    )  # fmt: skip
    body = {"conversation": "c", "id": "message-1", "text": text, **more}
    loop = asyncio.new_event_loop()
    try:
        return [reply["text"] for reply in loop.run_until_complete(turn.take_turn(agent, body))]
    finally:
        loop.close()


@pytest.mark.parametrize("dies_at", [1, 2])
def test_both_requests_are_served_once_when_the_process_dies(tmp_path: Path, dies_at: int) -> None:
    with pytest.raises(Killed):
        take_turn(tmp_path, TWO, dies_at)
    for _ in range(2):  # sent again, and once more since the answer was lost
        assert take_turn(tmp_path, TWO) == ["cancel_order", "opening_hours"]


def test_a_turn_that_is_sent_again_is_not_done_again(tmp_path: Path) -> None:
    assert take_turn(tmp_path, "cancel my order") == ["cancel_order"]
    assert take_turn(tmp_path, "cancel my order") == ["cancel_order"]


def test_what_a_turn_asks_of_staff_is_told_whole_and_again_the_same(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings, "kept", settings)
    store = ShoptalkTrackerStore(DOMAIN, path=str(tmp_path / "tracker.db"))
    agent = SimpleNamespace(tracker_store=store)
    take_turn(tmp_path, "cancel my order")
    tracker = asyncio.run(store.retrieve("c"))
    cancel = {"kind": "cancel", "reference": "R-2222-BBBB", "order": "HF-1", "at": 5.0, "x": 1}
    for name, value in (
        ("handoff_requested", {"at": 4.0, "reason": "help"}),
        ("request_made", cancel),
        ("request_made", {"kind": "call_back", "email": "a@example.com", "at": 6.0}),
        ("request_withdrawn", {"reference": "R-2222-BBBB", "at": 7.0}),
    ):
        tracker.update(SlotSet(name, value), DOMAIN)
    asyncio.run(store.save(tracker))

    def asked(message: str) -> dict[str, Any]:
        return asyncio.run(asked_of_staff(agent, {"conversation": "c", "id": message}))

    told = asked("message-1")
    first, second, third = (Asked.read(one) for one in told["requests"])
    made = Asked("cancel", "R-2222-BBBB", 5.0, message_id="message-1", order="HF-1")
    assert first == made
    assert (second.kind, second.email, third.withdrawn) == ("call_back", "a@example.com", True)
    assert reference_in(second.reference) == second.reference  # one that its action didn't give
    assert told["handoff"] == {"at": 4.0, "reason": "help"} and asked("message-1") == told
    assert asked("message-2") == {"requests": [], "seen": {"fallback": False}}
    # who leaves a ticket doesn't wait for somebody to come
    tracker.update(SlotSet("request_made", {"kind": "ticket", "at": 8.0}), DOMAIN)
    asyncio.run(store.save(tracker))
    assert "handoff" not in asked("message-1") and len(asked("message-1")["requests"]) == 4


def test_the_address_that_the_shop_signed_for_is_known_until_another_is_named(
    tmp_path: Path,
) -> None:
    store = ShoptalkTrackerStore(DOMAIN, path=str(tmp_path / "tracker.db"))
    anna = {"id": "7", "email": "Anna@Example.com"}

    def address(message: str, customer: dict[str, str]) -> Any:
        take_turn(tmp_path, "cancel my order", id=message, customer=customer)
        return asyncio.run(store.retrieve("c")).get_slot("email")

    assert address("message-1", {"id": "7"}) is None
    assert [address(f"message-{n}", anna) for n in (2, 3)] == ["anna@example.com"] * 2
    tracker = asyncio.run(store.retrieve("c"))
    tracker.update(SlotSet("email", None), DOMAIN)  # it didn't go with the order number
    asyncio.run(store.save(tracker))
    assert address("message-4", anna) is None


def test_the_address_that_the_shop_signed_for_is_known_at_the_first_message(
    tmp_path: Path,
) -> None:
    take_turn(tmp_path, "cancel my order", customer={"id": "7", "email": "Anna@Example.com"})
    store = ShoptalkTrackerStore(DOMAIN, path=str(tmp_path / "tracker.db"))
    assert asyncio.run(store.retrieve("c")).get_slot("email") == "anna@example.com"


def test_a_turn_in_danger_whose_action_fails_gives_the_numbers_and_tells_staff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Processor, "speaks", False)
    (calm,) = take_turn(tmp_path / "calm", "cancel my order")
    (grave,) = take_turn(tmp_path / "grave", "fire!")
    assert "112" in grave and "112" not in calm
    for folder, told in (("calm", {}), ("grave", {"why": "danger", "reason": "fire!"})):
        store = ShoptalkTrackerStore(DOMAIN, path=str(tmp_path / folder / "tracker.db"))
        agent = cast(Agent, SimpleNamespace(tracker_store=store))
        body = {"conversation": "c", "id": "message-1"}
        asked = asyncio.new_event_loop().run_until_complete(asked_of_staff(agent, body))
        handoff = asked.get("handoff") or {}
        assert {name: handoff[name] for name in told} == told and bool(handoff) == bool(told)
    for language in ("de", "en", "es", "fr", "it", "nl", "zh"):
        assert "112" in texts_of(language)["nothing_said_in_danger"]


def take_notes(folder: Path, *bodies: dict[str, Any]) -> list[dict[str, Any]]:
    """The events that a process leaves in the tracker store for these notes."""
    store = ShoptalkTrackerStore(DOMAIN, path=str(folder / "tracker.db"))
    agent = SimpleNamespace(
        lock_store=InMemoryLockStore(), tracker_store=store, processor=Processor(store),
        domain=DOMAIN,
    )  # fmt: skip

    async def run() -> Any:
        for body in bodies:
            await take_note(agent, {"conversation": "c", **body}, "shoptalk")
        return await store.retrieve("c")

    return [event.as_dict() for event in asyncio.run(run()).events]


def test_notes_stand_in_the_tracker_as_what_they_are_and_once(tmp_path: Path) -> None:
    take_turn(tmp_path, "what are your opening hours")
    joined = {"id": "n1", "note": "system", "text": "Ann has joined.", "paused": True}
    asked = {"id": "n2", "note": "customer", "text": "cancel my order", "received_at": 1.0}
    wrote = {"id": "n3", "note": "staff", "text": "Done!", "name": "Ann"}
    left = {"id": "n4", "note": "system", "text": "Ann has left.", "paused": False}
    events = take_notes(tmp_path, joined, joined, asked, wrote, asked, left)[-7:]
    assert [event["event"] for event in events] == [
        "bot", "pause", "user", "action", "bot", "bot", "resume",
    ]  # fmt: skip
    assert events[2]["parse_data"]["intent"]["name"] == "cancel_order"
    assert events[4]["metadata"] == {"message_id": "n3", "sender": "staff", "name": "Ann"}


def test_staff_who_hand_back_end_the_danger_that_they_saw_to(tmp_path: Path) -> None:
    take_turn(tmp_path, "what are your opening hours")
    store = ShoptalkTrackerStore(DOMAIN, path=str(tmp_path / "tracker.db"))
    held = asyncio.run(store.retrieve("c"))
    held.update(SlotSet("crisis", {"kind": "self_harm", "since": 1.0}), DOMAIN)
    asyncio.run(store.save(held))
    for number, paused in enumerate((True, False)):
        take_notes(
            tmp_path, {"id": f"n{number}", "note": "system", "text": "Ann", "paused": paused}
        )
        crisis = asyncio.run(store.retrieve("c")).get_slot("crisis")
        assert bool(crisis) is paused  # who only joins ends nothing


def test_a_plain_yes_presses_the_button_of_a_question_outside_a_form_and_a_weak_one_doesnt() -> (
    None
):
    undo = {"title": "Yes, undo it", "payload": '/undo_request{"reference": "R-1"}'}
    leave = {"title": "No, leave it", "payload": "/deny"}
    other = {**undo, "title": "Undo: newsletter"}

    def pressed(text: str, *buttons: dict[str, str]) -> str:
        said = [UserUttered("undo"), BotUttered("Shall I?", {"buttons": [*buttons]})]
        return _typed_button(DialogueStateTracker.from_events("c", said, domain=DOMAIN), text)

    assert pressed("yes please", undo, leave) == undo["payload"]
    for text in ("ok", "all good thanks", "yes?", "no", "yes but not now"):
        assert pressed(text, undo, leave) == "", text
    assert pressed("yes", undo, other, leave) == "" == pressed("yes", undo)
    said = [
        UserUttered("cancel both"),
        BotUttered("Too late.", {"buttons": [other]}),
        BotUttered("And the next?", {"buttons": [undo, leave]}),
    ]
    last = DialogueStateTracker.from_events("c", said, domain=DOMAIN)
    assert _typed_button(last, "yes") == undo["payload"]  # of the last question alone


def test_rasas_own_messages_lose_what_customers_said() -> None:
    fields = {"event": "action.failed", "event_info": "It failed.", "text": "I'm anna@example.com"}
    said, more = _words_alone(None, "error", fields)
    assert said == ("%s", "action.failed It failed.") and "anna" not in str(more)


def test_a_turn_that_cannot_be_written_fails_and_is_done_when_it_is_sent_again(
    tmp_path: Path,
) -> None:
    """With Rasa's own agent, which would keep the turn in memory and lose it."""
    store = ShoptalkTrackerStore(DOMAIN, path=str(tmp_path / "tracker.db"))
    store._db.execute("PRAGMA busy_timeout = 50")
    agent = Agent(domain=DOMAIN, tracker_store=store)
    agent.processor = Processor(agent.tracker_store)
    agent.processor.tracker_store = agent.tracker_store
    let_it_fail(agent)
    agent.processor.store = agent.processor.tracker_store
    body = {"conversation": "c", "id": "message-1", "text": "cancel my order"}
    other = sqlite3.connect(tmp_path / "tracker.db")
    loop = asyncio.new_event_loop()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError):
        loop.run_until_complete(turn.take_turn(agent, body))
    other.rollback()
    other.close()
    said = loop.run_until_complete(turn.take_turn(agent, body))
    loop.close()
    assert [reply["text"] for reply in said] == ["cancel_order"]
    fresh = ShoptalkTrackerStore(DOMAIN, path=str(tmp_path / "tracker.db"))
    events = asyncio.run(fresh.retrieve("c")).events
    assert [one.text for one in events if isinstance(one, UserUttered)] == ["cancel my order"]


@pytest.mark.parametrize("content", [None, b"not a model"])
def test_without_a_model_the_process_ends_and_can_be_started_again(
    tmp_path: Path, content: bytes | None
) -> None:
    """Rasa's own server would run on without one, and nobody would be answered."""
    model = tmp_path / "model.tar.gz"
    if content:
        model.write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.dialogue", str(model), "endpoints.yml"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
        env={
            **os.environ, "SHOPTALK_VAR": str(tmp_path / "var"),
            "SHOPTALK_DIALOGUE_PORT": str(free_port()),
        },
    )  # fmt: skip
    assert "can't be loaded" in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Stop: Day Hiker 28", '/end_alert{"alert": "BAG-01"}'),
        ("  stop:  day hiker 28! ", '/end_alert{"alert": "BAG-01"}'),
        ("stop: day hiker", "stop: day hiker"),
        ("Where is it?", "Where is it?"),  # offered a turn before
        ("", ""),
    ],
)
def test_the_words_of_a_button_do_what_it_does_while_it_is_on_offer(text: str, heard: str) -> None:
    last = BotUttered("Yours:", {"buttons": [
        {"title": "Stop: Day Hiker 28", "payload": '/end_alert{"alert": "BAG-01"}'},
    ]})  # fmt: skip
    before = BotUttered(
        "Well?", {"buttons": [{"title": "Where is it?", "payload": "/order_status"}]}
    )
    tracker = DialogueStateTracker.from_events("c", [], domain=DOMAIN)
    for event in (UserUttered("hi"), before, UserUttered("my alerts"), last, BotUttered("Done.")):
        tracker.update(event, DOMAIN)
    agent = SimpleNamespace(processor=Processor(cast(Any, None)))

    def parts(**more: Any) -> list[str]:
        body = {"conversation": "c", "id": "m", "text": text, **more}
        loop = asyncio.new_event_loop()
        try:
            made = loop.run_until_complete(turn._parts_left(agent, tracker, body, True))
        finally:
            loop.close()
        return [one.text for one in made]

    assert parts() == [heard]
    assert parts(payload="/pressed") == ["/pressed"]
