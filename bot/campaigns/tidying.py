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
# Tables with what stays of a person, since they don't hang on `people`.
TRACES = ("outbox", "assigned", "travellers")


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
    erase(people, gone)
    left = [one for one in persons if one not in set(gone)]
    features.make(people.db, left)
    if transcripts.exists():
        feelings(people, transcripts, staff, upset_below, left)
    return len(gone)


def erase(people: People, persons: Collection[int]) -> None:
    """Erase people with all that campaigns did for them; of a mail that asks, `person` numbers what is pending."""
    some, ids = "person IN (SELECT value FROM json_each(?))", [json.dumps([*persons])]
    mails = f"SELECT id FROM outbox WHERE kind <> 'confirm' AND {some}"
    with people.db.atomic():
        people.db.conn.execute(f"DELETE FROM clicks WHERE mail IN ({mails})", ids)
        for table in TRACES:
            kept = " AND kind <> 'confirm'" if table == "outbox" else ""
            people.db.conn.execute(f"DELETE FROM {table} WHERE {some}{kept}", ids)
        people.db.conn.execute(
            "DELETE FROM people WHERE id IN (SELECT value FROM json_each(?))", ids
        )
