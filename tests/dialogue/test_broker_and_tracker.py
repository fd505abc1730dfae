"""The tracker store means what Rasa's own does, and the broker writes what it is told."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    SessionStarted,
    SlotSet,
    UserUttered,
)

import bot.dialogue.broker as broker_module
from bot.dialogue.broker import TranscriptBroker
from bot.dialogue.tracker_store import MOST, ShoptalkTrackerStore
from bot.paths import REPOSITORY
from bot.transcripts.store import show_conversation

DOMAIN = Domain.from_yaml(
    'version: "3.1"\nintents: [hi]\nslots:\n  x: {type: any, influence_conversation: false, '
    "mappings: [{type: custom}]}"
)


def stock(path: Path) -> SQLTrackerStore:
    return SQLTrackerStore(DOMAIN, db=str(path))


def ours(path: Path) -> ShoptalkTrackerStore:
    return ShoptalkTrackerStore(DOMAIN, path=str(path))


@pytest.fixture(params=[stock, ours], ids=["rasa", "shoptalk"])
def make_store(request, tmp_path: Path):
    return lambda: request.param(tmp_path / "tracker.db")


def user(text: str) -> UserUttered:
    return UserUttered(text, {"name": "hi", "confidence": 1.0}, metadata={"message_id": text})


def run(coroutine):
    return asyncio.get_event_loop_policy().new_event_loop().run_until_complete(coroutine)


async def say(store, sender: str, *events) -> None:
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update_with_events(list(events), DOMAIN)
    await store.save(tracker)


def test_what_was_saved_comes_back_in_another_process(make_store) -> None:
    run(
        say(
            make_store(), "a", ActionExecuted("action_session_start"), SessionStarted(), user("one")
        )
    )
    store = make_store()
    run(say(store, "a", BotUttered("hello"), SlotSet("x", {"y": 1})))
    tracker = run(make_store().retrieve("a"))
    assert [e.type_name for e in tracker.events][-3:] == ["user", "bot", "slot"]
    assert tracker.get_slot("x") == {"y": 1} and tracker.latest_message.text == "one"


def test_saving_twice_stores_once(make_store) -> None:
    store = make_store()
    run(say(store, "a", user("one")))
    tracker = run(store.retrieve("a"))
    run(store.save(tracker))
    run(store.save(tracker))
    assert len(run(make_store().retrieve("a")).events) == 1


def test_retrieve_begins_at_the_latest_session(make_store) -> None:
    store = make_store()
    run(say(store, "a", SessionStarted(), user("old")))
    time.sleep(0.01)
    run(say(store, "a", SessionStarted(), user("new")))
    texts = [e.text for e in run(make_store().retrieve("a")).events if isinstance(e, UserUttered)]
    assert texts == ["new"]
    full = run(make_store().retrieve_full_tracker("a"))
    assert [e.text for e in full.events if isinstance(e, UserUttered)] == ["old", "new"]


def test_a_clock_that_is_set_back_changes_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = TranscriptBroker(tmp_path / "t.db", tmp_path / "tracker.db")
    store = ShoptalkTrackerStore(DOMAIN, path=str(tmp_path / "tracker.db"), event_broker=broker)
    now, said = time.time, (("one", 0.0), ("two", -86_400.0), ("three", -3_600.0))
    for text, ahead in said:
        with monkeypatch.context() as clock:
            clock.setattr(time, "time", lambda: now() + ahead)
            run(say(store, "a", user(text), BotUttered(f"answer to {text}")))
    run(broker.close())
    told = [(one["sender"], one["text"]) for one in show_conversation(tmp_path / "t.db", "a")]
    expected = [[("customer", one), ("assistant", f"answer to {one}")] for one, _ in said]
    assert told == [pair for turn in expected for pair in turn]


def test_of_a_long_conversation_the_last_turns_are_handed_out_with_all_slots(
    tmp_path: Path,
) -> None:
    store = ours(tmp_path / "tracker.db")
    run(say(store, "a", user("first"), SlotSet("x", "kept"), ConversationPaused()))
    said = ["first"]
    for number in range(400):
        said.append(f"turn {number}")
        run(say(store, "a", ActionExecuted("action_listen"), user(said[-1])))
    for opened in (store, ours(tmp_path / "tracker.db")):  # from memory, and from the file
        tracker = run(opened.retrieve("a"))
        assert len(tracker.events) <= MOST and tracker.events[-1].text == said[-1]
        assert tracker.copy().get_slot("x") == "kept" and tracker.copy().is_paused()
        said.append("next")
        run(say(opened, "a", ActionExecuted("action_listen"), user("next")))
        whole = run(opened.retrieve_full_tracker("a"))
        assert [one.text for one in whole.events if isinstance(one, UserUttered)] == said


def test_a_form_is_not_cut(tmp_path: Path) -> None:
    store = ours(tmp_path / "tracker.db")
    run(say(store, "a", ActionExecuted("action_listen"), user("first"), ActiveLoop("form")))
    for number in range(200):
        run(say(store, "a", ActionExecuted("action_listen"), user(f"turn {number}")))
    assert len(run(store.retrieve("a")).events) == 403


def test_conversations_stay_apart(make_store) -> None:
    store = make_store()
    run(say(store, "a", user("one")))
    run(say(store, "b", user("two")))
    assert sorted(run(store.keys())) == ["a", "b"]
    assert run(store.retrieve("c")) is None


def test_a_turn_that_failed_half_way_is_forgotten(tmp_path: Path) -> None:
    store = ours(tmp_path / "tracker.db")
    run(say(store, "a", user("one")))
    tracker = run(store.retrieve("a"))
    tracker.update(user("lost"), DOMAIN)  # and then an exception, before save()
    texts = [e.text for e in run(store.retrieve("a")).events if isinstance(e, UserUttered)]
    assert texts == ["one"]


def test_a_conversation_that_was_erased_is_not_remembered(tmp_path: Path) -> None:
    store = ours(tmp_path / "tracker.db")
    run(say(store, "a", user("secret")))
    other = sqlite3.connect(tmp_path / "tracker.db")
    with other:
        other.execute("DELETE FROM events WHERE sender_id = 'a'")
    other.close()
    assert run(store.retrieve("a")) is None
    run(say(store, "a", user("hello again")))
    texts = [e.text for e in run(ours(tmp_path / "tracker.db").retrieve("a")).events]
    assert texts == ["hello again"]


def test_the_broker_writes_a_turn_and_closes_clean(tmp_path: Path) -> None:
    broker = TranscriptBroker(tmp_path / "t.db", tmp_path / "tracker.db")
    store = ShoptalkTrackerStore(DOMAIN, event_broker=broker, path=str(tmp_path / "tracker.db"))
    run(say(store, "a", user("one"), BotUttered("hello")))
    broker.flush()
    assert [row["text"] for row in show_conversation(tmp_path / "t.db", "a")] == ["one", "hello"]
    run(say(store, "a", user("two")))
    run(broker.close())
    assert [row["text"] for row in show_conversation(tmp_path / "t.db", "a")][-1] == "two"


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.dialogue.test_broker_and_tracker import *
folder = Path(sys.argv[1])
class Lost(TranscriptBroker):
    def _apply(self, *_):
        pass  # the process is killed before its thread writes anything
store = ShoptalkTrackerStore(DOMAIN, event_broker=Lost(folder / "t.db", folder / "tracker.db"), path=str(folder / "tracker.db"))
for number in range(20):
    run(say(store, "a", user(f"message {number}"), BotUttered(f"answer {number}")))
    print(number, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_no_acknowledged_turn(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(tmp_path)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL
    acknowledged = done.stdout.split()
    assert len(acknowledged) == 20
    broker = TranscriptBroker(tmp_path / "t.db", tmp_path / "tracker.db")
    run(broker.close())
    texts = [row["text"] for row in show_conversation(tmp_path / "t.db", "a")]
    assert texts == [f"{who} {n}" for n in range(20) for who in ("message", "answer")]


def test_transcripts_are_written_although_the_tracker_store_was_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first start the broker may look before the tracker store has its tables."""
    looked = threading.Event()
    catch_up = broker_module.catch_up

    def look(*databases: Any) -> int:
        try:
            return catch_up(*databases)
        finally:
            looked.set()

    monkeypatch.setattr(broker_module, "catch_up", look)
    monkeypatch.setattr(broker_module, "RETRY_SECONDS", 0.05)
    tracker_db, transcripts_db = tmp_path / "tracker.db", tmp_path / "transcripts.db"
    sqlite3.connect(tracker_db).execute("PRAGMA user_version = 0")
    tracker_db.touch()
    broker = TranscriptBroker(transcripts_db, tracker_db)
    assert looked.wait(30)
    store = ShoptalkTrackerStore(DOMAIN, event_broker=broker, path=str(tracker_db))
    run(say(store, "a", user("one")))
    broker.flush()
    assert [row["text"] for row in show_conversation(transcripts_db, "a")] == ["one"]
    run(broker.close())
