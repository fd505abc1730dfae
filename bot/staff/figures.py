"""The figures of the console's home page: today, and the fourteen days before it."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from bot.staff.requests import IS_OPEN
from bot.store.db import BUSY_SECONDS
from bot.transcripts.summaries import simulated_sql

DAYS = 14
REAL = "generated = 0"  # what no customer said doesn't count
REAL_ID, REAL_WORK = (f"NOT {simulated_sql(one)}" for one in ("conversation_id", "conversation"))


@dataclass(frozen=True)
class Day:
    """What happened on one day."""

    date: str
    conversations: int
    contained: int  # in which nobody asked for a person
    fallback: int
    sentiment: float | None  # mean, -1 to 1


@dataclass(frozen=True)
class Figures:
    """Figures of today, and the days before for comparison; waits in seconds."""

    days: list[Day]
    intents: list[tuple[str, int]]
    slowest: list[dict[str, Any]]
    thumbs_up: int
    thumbs_down: int
    handoffs: int
    median_wait: float | None
    waiting: int
    requests_open: int
    requests_oldest: float | None  # when the oldest open one was made

    @property
    def today(self) -> Day:
        """The last of the days."""
        return self.days[-1]


def figures(transcripts_db: Path, staff_db: Path, zone: ZoneInfo) -> Figures:
    """Count; reads the last fourteen days alone."""
    database = sqlite3.connect(f"file:{transcripts_db}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    database.row_factory = sqlite3.Row
    database.execute("ATTACH ? AS staff", [f"file:{staff_db}?mode=ro"])
    try:
        return _count(database, zone)
    finally:
        database.close()


def _count(database: sqlite3.Connection, zone: ZoneInfo) -> Figures:
    midnight = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [_day(database, midnight - timedelta(days=ago)) for ago in range(DAYS - 1, -1, -1)]
    today = midnight.timestamp()
    intents = database.execute(
        "SELECT f.value, count(*) FROM summaries s JOIN conversation_facts f "
        f"ON f.number = s.number AND f.kind = 'intent' WHERE s.last_at >= ? AND {REAL} "
        "GROUP BY f.value ORDER BY 2 DESC, 1 LIMIT 8",
        [today],
    )
    slowest = database.execute(
        "SELECT conversation_id, id, intent, latency_ms FROM messages WHERE at >= ? "
        f"AND sender = 'customer' AND latency_ms IS NOT NULL AND {REAL_ID} "
        "ORDER BY latency_ms DESC LIMIT 5",
        [today],
    )
    thumbs = dict(
        database.execute(
            "SELECT value > 0, count(*) FROM customer_events WHERE kind = 'thumb' AND value <> 0 "
            f"AND at >= ? AND {REAL_ID} GROUP BY 1",
            [today],
        ).fetchall()
    )
    waits = [
        row[0]
        for row in database.execute(
            "SELECT taken_at - asked_at FROM staff.handoffs WHERE asked_at >= ? "
            f"AND taken_at IS NOT NULL AND {REAL_WORK}",
            [today],
        )
    ]
    asked = database.execute(
        f"SELECT count(*) FROM staff.handoffs WHERE asked_at >= ? AND {REAL_WORK}", [today]
    )
    waiting = database.execute(
        "SELECT count(*) FROM staff.work WHERE waiting_since IS NOT NULL AND status = 'open' "
        f"AND {REAL_WORK}"
    )
    requests = database.execute(
        f"SELECT count(*), min(asked_at) FROM staff.requests WHERE {IS_OPEN} AND {REAL_WORK}"
    ).fetchone()
    return Figures(
        days=days,
        intents=[tuple(row) for row in intents],
        slowest=[dict(row) for row in slowest],
        thumbs_up=thumbs.get(1, 0),
        thumbs_down=thumbs.get(0, 0),
        handoffs=asked.fetchone()[0],
        median_wait=median(waits) if waits else None,
        waiting=waiting.fetchone()[0],
        requests_open=requests[0],
        requests_oldest=requests[1],
    )


def _day(database: sqlite3.Connection, begins: datetime) -> Day:
    ends = begins + timedelta(days=1)
    row = database.execute(
        "SELECT count(*) AS n, coalesce(sum(handoff = 0), 0) AS contained, "
        "coalesce(sum(fallback), 0) AS fallback, avg(score) AS score FROM summaries "
        f"WHERE last_at >= ? AND last_at < ? AND {REAL}",
        [begins.timestamp(), ends.timestamp()],
    ).fetchone()
    return Day(f"{begins:%Y-%m-%d}", row["n"], row["contained"], row["fallback"], row["score"])
