"""Why a product is recommended, in one line of facts."""

import re
from collections.abc import Sequence

from recommender.language.words import canonical_colour, size_key
from recommender.product import BACKORDER, PREORDER, Product, colour_keys
from recommender.request.filters import Filters

NUMBER_FROM = 5  # customers; fewer are not counted out


def reason(product: Product, text: str, filters: Filters, measures: Sequence[str] = ()) -> str:
    """One line of what the product really has of what was asked, else its plain facts.

    What it has in the units of `measures` is said even where it isn't as much as asked.
    """
    parts = []
    colours = [c for c in product.colours if canonical_colour(c) in filters.colours]
    colours = colours or [
        c
        for c in product.colours
        if colour_keys(Product("", "", colours=(c,))) & set(filters.colours)
    ]
    if colours:
        parts.append(f"in {colours[0].lower()}")
    sizes = [size for size in product.sizes if size_key(size) in filters.sizes]
    if sizes:
        parts.append(f"size {sizes[0]}")
    if filters.brands and product.brand.lower() in filters.brands:
        parts.append(f"by {product.brand}")
    if filters.audience and product.audience:
        parts.append("for everyone" if product.audience == "unisex" else f"for {product.audience}")
    asked = {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}
    wanted = Filters(features=tuple(measures))
    for name, value in product.attributes.items():
        words = {word[:5] for word in re.findall(r"[a-z]{4,}", f"{name} {value}".lower())}
        measured = measures and wanted.measured(Product("", "", attributes={name: value}))
        if (asked & words or measured) and name != "tags" and len(value) <= 40:
            parts.append(name if value.lower() == "yes" else f"{name} {value}".lower())
    if not parts:
        parts = facts(product)
    if filters.price_max is not None and product.price is not None:
        parts.append("within your budget")
    return line_of(parts, product)


def together(customers: int) -> str:
    """How often it is bought with another product; small numbers aren't told."""
    if customers < NUMBER_FROM:
        return "bought together before"
    return f"bought together by {customers} customers"


def facts(product: Product) -> list[str]:
    """Its kind and two of its attributes, or its brand."""
    parts = [product.leaf_category] if product.leaf_category else []
    known = {k: v for k, v in product.attributes.items() if k != "tags" and len(v) <= 30}
    said = [k if v.lower() == "yes" else v for k, v in known.items() if v.lower() != "no"]
    return parts + (said[:2] or ([f"by {product.brand}"] if product.brand else []))


def line_of(parts: list[str], product: Product) -> str:
    """The parts as one line that ends with whether it is in stock."""
    later = {PREORDER: "can be pre-ordered", BACKORDER: "can be back-ordered"}
    sold_out = later.get(product.availability, "sold out at the moment")
    parts.append("in stock" if product.in_stock else sold_out)
    line = ", ".join(parts[:5])
    return line[:1].upper() + line[1:]
