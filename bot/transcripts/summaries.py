"""One row for each conversation: what lists and searches need, so that they read nothing else.

The rows follow from messages, products and customers' events alone: `refresh` makes them again for
the conversations that changed, in the transaction that changed them.
"""

from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from bot.intents import group
from bot.transcripts import journeys
from bot.transcripts.searching import indexed

SIMULATED = "simulated-"  # how the ids of conversations begin that no person had
NEGATIVE, POSITIVE = -0.25, 0.25  # the mean score from which a conversation is one or the other
MAX_TEXT = 160  # characters of the first and last words that a list shows
CHUNK = 200  # conversations that are read at once
AT_ONCE = 1000  # conversations of one transaction while catching up


_AFTER = SIMULATED[:-1] + chr(ord(SIMULATED[-1]) + 1)  # the first id that isn't simulated any more


def simulated_sql(column: str = "conversation_id") -> str:
    """An SQL condition, which an index can serve, for conversations that no person had."""
    return f"({column} >= '{SIMULATED}' AND {column} < '{_AFTER}')"


def refresh(database: Database, conversations: Iterable[str]) -> None:
    """Make the summaries of these conversations anew; of one that is gone, remove it.

    The caller holds the transaction.
    """
    ids = list(conversations)
    for start in range(0, len(ids), CHUNK):
        _refresh_some(database, ids[start : start + CHUNK])
    journeys.refresh(database, ids)


def catch_up(database: Database) -> int:
    """Make the summaries that an upgrade left to be made; returns how many.

    Each part is a transaction of its own: a process that is killed goes on where it was.
    """
    done = 0
    while True:
        with database.atomic():
            rows = list(
                database.query("SELECT * FROM unsummarised ORDER BY place LIMIT ?", [AT_ONCE])
            )
            if not rows:
                return done
            refresh(database, [row["conversation_id"] for row in rows])
            database.execute("DELETE FROM unsummarised WHERE place <= ?", [rows[-1]["place"]])
        done += len(rows)


def make_later(database: Database) -> None:
    """Remove all summaries and leave it to `catch_up` to make them: it takes minutes for many."""
    clear(database)
    database.conn.execute(
        "INSERT INTO unsummarised (conversation_id) SELECT id FROM conversations ORDER BY last_at"
    )


def clear(database: Database) -> None:
    """Remove all summaries; `refresh` makes them again."""
    for table in (
        "conversation_facts", "conversation_fts", "previews", "summaries", "journeys",
        "unsummarised",
    ):  # fmt: skip
        database.conn.execute(f"DELETE FROM {table}")


def _refresh_some(database: Database, ids: list[str]) -> None:
    marks = ", ".join("?" * len(ids))
    rows = _grouped(
        database,
        f"SELECT conversation_id AS id, * FROM messages WHERE conversation_id IN ({marks}) "
        "ORDER BY at, rowid",
        ids,
    )
    products = _grouped(
        database,
        "SELECT DISTINCT m.conversation_id AS id, p.sku FROM products_shown p JOIN messages m "
        f"ON m.id = p.message_id WHERE m.conversation_id IN ({marks})",
        ids,
    )
    events = _grouped(
        database,
        "SELECT conversation_id AS id, kind, value FROM customer_events "
        f"WHERE conversation_id IN ({marks}) AND kind IN ('thumb', 'rating') ORDER BY at",
        ids,
    )
    found = _grouped(database, f"SELECT * FROM conversations WHERE id IN ({marks})", ids)
    for conversation in ids:
        _forget(database, conversation)
        if conversation in found and conversation in rows:
            summary, facts = _summary(
                found[conversation][0],
                rows[conversation],
                [one["sku"] for one in products.get(conversation, [])],
                events.get(conversation, []),
            )
            _write(database, summary, facts, rows[conversation])


