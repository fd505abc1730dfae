"""Products in conversations: asked for, shown, clicked, added, bought, praised, complained about."""

from dataclasses import dataclass

from bot.insights.masking import quote
from bot.insights.scope import Scope, Source

QUOTES = 2


@dataclass(frozen=True)
class ProductLine:
    """One product in a span; counts of events, of messages for praise and complaints."""

    sku: str
    title: str
    asked: int
    shown: int
    clicked: int
    added: int
    bought: int
    praised: int
    complained: int
    quotes: list[str]  # masked; complaints first


# What `products` can begin with: busiest, or those with most complaints.
ORDERS = {"busiest": "busy DESC, shown DESC, sku", "complained": "complained DESC, busy DESC, sku"}


def products(
    source: Source, scope: Scope, limit: int = 30, order: str = "busiest"
) -> list[ProductLine]:
    """The products that customers and the assistant dealt with most, in one of `ORDERS`.

    Praised and complained: messages of positive or negative sentiment that are about the product
    (a turn in which it was the product meant), and likes and dislikes on its card.
    """
    where = scope.where()
    rows = source.rows(
        f"""WITH counted AS (
              SELECT sku, count(*) AS asked, 0 AS shown, 0 AS clicked, 0 AS added, 0 AS bought,
                sum(sentiment = 'positive') AS praised, sum(sentiment = 'negative') AS complained
              FROM products_meant WHERE {where} GROUP BY sku
              UNION ALL
              SELECT s.sku, 0, count(*), 0, 0, 0, 0, 0
              FROM products_shown s WHERE {scope.where("s.")} GROUP BY s.sku
              UNION ALL
              SELECT sku, 0, 0, sum(kind = 'click'), sum(kind = 'cart'), 0,
                sum(kind = 'like' AND value > 0), sum(kind = 'like' AND value < 0)
              FROM customer_events WHERE kind IN ('click', 'cart', 'like') AND {where} GROUP BY sku
              UNION ALL
              SELECT item.value, 0, 0, 0, 0, count(*), 0, 0
              FROM customer_events, json_each(text) item
              WHERE kind = 'purchase' AND {where} GROUP BY item.value),
            summed AS (SELECT sku, sum(asked) AS asked, sum(shown) AS shown,
              sum(clicked) AS clicked, sum(added) AS added, sum(bought) AS bought,
              coalesce(sum(praised), 0) AS praised,
              coalesce(sum(complained), 0) AS complained
              FROM counted WHERE sku IS NOT NULL AND sku <> '' GROUP BY sku)
            SELECT *, asked + clicked + added + bought + praised + complained AS busy
            FROM summed ORDER BY {ORDERS[order]} LIMIT ?""",
        *scope.values * 4,
        limit,
    )
    return [
        ProductLine(
            **{name: row[name] for name in row.keys() if name != "busy"},  # noqa: SIM118
            title=title(source, row["sku"]),
            quotes=_quotes(source, scope, row["sku"]) if row["praised"] + row["complained"] else [],
        )
        for row in rows
    ]


def title(source: Source, sku: str) -> str:
    """The title that the product had when it was last shown; else its number."""
    return (
        source.one("SELECT title FROM products_shown WHERE sku = ? ORDER BY at DESC LIMIT 1", sku)
        or sku
    )


def _quotes(source: Source, scope: Scope, sku: str) -> list[str]:
    rows = source.rows(
        f"""SELECT m.text, min(p.sentiment) AS felt, max(abs(p.sentiment_score)) AS strength
            FROM products_meant p JOIN messages m ON m.id = p.reply_to
            WHERE p.sku = ? AND p.sentiment IN ('positive', 'negative') AND {scope.where("p.")}
            GROUP BY m.text ORDER BY felt, strength DESC LIMIT ?""",
        sku,
        *scope.values,
        QUOTES,
    )
    return [quote(row["text"]) for row in rows]
