"""Files of purchases and ratings of many kinds are read alike."""

from pathlib import Path

import pytest

from recommender.baskets.bought_together import OrderLine
from tests.bench.purchases import purchases

NOON = "2026-01-02T12:00:00+00:00"
SECONDS = 1767355200.0


def test_orders_in_two_files_are_one_history(tmp_path: Path) -> None:
    head = "invoice,stock_code,quantity,date,customer\n"
    (tmp_path / "a.csv").write_text(f"{head}1,MUG,2,{NOON},anna\n1,TEA,1,{NOON},anna\n")
    (tmp_path / "b.csv").write_text(
        f"{head}1,TEA,1,{NOON},anna\n2,PAN,-1,{NOON},bo\n3,PAN,1,{NOON},\n"
    )
    (tmp_path / "items.csv").write_text("stock_code,description\nMUG,A blue mug\n")
    (shop,) = purchases(tmp_path)
    assert sorted(shop.lines) == [
        OrderLine("anna", "1", "MUG", SECONDS),
        OrderLine("anna", "1", "TEA", SECONDS),
    ]
    assert shop.has_orders and shop.left_out == 2 and shop.names == {"MUG": "A blue mug"}


def test_ratings_have_no_orders_and_low_ones_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "ratings.tsv"
    path.write_text(
        "userId\tmovieId\trating\ttimestamp\n7\t1\t5\t1767355200\n7\t2\t2\t1767355201\n"
    )
    (shop,) = purchases(path)
    assert shop.lines == [OrderLine("7", "", "1", SECONDS)] and not shop.has_orders


def test_orders_as_the_demo_shop_has_them(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_number,email,status,placed_at,items\n"
        f"1,a@example.com,delivered,{NOON},MUG-1 x2|TEA\n2,a@example.com,cancelled,{NOON},PAN\n"
    )
    (shop,) = purchases(path)
    assert {line.sku for line in shop.lines} == {"MUG-1", "TEA"}


def test_american_times(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Order,User,SKU,Date\n1,a,M,1/2/2026 12:00\n2,a,M,1/30/2026 12:00\n")
    (shop,) = purchases(path)
    assert shop.lines[1].at - shop.lines[0].at == 28 * 86400


def test_a_time_that_cannot_be_read_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order,user,sku,date\n1,a,M,yesterday\n")
    with pytest.raises(ValueError, match="orders.csv: times such as 'yesterday'"):
        list(purchases(path))
