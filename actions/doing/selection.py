"""Sets of products: the first ones by an attribute, those that have something, what values there are."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.reading.lexicon import languages, lexicon
from bot.reading.reader import HIGH, Order
from recommender.product import PATH_SEPARATOR, Product
from recommender.search.amounts import amounts, called

SHARE = (
    0.34  # of the products that must have a number in an attribute before they are ordered by it
)
# What "the biggest" or "the longest" may be said of, likeliest first; an attribute that the message names goes before.
MEANT = {
    "size": ("capacity", "people", "size", "length", "pieces", "weight"),
    "length": ("length", "duration", "pages"),
    "power": ("power",),
    "age": ("age",),
    "any": (),
}


SURE = ("weight", "duration", "rating", "date")  # said of nothing else, whatever stands beside them


@dataclass(frozen=True)
class Ordered:
    """Products in an order, the wanted end first; those without a number in the attribute are left out."""

    products: tuple[Product, ...]
    attribute: str
    left_out: int = 0


def attribute_names(attribute: str) -> list[str]:
    """What an attribute may be called in a catalogue of any language."""
    names = [attribute]
    for language in languages():
        names += lexicon(language).phrases("attributes", attribute)
    return list(dict.fromkeys(names))


def unit_names(unit: str) -> list[str]:
    """What a unit may be called in a catalogue of any language."""
    names = [unit]
    for language in languages():
        names += lexicon(language).phrases("units", unit)
    return list(dict.fromkeys(names))


def ordered(products: Sequence[Product], order: Order, named: Sequence[str] = ()) -> Ordered | None:
    """Products by an attribute; `named` are attributes, or words, that the message names beside the order.

    None when too few of them have a number in any attribute that may be meant. Ties go to what is in stock.
    """
    meant = MEANT.get(order.attribute, (order.attribute,))
    surely = order.attribute in SURE
    candidates = (
        [*meant] if order.attribute == "price" else [*meant, *named] if surely else [*named, *meant]
    )
    for attribute in dict.fromkeys(candidates):
        names = attribute_names(attribute)
        numbers = amounts(products, ["price"] if attribute == "price" else names)
        if len(numbers) < max(1, SHARE * len(products)):
            continue
        having = [one for one in products if one.sku in numbers]
        sign = -1 if order.end == HIGH else 1
        having.sort(key=lambda one: (sign * numbers[one.sku], not one.in_stock))
        return Ordered(tuple(having), attribute, len(products) - len(having))
    return None


def departments(products: Iterable[Product]) -> list[tuple[str, list[str]]]:
    """The first parts of the categories with the last ones below them, the largest first; of a category of one part
    nothing is below."""
    found: dict[str, Counter[str]] = {}
    for one in products:
        path = [part for part in one.category.split(PATH_SEPARATOR) if part]
        if path:
            found.setdefault(path[0], Counter()).update(path[1:][-1:] or [""])
    largest = sorted(found.items(), key=lambda item: -item[1].total())
    return [(name, [leaf for leaf, _ in below.most_common() if leaf]) for name, below in largest]


def values_of(products: Iterable[Product], attribute: str) -> list[str]:
    """The different values that products have of an attribute, the commonest first."""
    counts: Counter[str] = Counter()
    for one in products:
        counts.update(dict.fromkeys(own_values(one, attribute), 1))
    return [value for value, _ in counts.most_common()]


def own_values(product: Product, attribute: str) -> list[str]:
    """What one product has of an attribute, as its catalogue says it."""
    plain: Mapping[str, Collection[str]] = {
        "colour": product.colours,
        "size": product.sizes,
        "brand": [product.brand] if product.brand else [],
        "kind": [product.leaf_category] if product.leaf_category else [],
    }
    if plain.get(attribute):
        return list(plain[attribute])
    return [value for _, value in called(product, attribute_names(attribute))]