def _grouped(database: Database, sql: str, ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in database.query(sql, ids):
        groups.setdefault(row["id"], []).append(row)
    return groups


def _summary(
    conversation: dict[str, Any],
    messages: list[dict[str, Any]],
    skus: list[str],
    events: list[dict[str, Any]],
) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """The row of a conversation, and its facts: (kind, value) with intents and products."""
    said = [one for one in messages if one["sender"] == "customer"]
    scores = [
        one["sentiment_score"]
        for one in said
        if one["sentiment_score"] is not None and one["intent"] not in group("unfelt")
    ]
    sure = [one["confidence"] for one in said if one["confidence"] is not None]
    intents = {one["intent"] for one in said if one["intent"]}
    thumbs = [one["value"] for one in events if one["kind"] == "thumb"]
    ratings = [one["value"] for one in events if one["kind"] == "rating"]
    mean = sum(scores) / len(scores) if scores else None
    summary = {
        "conversation_id": conversation["id"],
        "started_at": conversation["started_at"],
        "last_at": messages[-1]["at"],
        "last_customer_at": said[-1]["at"] if said else None,
        "messages": len(messages),
        "sentiment": _label(mean),
        "score": None if mean is None else round(mean, 3),
        "trend": _trend(scores),
        "confidence": min(sure, default=None),
        "fallback": int(bool(intents.intersection(group("unsure")))),
        "handoff": int(conversation["handoff_requested_at"] is not None),
        "thumbs_down": int(any(value < 0 for value in thumbs)),
        "thumbs_up": int(any(value > 0 for value in thumbs)),
        "rating": ratings[-1] if ratings else None,
        "channel": conversation["channel"] or "",
        "language": "other" if "other_language" in intents else conversation.get("language"),
        "generated": int(conversation["id"].startswith(SIMULATED)),
    }
    summary["facet_set"] = facets_of(summary, intents)  # `_write` puts its number there
    facts = {("intent", one) for one in intents} | {("product", one) for one in skus if one}
    return summary, facts


def facets_of(summary: dict[str, Any], intents: set[str]) -> str:
    """All that a conversation counts for, as one text; many conversations share it."""
    marks = [f"{name}={summary[name]}" for name in ("sentiment", "channel", "language")]
    marks += [f"{name}=1" for name in ("fallback", "handoff", "thumbs_down") if summary[name]]
    marks += [f"intent={name}" for name in sorted(intents)]
    return "\n".join(one for one in marks if not one.endswith(("=None", "=")))


def _preview(message: dict[str, Any]) -> str:
    return message["text"][:MAX_TEXT]


def _write(
    database: Database,
    summary: dict[str, Any],
    facts: set[tuple[str, str]],
    messages: list[dict[str, Any]],
) -> None:
    run = database.conn.execute
    (summary["facet_set"],) = run(
        "INSERT INTO facet_sets (marks) VALUES (?) ON CONFLICT DO UPDATE SET n = n RETURNING id",
        [summary["facet_set"]],
    ).fetchone()
    names = ", ".join(summary)
    number = run(
        f"INSERT INTO summaries ({names}) VALUES ({', '.join('?' * len(summary))})",
        list(summary.values()),
    ).lastrowid
    database.conn.executemany(
        "INSERT INTO conversation_facts (kind, value, number) VALUES (?, ?, ?)",
        [(kind, value, number) for kind, value in sorted(facts)],
    )
    said = [one for one in messages if one["sender"] == "customer"] or messages
    run(
        "INSERT INTO previews (number, first_text, last_text, last_sender) VALUES (?, ?, ?, ?)",
        [number, _preview(said[0]), _preview(messages[-1]), messages[-1]["sender"]],
    )
    words = "\n".join(one["text"] for one in messages if one["sender"] != "system")
    run("INSERT INTO conversation_fts (rowid, text) VALUES (?, ?)", [number, indexed(words)])


def _forget(database: Database, conversation: str) -> None:
    run = database.conn.execute
    row = run("SELECT number FROM summaries WHERE conversation_id = ?", [conversation]).fetchone()
    if row:
        run("DELETE FROM conversation_facts WHERE number = ?", row)
        run("DELETE FROM conversation_fts WHERE rowid = ?", row)
        run("DELETE FROM previews WHERE number = ?", row)
        run("DELETE FROM summaries WHERE number = ?", row)


def _label(score: float | None) -> str | None:
    if score is None:
        return None
    return "negative" if score <= NEGATIVE else "positive" if score >= POSITIVE else "neutral"


def _trend(scores: list[float]) -> float | None:
    """How much better the second half went than the first; None with fewer than two messages."""
    if len(scores) < 2:
        return None
    half = len(scores) // 2
    before, after = scores[:half], scores[half:]
    return round(sum(after) / len(after) - sum(before) / len(before), 3)
