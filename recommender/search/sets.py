"""What can be said of several products at once: the least and the most, counts, values, totals, bundles.

Amounts of money are Decimals in the catalogue's currency. Nothing here knows a word of any language: an
attribute is named as the catalogue names it, or `PRICE`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recommender.product import Product
from recommender.request.measures import Measure, measure

PRICE = "price"
FACETS = ("colours", "sizes")  # of which a product has several
TRIED = 40  # products of each part of a bundle, the best first


@dataclass(frozen=True)
class Ordered:
    """Products by an amount; `unknown` are those of which the catalogue doesn't say it."""

    products: tuple[Product, ...]
    unknown: tuple[Product, ...]


@dataclass(frozen=True)
class Total:
    """What several products cost: `items` without delivery, `missing` the skus without a price."""

    items: Decimal
    delivery: Decimal
    missing: tuple[str, ...] = ()

    @property
    def whole(self) -> Decimal:
        """Items and delivery."""
        return self.items + self.delivery


@dataclass(frozen=True)
class Choice:
    """A product that may be a part of a bundle, and how well it fits."""

    product: Product
    score: float


def amount(product: Product, attribute: str) -> Measure | None:
    """The price, or the attribute as a number with its unit ("90 g" is 0.09 kg); None when unknown."""
    if attribute == PRICE:
        return None if product.price is None else Measure(float(product.price), PRICE)
    value = product.attributes.get(attribute, "")
    try:
        return measure(value) or Measure(float(value.replace(",", ".")), attribute)
    except ValueError:
        return None


def countable(products: Iterable[Product]) -> list[str]:
    """The attributes by which products can be put in order, the commonest first; the price leads."""
    known = Counter(
        name for product in products for name in product.attributes if amount(product, name)
    )
    return [PRICE, *(name for name, _ in known.most_common())]


def ordered(products: Iterable[Product], attribute: str, descending: bool = False) -> Ordered:
    """Products by an amount; of different units those of the commonest count, the others are unknown."""
    measured = [(product, amount(product, attribute)) for product in products]
    units = Counter(one.unit for _, one in measured if one)
    unit = units.most_common(1)[0][0] if units else ""
    known = [(product, one.amount) for product, one in measured if one and one.unit == unit]
    known.sort(key=lambda pair: -pair[1] if descending else pair[1])
    names = {product.sku for product, _ in known}
    return Ordered(
        tuple(product for product, _ in known),
        tuple(product for product, _ in measured if product.sku not in names),
    )


def values(products: Iterable[Product], name: str) -> Counter[str]:
    """How many of the products have each value of a facet ("colours"), a field or an attribute."""
    found: Counter[str] = Counter()
    for product in products:
        if name in FACETS:
            found.update(set(getattr(product, name)))
        elif name in ("brand", "audience"):
            found.update({getattr(product, name)} - {""})
        elif product.attributes.get(name):
            found[product.attributes[name]] += 1
    return found


def total(
    lines: Sequence[tuple[Product, int]],
    delivery: Decimal = Decimal(0),
    free_from: Decimal | None = None,
) -> Total:
    """What so many of each product cost, with delivery, which is free from an amount of items."""
    items = sum((product.price * count for product, count in lines if product.price), Decimal(0))
    missing = tuple(product.sku for product, _ in lines if product.price is None)
    free = free_from is not None and items >= free_from
    return Total(items, Decimal(0) if free else delivery, missing)


def bundle(parts: Sequence[Sequence[Choice]], budget: Decimal) -> list[Product] | None:
    """One product for each part, none twice, that together fit best within a budget; None if none do.

    The best sum of scores is found by trying the best of each part, leaving off where what is left
    can neither be paid nor be better.
    """
    pools = [
        sorted((one for one in part if one.product.price is not None), key=lambda one: -one.score)[
            :TRIED
        ]
        + sorted((one for one in part if one.product.price is not None), key=_price)[:1]
        for part in parts
    ]
    if not pools or not all(pools):
        return None
    cheapest = [min(_price(one) for one in pool) for pool in pools]
    likeliest = [max(one.score for one in pool) for pool in pools]
    best: tuple[float, list[Product]] = (float("-inf"), [])

    def choose(part: int, left: Decimal, score: float, chosen: list[Product]) -> None:
        nonlocal best
        if part == len(pools):
            best = max(best, (score, chosen), key=lambda found: found[0])
            return
        if score + sum(likeliest[part:]) <= best[0]:
            return
        later = sum(cheapest[part + 1 :], Decimal(0))
        for one in pools[part]:
            if _price(one) + later <= left and one.product not in chosen:
                choose(part + 1, left - _price(one), score + one.score, [*chosen, one.product])

    choose(0, budget, 0.0, [])
    return best[1] or None


def _price(one: Choice) -> Decimal:
    assert one.product.price is not None
    return one.product.price
