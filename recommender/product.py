"""A product, and the words under which it is found."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from recommender.language.words import canonical_colour, colour_family

PATH_SEPARATOR = " > "
ADULT = 18  # years; a span without an end ends there, and none is wider
_SPAN = re.compile(r"(\d{1,2})\s?(?:[-–]\s?(\d{1,2})|\+)(?![\d.,])")  # "2-4", "10+", "2-6 years"
FEATURE_LENGTH = 30  # characters; a longer value is prose
AUDIENCES = ("women", "men", "girls", "boys", "kids", "unisex")


# What can be ordered though it isn't there yet; a variant or product that is neither goes by its stock.
PREORDER, BACKORDER = "preorder", "backorder"
# The options of a variant that filters know; others have the shop's own names.
COLOUR, SIZE = "colour", "size"


class Sold:
    """What a product and a variant of one have in common: a price, and whether it can be had."""

    price: Decimal | None
    compare_at: Decimal | None
    stock: int | None
    availability: str

    @property
    def in_stock(self) -> bool:
        """Whether it is there now, as far as is known."""
        return not self.availability and (self.stock is None or self.stock > 0)

    @property
    def can_order(self) -> bool:
        """Whether it can be bought now, perhaps to be sent later."""
        return self.in_stock or self.availability in (PREORDER, BACKORDER)

    @property
    def reduced(self) -> bool:
        """Whether it costs less than before."""
        return None not in (self.price, self.compare_at) and self.compare_at > self.price  # type: ignore[operator]


@dataclass(frozen=True)
class Variant(Sold):
    """One of the forms in which a product is sold: "size 43 in brown"."""

    sku: str
    options: dict[str, str] = field(
        default_factory=dict[str, str]
    )  # COLOUR, SIZE, or as the shop says
    price: Decimal | None = None
    compare_at: Decimal | None = None  # what it cost before
    stock: int | None = None
    availability: str = ""
    available_from: str = ""  # the day on which a pre-order is there, ISO 8601
    gtin: str = ""
    mpn: str = ""
    image: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """Its options in words: "brown, 43"; empty for the only form of a product."""
        return ", ".join(self.options.values())


@dataclass(frozen=True)
class Product(Sold):
    """One product as a customer sees it; its colours, sizes, price and stock are those of all its variants."""

    sku: str
    title: str
    description: str = ""
    brand: str = ""
    category: str = ""  # a path such as "Clothing > Jackets"
    price: Decimal | None = None  # the lowest one
    currency: str = ""
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    audience: str = ""  # one of AUDIENCES, or empty when it isn't known
    stock: int | None = None  # None: not known, and treated as available
    image: str = ""  # an http(s) address, or a path relative to the shop's folder
    url: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    compare_at: Decimal | None = None  # what the one with the lowest price cost before
    availability: str = ""  # PREORDER or BACKORDER when no variant is there
    available_from: str = ""
    gtin: str = ""
    mpn: str = ""
    images: tuple[str, ...] = ()  # beside the first one
    rating: float | None = None  # of five stars
    ratings: int = 0  # how many gave one
    variants: tuple[Variant, ...] = ()  # empty for a product without skus of its own below it
    read: tuple[str, ...] = ()  # fields and attributes that its title or text alone says

    @property
    def leaf_category(self) -> str:
        """The last part of the category path."""
        return self.category.rsplit(PATH_SEPARATOR, 1)[-1]

    @property
    def choices(self) -> tuple[Variant, ...]:
        """The variants between which a customer chooses; none where there is only one form."""
        return self.variants if len(self.variants) > 1 else ()

    @property
    def options(self) -> dict[str, list[str]]:
        """The options of its variants and their values: colour and size first, each in the shop's order."""
        found: dict[str, list[str]] = {}
        for one in self.variants:
            for name, value in one.options.items():
                if value not in found.setdefault(name, []):
                    found[name].append(value)
        order = {COLOUR: 0, SIZE: 1}
        return dict(sorted(found.items(), key=lambda one: order.get(one[0], 2)))

    @property
    def price_varies(self) -> bool:
        """Whether variants that can be had have different prices, so that the product's is the lowest."""
        priced = [one for one in self.variants if one.price is not None]
        return len({one.price for one in [v for v in priced if v.can_order] or priced}) > 1

    def variant(self, sku: str) -> Variant | None:
        """The variant with this sku, if it is one of the product's."""
        return next((one for one in self.variants if one.sku == sku), None)

    def narrowed(self, variants: Sequence[Variant]) -> "Product":
        """The product as if only some of its variants were there: their price, stock, options and picture."""
        if not variants or len(variants) == len(self.variants):
            return self
        priced = [one for one in variants if one.price is not None]
        first = cheapest(variants)
        stock, availability = joined(variants)
        days = [one.available_from for one in variants if one.available_from]
        return replace(
            self,
            price=first.price if priced else self.price,
            compare_at=first.compare_at if priced else self.compare_at,
            stock=stock,
            availability=availability,
            available_from=min(days, default="") if availability else "",
            colours=_options(variants, COLOUR) or self._unchosen(COLOUR),
            sizes=_options(variants, SIZE) or self._unchosen(SIZE),
            image=next((one.image for one in variants if one.image), self.image),
            url=first.url or self.url,
            variants=tuple(variants),
        )

    def seen_as(self, variant: Variant) -> "Product":
        """The product as if a variant were all there is of it: with its price, stock and options alone."""
        options = variant.options
        own = {name: value for name, value in options.items() if name not in (COLOUR, SIZE)}
        named = {one for other in self.variants for one in other.options}
        kept = {name: value for name, value in self.attributes.items() if name not in named}
        return replace(
            self,
            price=variant.price if variant.price is not None else self.price,
            compare_at=variant.compare_at,
            stock=variant.stock,
            availability=variant.availability,
            available_from=variant.available_from,
            colours=parts_of(options[COLOUR]) if COLOUR in options else self._unchosen(COLOUR),
            sizes=parts_of(options[SIZE]) if SIZE in options else self._unchosen(SIZE),
            image=variant.image or self.image,
            url=variant.url or self.url,
            attributes=kept | own,
            gtin=variant.gtin or self.gtin,
            mpn=variant.mpn or self.mpn,
            variants=(),
        )

    def _unchosen(self, option: str) -> tuple[str, ...]:
        """The product's own colours or sizes, where none of its variants has any."""
        if any(option in one.options for one in self.variants):
            return ()
        return self.colours if option == COLOUR else self.sizes


