"""Files that the docs show are read as the docs say."""

import asyncio
from pathlib import Path

from actions.order_backends.interface import STATUSES
from actions.order_backends.sqlite import COLUMNS, SqliteOrders
from bot.paths import REPOSITORY
from recommender.catalogue.importers import read_products
from tests.docs import examples

DOCS = REPOSITORY / "docs"


def test_the_orders_file_is_read_whole(tmp_path: Path) -> None:
    page = DOCS / "orders.md"
    file = tmp_path / "orders.csv"
    file.write_text(dict(examples.fences(page))["csv"], encoding="utf-8")
    orders = SqliteOrders(tmp_path / "orders.db", file)
    found = asyncio.run(orders.find("SO-1001", "anna@example.com"))
    assert orders.errors == []
    assert found and [(item.sku, item.quantity) for item in found.items] == [
        ("MUG-01", 2), ("TEE-01-M", 1),
    ]  # fmt: skip
    text = page.read_text(encoding="utf-8")
    assert [name for name in (*COLUMNS, *STATUSES) if name not in text] == []


def test_variants_of_a_plain_file_are_variants(tmp_path: Path) -> None:
    file = tmp_path / "tees.csv"
    file.write_text(dict(examples.fences(DOCS / "importing.md"))["csv"], encoding="utf-8")
    found = read_products(file)
    assert not found.errors
    tee, mug = found.products
    assert [one.sku for one in tee.variants] == ["TEE-01-S", "TEE-01-M", "TEE-01-M-RED"]
    assert (tee.price, mug.sku) == (19.0, "MUG-01")
    assert {one.stock for one in tee.variants} == {0, 4, 2}
