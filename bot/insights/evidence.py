"""Which conversations are behind a number."""

from dataclasses import dataclass
from typing import Any

from bot.errors import NotFound
from bot.insights.demand import WISHED
from bot.insights.funnel import REACHED, ledger
from bot.insights.masking import quote
from bot.insights.overview import ENDING, OUTCOMES
from bot.insights.scope import DAY, Scope, Source
from bot.intents import group, quoted
from bot.transcripts.wishes import COUNTED

LIMIT = 200  # on a page
EXPORTED = 20_000


@dataclass(frozen=True)
class Found:
    """A conversation behind a number: when, and the customer's words there, masked."""

    id: str
    at: float
    words: str


# What can be asked -> a query for conversation_id, at, text; an empty text stands for the last words
# of the customer. {where} stands for the scope, with the prefix x.; :key is the part after the colon of
# a number's address.
_FELT = f"coalesce(x.intent, '') NOT IN ({quoted(group('unfelt'))})"
_MESSAGES = (
    "SELECT x.conversation_id, x.at, x.text FROM messages x WHERE x.sender = 'customer' AND {where}"
)
_COUNTED = f" AND x.kind IN ({quoted(COUNTED)})"
_SEARCHES = "SELECT x.conversation_id, x.at, x.text FROM searches x WHERE {where}" + _COUNTED
_EVENTS = "SELECT x.conversation_id, x.at, '' AS text FROM customer_events x WHERE {where}"
_JOURNEYS = "SELECT x.conversation_id, x.{at} AS at, '' AS text FROM journeys x WHERE "
_STARTED = _JOURNEYS.format(at="started_at") + "{began} AND x.said_at IS NOT NULL"
_ENDED = _STARTED + " AND NOT x.handoff AND "
_LOOKED = _JOURNEYS.format(at="searched_at") + "{looked} AND "
_WROTE = _JOURNEYS.format(at="said_at") + "{wrote} AND x.messages > 0"
_NEED = (
    " AND x.good = 0 AND (x.need = :key AND NOT EXISTS (SELECT 1 FROM insights.need_groups g "
    "WHERE g.need = x.need) OR x.need IN (SELECT need FROM insights.need_groups WHERE name = :key))"
)
_HANDOFFS = (
    "SELECT x.conversation_id, x.at, '' AS text FROM (SELECT conversation AS conversation_id, "
    "coalesce(asked_at, taken_at) AS at, asked_at, taken_at, taken_by FROM staff.handoffs) x "
    "WHERE {where}"
)
QUERIES = {
    "all": _STARTED,
    "outcome": _STARTED,
    "customers": _WROTE,
    "buyers": _WROTE + " AND x.ordered_at IS NOT NULL",
    "orders": _EVENTS + " AND x.kind = 'purchase'",
    "ended": _ENDED + "x.ended = :key",
    "intent": _MESSAGES + " AND coalesce(x.intent, '') = :key",
    "sentiment": f"{_MESSAGES} AND x.sentiment = :key AND {_FELT}",
    "felt": f"{_MESSAGES} AND x.sentiment IS NOT NULL AND {_FELT}",
    "version": f"{_MESSAGES} AND x.model_version = :key AND {_FELT}",
    "searches": _SEARCHES + " AND (:key = 'all' OR x.good = 0 AND (:key <> 'met' OR x.met_at > 0))",
    "relaxed": _SEARCHES
    + " AND x.good = 0 AND EXISTS (SELECT 1 FROM json_each(x.relaxed) WHERE value = :key)",
    "wish": f"SELECT x.conversation_id, x.at, x.text FROM ({WISHED}) x WHERE {{where}} "
    "AND x.wish || ':' || x.value = :key",
    "need": _SEARCHES + _NEED,
    "category": "SELECT x.conversation_id, x.at, '' AS text FROM searches x JOIN journeys j "
    "USING (conversation_id) WHERE x.category = :key AND j.mood IS NOT NULL AND {where}",
    "product": "SELECT x.conversation_id, x.at, x.text FROM (SELECT p.conversation_id, p.at, "
    "m.text FROM products_meant p JOIN messages m ON m.id = p.reply_to WHERE p.sku = :key "
    "UNION ALL SELECT conversation_id, at, '' FROM customer_events WHERE sku = :key "
    "UNION ALL SELECT e.conversation_id, e.at, '' FROM customer_events e, json_each(e.text) i "
    "WHERE e.kind = 'purchase' AND i.value = :key) x WHERE {where}",
    "handoffs": _HANDOFFS + " AND (:key = '' OR x.asked_at IS NOT NULL AND x.taken_at IS NOT NULL)",
    "person": _HANDOFFS + " AND x.taken_by = CAST(:key AS INT)",
    "answers": "SELECT x.conversation_id, x.at, '' AS text FROM (SELECT r.conversation_id, a.at, "
    "r.campaign_id || ':' || a.question_id AS question FROM surveys.answers a "
    "JOIN surveys.runs r ON r.id = a.run_id WHERE a.value <> 'null' AND NOT r.over_quota "
    "AND NOT r.anonymous AND r.conversation_id IS NOT NULL) x WHERE {where} AND x.question = :key",
    "rating": _EVENTS + " AND x.kind = 'rating' AND (:key <> 'good' OR x.value >= 4)",
    "thumb": _EVENTS + " AND x.kind = 'thumb' AND iif(:key = 'up', x.value > 0, x.value < 0)",
    "conversation": _MESSAGES + " AND x.conversation_id = :key",
    "topic": "SELECT x.conversation_id, x.at, m.text FROM insights.topic_texts x "
    "JOIN messages m ON m.id = x.text_id WHERE x.source = 'chat' AND x.topic IN (SELECT id FROM "
    "insights.topics WHERE id = CAST(:key AS INT) OR merged_into = CAST(:key AS INT)) AND {where}",
}
_STAGES = {name: _LOOKED + f"({reached})" for name, reached in REACHED.items()}


