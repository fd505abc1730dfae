"""What happens to products that people asked for or looked at: back in stock, and cheaper.

Each is noted once for each person, and may begin a journey.
"""

import json
from collections.abc import Iterable

from bot.campaigns.people import DAY, People
from recommender.product import Product

BACK, CHEAPER, CART = "back_in_stock", "price_drop", "cart"
LEAST_DROP = 0.05  # of the price, below which nobody is told
LATELY_DAYS = 60  # since somebody looked at it
CHUNK = 5_000  # products in one transaction


def note_prices(people: People, products: Iterable[Product], now: float) -> int:
    """Compare prices with those of the last time; returns how many people are to hear of a drop.

    That are those who looked at it, put it into the cart or liked it lately, and haven't bought it.
    """
    noted = 0
    some: list[Product] = []
    for product in products:
        some.append(product)
        if len(some) == CHUNK:
            noted += _compare(people, some, now)
            some = []
    return noted + _compare(people, some, now)


def of_journey(people: People, kind: str, person: int, at: float) -> list[str]:
    """The products with which something happened to somebody at a time."""
    sql = (
        "SELECT DISTINCT sku FROM happenings WHERE person = ? AND kind = ? AND at = ? ORDER BY sku"
    )
    return [row["sku"] for row in people.db.query(sql, [person, kind, at])]


def in_cart(people: People, person: int) -> list[str]:
    """The products that somebody put into a cart and hasn't ordered since, the latest first."""
    sql = (
        "SELECT t.value FROM traits t WHERE t.person = ? AND t.kind = 'carted' AND t.at > "
        "coalesce((SELECT max(at) FROM purchases b WHERE b.person = t.person), 0) "
        "GROUP BY t.value ORDER BY max(t.at) DESC"
    )
    return [row["value"] for row in people.db.query(sql, [person])]


def _compare(people: People, products: list[Product], now: float) -> int:
    prices = {one.sku: float(one.price) for one in products if one.price is not None}
    rows = people.db.execute(
        "SELECT sku, price FROM prices WHERE sku IN (SELECT value FROM json_each(?))",
        [json.dumps([*prices])],
    )
    before = dict(rows.fetchall())
    stocked = {one.sku for one in products if one.in_stock}
    dropped = [
        sku for sku, price in prices.items()
        if sku in before and sku in stocked and price <= before[sku] * (1 - LEAST_DROP)
    ]  # fmt: skip
    who = people.db.execute(
        "SELECT DISTINCT t.person, t.value FROM traits t WHERE t.kind IN ('viewed', 'carted', 'wished') "
        "AND t.value IN (SELECT value FROM json_each(?)) AND t.at >= ? AND NOT EXISTS (SELECT 1 "
        "FROM traits b WHERE b.kind = 'bought' AND b.value = t.value AND b.person = t.person)",
        [json.dumps(dropped), now - LATELY_DAYS * DAY],
    ).fetchall()
    with people.db.atomic():
        noted = note(
            people, [(person, CHEAPER, sku, f"{prices[sku]:g}", now) for person, sku in who]
        )
        people.db.conn.executemany(
            "INSERT OR REPLACE INTO prices VALUES (?, ?)", list(prices.items())
        )
    return noted


def note(people: People, rows: list[tuple[int, str, str, str, float]]) -> int:
    """Note what happened: person, kind, sku, what makes it this one, when; returns how much of it is new."""
    with people.db.atomic():
        done = people.db.conn.executemany(
            "INSERT OR IGNORE INTO happenings VALUES (?, ?, ?, ?, ?)", rows
        )
    return max(0, done.rowcount)
