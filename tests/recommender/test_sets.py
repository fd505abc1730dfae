"""The least and the most of several products, counts, totals, bundles."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from recommender.product import Product
from recommender.search.sets import Choice, Total, amount, bundle, countable, ordered, total, values


def product(sku: str, price: str | None = "10", **more: Any) -> Product:
    return Product(sku, sku, price=None if price is None else Decimal(price), **more)


LIGHT = product(
    "light", "30", attributes={"weight": "900 g", "people": "2"}, colours=("red", "blue")
)
HEAVY = product("heavy", "20", attributes={"weight": "2.5 kg", "people": "4"}, colours=("red",))
BARE = product("bare", None, attributes={"material": "wool"}, brand="Kiln")


def test_amounts_are_compared_in_one_unit() -> None:
    assert amount(LIGHT, "weight") == (0.9, "kg", "")
    assert amount(HEAVY, "price") == (20.0, "price", "")
    assert amount(LIGHT, "people") == (2.0, "people", "")
    assert amount(BARE, "price") is None
    assert amount(BARE, "material") is None


@pytest.mark.parametrize(
    ("attribute", "descending", "skus"),
    [
        ("weight", False, ["light", "heavy"]),
        ("weight", True, ["heavy", "light"]),
        ("price", False, ["heavy", "light"]),
        ("price", True, ["light", "heavy"]),
    ],
)
def test_the_order_by_an_amount_with_what_has_none_apart(
    attribute: str, descending: bool, skus: list[str]
) -> None:
    found = ordered([BARE, LIGHT, HEAVY], attribute, descending)
    assert [one.sku for one in found.products] == skus
    assert [one.sku for one in found.unknown] == ["bare"]


def test_amounts_of_another_kind_are_not_mixed_in() -> None:
    long = product("long", attributes={"size": "2 m"})
    short = product("short", attributes={"size": "90 cm"})
    full = product("full", attributes={"size": "1 l"})
    found = ordered([full, long, short], "size")
    assert [one.sku for one in found.products] == ["short", "long"]
    assert found.unknown == (full,)


def test_what_can_be_ordered_by_and_which_values_there_are() -> None:
    assert countable([LIGHT, HEAVY, BARE]) == ["price", "weight", "people"]
    assert values([LIGHT, HEAVY, BARE], "colours") == Counter(red=2, blue=1)
    assert values([LIGHT, HEAVY, BARE], "brand") == Counter(Kiln=1)
    assert values([LIGHT, HEAVY, BARE], "material") == Counter(wool=1)


def test_a_total_counts_each_piece_and_delivery_below_the_limit() -> None:
    lines = [(LIGHT, 2), (HEAVY, 1)]
    assert total(lines, Decimal("4.95"), Decimal("80.01")) == Total(Decimal(80), Decimal("4.95"))
    assert total(lines, Decimal("4.95"), Decimal(80)) == Total(Decimal(80), Decimal(0))
    assert total(lines, Decimal("4.95")).whole == Decimal("84.95")
    assert total([(BARE, 1)]) == Total(Decimal(0), Decimal(0), ("bare",))


def choices(*prices: str) -> list[Choice]:
    """The first fits best."""
    return [
        Choice(product(f"{place}-{price}", price), -place) for place, price in enumerate(prices)
    ]


def test_a_bundle_fits_best_within_the_budget() -> None:
    parts = [choices("90", "60", "10"), choices("80", "40", "5")]
    assert [one.sku for one in bundle(parts, Decimal(170)) or []] == ["0-90", "0-80"]
    assert [one.sku for one in bundle(parts, Decimal(130)) or []] == ["0-90", "1-40"]
    assert [one.sku for one in bundle(parts, Decimal("15")) or []] == ["2-10", "2-5"]
    assert bundle(parts, Decimal("14.99")) is None


def test_nothing_is_twice_in_a_bundle_and_an_empty_part_has_none() -> None:
    pool = choices("30", "40", "20")
    assert [one.sku for one in bundle([pool, pool], Decimal(100)) or []] == ["0-30", "1-40"]
    assert bundle([pool, []], Decimal(100)) is None
    assert bundle([[Choice(BARE, 1.0)]], Decimal(100)) is None
