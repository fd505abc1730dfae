"""What a message asks of the catalogue: a small algebra that says nothing in words and knows no language."""

from dataclasses import dataclass, field

from actions.doing.facts import Asked
from actions.doing.totals import Item
from bot.reading.reader import Order
from recommender.product import Product
from recommender.request.filters import Filters


@dataclass(frozen=True)
class Scope:
    """Which products a request is about: some that are known, or all that filters (and a text) let through."""

    products: tuple[Product, ...] = ()
    filters: Filters = field(default_factory=Filters)
    text: str = ""


@dataclass(frozen=True)
class Range:
    """What the shop sells at all."""


@dataclass(frozen=True)
class First:
    """The first `count` of a scope in an order; `whole`: all of them are wanted, in that order."""

    scope: Scope
    order: Order
    named: tuple[str, ...] = ()  # attributes or words that may name what the order is by
    count: int = 1
    whole: bool = False


@dataclass(frozen=True)
class Count:
    """How many products a scope has; `priced`: what they cost is asked as well."""

    scope: Scope
    priced: bool = False


@dataclass(frozen=True)
class Values:
    """The different values of an attribute in a scope."""

    scope: Scope
    attribute: str


@dataclass(frozen=True)
class Ask:
    """What the catalogue says of some products; `which`: those of them that have it are wanted."""

    products: tuple[Product, ...]
    asked: Asked
    which: bool = False


@dataclass(frozen=True)
class Sum:
    """What some items cost together; with `delivery` what it costs to send them to `country` (or home) as well.

    `limit` is an amount that the customer asks to stay under, `percent` what the customer says is taken off.
    """

    items: tuple[Item, ...]
    delivery: bool = False
    country: str = ""
    limit: float | None = None
    percent: float | None = None


@dataclass(frozen=True)
class Difference:
    """How two products differ in price or another attribute with numbers."""

    products: tuple[Product, ...]
    attribute: str = "price"


@dataclass(frozen=True)
class Bundle:
    """One product for each of several kinds, or several presents, under one budget."""

    parts: tuple[Scope, ...]
    budget: float


@dataclass(frozen=True)
class OthersBy:
    """What else there is by the maker of a product, under filters; what is like `about` first."""

    maker: str
    product: Product
    filters: Filters
    about: str = ""


@dataclass(frozen=True)
class PerUnit:
    """What a unit of some products costs: a measure, or a piece, which may be called something (`thing`)."""

    products: tuple[Product, ...]
    unit: str
    thing: str = ""


Request = Range | First | Count | Values | Ask | Sum | Difference | Bundle | OthersBy | PerUnit
