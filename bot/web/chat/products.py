"""Products in the chat: what their cards link to, and how they can be bought now."""

from typing import Any

from bot.money import format_money
from bot.web.addresses import picture_url, product_url
from recommender.product import Product, Variant

MOST_PIECES = 99  # of one product, at once
MOST_VARIANTS = 500  # whose choice a card offers


def with_links(card: dict[str, Any]) -> dict[str, Any]:
    """A card whose picture and page can be opened from any site."""
    return {
        **card,
        "image": picture_url(card.get("image") or ""),
        "url": card.get("url") or product_url(card["sku"]),
    }


def offer(product: Product, currency: str, language: str) -> dict[str, Any]:
    """A product as it can be bought now: its options in their order, and each form with one value of
    each option, its price, and how many of it there are.

    A card may be old; this is read when the customer wants to buy. Prices are written as in `language`.
    """
    currency = product.currency or currency
    options = {name: values for name, values in product.options.items() if len(values) > 1}
    forms = product.choices[:MOST_VARIANTS] if options else product.variants[:1]
    return {
        "sku": product.sku,
        "title": product.title,
        "currency": currency,
        "options": list(options),
        "variants": [
            _form(product, one, list(options), currency, language) for one in forms or (None,)
        ],
    }


def _form(
    product: Product, variant: Variant | None, options: list[str], currency: str, language: str
) -> dict[str, Any]:
    """One variant; or with None a product that has none."""
    sold = product.seen_as(variant) if variant else product
    sku = variant.sku if variant else product.sku
    name = variant.name if variant and product.choices else ""
    return {
        "sku": sku,
        "title": f"{product.title} ({name})" if name else product.title,
        "values": [variant.options.get(one, "") for one in options] if variant else [],
        "price": format_money(sold.price, currency, language=language),
        "amount": None if sold.price is None else float(sold.price),
        "most": _most(sold),
        "image": picture_url(sold.image),
        "url": sold.url or product_url(sku),
    }


def _most(sold: Product) -> int:
    """How many can be bought now; none of what has no price."""
    if sold.price is None or not sold.can_order:
        return 0
    there = sold.stock if sold.in_stock and sold.stock is not None else MOST_PIECES
    return min(there, MOST_PIECES)
