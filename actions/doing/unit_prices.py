"""What a unit of something costs: a litre, a kilo, a piece; from a product's price and the number that it says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from actions.doing.selection import attribute_names
from bot.reading.lexicon import languages, lexicon
from recommender.product import Product
from recommender.search.amounts import amount_in, called, unit_in
from recommender.search.titles import alike, tokens

# A unit by its key in the lexicon: in which one numbers are compared, how many of that it is, and the attribute that has it.
MEASURES = {
    "l": ("l", 1.0, "capacity"),
    "kg": ("kg", 1.0, "weight"),
    "m": ("m", 1.0, "length"),
    "100g": ("kg", 0.1, "weight"),
    "100ml": ("l", 0.1, "capacity"),
}
PIECE = "piece"
NEAR = 2  # tokens between a number in a title and "pack" or "pieces"


@dataclass(frozen=True)
class UnitPrice:
    """What one unit of a product costs, and the amount in it as the catalogue says it."""

    product: Product
    price: Decimal
    amount: str


def unit_prices(products: Sequence[Product], unit: str, thing: str = "") -> list[UnitPrice]:
    """Those of the products that say how much is in them, the cheapest unit first; `unit` is a key of MEASURES or PIECE,
    `thing` what a piece is called: "screw"."""
    found = []
    for one in products:
        amount = amount_of(one, unit, thing)
        if amount and one.price is not None:
            size = MEASURES[unit][1] if unit in MEASURES else 1.0
            price = one.price / Decimal(str(amount[0])) * Decimal(str(size))
            found.append(UnitPrice(one, price, amount[1]))
    return sorted(found, key=lambda one: one.price)


def amount_of(product: Product, unit: str, thing: str = "") -> tuple[float, str] | None:
    """How much is in a product, compared and as its catalogue says it; None where it says nothing."""
    if unit in MEASURES:
        compared, _, attribute = MEASURES[unit]
        own = called(product, attribute_names(attribute))
        others = product.attributes.items() if compared != "m" else ()
        said = [value for _, value in (*own, *others) if unit_in(value) == compared]
    else:
        own = called(product, attribute_names("pieces"))
        others = [
            (name, value)
            for name, value in product.attributes.items()
            if thing and (alike(name.casefold(), thing) or alike(unit_in(value), thing))
        ]
        said = [value for _, value in (*own, *others)] or _pieces_in_title(product)
    amounts = ((amount_in(value), value) for value in said)
    return next(((amount, value) for amount, value in amounts if amount), None)


def _pieces_in_title(product: Product) -> list[str]:
    """The number in a title that counts pieces: "Wall Plugs 6 mm, Pack of 100"."""
    said = [word for word, _, _ in tokens(product.title)]
    near = [place for place, word in enumerate(said) if word in _words_of_packs()]
    return [
        word
        for place, word in enumerate(said)
        if word.isdigit() and any(abs(place - other) <= NEAR for other in near)
    ][:1]


@cache
def _words_of_packs() -> frozenset[str]:
    """ "pack", "box", "pieces" in all languages: a catalogue may be in another than the customer's."""
    phrases = [one for language in languages() for one in lexicon(language).listed("container")]
    return frozenset(word for phrase in phrases for word, _, _ in tokens(phrase))
