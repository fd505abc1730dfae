"""Whether the assistant is as good for some customers as for others: rates by group, with intervals."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import scipy

from bot.insights.scope import Scope, Source
from bot.intents import group, quoted
from bot.statistics import Share, adjusted, difference, share
from bot.transcripts.wishes import COUNTED

AT_LEAST = 5  # of a group, and of all others, so that a rate is shown
CLEAR = 0.05  # adjusted p below which a difference is called clear
SHORT, MEDIUM = 20, 80  # characters of a message
RETURNED = 12 * 3600  # seconds after which a customer who writes again came back
DIMENSIONS = {
    "language": "Language",
    "device": "Device",
    "visit": "New or returning",
    "length": "Length of messages",
}
UNSURE, UNFELT = quoted(group("unsure")), quoted(group("unfelt"))


class Measure(NamedTuple):
    """A rate, of what it is one, and what to do where it is worse for a group."""

    title: str
    of: str
    advice: str


MEASURES = {
    "unsure": Measure(
        "Not understood", "messages",
        "Correct messages of this group under Review and train: the model learns how they write.",
    ),
    "intent_error": Measure(
        "Intent was wrong", "messages that staff reviewed",
        "Review more of this group, also where the assistant was sure, and train.",
    ),
    "sentiment_error": Measure(
        "Sentiment was wrong", "messages that staff labelled",
        "Label more of them under Labels; until then don't compare how these groups feel.",
    ),
    "unhappy": Measure(
        "Unhappy", "messages whose feeling counts",
        "Read the conversations: groups ask for other things, which may be all that is behind it.",
    ),
    "nothing_good": Measure(
        "Nothing good found", "requests for products",
        "See Unmet demand; add this group's words to titles and descriptions.",
    ),
    "handoff": Measure(
        "Went to a person", "conversations",
        "No fault by itself: see what they asked for that the assistant can't do.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Rate:
    """A measure of a group beside that of all others: the difference with its interval, and p that
    there is none, adjusted for all tests of the page; None where one is too small."""

    measure: str
    own: Share
    others: Share
    difference: tuple[float, float, float] | None
    p: float | None

    @property
    def clear(self) -> bool:
        """Whether chance alone would seldom make such a difference."""
        return self.p is not None and self.p < CLEAR


@dataclass(frozen=True)
class Group:
    """Customers, messages or conversations that have something in common."""

    dimension: str
    name: str
    rates: dict[str, Rate]


# The groups of a message m of the summary s and the device d.
_GROUPS = f"""coalesce(s.language, '') AS language, coalesce(d.device, '') AS device,
  CASE WHEN m.at - s.started_at < {RETURNED} THEN 'new' ELSE 'returning' END AS visit,
  CASE WHEN length(m.text) <= {SHORT} THEN 'short' WHEN length(m.text) <= {MEDIUM} THEN 'medium'
    ELSE 'long' END AS length"""
_JOINED = """JOIN summaries s ON s.conversation_id = m.conversation_id
  LEFT JOIN (SELECT conversation_id, max(text) AS device FROM customer_events
    WHERE kind = 'device' GROUP BY conversation_id) d ON d.conversation_id = m.conversation_id"""
_SAID = "m.sender = 'customer' AND NOT coalesce(m.pressed, 0) AND {where}"
# Measure -> k and n in SQL, and the tables; {where} stands for the scope of m.
_QUERIES = {
    "unsure": (f"sum(m.intent IN ({UNSURE}))", "count(m.intent)", f"messages m {_JOINED} WHERE {_SAID}"),
    "unhappy": (
        "sum(m.sentiment = 'negative')", "count(m.sentiment)",
        f"messages m {_JOINED} WHERE {_SAID} AND coalesce(m.intent, '') NOT IN ({UNFELT})",
    ),
    "intent_error": (
        "sum(r.verdict = 'corrected' AND r.intent <> r.found)", "count(*)",
        f"staff.reviews r JOIN messages m ON m.id = r.message_id {_JOINED} WHERE {{where}}",
    ),
    "sentiment_error": (
        "sum(l.label <> m.sentiment)", "count(*)",
        f"insights.labels l JOIN messages m ON m.id = l.message_id {_JOINED} "
        "WHERE l.label <> '' AND {where}",
    ),
    "nothing_good": (
        "sum(x.good = 0)", "count(*)",
        f"searches x JOIN messages m ON m.id = x.reply_to {_JOINED} "
        f"WHERE x.kind IN ({quoted(COUNTED)}) AND {{where}}",
    ),
}  # fmt: skip
# A conversation's messages are as long as they are on average; it is of who returned when one of them is.
_CONVERSATIONS = """SELECT sum(j.handoff) AS k, count(*) AS n, {groups} FROM (
  SELECT m.conversation_id, max(m.at) AS at, avg(length(m.text)) AS text FROM messages m
  WHERE m.sender = 'customer' AND NOT coalesce(m.pressed, 0) GROUP BY m.conversation_id) m
  JOIN journeys j ON j.conversation_id = m.conversation_id {joined}
  WHERE j.said_at IS NOT NULL AND {where} GROUP BY language, device, visit, length"""


def bias(source: Source, scope: Scope) -> list[Group]:
    """All groups with their rates, dimension by dimension, groups in the order of their names."""
    counts: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for measure, rows in _rows(source, scope):
        for row in rows:
            for count in (totals[measure], *(counts[measure, d, row[d]] for d in DIMENSIONS)):
                count[0] += row["k"] or 0
                count[1] += row["n"]
    rates = {
        key: _rate(key[0], (k, n), (totals[key[0]][0] - k, totals[key[0]][1] - n))
        for key, (k, n) in counts.items()
        if n
    }
    tested = [key for key, rate in rates.items() if rate.p is not None]
    for key, p in zip(tested, adjusted([rates[key].p or 0 for key in tested]), strict=True):
        rates[key] = Rate(key[0], rates[key].own, rates[key].others, rates[key].difference, p)
    names = sorted({(dimension, name) for _, dimension, name in rates})
    return [
        Group(dimension, name,
              {m: rates[m, dimension, name] for m in MEASURES if (m, dimension, name) in rates})
        for wanted in DIMENSIONS for dimension, name in names if dimension == wanted
    ]  # fmt: skip


def _rows(source: Source, scope: Scope) -> Iterable[tuple[str, list[Any]]]:
    for measure, (k, n, tables) in _QUERIES.items():
        sql = f"SELECT {k} AS k, {n} AS n, {_GROUPS} FROM {tables} GROUP BY language, device, visit, length"
        yield measure, source.rows(sql.format(where=scope.where("m.")), *scope.values)
    length = _GROUPS.replace("length(m.text)", "m.text")
    sql = _CONVERSATIONS.format(
        groups=length, joined=_JOINED, where=scope.where("j.", at="started_at")
    )
    yield "handoff", source.rows(sql, *scope.values)


def _rate(measure: str, own: tuple[int, int], others: tuple[int, int]) -> Rate:
    a, b = share(*own), share(*others)
    if min(a.n, b.n) < AT_LEAST:
        return Rate(measure, a, b, None, None)
    p = scipy.stats.fisher_exact([[a.k, a.n - a.k], [b.k, b.n - b.k]])[1]
    return Rate(measure, a, b, difference(a, b), float(p))
