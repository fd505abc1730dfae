"""One row for each conversation with what market research counts: pages read these instead of
every message.

A journey follows from the other tables; `refresh` makes it again in the transaction that changed
the conversation.
"""

from collections.abc import Iterable

from sqlite_utils import Database

from bot.intents import group

CHUNK = 500  # conversations that are made again at once

# "support", "searches", "unmet" and "clicks" count what came before the first order: a model of who
# buys mustn't look at the answer.
_MAKE = """
INSERT OR REPLACE INTO journeys (conversation_id, started_at, said_at, searched_at, ordered_at,
  handoff, ended, mood, messages, sentiment, support, searches, unmet, clicks, met, shown, clicked,
  added)
WITH orders AS (
  SELECT conversation_id AS id, min(at) AS ordered FROM customer_events
  WHERE kind = 'purchase' AND conversation_id {some} GROUP BY conversation_id),
said AS (
  SELECT m.conversation_id AS id, max(m.at) AS last, avg(m.sentiment_score) AS mood,
    count(*) FILTER (WHERE ordered IS NULL OR m.at < ordered) AS messages,
    max(m.at) FILTER (WHERE ordered IS NULL OR m.at < ordered) AS said,
    avg(m.sentiment_score) FILTER (WHERE ordered IS NULL OR m.at < ordered) AS sentiment,
    avg(m.intent NOT IN ({shopping})) FILTER (WHERE ordered IS NULL OR m.at < ordered) AS support
  FROM messages m LEFT JOIN orders o ON o.id = m.conversation_id
  WHERE m.sender = 'customer' AND m.conversation_id {some} GROUP BY m.conversation_id),
looked AS (
  SELECT s.conversation_id AS id, max(s.at) AS last, max(s.good > 0) AS met,
    max(s.total > 0) AS shown,
    count(*) FILTER (WHERE ordered IS NULL OR s.at < ordered) AS searches,
    avg(s.good = 0) FILTER (WHERE ordered IS NULL OR s.at < ordered) AS unmet
  FROM searches s LEFT JOIN orders o ON o.id = s.conversation_id
  WHERE s.conversation_id {some} GROUP BY s.conversation_id),
did AS (
  SELECT e.conversation_id AS id, max(e.kind = 'click') AS clicked, max(e.kind = 'cart') AS added,
    count(*) FILTER (WHERE e.kind = 'click' AND (ordered IS NULL OR e.at < ordered)) AS clicks
  FROM customer_events e LEFT JOIN orders o ON o.id = e.conversation_id
  WHERE e.kind IN ('click', 'cart') AND e.conversation_id {some} GROUP BY e.conversation_id)
SELECT c.id, c.started_at, coalesce(said.said, said.last), looked.last, ordered,
  c.handoff_requested_at IS NOT NULL,
  (SELECT name FROM actions_taken a WHERE a.conversation_id = c.id ORDER BY a.at DESC, a.id DESC
    LIMIT 1),
  said.mood, coalesce(messages, 0), coalesce(said.sentiment, 0), coalesce(support, 0),
  coalesce(searches, 0), coalesce(unmet, 0), coalesce(clicks, 0), met, coalesce(shown, 0),
  coalesce(clicked, 0), coalesce(added, 0)
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
    return _MAKE.format(some=some, shopping=", ".join(f"'{name}'" for name in group("browsing")))


def make_table(database: Database) -> None:
    """The table, filled from what is there."""
    run = database.conn.execute
    run(
        "CREATE TABLE journeys (conversation_id TEXT PRIMARY KEY, started_at REAL, said_at REAL, "
        "searched_at REAL, ordered_at REAL, handoff INTEGER, ended TEXT, mood REAL, "
        "messages INTEGER, sentiment REAL, support REAL, searches INTEGER, unmet REAL, "
        "clicks INTEGER, met INTEGER, shown INTEGER, clicked INTEGER, added INTEGER)"
    )
    for column in ("started_at", "said_at", "searched_at"):
        run(f"CREATE INDEX journeys_{column} ON journeys ({column})")
    refresh_all(database)
