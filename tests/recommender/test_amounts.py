"""Numbers in what a catalogue says."""

from decimal import Decimal

import pytest

from recommender.product import Product
from recommender.search.amounts import amount_in, amounts, called, unit_in


@pytest.mark.parametrize(
    ("value", "amount", "unit"),
    [
        ("2.1 kg", 2.1, "kg"),
        ("800 g", 0.8, "kg"),
        ("1,5 l", 1.5, "l"),
        ("350 ml", 0.35, "l"),
        ("30 h", 30, "h"),
        ("90 min", 1.5, "h"),
        ("2 days", 48, "h"),
        ("1.2 kW", 1200, "W"),
        ("60 x 40 cm", 0.24, ""),
        ("about 12 pieces", 12, "pieces"),
        ("4", 4, ""),
        ("ages 3-6", 3, ""),
        ("oak", None, ""),
        ("", None, ""),
    ],
)
def test_the_number_of_a_value_in_the_unit_that_it_is_compared_in(
    value: str, amount: float | None, unit: str
) -> None:
    assert amount_in(value) == (pytest.approx(amount) if amount is not None else None)
    assert unit_in(value) == unit


TENT = Product("T1", "Tent", price=Decimal(219), attributes={"Net weight": "2.1 kg", "people": "2"})
SMALL = Product("T2", "Small tent", price=Decimal(99), attributes={"weight": "900 g"})
BARE = Product("T3", "Bare tent", attributes={"counterweight": "3 kg", "weight": "light"})


def test_attributes_are_found_by_words_of_their_names() -> None:
    assert called(TENT, ["weight"]) == [("Net weight", "2.1 kg")]
    assert called(BARE, ["weight", "net weight"]) == [("weight", "light")]
    assert called(TENT, ["tent"]) == []


def test_products_compare_by_an_attribute_or_by_price() -> None:
    assert amounts([TENT, SMALL, BARE], ["weight"]) == {"T1": 2.1, "T2": pytest.approx(0.9)}
    assert amounts([TENT, SMALL, BARE], ["price"]) == {"T1": 219, "T2": 99}
