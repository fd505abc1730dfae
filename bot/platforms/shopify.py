"""Shopify's Admin GraphQL API. https://shopify.dev/docs/api/admin-graphql"""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.platforms.api import TRIES, Api, PlatformUnavailable
from bot.platforms.kept import Found

# Each thing in a query costs a point, and a query may cost 1,000.
PRODUCTS, VARIANTS, IMAGES = 5, 50, 8
_VARIANTS = """
  pageInfo { hasNextPage endCursor }
  nodes { sku barcode price compareAtPrice inventoryQuantity availableForSale selectedOptions { name value } image { url } }
"""
_PRODUCT = f"""
  id handle title descriptionHtml vendor productType tags onlineStoreUrl status publishedAt
  category {{ fullName }}
  images(first: {IMAGES}) {{ nodes {{ url }} }}
  variants(first: {VARIANTS}) {{ {_VARIANTS} }}
"""
QUERY = f"""
query Catalogue($after: String) {{
  shop {{ currencyCode }}
  products(first: {PRODUCTS}, after: $after, sortKey: ID, query: "status:active AND published_status:published") {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_PRODUCT} }}
  }}
}}
"""
SOME = f"""
query Products($ids: [ID!]!) {{
  shop {{ currencyCode }}
  nodes(ids: $ids) {{ ... on Product {{ {_PRODUCT} }} }}
}}
"""
OWNERS = """
query Owners($ids: [ID!]!) {
  nodes(ids: $ids) { ... on InventoryItem { variant { product { id } } } }
}
"""
ITEM = "/InventoryItem/"  # in the id of what has a stock, which isn't its variant
ITEMS = 250  # ids in a query
MORE = f"""
query Variants($id: ID!, $after: String) {{
  product(id: $id) {{ variants(first: 200, after: $after) {{ {_VARIANTS} }} }}
}}
"""


def products(api: Api, version: str) -> Iterator[Found]:
    """The active products of the online store with their variants, by our names of fields."""
    after = None
    while True:
        found = _query(api, version, QUERY, after=after)
        page = found["products"]
        for one in page["nodes"]:
            yield _found(api, version, one, found["shop"]["currencyCode"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def some(api: Api, version: str, ids: Sequence[str]) -> Iterator[Found]:
    """Those of some products that are still active and published."""
    for start in range(0, len(ids), PRODUCTS):
        found = _query(api, version, SOME, ids=list(ids[start : start + PRODUCTS]))
        for one in found["nodes"]:
            if one and one.get("status") == "ACTIVE" and one.get("publishedAt"):
                yield _found(api, version, one, found["shop"]["currencyCode"])


def owners(api: Api, version: str, items: Sequence[str]) -> list[str]:
    """The ids of the products that some inventory items belong to."""
    found: list[str] = []
    for start in range(0, len(items), ITEMS):
        nodes = _query(api, version, OWNERS, ids=list(items[start : start + ITEMS]))["nodes"]
        found += [one["variant"]["product"]["id"] for one in nodes if one and one.get("variant")]
    return found


def _found(api: Api, version: str, one: dict[str, Any], currency: str) -> Found:
    return Found(one["id"], _product(one, _variants(api, version, one), currency))


def _variants(api: Api, version: str, one: dict[str, Any]) -> list[dict[str, Any]]:
    connection = one["variants"]
    forms = list(connection["nodes"])
    while connection["pageInfo"]["hasNextPage"]:
        after = connection["pageInfo"]["endCursor"]
        found = _query(api, version, MORE, id=one["id"], after=after)
        connection = (found.get("product") or {}).get("variants")
        if not connection:  # it was deleted meanwhile
            break
        forms += connection["nodes"]
    return forms


def _query(api: Api, version: str, query: str, **variables: Any) -> dict[str, Any]:
    """What a query finds. Waits until the bucket holds what a throttled one costs."""
    path = f"admin/api/{version}/graphql.json"
    said = ""
    for _ in range(TRIES):
        body, _ = api.ask("POST", path, json={"query": query, "variables": variables})
        errors = body.get("errors") if isinstance(body, dict) else "no JSON object"
        if not errors and isinstance(body.get("data"), dict):
            return body["data"]
        said = str(errors)
        if "THROTTLED" not in said and "Throttled" not in said:
            break
        api.pause(_wait(body))
    raise PlatformUnavailable(f"Shopify refused a query: {said[:200]}.")


def _wait(body: dict[str, Any]) -> float:
    """Seconds until a query's cost is there again."""
    cost = (body.get("extensions") or {}).get("cost") or {}
    bucket = cost.get("throttleStatus") or {}
    missing = float(cost.get("requestedQueryCost") or 0) - float(
        bucket.get("currentlyAvailable") or 0
    )
    return max(1.0, missing / float(bucket.get("restoreRate") or 50))


def _product(one: dict[str, Any], forms: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    return {
        "sku": one["handle"],
        "title": one["title"],
        "description": one.get("descriptionHtml"),
        "brand": one.get("vendor"),
        "category": one.get("productType") or (one.get("category") or {}).get("fullName"),
        "tags": one.get("tags") or [],
        "url": one.get("onlineStoreUrl"),
        "images": [image["url"] for image in one["images"]["nodes"]],
        "variants": [_variant(form, currency) for form in forms],
    }


def _variant(form: dict[str, Any], currency: str) -> dict[str, Any]:
    quantity, there = form.get("inventoryQuantity"), form.get("availableForSale")
    options = [
        part for part in form.get("selectedOptions") or [] if part["value"] != "Default Title"
    ]
    return {
        "sku": form.get("sku"),
        "gtin": form.get("barcode"),
        "price": form.get("price"),
        "compare_at": form.get("compareAtPrice"),
        "currency": currency,
        # What isn't counted, or is sold on without stock, is there without a number.
        "stock": quantity if there and quantity and quantity > 0 else None,
        "in_stock": bool(there),
        "image": (form.get("image") or {}).get("url"),
        "options": options,
    }
