"""What is bought together, and what a customer will order next."""

import random

import numpy as np
import pytest

from recommender.baskets import bought_together as module
from recommender.baskets.bought_together import BoughtTogether, OrderLine
from recommender.baskets.next_basket import DAY, NextBasket


def order(customer: str, number: str, day: float, *skus: str) -> list[OrderLine]:
    return [OrderLine(customer, number, sku, day * DAY) for sku in skus]


@pytest.fixture
def lines() -> list[OrderLine]:
    """Tents go with pegs, mugs with tea; candles are in every third order of either."""
    found = []
    for n in range(30):
        extra = ["candle"] if n % 3 == 0 else []
        found += order(f"camper{n}", "1", n, "tent", "pegs", *extra)
        found += order(f"drinker{n}", "1", n, "mug", "tea", *extra)
    return found


@pytest.mark.parametrize("ease_items", [5000, 2, 0])
def test_the_first_neighbour_is_what_is_bought_with_it(
    lines: list[OrderLine], ease_items: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EASE_ITEMS", ease_items)
    monkeypatch.setattr(module, "BLOCK", 2)
    pairs = BoughtTogether(lines).pairs(fewest=3)
    best = {}
    for pair in sorted(pairs, key=lambda one: one.score):
        best[pair.sku] = pair
    assert (best["pegs"].other, best["pegs"].customers) == ("tent", 30)
    assert (best["mug"].other, best["tent"].other) == ("tea", "pegs")
    assert all(pair.sku != pair.other and pair.score > 0 for pair in pairs)


def test_orders_of_one_product_leave_no_pair() -> None:
    lines = [line for n in range(5) for line in order(f"c{n}", "1", n, "mug")]
    assert BoughtTogether(lines).pairs(fewest=1) == []


def test_few_customers_leave_no_pair(lines: list[OrderLine]) -> None:
    # One person, however often, must not be seen in what others are recommended.
    lines += [one for n in range(20) for one in order("odd", str(n), n, "tent", "wig")]
    lines += order("other", "1", 1, "tent", "wig")
    together = BoughtTogether(lines)
    assert together.neighbours[together.rows["tent"], together.rows["wig"]] > 0
    assert not [pair for pair in together.pairs(fewest=3) if "wig" in pair]


def test_the_same_number_of_two_customers_is_two_orders() -> None:
    lines = [one for n in range(9) for one in order(f"a{n}", "7", n, "tent")]
    lines += [one for n in range(9) for one in order(f"b{n}", "7", n, "mug")]
    assert BoughtTogether(lines).neighbours.nnz == 0


def test_no_orders_no_neighbours() -> None:
    assert BoughtTogether([]).pairs(fewest=0) == []


def test_the_next_order_is_the_habit_then_what_goes_with_it(lines: list[OrderLine]) -> None:
    lines += (
        order("anna", "1", 1, "mug") + order("anna", "2", 8, "mug") + order("anna", "3", 9, "pegs")
    )
    best = NextBasket(lines).best("anna", at=31 * DAY)
    assert best[:2] == ["mug", "pegs"] and set(best[2:4]) == {"tea", "tent"}


def test_a_stranger_gets_what_sells_now(lines: list[OrderLine]) -> None:
    for n in range(10):
        lines += order(f"late{n}", "1", 60 + n, "scarf")
    model = NextBasket(lines)
    assert model.best("nobody", at=71 * DAY)[0] == "scarf"
    assert model.best("nobody", at=31 * DAY)[0] != "scarf"  # sales after the time don't count


def test_the_order_of_lines_does_not_matter(lines: list[OrderLine]) -> None:
    shuffled = list(lines)
    random.Random(1).shuffle(shuffled)
    one, other = BoughtTogether(lines), BoughtTogether(shuffled)
    assert np.allclose(one.neighbours.toarray(), other.neighbours.toarray(), atol=1e-6)
