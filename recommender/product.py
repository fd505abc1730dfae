"""A product, and the words under which it is found."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from recommender.language.words import canonical_colour, colour_family

PATH_SEPARATOR = " > "
FEATURE_LENGTH = 30  # characters; a longer value is prose
AUDIENCES = ("women", "men", "girls", "boys", "kids", "unisex")


@dataclass(frozen=True)
class Product:
    """One product as a customer sees it; variants are folded into its colours and sizes."""

    sku: str
    title: str
    description: str = ""
    brand: str = ""
    category: str = ""  # a path such as "Clothing > Jackets"
    price: Decimal | None = None
    currency: str = ""
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    audience: str = ""  # one of AUDIENCES, or empty when it isn't known
    stock: int | None = None  # None: not known, and treated as available
    image: str = ""  # an http(s) address, or a path relative to the shop's folder
    url: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def in_stock(self) -> bool:
        """Whether it can be bought now, as far as is known."""
        return self.stock is None or self.stock > 0

    @property
    def leaf_category(self) -> str:
        """The last part of the category path."""
        return self.category.rsplit(PATH_SEPARATOR, 1)[-1]


def colour_keys(product: Product) -> set[str]:
    """Under which colours a product is found: its colours and their families."""
    names = {canonical_colour(colour) for colour in product.colours}
    return names | {colour_family(name) for name in names}


def category_keys(product: Product) -> set[str]:
    """Under which categories a product is found: each part of its path, lower case."""
    return {part.lower() for part in product.category.split(PATH_SEPARATOR) if part}


def feature_keys(product: Product) -> set[str]:
    """What a product's attributes say, as customers ask for it.

    "waterproof: yes" is "waterproof", "people: 4" is "4 people", "material: merino wool" is
    "merino wool", "merino" and "wool".
    """
    keys: set[str] = set()
    for name, value in product.attributes.items():
        for part in value.lower().split(",") if name == "tags" else [value.lower()]:
            said = " ".join(part.split())
            if said in ("yes", "true"):
                keys.add(name.lower())
            elif re.fullmatch(r"\d{1,6}(?:[.,]\d{1,2})?", said):
                keys.add(f"{said} {name.lower()}")
            elif said not in ("no", "false") and len(said) <= FEATURE_LENGTH:
                keys |= {said, *re.findall(r"[a-z]{4,}", said)}
    return keys
