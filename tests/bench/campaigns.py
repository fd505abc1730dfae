"""How long segments take over a million made-up people.

python -m tests.bench.campaigns --people 1000000
"""

import argparse
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.campaigns import features
from bot.campaigns.audience import assign
from bot.campaigns.office import Office
from bot.campaigns.people import People, Trait
from bot.campaigns.segment import count, read_segment
from bot.paths import REPOSITORY
from bot.settings import read_settings
from bot.settings.keys import read_keys
from recommender import Filters, Recommender
from recommender.catalogue.ingest import ingest
from tests.campaigns.mailbox import Box, serve
from tests.recommender.fakes import FakeEmbedder

DAY = 86_400
TIMES = 5
MAIL = """\
title: Bench
subject: "{first_name|Hello}, for you"
body: |
  Dear {first_name|friend}, see [what is new](https://shop.example/new).

  {products}
holdout: 0
"""
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


def send(n: int, folder: Path) -> float:
    """Seconds for n mails of a campaign, each with products picked for the person, from queue to server."""
    shop = folder / "shop"
    ignored = shutil.ignore_patterns("var", "pictures", "__pycache__")
    shutil.copytree(REPOSITORY / "bot" / "demo", shop, ignore=ignored)
    box = Box(keep=False)
    server = serve(box)
    text = (shop / "shop.yml").read_text(encoding="utf-8")
    (shop / "shop.yml").write_text(
        f"{text}\nmail: {{host: 127.0.0.1, port: {server.port}, tls: none, from: shop@shop.example}}\n"
        "campaigns: {address: 'https://shop.example', per_minute: 100000, quiet_from: '00:00', "
        "quiet_until: '00:00'}\n",
        encoding="utf-8",
    )
    settings = read_settings({"SHOPTALK_SHOP": str(shop / "shop.yml")})
    ingest(shop / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    recommender = Recommender(settings.catalogue_dir, FakeEmbedder())
    skus = [one.sku for one in recommender.accepted(Filters(), 500)]
    office, chance, now = Office.open(settings), random.Random(1), time.time()
    for number in range(n):
        person = office.people.ensure(f"p{number}@d{number % 50}.example", "signed", now, "Ada B")
        office.consents.give(person, "news", "Yes.", "bench", now, {})
        seen = [Trait("viewed", chance.choice(skus), now - i) for i in range(3)]
        office.people.learn(person, f"c{number}", seen)
    office.campaigns.save("bench", MAIL)
    entry = office.campaigns.get("bench")
    assign(office.outbox, "bench", 1, entry.campaign, settings.shop.campaigns, now)
    begun = time.perf_counter()
    done = office.sender(recommender).run(settings.var)
    taken = time.perf_counter() - begun
    assert done.sent == n == box.count, done
    office.close()
    server.stop()
    return taken


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--mails", type=int, default=5_000)
    given = parser.parse_args()
    if given.mails:
        with tempfile.TemporaryDirectory() as folder:
            taken = send(given.mails, Path(folder))
        print(f"{given.mails:,} mails in {taken:.1f} s: {given.mails / taken:.0f} a second.")
    if not given.people:
        return
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
