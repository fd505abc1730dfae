"""From a question to an order: the funnel, and the ledger of what recommendations led to."""

import json
from dataclasses import dataclass

from bot.insights.scope import DAY, Scope, Source
from bot.statistics import Mean, Share, mean, share

WINDOW_DAYS = 7  # a purchase counts for a recommendation that was clicked so long before it
STAGES = {
    "asked": "asked for a product",
    "shown": "saw recommendations",
    "clicked": "opened one",
    "added": "put one in the cart",
    "bought": "bought",
}

# What is true of a journey that reached a step; who bought went through those before, seen or not.
REACHED = {
    "asked": "1",
    "shown": "shown",
    "clicked": "shown AND (clicked OR added OR bought)",
    "added": "shown AND (added OR bought)",
    "bought": "shown AND bought",
}


@dataclass(frozen=True)
class Stage:
    """A step of the funnel: conversations that reached it, of all that asked, and of the last step."""

    name: str
    title: str
    of_all: Share
    of_last: Share


@dataclass(frozen=True)
class Entry:
    """A purchase that followed a clicked recommendation, with its evidence."""

    conversation: str
    sku: str
    title: str
    shown_at: float
    clicked_at: float
    bought_at: float
    order_value: float
    sentiment: float | None  # average of the conversation's messages
    rating: float | None


@dataclass(frozen=True)
class Ledger:
    """What the assistant earned, by two rules, and how these customers felt.

    `direct`: orders that hold a product which was recommended and clicked before, within
    `WINDOW_DAYS`. `assisted`: the other orders of conversations in which products were shown.
    """

    entries: list[Entry]
    direct_orders: int
    direct_value: float
    assisted_orders: int
    assisted_value: float
    all_orders: int
    all_value: float
    buyers_sentiment: Mean
    others_sentiment: Mean


def funnel(source: Source, scope: Scope) -> list[Stage]:
    """The funnel over the conversations that asked for a product; each stage within the last."""
    row = source.rows(
        f"""SELECT count(*) AS asked, coalesce(sum({REACHED["shown"]}), 0) AS shown,
              coalesce(sum({REACHED["clicked"]}), 0) AS clicked,
              coalesce(sum({REACHED["added"]}), 0) AS added,
              coalesce(sum({REACHED["bought"]}), 0) AS bought
            FROM journeys WHERE {scope.where(at="searched_at")}""",
        *scope.values,
    )[0]
    stages, last = [], row["asked"]
    for name, title in STAGES.items():
        stages.append(Stage(name, title, share(row[name], row["asked"]), share(row[name], last)))
        last = row[name]
    return stages


def ledger(source: Source, scope: Scope) -> Ledger:
    """Every recommendation that was shown, clicked and then bought, in the span of the purchase."""
    rows = source.rows(
        f"""WITH bought AS (
              SELECT b.id, b.conversation_id, b.at, b.value, item.value AS sku
              FROM customer_events b, json_each(b.text) item
              WHERE b.kind = 'purchase' AND {scope.where("b.")}),
            clicked AS (
              SELECT b.id, b.conversation_id, b.at AS bought_at, b.value AS order_value, b.sku,
                max(c.at) AS clicked_at
              FROM bought b JOIN customer_events c ON c.conversation_id = b.conversation_id
                AND c.kind = 'click' AND c.sku = b.sku AND c.at <= b.at
                AND c.at >= b.at - {WINDOW_DAYS * DAY}
              GROUP BY b.id, b.sku)
            SELECT k.id, k.conversation_id, k.sku, k.order_value, k.bought_at, k.clicked_at,
              s.title, max(s.at) AS shown_at
            FROM clicked k JOIN products_shown s ON s.sku = k.sku
              AND s.conversation_id = k.conversation_id AND s.at <= k.clicked_at
            GROUP BY k.id, k.sku ORDER BY k.bought_at DESC""",
        *scope.values,
    )
    buyers = {row["conversation_id"] for row in rows}
    moods = _moods(source, buyers)
    ratings = _ratings(source, scope)
    entries = [
        Entry(
            conversation=row["conversation_id"],
            sku=row["sku"],
            title=row["title"] or row["sku"],
            shown_at=row["shown_at"],
            clicked_at=row["clicked_at"],
            bought_at=row["bought_at"],
            order_value=row["order_value"] or 0.0,
            sentiment=moods.get(row["conversation_id"]),
            rating=ratings.get(row["conversation_id"]),
        )
        for row in rows
    ]
    direct = {row["id"]: row["order_value"] or 0.0 for row in rows}
    orders = _orders(source, scope)
    assisted = [value for key, (value, shown) in orders.items() if shown and key not in direct]
    return Ledger(
        entries=entries,
        direct_orders=len(direct),
        direct_value=sum(direct.values()),
        assisted_orders=len(assisted),
        assisted_value=sum(assisted),
        all_orders=len(orders),
        all_value=sum(value for value, _ in orders.values()),
        buyers_sentiment=_mean([mood for c in buyers if (mood := moods[c]) is not None]),
        others_sentiment=_others_mood(source, scope, buyers),
    )


def _mean(values: list[float]) -> Mean:
    return mean(len(values), sum(values), sum(value * value for value in values))


def _orders(source: Source, scope: Scope) -> dict[str, tuple[float, bool]]:
    """Every order: its value, and whether products were shown in its conversation before."""
    rows = source.rows(
        f"""SELECT b.id, coalesce(b.value, 0) AS value, EXISTS (
              SELECT 1 FROM searches s WHERE s.conversation_id = b.conversation_id
              AND s.total > 0 AND s.at <= b.at) AS shown
            FROM customer_events b WHERE b.kind = 'purchase' AND {scope.where("b.")}""",
        *scope.values,
    )
    return {row["id"]: (row["value"], bool(row["shown"])) for row in rows}


def _moods(source: Source, conversations: set[str]) -> dict[str, float | None]:
    """The average sentiment of conversations."""
    rows = source.rows(
        "SELECT conversation_id, mood FROM journeys "
        "WHERE conversation_id IN (SELECT value FROM json_each(?))",
        json.dumps(sorted(conversations)),
    )
    found: dict[str, float | None] = dict.fromkeys(conversations)
    return found | {row["conversation_id"]: row["mood"] for row in rows}


def _others_mood(source: Source, scope: Scope, buyers: set[str]) -> Mean:
    """The average mood of conversations that looked for something and aren't among the buyers."""
    row = source.rows(
        f"""SELECT count(*) AS n, coalesce(sum(mood), 0) AS s, coalesce(sum(mood * mood), 0) AS q
            FROM journeys WHERE mood IS NOT NULL AND {scope.where(at="searched_at")}
            AND conversation_id NOT IN (SELECT value FROM json_each(?))""",
        *scope.values,
        json.dumps(sorted(buyers)),
    )[0]
    return mean(row["n"], row["s"], row["q"])


def _ratings(source: Source, scope: Scope) -> dict[str, float]:
    rows = source.rows(
        f"SELECT conversation_id, avg(value) AS value FROM customer_events "
        f"WHERE kind = 'rating' AND {scope.where()} GROUP BY conversation_id",
        *scope.values,
    )
    return {row["conversation_id"]: row["value"] for row in rows}