def evidence(
    source: Source, scope: Scope, what: str, key: str = "", limit: int = LIMIT
) -> list[Found]:
    """Up to `limit` conversations behind a number, the latest first. Raises NotFound."""
    query = _STAGES.get(key) if what == "stage" else QUERIES.get(what)
    if what == "outcome":
        query = _outcome(key)
    if what == "ledger":
        return _of_ledger(source, scope, limit)
    if what == "segment":
        return _of_segment(source, scope, key, limit)
    if query is None:
        raise NotFound(f"There is no number {what!r}.", f"Known are {', '.join(QUERIES)}.")
    sql = query.format(
        where=_named(scope.where("x.")),
        wrote=_named(scope.where("x.", at="said_at")),
        began=_named(scope.where("x.", at="started_at")),
        looked=_named(scope.where("x.", at="searched_at")),
    )
    rows = source.named(
        f"SELECT conversation_id, max(at) AS at, text FROM ({sql}) GROUP BY conversation_id "
        f"ORDER BY at DESC, conversation_id LIMIT {limit}",
        {"key": key, "since": scope.since, "until": scope.until},
    )
    return [
        Found(row["conversation_id"], row["at"], quote(row["text"] or _last_words(source, row)))
        for row in rows
    ]


def _last_words(source: Source, row: Any) -> str:
    """What the customer wrote last in a conversation."""
    return (
        source.one(
            "SELECT text FROM messages WHERE conversation_id = ? AND sender = 'customer' "
            "ORDER BY at DESC LIMIT 1",
            row["conversation_id"],
        )
        or ""
    )


def _of_segment(source: Source, scope: Scope, key: str, limit: int) -> list[Found]:
    """Customers of a kind, which is found again: the same rows fall into the same kinds."""
    from bot.insights.segments import behaviour, segments  # they load scikit-learn

    rows = behaviour(source, scope)
    kinds = segments(rows).segments
    if not (key.isdecimal() and 1 <= int(key[:9]) <= len(kinds)):
        raise NotFound(f"There is no kind of customers {key!r} in this time.")
    wrote = {row["conversation_id"]: scope.until - DAY * row["days_ago"] for row in rows}
    latest = kinds[int(key) - 1].conversations[::-1][:limit]
    return [
        Found(name, wrote[name], quote(_last_words(source, {"conversation_id": name})))
        for name in latest
    ]


def _of_ledger(source: Source, scope: Scope, limit: int) -> list[Found]:
    """The conversations of the orders that the ledger counts as earned directly."""
    latest: dict[str, float] = {}
    for entry in ledger(source, scope).entries:
        latest[entry.conversation] = max(entry.bought_at, latest.get(entry.conversation, 0))
    found = sorted(latest.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    return [
        Found(name, at, quote(_last_words(source, {"conversation_id": name}))) for name, at in found
    ]


def _named(where: str) -> str:
    """A condition of `Scope.where` with names for its two values."""
    return where.replace("?", ":since", 1).replace("?", ":until", 1)


def _outcome(key: str) -> str | None:
    """Conversations that ended in one of the ways of `overview.OUTCOMES`."""
    if key == "handed_over":
        return _STARTED + " AND x.handoff"
    return _ENDED + f"{ENDING} = '{key}'" if key in OUTCOMES else None
