"""The demo shop is complete and agrees with itself."""

import csv
from collections import Counter
from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from actions.order_backends.interface import STATUSES, parse_items
from bot.demo.draw import picture
from bot.paths import REPOSITORY
from recommender.catalogue.importers import read_products
from recommender.product import Product

DEMO = REPOSITORY / "bot" / "demo"


@pytest.fixture(scope="module")
def products() -> dict[str, Product]:
    found = list(read_products(DEMO / "products.csv"))
    assert all(isinstance(one, Product) for one in found)
    return {one.sku: one for one in found}


@pytest.fixture(scope="module")
def orders() -> list[dict[str, str]]:
    with (DEMO / "orders.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_is_enough_of_everything(products: dict[str, Product], orders: list) -> None:
    assert len(products) >= 200 and len(orders) >= 200
    assert len({one.category for one in products.values()}) >= 10
    for one in products.values():
        assert one.brand and one.description and one.price and one.currency == "EUR"
    assert any(one.stock == 0 for one in products.values())
    assert {one.audience for one in products.values()} == {"women", "men", "kids", "unisex", ""}
    assert len({one.description for one in products.values()}) == len(products)


def test_every_picture_is_what_is_drawn_for_it(products: dict[str, Product]) -> None:
    with (DEMO / "products.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = (DEMO / row["image"]).read_text(encoding="utf-8")
            assert text == picture(row), f"{row['sku']}: run python -m bot.demo.draw"
            assert ElementTree.fromstring(text).tag.endswith("svg")


def test_orders_have_every_status_and_add_up(products: dict[str, Product], orders: list) -> None:
    counts = Counter(order["status"] for order in orders)
    assert set(counts) == {*STATUSES} - {"ready_for_pickup"}  # the demo's orders are all sent
    assert min(counts.values()) >= 5
    assert len({order["order_number"] for order in orders}) == len(orders)
    for order in orders:
        total = sum(products[i.sku].price * i.quantity for i in parse_items(order["items"]))
        total += Decimal("4.95") if total < 50 else 0
        assert Decimal(order["total"]) == total, order["order_number"]


def test_dates_fit_the_status(orders: list) -> None:
    for order in orders:
        placed = datetime.fromisoformat(order["placed_at"])
        if order["status"] in ("delivered", "returned", "refunded", "return_requested"):
            assert datetime.fromisoformat(order["delivered_at"]).date() >= placed.date()
        else:
            assert order["delivered_at"] == ""
        if order["status"] in ("shipped", "out_for_delivery", "delayed"):
            assert order["carrier"] and order["tracking"] and order["expected_at"]


def test_nobody_real_is_named(orders: list) -> None:
    assert all(order["email"].rpartition("@")[2].startswith("example.") for order in orders)