def identifier_key(text: str) -> str:
    """A sku, GTIN or MPN as it is compared: "TN-2110", "tn 2110" and "TN2110" are one."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def identifiers(product: Product) -> Iterator[tuple[str, str]]:
    """The keys of all numbers of a product, each with the sku of the variant it is for, or empty."""
    for number in (product.sku, product.gtin, product.mpn):
        if number:
            yield identifier_key(number), ""
    for one in product.variants:
        for number in (one.sku, one.gtin, one.mpn):
            if number:
                yield identifier_key(number), one.sku


def parts_of(value: str) -> tuple[str, ...]:
    """The parts of a value that names several: "Red/Black"."""
    return tuple(dict.fromkeys(part.strip() for part in re.split(r"[/|]", value) if part.strip()))


def _options(variants: Iterable[Variant], name: str) -> tuple[str, ...]:
    parts = (part for one in variants for part in parts_of(one.options.get(name, "")))
    return tuple(dict.fromkeys(parts))


def cheapest(variants: Sequence[Variant]) -> Variant:
    """The one whose price stands for all: the lowest that can be had, else the lowest."""
    priced = [one for one in variants if one.price is not None]
    to_have = [one for one in priced if one.can_order]
    return min(to_have or priced, key=lambda one: one.price or 0, default=variants[0])


def joined(variants: Iterable[Sold]) -> tuple[int | None, str]:
    """Stock and availability of several together: what is there counts, then what can be ordered."""
    known = list(variants)
    there = [one for one in known if one.in_stock]
    if there:
        counts = [one.stock for one in there if one.stock is not None]
        return (sum(counts) if len(counts) == len(there) else None), ""
    later = [one.availability for one in known if one.availability]
    return 0, later[0] if later else ""


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
    keys = _keys({k: value for k, value in product.attributes.items() if k not in product.read})
    read = _keys({k: value for k, value in product.attributes.items() if k in product.read})
    # What was read in words some products say and others only mean: it would rule those out.
    keys |= {one for one in read if any(sign.isdigit() for sign in one)}
    return keys.union(*map(option_keys, product.variants))


def option_keys(variant: Variant) -> set[str]:
    """What a variant's options say beside colour and size, as `feature_keys` does."""
    return _keys({k: value for k, value in variant.options.items() if k not in (COLOUR, SIZE)})


def _counted(span: re.Match[str]) -> range:
    """The numbers of "2-4", and from "10+" on those of a childhood."""
    low, high = int(span[1]), int(span[2] or ADULT)
    return range(low, min(high, low + ADULT) + 1)


def _keys(attributes: dict[str, str]) -> set[str]:
    keys: set[str] = set()
    for name, value in attributes.items():
        for part in value.lower().split(",") if name == "tags" else [value.lower()]:
            said = " ".join(part.split())
            if said in ("yes", "true"):
                keys.add(name.lower())
            elif re.fullmatch(r"\d{1,6}(?:[.,]\d{1,2})?", said):
                keys.add(f"{said} {name.lower()}")
            elif span := _SPAN.match(said):
                keys |= {said, *(f"{one} {name.lower()}" for one in _counted(span))}
            elif said not in ("no", "false") and len(said) <= FEATURE_LENGTH:
                keys |= {said, *re.findall(r"[a-z]{4,}", said)}
    return keys
