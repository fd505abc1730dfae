"""Unmet demand: what customers asked for and the shop doesn't have, and what that may cost."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from bot.insights.scope import Scope, Source
from bot.intents import quoted
from bot.statistics import Share, difference, share
from bot.transcripts.wishes import COUNTED

Interval = tuple[float, float, float]  # an estimate, and its 95 % interval: value, low, high
# What a customer does after a search that shows interest, the strongest last.
STEPS = {"click": "opened a product", "purchase": "bought"}
AT_LEAST = 5  # conversations; smaller groups are mostly chance, and could point at a person
_ASKED = f"kind IN ({quoted(COUNTED)})"
# The wishes that failed, one a row with its value: price_max 40, colours blue.
WISHED = (
    "SELECT s.conversation_id, s.at, s.text, s.category, s.met_at, wish.value AS wish, "
    "lower(CASE WHEN wish.value <> 'price' THEN coalesce(one.value, '') "
    "WHEN json_extract(s.filters, '$.price_max') > 0 "
    "THEN printf('up to %g', json_extract(s.filters, '$.price_max')) "
    "ELSE printf('from %g', json_extract(s.filters, '$.price_min')) END) AS value "
    "FROM searches s JOIN json_each(s.relaxed) wish "
    "LEFT JOIN json_each(s.filters, '$.' || wish.value) one "
    f"WHERE s.good = 0 AND s.{_ASKED} AND wish.value <> 'categories'"
)


@dataclass(frozen=True)
class Need:
    """What was looked for and not found: how often, by how many, and how it was missing.

    `met_later`: conversations in which it was found after all. `lost` is the number of
    `Demand.step`s that the shop may have lost, `lost_value` their worth; both with a 95 %
    interval, None where there is too little to go by.
    """

    name: str
    searches: int
    conversations: int
    met_later: int
    wordings: list[str]
    nothing_found: int  # searches; in the others a wish was given up
    not_made: int  # of products that aren't made so or are sold out
    conversations_before: int
    lost: Interval | None
    lost_value: Interval | None


@dataclass(frozen=True)
class Wish:
    """A wish that failed, whatever was asked for with it: conversations, also by kind of product.

    `kinds` has only kinds of `AT_LEAST` conversations; what others there were is in none.
    """

    wish: str
    value: str
    conversations: int
    conversations_before: int
    met_later: int
    kinds: dict[str, int]


@dataclass(frozen=True)
class Demand:
    """All requests of a span, the unmet ones grouped, and the rates that the estimate rests on.

    `after_good` and `after_unmet` are the shares of conversations that went on to `step`, among
    those whose requests were met at least once, and those where none was. `smaller` counts the
    groups of fewer than `AT_LEAST` conversations, which aren't among `needs`.
    """

    searches: int
    unmet: Share
    met_later: Share  # of the unmet
    needs: list[Need]
    smaller: int
    wishes: list[Wish]
    step: str
    after_good: Share
    after_unmet: Share
    value: float | None  # of one step, in the shop's currency: the average order
    lost: Interval | None  # of all conversations in which nothing was met
    relaxed: dict[str, int]  # wish -> how often it had to be given up


def demand(source: Source, scope: Scope) -> Demand:
    """Count a span.

    The estimate: the difference between the two shares, times the conversations in which nothing
    was met, times the value of an order. Its interval is that of the difference (Newcombe 1998).
    It takes what customers with met and unmet searches would do as alike, which no data can prove.
    """
    total, unmet, later = source.rows(
        f"SELECT count(*), coalesce(sum(good = 0), 0), count(met_at) FROM searches "
        f"WHERE {_ASKED} AND {scope.where()}",
        *scope.values,
    )[0]
    step, after_good, after_unmet = _rates(source, scope)
    value = _order_value(source, scope) if step == "purchase" else None
    gap = None
    if after_good.n and after_unmet.n:
        rise = difference(after_good, after_unmet)
        gap = (max(0.0, rise[0]), max(0.0, rise[1]), max(0.0, rise[2]))
    rows = _needs(source, scope)
    return Demand(
        searches=total,
        unmet=share(unmet, total),
        met_later=share(later, unmet),
        needs=[_need(row, gap, value) for row in rows if row["conversations"] >= AT_LEAST],
        smaller=sum(row["conversations"] < AT_LEAST for row in rows),
        wishes=_wishes(source, scope),
        step=step,
        after_good=after_good,
        after_unmet=after_unmet,
        value=value,
        lost=_times(gap, after_unmet.n) if gap else None,
        relaxed=_relaxed(source, scope),
    )


def _needs(source: Source, scope: Scope) -> list[Any]:
    """Unmet requests by group: the one that `refresh` put the need into, else the need itself."""
    earlier = scope.before
    return source.rows(
        f"""WITH grouped AS (
              SELECT coalesce(g.name, s.need) AS name, s.need, s.conversation_id, s.kind,
                s.relaxed, s.met_at, s.at >= ? AS now, j.met = 0 AND j.searched_at < ? AS lost
              FROM searches s LEFT JOIN insights.need_groups g ON g.need = s.need
                LEFT JOIN journeys j ON j.conversation_id = s.conversation_id
              WHERE s.good = 0 AND s.{_ASKED} AND {scope.where("s.")})
            SELECT name, sum(now) AS searches,
              count(DISTINCT CASE WHEN now THEN conversation_id END) AS conversations,
              count(DISTINCT CASE WHEN now AND met_at THEN conversation_id END) AS met_later,
              count(DISTINCT CASE WHEN now AND lost THEN conversation_id END) AS lost,
              count(DISTINCT CASE WHEN NOT now THEN conversation_id END) AS before,
              sum(now AND kind <> 'stock' AND relaxed = '[]') AS none_found,
              sum(now AND kind = 'stock') AS not_made,
              json_group_array(DISTINCT need) FILTER (WHERE now) AS wordings
            FROM grouped GROUP BY name HAVING searches > 0
            ORDER BY conversations DESC, searches DESC, name""",
        scope.since,
        scope.until,
        earlier.since,
        scope.until,
    )


def _times(interval: Interval, factor: float) -> Interval:
    value, low, high = interval
    return value * factor, low * factor, high * factor


def _need(row: Any, gap: Interval | None, value: float | None) -> Need:
    lost = _times(gap, row["lost"]) if gap else None
    return Need(
        name=row["name"],
        searches=row["searches"],
        conversations=row["conversations"],
        met_later=row["met_later"],
        wordings=sorted(json.loads(row["wordings"]))[:6],
        nothing_found=row["none_found"],
        not_made=row["not_made"],
        conversations_before=row["before"],
        lost=lost,
        lost_value=_times(lost, value) if lost and value is not None else None,
    )


def _wishes(source: Source, scope: Scope) -> list[Wish]:
    """The wishes that failed in at least `AT_LEAST` conversations, the most frequent first."""
    rows = source.rows(
        f"SELECT x.*, x.at >= ? AS now FROM ({WISHED}) x WHERE x.value <> '' AND {scope.where('x.')}",
        scope.since,
        scope.before.since,
        scope.until,
    )
    now: dict[tuple[str, str], set[str]] = defaultdict(set)
    before: dict[tuple[str, str], set[str]] = defaultdict(set)
    later: dict[tuple[str, str], set[str]] = defaultdict(set)
    kinds: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        key, conversation = (row["wish"], row["value"]), row["conversation_id"]
        if not row["now"]:
            before[key].add(conversation)
            continue
        now[key].add(conversation)
        if row["met_at"] is not None:
            later[key].add(conversation)
        if row["category"]:
            kinds[key][row["category"]].add(conversation)
    found = [
        Wish(
            *key,
            conversations=len(asked),
            conversations_before=len(before[key]),
            met_later=len(later[key]),
            kinds={
                kind: len(who)
                for kind, who in sorted(kinds[key].items(), key=lambda p: (-len(p[1]), p[0]))
                if len(who) >= AT_LEAST
            },
        )
        for key, asked in now.items()
        if len(asked) >= AT_LEAST
    ]
    return sorted(found, key=lambda one: (-one.conversations, one.wish, one.value))


def _rates(source: Source, scope: Scope) -> tuple[str, Share, Share]:
    """How many go on after a request, met and unmet: to buying when purchases are reported."""
    rows = source.rows(
        f"""SELECT met, count(*) AS n, sum(bought) AS purchase, sum(clicked) AS click
            FROM journeys WHERE {scope.where(at="searched_at")} GROUP BY met""",
        *scope.values,
    )
    by = {row["met"]: row for row in rows}
    step = "purchase" if any(row["purchase"] for row in rows) else "click"
    good, unmet = (
        share(by[met][step], by[met]["n"]) if met in by else share(0, 0) for met in (1, 0)
    )
    return step, good, unmet


def _order_value(source: Source, scope: Scope) -> float | None:
    return source.one(
        f"SELECT avg(value) FROM customer_events WHERE kind = 'purchase' AND {scope.where()}",
        *scope.values,
    )


def _relaxed(source: Source, scope: Scope) -> dict[str, int]:
    rows = source.rows(
        f"""SELECT wish.value AS wish, count(*) AS n FROM searches, json_each(relaxed) wish
            WHERE good = 0 AND {_ASKED} AND {scope.where()} GROUP BY wish.value
            ORDER BY n DESC, wish""",
        *scope.values,
    )
    return {row["wish"]: row["n"] for row in rows}
