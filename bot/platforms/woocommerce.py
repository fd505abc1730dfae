"""WooCommerce's REST API, version 3. https://woocommerce.github.io/woocommerce-rest-api-docs/"""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.platforms.api import Api, PlatformUnavailable
from bot.platforms.kept import Found

BASE = "wp-json/wc/v3"
PAGE = 100  # the most that it gives at once
MOST_PAGES = 5000
# Types of products that have variations below them.
VARIABLE = ("variable", "variable-subscription")


def products(api: Api) -> Iterator[Found]:
    """The published products with their variations, by our names of fields."""
    return _with_variations(api)


def some(api: Api, ids: Sequence[str]) -> Iterator[Found]:
    """Those of some products that are still published."""
    return _with_variations(api, include=",".join(ids))


def _with_variations(api: Api, **params: Any) -> Iterator[Found]:
    for one in _pages(api, f"{BASE}/products", status="publish", **params):
        found = _product(one)
        if one.get("type") in VARIABLE:
            forms = _pages(api, f"{BASE}/products/{int(one['id'])}/variations", status="publish")
            found["variants"] = [_variation(form) for form in forms]
            if not found["variants"]:
                continue  # nothing of it can be bought
        yield Found(str(one["id"]), found)


def _pages(api: Api, path: str, **params: Any) -> Iterator[dict[str, Any]]:
    """All entries of a list: in the order of their ids, so that one that is added moves no other."""
    for page in range(1, MOST_PAGES):
        asked = {**params, "per_page": PAGE, "page": page, "orderby": "id", "order": "asc"}
        found, headers = api.ask("GET", path, params=asked)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise PlatformUnavailable(f"WooCommerce didn't answer /{path} with a list.")
        yield from found
        if page >= _whole(headers.get("X-WP-TotalPages", "")) and len(found) < PAGE:
            return


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _product(one: dict[str, Any]) -> dict[str, Any]:
    attributes = {
        part["name"]: ", ".join(part.get("options") or [])
        for part in one.get("attributes") or []
        if part.get("name") and not part.get("variation")
    }
    return {
        **_sold(one),
        "sku": one.get("sku") or str(one["id"]),
        "title": one.get("name"),
        "short_description": one.get("short_description"),
        "description": one.get("description"),
        "brand": ", ".join(part["name"] for part in one.get("brands") or []),
        "category": " | ".join(part["name"] for part in one.get("categories") or []),
        "tags": [part["name"] for part in one.get("tags") or []],
        "visibility": one.get("catalog_visibility"),
        "url": one.get("permalink"),
        "images": [part["src"] for part in one.get("images") or [] if part.get("src")],
        "rating": one.get("average_rating") if one.get("rating_count") else "",
        "ratings": one.get("rating_count") or "",
        "attributes": [{"name": name, "value": value} for name, value in attributes.items()],
    }


def _variation(one: dict[str, Any]) -> dict[str, Any]:
    return {
        **_sold(one),
        "sku": one.get("sku") or str(one["id"]),
        "url": one.get("permalink"),
        "image": (one.get("image") or {}).get("src"),
        "options": [
            {"name": part.get("name"), "value": part.get("option")}
            for part in one.get("attributes") or []
        ],
    }


def _sold(one: dict[str, Any]) -> dict[str, Any]:
    """Price and stock, which products and variations tell alike."""
    return {
        "regular_price": one.get("regular_price"),
        "price": "" if one.get("regular_price") else one.get("price"),
        "sale_price": one.get("sale_price"),
        "sale_from": one.get("date_on_sale_from"),
        "sale_to": one.get("date_on_sale_to"),
        "stock": one.get("stock_quantity") if one.get("manage_stock") is True else None,
        "availability": one.get("stock_status"),
        "gtin": one.get("global_unique_id"),
    }
