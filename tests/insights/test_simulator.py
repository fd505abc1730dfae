"""Made-up customers: they come when people come, and their times are moved everywhere alike."""

import sqlite3
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.insights.simulator.month import Databases, move, times
from bot.store.db import open_database
from bot.transcripts.store import open_transcripts, rebuild
from bot.transcripts.tracker import events_of, tracker_tables
from tests.transcripts.test_transcripts import START, content, tracker_db, turn, write

ZONE = ZoneInfo("Europe/Amsterdam")
NAME = "simulated-1"


def test_visits_come_over_the_month_and_more_at_weekends() -> None:
    now = datetime(2027, 1, 15, 12, tzinfo=ZONE)
    found = times(30, 3000, now, seed=1)
    assert found == times(30, 3000, now, seed=1) and found != times(30, 3000, now, seed=2)
    assert found == sorted(found) and found[-1] < now
    assert (found[-1].date() - found[0].date()).days == 29
    weekend = [moment for moment in found if moment.weekday() > 4]
    assert 0.33 < len(weekend) / len(found) < 0.45
    evening = [moment for moment in found if 18 <= moment.hour <= 22]
    assert len(evening) > 2.5 * len([moment for moment in found if moment.hour < 5])


def test_a_rebuild_keeps_the_moved_times(tmp_path: Path) -> None:
    begun = 1_800_000_000.0
    events = [
        *deepcopy(START),
        *turn(1, "red mugs", conversation=NAME),
        *turn(2, "cheaper", conversation=NAME),
    ]
    for event in events:  # as they are now: after the year 2001
        event["timestamp"] += 1.7e9
        if event["event"] == "user":
            event["metadata"]["received_at"] += 1.7e9
        if event.get("name") == "search_made":
            event["value"]["at"] += 1.7e9
    transcripts, web = tmp_path / "t.db", tmp_path / "web.db"
    write(transcripts, {NAME: events, "real": turn(3, "hi", conversation="real")})
    tracker = tracker_db(
        tmp_path / "tracker.db", {NAME: events, "real": turn(3, "hi", conversation="real")}
    )
    open_database(tracker, tracker_tables).close()  # as a running service has it
    database = sqlite3.connect(web)
    for table in ("events", "customer_events"):
        database.execute(f"CREATE TABLE {table} (conversation TEXT, at REAL)")
        database.execute(f"INSERT INTO {table} VALUES (?, 1700000001)", [NAME])
    database.commit()
    assert move(Databases(transcripts, tracker, web), {NAME: begun, "never-came": 1.0}) == 1
    (row,) = open_transcripts(transcripts)["conversations"].rows_where("id = ?", [NAME])
    assert row["started_at"] == begun and row["channel"] == "simulated"
    moved = content(transcripts)
    assert rebuild(tracker, transcripts) == 2
    assert content(transcripts) == moved
    (real,) = open_transcripts(transcripts)["conversations"].rows_where("id = 'real'")
    assert real["started_at"] == 3000.5
    shift = begun - (1.0 + 1.7e9)
    assert database.execute("SELECT at FROM events").fetchone()[0] == 1_700_000_001 + shift
    said = [event for event in events_of(tracker, NAME) if event["event"] == "user"]
    assert said[0]["metadata"]["received_at"] == 1000.0 + 1.7e9 + shift
