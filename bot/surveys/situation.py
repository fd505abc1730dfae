"""What is known of a conversation when the question is whether to ask a survey."""

from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.errors import NotFound
from bot.intents import topics
from bot.store.db import open_readonly
from bot.surveys.triggers import Situation
from bot.transcripts.summaries import NEGATIVE

RETURNING_SECONDS = 12 * 3600  # a customer who comes back after so long was here before
NOTHING = {"intent": None, "at": 0.0, "score": None}  # said since
THANKS, BYE, BUYS, COMPLAINTS = {"thank", "praise"}, {"goodbye"}, {"buy"}, {"complaint", "insult"}


def read_situation(
    transcripts_db: Path,
    conversation: str,
    now: float,
    zone: tzinfo,
    *,
    since: float = 0,
    upset_below: float = -0.6,
    busy: str = "",
) -> Situation:
    """The situation of a conversation from its transcript and the customer's events.

    `since` is when a survey was asked last: earlier moments don't count again. `busy` is why the
    customer can't be asked, where the caller knows. A conversation without a word is possible.
    """
    try:
        database = open_readonly(transcripts_db)
    except NotFound:
        return Situation(conversation, datetime.fromtimestamp(now, zone), busy=busy)
    try:
        return _situation(database, conversation, now, zone, since, upset_below, busy)
    finally:
        database.close()


def segments_of(situation: Situation) -> dict[str, str]:
    """What results can be compared by; kept with a run, never with an anonymous one."""
    return {
        "mood": situation.mood,
        "topic": ", ".join(sorted(situation.topics)) or "none",
        "bought": "yes" if situation.bought else "no",
        "handoff": "yes" if situation.handoff else "no",
        "returning": "yes" if situation.returning else "no",
    }


def _situation(
    database: Database,
    conversation: str,
    now: float,
    zone: tzinfo,
    since: float,
    upset_below: float,
    busy: str,
) -> Situation:
    said = list(
        database.query(
            "SELECT at, intent, sentiment_score AS score FROM messages "
            "WHERE conversation_id = ? AND sender = 'customer' ORDER BY at, id",
            [conversation],
        )
    )
    events = list(
        database.query(
            "SELECT at, kind, value, quantity, url FROM customer_events "
            "WHERE conversation_id = ? ORDER BY at",
            [conversation],
        )
    )
    talk: dict[str, Any] | None = next(
        iter(
            database.query(
                "SELECT started_at, last_at, handoff_requested_at AS handoff FROM conversations "
                "WHERE id = ?",
                [conversation],
            )
        ),
        None,
    )
    pages = [event for event in events if event["kind"] == "page"]
    page_at = pages[-1]["at"] if pages else now
    handoff = talk["handoff"] if talk else None
    last = said[-1] if said else None
    if last and not busy:
        if last["intent"] in COMPLAINTS or (last["score"] or 0) <= upset_below:
            busy = "they are complaining"
    wrote = talk["last_at"] if talk and said else max((one["at"] for one in events), default=0.0)
    started = min([one["at"] for one in (*said, *events)], default=now)
    return Situation(
        person=conversation,
        now=datetime.fromtimestamp(now, zone),
        moments=frozenset(_moments(said, events, handoff, since)),
        messages=len(said),
        scores=tuple(one["score"] for one in said if one["score"] is not None),
        page=(pages[-1]["url"] or "") if pages else "",
        seconds_on_page=now - page_at,
        quiet_seconds=now - wrote,
        topics=frozenset(
            topic
            for topic, names in topics().items()
            if any(one["intent"] in names for one in said)
        ),
        bought=any(event["kind"] == "purchase" for event in events),
        handoff=handoff is not None,
        returning=now - started > RETURNING_SECONDS,
        busy=busy,
    )


def _moments(
    said: list[dict[str, Any]],
    events: list[dict[str, Any]],
    handoff: float | None,
    since: float,
) -> set[str]:
    found = set()
    fresh = [event for event in events if event["at"] > since]
    last = said[-1] if said and said[-1]["at"] > since else NOTHING
    thumbs = [one for one in fresh if one["kind"] == "thumb" and (one["value"] or 0) > 0]
    pleased = last["intent"] in THANKS and (last["score"] or 0) > NEGATIVE
    if pleased or (thumbs and thumbs[-1]["at"] > last["at"]):
        found.add("resolved")
    if last["intent"] in BYE or (fresh and fresh[-1]["kind"] == "end"):
        found.add("goodbye")
    if handoff is not None and handoff > since:
        found.add("handoff")
    in_cart = any(one["kind"] == "cart" and (one["quantity"] or 0) > 0 for one in fresh)
    if in_cart or any(one["intent"] in BUYS and one["at"] > since for one in said):
        found.add("purchase_click")
    if any(one["kind"] == "purchase" for one in fresh):
        found.add("purchase")
    return found
