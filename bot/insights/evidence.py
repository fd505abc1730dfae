"""Which conversations are behind a number."""

from dataclasses import dataclass

from bot.errors import NotFound
from bot.insights.masking import quote
from bot.insights.overview import FALLBACKS, FORM
from bot.insights.scope import Scope, Source

LIMIT = 200


@dataclass(frozen=True)
class Found:
    """A conversation behind a number: when, and the customer's words there, masked."""

    id: str
    at: float
    words: str


# What can be asked -> a query for conversation_id, at, text. {where} stands for the scope, with the
# prefix x.; :key is the part after the colon of a number's address.
_MESSAGES = (
    "SELECT x.conversation_id, x.at, x.text FROM messages x WHERE x.sender = 'customer' AND {where}"
)
_SEARCHES = "SELECT x.conversation_id, x.at, x.text FROM searches x WHERE {where}"
_EVENTS = "SELECT x.conversation_id, x.at, x.text FROM customer_events x WHERE {where}"
_LAST = (
    "SELECT x.conversation_id, max(x.at) AS at, x.name AS text FROM actions_taken x WHERE {where} "
    "GROUP BY x.conversation_id HAVING "
)
_STARTED = "SELECT x.id AS conversation_id, x.started_at AS at, '' AS text FROM conversations x WHERE {started}"
QUERIES = {
    "all": _STARTED,
    "outcome": _STARTED,
    "ended": _LAST + "x.name = :key",
    "intent": _MESSAGES + " AND x.intent = :key",
    "sentiment": _MESSAGES + " AND x.sentiment = :key",
    "version": _MESSAGES + " AND x.model_version = :key",
    "searches": _SEARCHES + " AND (:key = 'all' OR x.good = 0)",
    "relaxed": _SEARCHES
    + " AND x.good = 0 AND EXISTS (SELECT 1 FROM json_each(x.relaxed) WHERE value = :key)",
    "need": _SEARCHES
    + " AND x.good = 0 AND (x.need = :key AND NOT EXISTS (SELECT 1 FROM insights.need_groups g "
    "WHERE g.need = x.need) OR x.need IN (SELECT need FROM insights.need_groups WHERE name = :key))",
    "category": _SEARCHES + " AND x.category = :key",
    "product": "SELECT x.conversation_id, x.at, m.text FROM products_meant x "
    "JOIN messages m ON m.id = x.reply_to WHERE x.sku = :key AND {where}",
    "rating": _EVENTS + " AND x.kind = 'rating' AND (:key <> 'good' OR x.value >= 4)",
    "thumb": _EVENTS + " AND x.kind = 'thumb' AND (x.value < 0) = (:key = 'down')",
    "conversation": _MESSAGES + " AND x.conversation_id = :key",
    "ledger": _EVENTS + " AND x.kind = 'purchase' AND EXISTS (SELECT 1 FROM customer_events c "
    "WHERE c.conversation_id = x.conversation_id AND c.kind = 'click' AND c.at <= x.at)",
    "topic": "SELECT x.conversation_id, x.at, m.text FROM insights.topic_texts x "
    "JOIN messages m ON m.id = x.text_id WHERE x.source = 'chat' AND x.topic IN (SELECT id FROM "
    "insights.topics WHERE id = CAST(:key AS INT) OR merged_into = CAST(:key AS INT)) AND {where}",
}
_STAGES = {
    "asked": _SEARCHES,
    "shown": _SEARCHES + " AND x.total > 0",
    "clicked": _EVENTS + " AND x.kind = 'click'",
    "added": _EVENTS + " AND x.kind = 'cart'",
    "bought": _EVENTS + " AND x.kind = 'purchase'",
}


def evidence(source: Source, scope: Scope, what: str, key: str = "") -> list[Found]:
    """Up to `LIMIT` conversations behind a number, the latest first. Raises NotFound."""
    query = _STAGES.get(key) if what == "stage" else QUERIES.get(what)
    if what == "outcome":
        query = _outcome(key)
    if query is None:
        raise NotFound(f"There is no number {what!r}.", f"Known are {', '.join(QUERIES)}.")
    sql = query.format(
        where=_named(scope.where("x.")),
        started=_named(scope.where("x.", at="started_at", conversation="id")),
    )
    rows = source.named(
        f"SELECT conversation_id, max(at) AS at, text FROM ({sql}) GROUP BY conversation_id "
        f"ORDER BY at DESC LIMIT {LIMIT}",
        {"key": key, "since": scope.since, "until": scope.until},
    )
    return [Found(row["conversation_id"], row["at"], quote(row["text"] or "")) for row in rows]


def _named(where: str) -> str:
    """A condition of `Scope.where` with names for its two values."""
    return where.replace("?", ":since", 1).replace("?", ":until", 1)


def _outcome(key: str) -> str | None:
    """Conversations that ended in one of the ways of `overview.OUTCOMES`."""
    marks = ", ".join(f"'{name}'" for name in FALLBACKS)
    not_understood = f"x.name IN ({marks})"
    broken = f"x.name GLOB '*{FORM}'"
    asked = "SELECT id FROM conversations WHERE handoff_requested_at IS NOT NULL"
    alone = f" AND x.conversation_id NOT IN ({asked})"
    return {
        "handed_over": _STARTED + " AND x.handoff_requested_at IS NOT NULL",
        "not_understood": _LAST + not_understood + alone,
        "broken_off": _LAST + broken + alone,
        "contained": _LAST + f"NOT ({not_understood} OR {broken})" + alone,
    }.get(key)
