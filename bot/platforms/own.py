"""A shop's own service: lists of products by our names of fields, a page after another (docs/shop.md)."""

from collections.abc import Iterator
from typing import Any

import httpx

from bot.platforms.api import Api, PlatformUnavailable

MOST_PAGES = 10_000


def products(api: Api) -> Iterator[dict[str, Any]]:
    """The products of all pages: `{"products": […], "next": "address of the next page, or null"}`."""
    address = "products"
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
        yield from found
        address = str(page.get("next") or "")
        target = httpx.URL(address)
        if target.host and (target.host, target.port) != (api.address.host, api.address.port):
            raise PlatformUnavailable("The service names a page of another host as the next.")
