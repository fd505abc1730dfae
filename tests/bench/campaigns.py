"""How long segments take over a million made-up people.

python -m tests.bench.campaigns --people 1000000
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.campaigns import features
from bot.campaigns.people import People
from bot.campaigns.segment import count, read_segment
from bot.settings.keys import read_keys

DAY = 86_400
TIMES = 5
SEGMENTS = {
    "everybody": "",
    "one number": "orders: {at_least: 2}",
    "win-back": "{orders: {at_least: 2}, days_since_order: {at_least: 90}, not: {upset: true}}",
    "bought a kind of thing lately": "bought: {category: kind 7, within_days: 180}",
    "viewed three times, never bought": "{viewed: {sku: sku 3, times: 3}, bought: false}",
    "best by RFM, in two languages": "{recency: {at_least: 4}, monetary: 5, language: [nl, de]}",
    "any of four, none of two": "{any: [{orders: 1}, {viewed: {sku: sku 3}}, {has_cart: true}, "
    "{bought: {category: [kind 1, kind 2]}}], not: {any: [{upset: true}, {open_complaint: true}]}}",
}


def fill(people: People, n: int) -> None:
    """People with three things done each, straight into the tables."""
    now, run = time.time(), people.db.conn.execute
    languages = "CASE abs(random()) % 4 WHEN 0 THEN 'nl' WHEN 1 THEN 'de' ELSE 'en' END"
    with people.db.atomic():
        run(
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
            "INSERT INTO people (id, mark, email, known_since, proof) "
            "SELECT i, 'mark' || i, 'sealed', ?2, 'signed' FROM n",
            [n, now],
        )
        for kind, value, most in (
            ("bought", "sku", 5000), ("bought_category", "kind", 40), ("viewed", "sku", 5000),
        ):  # fmt: skip
            run(
                "INSERT INTO traits SELECT ?1, ?2 || ' ' || abs(random() % ?3), id, 'c' || id, "
                "?4 - abs(random() % 500) * 86400, 1 + abs(random() % 3) FROM people "
                "WHERE abs(random() % 3) < 2",
                [kind, value, most, now],
            )
        run(
            f"INSERT INTO features (person, language, orders, spent, last_order_at, known_since, "
            f"seen_at, upset, cart_at) SELECT id, {languages}, abs(random() % 5), "
            "abs(random() % 50000) / 100.0, ?1 - abs(random() % 500) * 86400, ?1, "
            "?1 - abs(random() % 500) * 86400, abs(random() % 50) = 0, "
            "iif(abs(random() % 9) = 0, ?1, NULL) FROM people",
            [now],
        )
    features.score(people.db)
    people.db.execute("ANALYZE")


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    given = parser.parse_args()
    table = Table("Segment", "People", "Median ms", "Slowest ms")
    with tempfile.TemporaryDirectory() as folder:
        people = People(Path(folder) / "campaigns.db", lambda: read_keys(Path(folder) / "keys"))
        fill(people, given.people)
        for name, text in SEGMENTS.items():
            segment, taken, found = read_segment(name, text), [], 0
            for _ in range(TIMES):
                begun = time.perf_counter()
                found = count(people.db, segment, time.time())
                taken.append((time.perf_counter() - begun) * 1000)
            table.add_row(
                name, f"{found:,}", f"{statistics.median(taken):.0f}", f"{max(taken):.0f}"
            )
        people.close()
    Console().print(table)


if __name__ == "__main__":
    main()
