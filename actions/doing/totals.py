"""Sums of products with their delivery, in exact amounts of the shop's currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product as combinations

from actions.doing.selection import attribute_names
from actions.shop.delivery import ways_to
from bot.settings.selling import Delivery
from bot.settings.shop import Shop
from recommender.product import Product
from recommender.search.amounts import amount_in, called, unit_in

MOST_EACH = 8  # candidates of each part of a bundle


@dataclass(frozen=True)
class Item:
    """So many of one product."""

    product: Product
    count: int = 1

    @property
    def price(self) -> Decimal:
        """What they cost together; the product's price must be known."""
        assert self.product.price is not None
        return self.product.price * self.count


@dataclass(frozen=True)
class Total:
    """A sum without delivery, and what each way of delivery to `country` costs with it, the first offered first."""

    items: tuple[Item, ...]
    goods: Decimal
    ways: tuple[tuple[Delivery, Decimal], ...] = ()
    country: str = ""


def total(items: Sequence[Item], shop: Shop, country: str = "") -> Total:
    """The sum of items; one without a price is left out."""
    priced = tuple(one for one in items if one.product.price is not None)
    goods = sum((one.price for one in priced), Decimal(0))
    ways = ways_to(country, shop) if country else shop.delivery[:1]
    return Total(priced, goods, tuple((way, fee(way, goods)) for way in ways), country)


def fee(way: Delivery, goods: Decimal) -> Decimal:
    """What a way of delivery costs for goods of so much."""
    free = way.free_from is not None and goods >= way.free_from
    return Decimal(0) if free else way.price


def weights(items: Sequence[Item]) -> list[float | None]:
    """What one of each item weighs in kg; None where the catalogue doesn't say."""
    names = attribute_names("weight")
    told = [
        [value for _, value in called(one.product, names) if unit_in(value) == "kg"]
        for one in items
    ]
    return [amount_in(values[0]) if values else None for values in told]


def missing_to_free(way: Delivery, goods: Decimal) -> Decimal:
    """How much more must be ordered until a way is free; 0 when it is, or never will be."""
    if way.free_from is None:
        return Decimal(0)
    return max(Decimal(0), way.free_from - goods)


def bundle(parts: Sequence[Sequence[Product]], budget: Decimal) -> list[Product] | None:
    """One product of each part, best first in each, that cost no more than a budget together.

    Of all that fit the one whose products stand earliest in their parts; None when none fits.
    """
    choices = [[one for one in part if one.price is not None] for part in parts]
    best: tuple[int, list[Product]] | None = None
    pools = [_shortened(one) for one in choices]
    for chosen in combinations(*(list(enumerate(pool)) for pool in pools)):
        products = [one for _, one in chosen]
        if len({one.sku for one in products}) < len(products):
            continue
        if sum((one.price or Decimal(0) for one in products), Decimal(0)) > budget:
            continue
        rank = sum(place for place, _ in chosen)
        if best is None or rank < best[0]:
            best = rank, products
    return best[1] if best else None


def _shortened(part: Sequence[Product]) -> list[Product]:
    """The best of a part, and its cheapest, so that a small budget has a chance."""
    most = MOST_EACH if len(part) else 0
    first = list(part[:most])
    cheapest = sorted(part, key=lambda one: one.price or Decimal(0))[:2]
    return first + [one for one in cheapest if one not in first]
