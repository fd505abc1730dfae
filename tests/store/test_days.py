"""Counts by day and journeys always agree with the rows that they are made of."""

import json
import random
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.store.days import MESSAGES, STEPS, set_zone
from bot.transcripts import journeys, summaries
from bot.transcripts.store import open_transcripts

HOUR = 3600
SPRING = 1_774_746_000.0  # Sunday 29 March 2026, 1:00 UTC, when Amsterdam's clocks go on an hour


def shop(folder: Path) -> Database:
    database = open_transcripts(folder / "t.db")
    for name in ("c", "simulated-1"):
        database["conversations"].insert({"id": name, "started_at": 10.0, "last_at": 90.0})
    return database


def say(database: Database, name: str, at: float, **values: object) -> None:
    row = {"id": name, "conversation_id": "c", "at": at, "sender": "customer", "intent": "greet",
           "sentiment": "neutral", "sentiment_score": 0.1, "text": "hi"}  # fmt: skip
    database["messages"].insert({**row, **values})


def days(database: Database) -> list[tuple]:
    sql = "SELECT day, simulated, intent, n, scored, total, squares FROM message_days ORDER BY 1, 2, 3"
    return list(map(tuple, database.execute(sql)))


def test_what_is_changed_or_taken_away_is_counted_anew(tmp_path: Path) -> None:
    database = shop(tmp_path)
    random.seed(3)
    for i in range(300):
        intent = random.choice(["greet", "thank", None])
        score = random.choice([None, random.uniform(-1, 1)])
        who, name = random.choice(["customer", "assistant"]), random.choice(["c", "simulated-1"])
        at = random.uniform(0, 9 * 86400)
        say(database, f"m{i}", at, intent=intent, sentiment_score=score, sender=who, conversation_id=name)  # fmt: skip
    database.execute("UPDATE messages SET at = at + 90000 WHERE rowid % 3 = 0")
    database.execute("UPDATE messages SET sender = 'staff' WHERE rowid % 17 = 0")
    database.execute("DELETE FROM messages WHERE rowid % 5 = 0")
    kept = days(database)
    with database.atomic():
        MESSAGES.recount(database)
    assert kept == days(database) and sum(row[3] for row in kept) > 50
    database.execute("DELETE FROM messages")
    assert days(database) == []


def test_days_are_those_of_the_time_zone(tmp_path: Path) -> None:
    database = shop(tmp_path)
    for i, at in enumerate((SPRING - 2.5 * HOUR, SPRING - 1.5 * HOUR, SPRING + 20.5 * HOUR, SPRING + 21.5 * HOUR)):  # fmt: skip
        say(database, f"m{i}", at, sentiment_score=0.5)
    database.conn.commit()
    sunday = int(SPRING // 86400)
    assert {row[0] for row in days(database)} == {sunday - 1, sunday}  # UTC
    set_zone(database, "Europe/Amsterdam", MESSAGES)
    # 23:30 on Saturday; 0:30 on Sunday, 23:30 on Sunday (now an hour more ahead); 0:30 on Monday
    assert [(row[0] - sunday, row[3]) for row in days(database)] == [(-1, 1), (0, 2), (1, 1)]
    assert {row[5] / row[3] / STEPS for row in days(database)} == {0.5}
    say(database, "later", SPRING + 21.6 * HOUR)
    assert days(database)[-1][:4] == (sunday + 1, 0, "greet", 2)


def test_a_journey_stops_counting_at_the_order(tmp_path: Path) -> None:
    database = shop(tmp_path)
    say(database, "m1", 10, intent="search_products", sentiment_score=0.4)
    say(database, "m2", 50, intent="order_status", sentiment_score=-0.6)
    database["searches"].insert({"id": "s", "conversation_id": "c", "reply_to": "m1", "at": 10.5,
                                 "kind": "search", "good": 0, "total": 4})  # fmt: skip
    for at, kind in ((20, "click"), (30, "purchase"), (60, "click")):
        database["customer_events"].insert({"id": f"e{at}", "conversation_id": "c", "at": at,
                                            "kind": kind, "text": json.dumps([])})  # fmt: skip
    database["actions_taken"].insert(
        {"id": "a", "conversation_id": "c", "at": 51, "name": "order_form"}
    )
    summaries.refresh(database, ["c"])
    (row,) = database["journeys"].rows
    assert (row["messages"], row["searches"], row["unmet"], row["clicks"], row["support"]) == (1, 1, 1, 1, 0)  # fmt: skip
    assert (row["said_at"], row["searched_at"], row["ordered_at"]) == (10, 10.5, 30)
    assert (row["mood"], row["sentiment"], row["ended"]) == (-0.6, 0, "order_form")
    assert (row["met"], row["shown"], row["clicked"], row["added"], row["bought"]) == (
        0,
        1,
        1,
        0,
        1,
    )
    assert (row["handoff"], row["unhappy"]) == (0, 0)
    with database.atomic():
        journeys.refresh_all(database)
    assert database["journeys"].get("c") == row
    database.execute("DELETE FROM messages")
    database["conversations"].delete("c")
    summaries.refresh(database, ["c"])
    assert [one["conversation_id"] for one in database["journeys"].rows] == ["simulated-1"]


def test_summaries_that_an_upgrade_left_are_made_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_transcripts(tmp_path / "t.db")
    for i in range(25):
        database["conversations"].insert({"id": f"c{i:02}", "started_at": i, "last_at": i})
        say(database, f"m{i}", i, conversation_id=f"c{i:02}")
        database["unsummarised"].insert({"conversation_id": f"c{i:02}"})
    monkeypatch.setattr(summaries, "AT_ONCE", 10)
    real, calls = summaries.refresh, []

    def killed_in_the_second_part(database: Database, ids: list[str]) -> None:
        calls.append(ids)
        real(database, ids)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(summaries, "refresh", killed_in_the_second_part)
    with pytest.raises(KeyboardInterrupt):
        summaries.catch_up(database)
    assert (database["summaries"].count, database["unsummarised"].count) == (10, 15)
    assert summaries.catch_up(database) == 15
    made = [
        row["conversation_id"] for row in database.query("SELECT * FROM summaries ORDER BY number")
    ]
    assert made == [f"c{i:02}" for i in range(25)] and database["unsummarised"].count == 0
    assert summaries.catch_up(database) == 0
