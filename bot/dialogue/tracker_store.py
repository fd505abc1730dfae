"""Rasa's tracker store on SQLite, without the work that a single process doesn't need.

Rasa's SQLTrackerStore reads and replays a whole conversation three times in a turn, and commits
with a sync to disk. This one has the same table and the same meaning, keeps the trackers in use in
memory, and writes a turn in one transaction of a write-ahead log: a killed process loses nothing,
a power cut perhaps the last moments. What events say is encrypted (bot/transcripts/tracker.py). Of a long
conversation it hands out the last turns, or each turn would cost more than the one before: Rasa's
policies replay all that a tracker holds, and send it to the action server.
"""

from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import FailSafeTrackerStore, SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ConversationPaused,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.agents import processor_of
from bot.privacy.vault import vault_of
from bot.settings import get_settings
from bot.store.db import open_database
from bot.transcripts.tracker import read_event, tracker_tables, write_event

REMEMBERED = 1000  # trackers; a few kB each
MOMENT = 1e-5  # seconds; what a float can still tell from the next, some forty times over
MOST, KEPT = 48, 16  # events of a tracker; a turn makes about eight


class ShoptalkTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Named in endpoints.yml. For one Rasa process; Rasa's lock keeps turns of one sender apart."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        path: str | None = None,
        **kwargs: Any,
    ) -> None:
        file = Path(path) if path else get_settings().tracker_db
        self._db = open_database(file, tracker_tables).conn
        self._vault = vault_of(self._db)
        self._remembered: OrderedDict[str, DialogueStateTracker] = OrderedDict()
        self._version = self._data_version()
        super().__init__(domain, event_broker, **kwargs)

    async def keys(self) -> Iterable[str]:
        """The ids of all conversations."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT sender_id FROM events")]

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The latest turns of a conversation's latest session with its slots as they are, or None.

        A remembered tracker counts only while it holds exactly what was saved: after a turn that
        failed half-way the database is read again, and so it is after somebody else changed it: a
        customer's data may have been erased.
        """
        version = self._data_version()
        if version != self._version:
            self._remembered.clear()
            self._version = version
        known = self._remembered.get(sender_id)
        if known and len(known.events) == _saved(known):
            self._remembered.move_to_end(sender_id)
            return known
        self._remembered.pop(sender_id, None)
        events = self._stored(sender_id, from_start=False)
        if not events or self.domain is None:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        _mark_saved(tracker)
        return self._remember(tracker)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """A conversation with all of its sessions, or None."""
        events = self._stored(conversation_id, from_start=True)
        if not events or self.domain is None:
            return None
        return DialogueStateTracker.from_dict(conversation_id, events, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the events that the database doesn't have, then hand them to the broker."""
        saved = _saved(tracker)
        if saved is None:
            saved = len(self._stored(tracker.sender_id, from_start=False))
        fresh = list(islice(tracker.events, saved, None))
        _keep_order(fresh, after=tracker.events[saved - 1].timestamp if saved else 0.0)
        rows = [event.as_dict() for event in fresh]
        with self._db:
            self._db.executemany(
                "INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        tracker.sender_id,
                        row["event"],
                        row.get("timestamp"),
                        (row.get("parse_data") or {}).get("intent", {}).get("name"),
                        row.get("name"),
                        write_event(self._vault, row),
                    )
                    for row in rows
                ],
            )
        _mark_saved(tracker)
        if any(isinstance(event, SessionStarted) for event in fresh):
            self._remembered.pop(tracker.sender_id, None)  # retrieve() begins at the new session
        else:
            self._remember(tracker)
        if self.event_broker:
            await self._stream_new_events(self.event_broker, fresh, tracker.sender_id)

    def _data_version(self) -> int:
        """Another number as soon as another connection wrote to the file."""
        return self._db.execute("PRAGMA data_version").fetchone()[0]

    def _stored(self, sender_id: str, from_start: bool) -> list[Any]:
        rows = self._db.execute(
            "SELECT type_name, data FROM events WHERE sender_id = :sender AND (:all OR id >= coalesce("
            "(SELECT max(id) FROM events WHERE sender_id = :sender AND type_name = :session), 0)) "
            "ORDER BY id",
            {"sender": sender_id, "all": from_start, "session": SessionStarted.type_name},
        )
        return [read_event(self._vault, *row) for row in rows]

    def _remember(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        tracker = _latest(tracker)
        self._remembered[tracker.sender_id] = tracker
        self._remembered.move_to_end(tracker.sender_id)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return tracker


def let_it_fail(agent: Agent) -> None:
    """Take away what Rasa puts around an agent's tracker store; doing it again changes nothing.

    With it a turn that can't be written is kept in memory, where it dies with the process and
    nobody reads it, and a conversation that can't be read counts as a new one. Without it the turn
    fails, and is asked for again.
    """
    if isinstance(agent.tracker_store, FailSafeTrackerStore):
        store = agent.tracker_store._tracker_store
        agent.tracker_store = processor_of(agent).tracker_store = store


def _saved(tracker: DialogueStateTracker) -> int | None:
    """How many of a tracker's events are in the database; None for one from elsewhere."""
    return vars(tracker).get("saved")


def _mark_saved(tracker: DialogueStateTracker) -> None:
    vars(tracker)["saved"] = len(tracker.events)


def _latest(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A tracker of the last turns, before which its slots are set as they were; short ones as they are.

    A form is not cut: what it has asked is in its events.
    """
    if len(tracker.events) <= MOST or tracker.active_loop_name:
        return tracker
    events = list(tracker.events)
    first = next(
        (at for at in range(len(events) - KEPT, len(events)) if _begins_turn(events, at)), 0
    )
    if not first:
        return tracker
    time = events[first - 1].timestamp
    before = tracker.travel_back_in_time(time)
    latest = tracker.init_copy()
    for slot in before.slots.values():
        if slot.value != slot.initial_value:
            latest.update(SlotSet(slot.name, slot.value, timestamp=time))
    if before.is_paused():
        latest.update(ConversationPaused(timestamp=time))
    for event in events[first:]:
        latest.update(event)
    _mark_saved(latest)
    return latest


def _begins_turn(events: list[Event], at: int) -> bool:
    """Whether the assistant listens here, and the customer speaks next."""
    event, following = events[at], events[at + 1 : at + 2]
    return (
        isinstance(event, ActionExecuted)
        and event.action_name == ACTION_LISTEN_NAME
        and any(isinstance(one, UserUttered) for one in following)
    )


def _keep_order(events: list[Event], after: float) -> None:
    """Each event is later than the one before it, also when the machine's clock was set back.

    All that is made of events, transcripts and figures, goes by their times.
    """
    for event in events:
        event.timestamp = after = max(after + MOMENT, event.timestamp)
