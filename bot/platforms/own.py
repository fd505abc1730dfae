"""A shop's own service: lists of products by our names of fields, a page after another (docs/shop.md)."""

from collections.abc import Iterator, Sequence

import httpx

from bot.platforms.api import Api, PlatformUnavailable
from bot.platforms.kept import Found

MOST_PAGES = 10_000


def products(api: Api) -> Iterator[Found]:
    """The products of all pages: `{"products": […], "next": "address of the next page, or null"}`."""
    return _pages(api, "products")


def some(api: Api, skus: Sequence[str]) -> Iterator[Found]:
    """The products with these skus that there still are; a service may also answer with all."""
    wanted = set(skus)
    address = str(httpx.URL("products", params=[("sku", one) for one in skus]))
    return (one for one in _pages(api, address) if one.id in wanted)


def _pages(api: Api, address: str) -> Iterator[Found]:
    seen: set[str] = set()
    while address and len(seen) < MOST_PAGES:
        if address in seen:
            raise PlatformUnavailable(
                f"The service's page {address} names one before it as the next."
            )
        seen.add(address)
        page, _ = api.ask("GET", address)
        found = page.get("products") if isinstance(page, dict) else None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise PlatformUnavailable(
                f"The service didn't answer {address} with a list of products."
            )
        yield from (Found(str(one.get("sku") or one.get("id")), one) for one in found)
        address = str(page.get("next") or "")
        target = httpx.URL(address)
        if target.host and (target.host, target.port) != (api.address.host, api.address.port):
            raise PlatformUnavailable("The service names a page of another host as the next.")
