"""What is left of people when their conversations, or mails that are long sent, have gone by age."""

import json
from collections.abc import Collection
from pathlib import Path

from bot.campaigns import features
from bot.campaigns.gathering import feelings
from bot.campaigns.people import People

# What ties a person to the shop: without all of it there is nothing to know them for.
TIES = (
    "SELECT 1 FROM joins t WHERE t.person = p.id",
    "SELECT 1 FROM purchases t WHERE t.person = p.id",
    "SELECT 1 FROM standing t WHERE t.person = p.id AND t.state = 'given'",
)
# What stays of a person in tables that don't hang on `people`: table -> the column that names them.
TRACES = {"outbox": "person", "assigned": "person", "travellers": "person"}


def joined_to(people: People, conversations: Collection[str]) -> list[int]:
    """The people to whom some of these conversations are joined."""
    sql = "SELECT DISTINCT person FROM joins WHERE conversation IN (SELECT value FROM json_each(?))"
    return [row[0] for row in people.db.execute(sql, [json.dumps([*conversations])])]


def remake(
    people: People, persons: Collection[int], transcripts: Path, staff: Path, upset_below: float
) -> int:
    """Conversations of these people are gone: make what was known by them anew.

    Who has no other conversation, no order, and agreed to nothing is erased; returns how many.
    """
    some = "IN (SELECT value FROM json_each(?))"
    ties = " AND ".join(f"NOT EXISTS ({one})" for one in TIES)
    sql = f"SELECT id FROM people p WHERE id {some} AND {ties}"
    gone = [row[0] for row in people.db.execute(sql, [json.dumps([*persons])])]
    ids = json.dumps(gone)
    with people.db.atomic():
        people.db.conn.execute(
            "DELETE FROM clicks WHERE mail IN (SELECT id FROM outbox WHERE kind <> 'confirm' "
            f"AND person {some})", [ids],
        )  # fmt: skip
        for table, column in TRACES.items():
            kept = " AND kind <> 'confirm'" if table == "outbox" else ""
            people.db.conn.execute(f"DELETE FROM {table} WHERE {column} {some}{kept}", [ids])
        people.db.conn.execute(f"DELETE FROM people WHERE id {some}", [ids])
    left = [one for one in persons if one not in set(gone)]
    features.make(people.db, left)
    if transcripts.exists():
        feelings(people, transcripts, staff, upset_below, left)
    return len(gone)
