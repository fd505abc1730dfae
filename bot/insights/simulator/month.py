"""A month of made-up visits: when they come, and their times moved to where they belong.

The talks themselves happen now, as fast as the assistant answers. Afterwards the times of each
conversation are moved, the same way in all databases, so that a rebuild of the transcripts from
the tracker store gives the same rows.
"""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.insights.simulator.people import Customer, World
from bot.insights.simulator.widget import NoAnswer, Widget
from bot.privacy.vault import vault_in
from bot.transcripts.store import open_transcripts
from bot.transcripts.summaries import refresh
from bot.transcripts.tracker import read_event, write_event

SIDE_BY_SIDE = 4
WEEKDAYS = (1.0, 0.95, 0.95, 1.0, 1.1, 1.5, 1.4)
HOURS = (1, 0.5, 0.3, 0.2, 0.2, 0.3, 1, 2, 3, 4, 5, 5, 6, 5, 4, 4, 5, 6, 7, 8, 9, 8, 5, 2)
TROUBLED_DAYS = 5  # at the end: parcels come late and zips break
SETTLE_SECONDS = 4.0  # until the last events are in the transcripts

# Which columns hold times, and which name the conversation.
PLACES = {
    "transcripts": (
        ("conversations", "id", ("started_at", "last_at", "last_event_at", "handoff_requested_at")),
        ("messages", "conversation_id", ("at",)),
        ("products_shown", "conversation_id", ("at",)),
        ("actions_taken", "conversation_id", ("at",)),
        ("searches", "conversation_id", ("at", "met_at")),
        ("products_meant", "conversation_id", ("at",)),
        ("products_clicked", "conversation_id", ("at",)),
        ("requests", "conversation_id", ("at",)),
        ("customer_events", "conversation_id", ("at",)),
    ),
    "web": (("events", "conversation", ("at",)), ("customer_events", "conversation", ("at",))),
}
TIMES = {"timestamp", "at", "received_at"}


@dataclass(frozen=True)
class Held:
    """What came of it: conversations, and those that went wrong, with the reason."""

    conversations: int
    failed: list[str]


@dataclass(frozen=True)
class Databases:
    """The files whose times are moved."""

    transcripts: Path
    tracker: Path
    web: Path


def times(days: int, visits: int, now: datetime, seed: int) -> list[datetime]:
    """When visitors come in the last days: more at weekends and in the evening, and slowly more."""
    r = random.Random(seed)
    dates = [now.date() - timedelta(days=back) for back in range(days - 1, -1, -1)]
    weights = [WEEKDAYS[day.weekday()] * (1 + 0.3 * i / days) for i, day in enumerate(dates)]
    found = []
    while len(found) < visits:
        day = r.choices(dates, weights)[0]
        hour = r.choices(range(24), HOURS)[0]
        clock = time(hour, r.randrange(60), r.randrange(60), tzinfo=now.tzinfo)
        moment = datetime.combine(day, clock)
        if moment < now - timedelta(minutes=10):
            found.append(moment)
    return sorted(found)


async def hold(
    url: str,
    new_session: Callable[[], tuple[str, str]],
    world: World,
    visits: list[datetime],
    databases: Databases,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Held:
    """Hold the conversations and move their times. `new_session` gives an id and its token."""
    waiting = list(enumerate(visits))
    begun: dict[str, datetime] = {}
    failed: list[str] = []
    done = 0
    troubled = visits[-1] - timedelta(days=TROUBLED_DAYS) if visits else None

    async def visit_one_after_another(client: httpx.AsyncClient) -> None:
        nonlocal done
        while waiting:
            number, moment = waiting.pop()
            conversation, token = new_session()
            bad = troubled is not None and moment > troubled
            seen = World(world.products, world.orders, bad)
            try:
                begun[conversation] = moment
                await Customer(Widget(client, token), seen, seed * 1_000_003 + number).visit()
            except (NoAnswer, httpx.HTTPError) as error:
                failed.append(f"{conversation}: {type(error).__name__} {error}")
            done += 1
            if progress:
                progress(done, len(visits))

    async with httpx.AsyncClient(base_url=url, timeout=90, trust_env=False) as client:
        await asyncio.gather(*(visit_one_after_another(client) for _ in range(SIDE_BY_SIDE)))
    await asyncio.sleep(SETTLE_SECONDS)
    move(databases, {name: moment.timestamp() for name, moment in begun.items()})
    return Held(len(begun), failed)


def move(databases: Databases, begin: dict[str, float]) -> int:
    """Move each conversation to begin at a moment; returns how many were there to move."""
    vault = vault_in(databases.tracker.parent)
    with closing(sqlite3.connect(databases.tracker, timeout=30)) as tracker:
        shifts = {}
        for name, moment in begin.items():
            first = tracker.execute(
                "SELECT min(timestamp) FROM events WHERE sender_id = ?", [name]
            ).fetchone()[0]
            if first is not None:
                shifts[name] = moment - first
        with tracker:
            for name, shift in shifts.items():
                rows = tracker.execute(
                    "SELECT id, type_name, data FROM events WHERE sender_id = ?", [name]
                ).fetchall()
                tracker.executemany(
                    "UPDATE events SET timestamp = timestamp + ?, data = ? WHERE id = ?",
                    [
                        (shift, write_event(vault, _moved(read_event(vault, *row), shift)), key)
                        for key, *row in rows
                    ],
                )
    for path, tables in ((databases.transcripts, "transcripts"), (databases.web, "web")):
        with closing(sqlite3.connect(path, timeout=30)) as database, database:
            for table, key, columns in PLACES[tables]:
                changed = ", ".join(f"{column} = {column} + :shift" for column in columns)
                database.executemany(
                    f"UPDATE {table} SET {changed} WHERE {key} = :name",
                    [{"name": name, "shift": shift} for name, shift in shifts.items()],
                )
    with closing(open_transcripts(databases.transcripts)) as transcripts, transcripts.atomic():
        refresh(transcripts, sorted(shifts, key=begin.__getitem__))
    return len(shifts)


def _moved(value: Any, shift: float) -> Any:
    """An event with all of its times moved."""
    if isinstance(value, dict):
        return {
            key: one + shift
            if key in TIMES and isinstance(one, (int, float)) and one > 1e9
            else _moved(one, shift)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_moved(one, shift) for one in value]
    return value
