"""Which conversations are behind a number."""

from dataclasses import dataclass

from bot.errors import NotFound
from bot.insights.funnel import REACHED
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
_JOURNEYS = "SELECT x.conversation_id, x.{at} AS at, x.ended AS text FROM journeys x WHERE "
_ENDED = _JOURNEYS.format(at="started_at") + "{began} AND NOT x.handoff AND "
_LOOKED = _JOURNEYS.format(at="searched_at") + "{looked} AND "
_STARTED = "SELECT x.id AS conversation_id, x.started_at AS at, '' AS text FROM conversations x WHERE {started}"
QUERIES = {
    "all": _STARTED,
    "outcome": _STARTED,
    "customers": _JOURNEYS.format(at="said_at") + "{wrote} AND x.messages > 0",
    "buyers": _JOURNEYS.format(at="said_at")
    + "{wrote} AND x.messages > 0 AND x.ordered_at IS NOT NULL",
    "orders": _EVENTS + " AND x.kind = 'purchase'",
    "ended": _ENDED + "x.ended = :key",
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
_STAGES = {name: _LOOKED + f"({reached})" for name, reached in REACHED.items()}


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
        wrote=_named(scope.where("x.", at="said_at")),
        began=_named(scope.where("x.", at="started_at")),
        looked=_named(scope.where("x.", at="searched_at")),
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
    not_understood = f"x.ended IN ({marks})"
    broken = f"x.ended GLOB '*{FORM}'"
    return {
        "handed_over": _STARTED + " AND x.handoff_requested_at IS NOT NULL",
        "not_understood": _ENDED + not_understood,
        "broken_off": _ENDED + broken,
        "contained": _ENDED + f"NOT coalesce({not_understood} OR {broken}, 0)",
    }.get(key)
