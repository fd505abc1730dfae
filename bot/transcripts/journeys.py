"""One row for each conversation with what market research counts: pages read these instead of
every message.

A journey follows from the other tables; `refresh` makes it again in the transaction that changed
the conversation.
"""

from collections.abc import Iterable

from sqlite_utils import Database

from bot.intents import group, quoted
from bot.transcripts.wishes import COUNTED

CHUNK = 500  # conversations that are made again at once

# "support", "searches", "unmet" and "clicks" count what came before the first order: a model of who
# buys mustn't look at the answer. "clicked", "added" and "bought" are what came after the first search.
# "handoff": a person was asked for, or wrote. "unhappy": the last word, rating or thumb was a bad one.
# What a message says that only asks for products is about products: its feeling doesn't count.
_MAKE = """
INSERT OR REPLACE INTO journeys (conversation_id, started_at, said_at, searched_at, ordered_at,
  handoff, ended, unhappy, mood, messages, sentiment, support, searches, unmet, clicks, met, shown,
  clicked, added, bought)
WITH orders AS (
  SELECT conversation_id AS id, min(at) AS ordered, max(at) AS last_order FROM customer_events
  WHERE kind = 'purchase' AND conversation_id {some} GROUP BY conversation_id),
said AS (
  SELECT m.conversation_id AS id, max(m.at) AS last,
    avg(m.sentiment_score) FILTER (WHERE {felt}) AS mood,
    count(*) FILTER (WHERE ordered IS NULL OR m.at < ordered) AS messages,
    max(m.at) FILTER (WHERE ordered IS NULL OR m.at < ordered) AS said,
    avg(m.sentiment_score) FILTER (WHERE (ordered IS NULL OR m.at < ordered) AND {felt})
      AS sentiment,
    avg(m.intent NOT IN ({shopping})) FILTER (WHERE ordered IS NULL OR m.at < ordered) AS support
  FROM messages m LEFT JOIN orders o ON o.id = m.conversation_id
  WHERE m.sender = 'customer' AND m.conversation_id {some} GROUP BY m.conversation_id),
looked AS (
  SELECT s.conversation_id AS id, min(s.at) AS first, max(s.at) AS last, max(s.good > 0) AS met,
    max(s.total > 0) AS shown,
    count(*) FILTER (WHERE ordered IS NULL OR s.at < ordered) AS searches,
    avg(s.good = 0) FILTER (WHERE ordered IS NULL OR s.at < ordered) AS unmet
  FROM searches s LEFT JOIN orders o ON o.id = s.conversation_id
  WHERE s.kind IN ({counted}) AND s.conversation_id {some} GROUP BY s.conversation_id),
did AS (
  SELECT e.conversation_id AS id, max(e.kind = 'click' AND e.at >= l.first) AS clicked,
    max(e.kind = 'cart' AND e.at >= l.first) AS added,
    count(*) FILTER (WHERE e.kind = 'click' AND (ordered IS NULL OR e.at < ordered)) AS clicks
  FROM customer_events e LEFT JOIN orders o ON o.id = e.conversation_id
    LEFT JOIN looked l ON l.id = e.conversation_id
  WHERE e.kind IN ('click', 'cart') AND e.conversation_id {some} GROUP BY e.conversation_id)
SELECT c.id, c.started_at, coalesce(said.said, said.last), looked.last, ordered,
  c.handoff_requested_at IS NOT NULL OR EXISTS (SELECT 1 FROM messages m
    WHERE m.conversation_id = c.id AND m.sender = 'staff'),
  (SELECT name FROM actions_taken a WHERE a.conversation_id = c.id ORDER BY a.at DESC, a.id DESC
    LIMIT 1),
  coalesce((SELECT m.sentiment = 'negative' AND {felt} FROM messages m
    WHERE m.conversation_id = c.id AND m.sender = 'customer' ORDER BY m.at DESC LIMIT 1), 0)
  OR coalesce((SELECT iif(e.kind = 'rating', e.value <= 2, e.value < 0) FROM customer_events e
    WHERE e.conversation_id = c.id AND e.kind IN ('rating', 'thumb') ORDER BY e.at DESC LIMIT 1), 0),
  said.mood, coalesce(messages, 0), coalesce(said.sentiment, 0), coalesce(support, 0),
  coalesce(searches, 0), coalesce(unmet, 0), coalesce(clicks, 0), met, coalesce(shown, 0),
  coalesce(clicked, 0), coalesce(added, 0), coalesce(last_order >= looked.first, 0)
FROM conversations c LEFT JOIN orders USING (id) LEFT JOIN said USING (id)
LEFT JOIN looked USING (id) LEFT JOIN did USING (id) WHERE c.id {some}
"""


def refresh(database: Database, conversations: Iterable[str]) -> None:
    """Make the journeys of these conversations anew; the caller holds the transaction."""
    ids = list(conversations)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        marks = ", ".join(f"?{i}" for i in range(1, len(some) + 1))
        database.conn.execute(f"DELETE FROM journeys WHERE conversation_id IN ({marks})", some)
        database.conn.execute(_sql(f"IN ({marks})"), some)


def refresh_all(database: Database) -> None:
    """Make all journeys anew; the caller holds the transaction."""
    database.conn.execute("DELETE FROM journeys")
    database.conn.execute(_sql("IS NOT NULL"))


def _sql(some: str) -> str:
    return _MAKE.format(
        some=some,
        shopping=quoted(group("browsing")),
        felt=f"coalesce(m.intent, '') NOT IN ({quoted(group('unfelt'))})",
        counted=quoted(COUNTED),
    )


def make_table(database: Database) -> None:
    """The table, filled from what is there, in place of an older one."""
    run = database.conn.execute
    run("DROP TABLE IF EXISTS journeys")
    run(
        "CREATE TABLE journeys (conversation_id TEXT PRIMARY KEY, started_at REAL, said_at REAL, "
        "searched_at REAL, ordered_at REAL, handoff INTEGER, ended TEXT, unhappy INTEGER, "
        "mood REAL, messages INTEGER, sentiment REAL, support REAL, searches INTEGER, unmet REAL, "
        "clicks INTEGER, met INTEGER, shown INTEGER, clicked INTEGER, added INTEGER, "
        "bought INTEGER)"
    )
    for column in ("started_at", "said_at", "searched_at"):
        run(f"CREATE INDEX journeys_{column} ON journeys ({column})")
    refresh_all(database)
