"""Unmet demand: what customers looked for and the shop doesn't have, and what that may cost."""

import json
from dataclasses import dataclass
from typing import Any

from bot.insights.scope import Scope, Source
from bot.statistics import Share, difference, share

Interval = tuple[float, float, float]  # an estimate, and its 95 % interval: value, low, high
# What a customer does after a search that shows interest, the strongest last.
STEPS = {"click": "clicked", "cart": "added to the cart", "purchase": "bought"}


@dataclass(frozen=True)
class Need:
    """What was looked for and not found: how often, by how many, and how it was missing.

    `lost` is the number of `Demand.step`s that the shop may have lost, `lost_value` their worth;
    both with a 95 % interval, None where there is too little to go by.
    """

    name: str
    searches: int
    conversations: int
    wordings: list[str]
    nothing_found: int  # searches; in the others a wish was given up
    not_made: int  # of products that aren't made so or are sold out
    conversations_before: int
    lost: Interval | None
    lost_value: Interval | None


@dataclass(frozen=True)
class Demand:
    """All searches of a span, the unmet ones grouped, and the rates that the estimate rests on.

    `after_good` and `after_unmet` are the shares of conversations that went on to `step`, among
    those whose searches were met at least once, and those where none was.
    """

    searches: int
    unmet: Share
    needs: list[Need]
    step: str
    after_good: Share
    after_unmet: Share
    value: float | None  # of one step, in the shop's currency: the average order
    relaxed: dict[str, int]  # wish -> how often it had to be given up


def demand(source: Source, scope: Scope) -> Demand:
    """Count a span.

    The estimate: the difference between the two shares, times the conversations with the need,
    times the value of an order. Its interval is that of the difference (Newcombe 1998). It takes
    what customers with met and unmet searches would do as alike, which no data can prove.
    """
    total, unmet = source.rows(
        f"SELECT count(*), coalesce(sum(good = 0), 0) FROM searches WHERE {scope.where()}",
        *scope.values,
    )[0]
    step, after_good, after_unmet = _rates(source, scope)
    value = _order_value(source, scope) if step == "purchase" else None
    gap = None
    if after_good.n and after_unmet.n:
        gap = difference(after_good, after_unmet)
    needs = [_need(row, gap, value) for row in _needs(source, scope)]
    return Demand(
        searches=total,
        unmet=share(unmet, total),
        needs=needs,
        step=step,
        after_good=after_good,
        after_unmet=after_unmet,
        value=value,
        relaxed=_relaxed(source, scope),
    )


def _needs(source: Source, scope: Scope) -> list[Any]:
    """Unmet searches by group: the one that `refresh` put the need into, else the need itself."""
    earlier = scope.before
    return source.rows(
        f"""WITH grouped AS (
              SELECT coalesce(g.name, s.need) AS name, s.need, s.conversation_id, s.kind,
                s.relaxed, s.at >= ? AS now
              FROM searches s LEFT JOIN insights.need_groups g ON g.need = s.need
              WHERE s.good = 0 AND {scope.where("s.")})
            SELECT name, sum(now) AS searches,
              count(DISTINCT CASE WHEN now THEN conversation_id END) AS conversations,
              count(DISTINCT CASE WHEN NOT now THEN conversation_id END) AS before,
              sum(now AND kind <> 'stock' AND relaxed = '[]') AS none_found,
              sum(now AND kind = 'stock') AS not_made,
              json_group_array(DISTINCT need) AS wordings
            FROM grouped GROUP BY name HAVING searches > 0
            ORDER BY conversations DESC, searches DESC, name""",
        scope.since,
        earlier.since,
        scope.until,
    )


def _times(interval: Interval, factor: float) -> Interval:
    value, low, high = interval
    return value * factor, low * factor, high * factor


def _need(row: Any, gap: Interval | None, value: float | None) -> Need:
    lost: Interval | None = None
    lost_value: Interval | None = None
    if gap:
        rise, low, high = gap
        lost = _times((max(0.0, rise), max(0.0, low), max(0.0, high)), row["conversations"])
        if value is not None:
            lost_value = _times(lost, value)
    return Need(
        name=row["name"],
        searches=row["searches"],
        conversations=row["conversations"],
        wordings=sorted(json.loads(row["wordings"]))[:6],
        nothing_found=row["none_found"],
        not_made=row["not_made"],
        conversations_before=row["before"],
        lost=lost,
        lost_value=lost_value,
    )


def _rates(source: Source, scope: Scope) -> tuple[str, Share, Share]:
    """How many go on after a search, met and unmet: to buying when purchases are reported."""
    rows = source.rows(
        f"""SELECT met, count(*) AS n, sum(ordered_at IS NOT NULL) AS purchase, sum(clicked) AS click
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
            WHERE good = 0 AND {scope.where()} GROUP BY wish.value ORDER BY n DESC""",
        *scope.values,
    )
    return {row["wish"]: row["n"] for row in rows}
