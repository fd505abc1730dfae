"""What a search was: a new request, another wish on one that goes on, or the same again; and which
unmet ones were met later in the same conversation.

Only requests count as demand (`COUNTED`). "Show more", a dislike or "something nicer" search again for
what was asked already.
"""

import json
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from sqlite_utils import Database

from bot.intents import group

COUNTED = ("search", "stock", "wish")
LATER = 86_400  # seconds in which a search may still meet an earlier one
ALIKE = 0.75  # of two requests' words, so that a typo put right is the same request
PARTS = {"price": ("price_min", "price_max")}  # wishes that are several filters

Row = Mapping[str, Any]


def kind_of(told: str, intent: str | None, filters: Row, earlier: Sequence[Row]) -> str:
    """The kind of a search: what the action told, and for one that goes on whether it adds a wish.

    `earlier` are the filters of the conversation's searches before it, oldest first. Actions of
    before told each search as "search": then the intent says whether it went on.
    """
    goes_on = told == "refine" or (told == "search" and intent in group("goes_on"))
    if not goes_on or not earlier:
        return "search" if told == "refine" else told
    return "wish" if _adds(earlier[-1], filters) and filters not in earlier else "again"


def _adds(before: Row, now: Row) -> bool:
    return any(before.get(name) != value for name, value in now.items())


def note_met(database: Database, conversation: str) -> None:
    """Write down for each unmet request of a conversation when a later search met it.

    The caller holds the transaction.
    """
    rows = [
        {**row, "filters": json.loads(row["filters"]), "relaxed": json.loads(row["relaxed"])}
        for row in database.query(
            "SELECT rowid AS number, kind, at, need, category, filters, relaxed, good, met_at "
            "FROM searches WHERE conversation_id = ? ORDER BY at, id",
            [conversation],
        )
    ]
    good = [row for row in rows if row["good"]]
    for row in rows:
        met = None
        if not row["good"] and row["kind"] in COUNTED:
            later = (one for one in good if 0 < one["at"] - row["at"] <= LATER)
            met = next((one["at"] for one in later if _meets(row, one)), None)
        if met != row["met_at"]:
            database.conn.execute(
                "UPDATE searches SET met_at = ? WHERE rowid = ?", [met, row["number"]]
            )


def _meets(unmet: Row, later: Row) -> bool:
    """Whether a good search is for the same thing, under the wishes that had failed."""
    for wish in unmet["relaxed"]:
        for name in PARTS.get(wish, (wish,)):
            wanted = unmet["filters"].get(name)
            if wanted is not None and not _within(wanted, later["filters"].get(name)):
                return False
    if unmet["category"] and later["category"]:
        return unmet["category"] == later["category"]
    alike = SequenceMatcher(None, unmet["need"] or "", later["need"] or "", autojunk=False)
    return alike.real_quick_ratio() >= ALIKE and alike.ratio() >= ALIKE


def _within(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, list) and isinstance(given, list):
        return bool(set(wanted) & set(given))
    return wanted == given


def read_again(database: Database) -> None:
    """Find the kinds of all searches, and when unmet ones were met; the caller holds the transaction."""
    conversation, earlier = "", []
    rows = database.query(
        "SELECT s.rowid AS number, s.conversation_id, s.kind, s.filters, m.intent FROM searches s "
        "LEFT JOIN messages m ON m.id = s.reply_to ORDER BY s.conversation_id, s.at, s.id"
    )
    for row in list(rows):
        if row["conversation_id"] != conversation:
            conversation, earlier = row["conversation_id"], []
        filters = json.loads(row["filters"])
        kind = kind_of(row["kind"], row["intent"], filters, earlier)
        if kind != row["kind"]:
            database.conn.execute(
                "UPDATE searches SET kind = ? WHERE rowid = ?", [kind, row["number"]]
            )
        earlier.append(filters)
    unmet = database.query("SELECT DISTINCT conversation_id AS id FROM searches WHERE good = 0")
    for row in list(unmet):
        note_met(database, row["id"])
