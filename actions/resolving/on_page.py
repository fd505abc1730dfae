"""The page that a customer writes from, as the widget told it with the message.

bot/web/chat/page.py checks it; Rasa keeps it in the message's metadata as `page`. The customer sees
the product beside what is being written, and can take it away.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from rasa_sdk import Tracker

from actions.backends import get_recommender
from recommender.product import Product


def page_of(tracker: Tracker) -> dict[str, Any]:
    """What the last message says of its page; each part may be missing.

    `url`, `title`, `language` (a tag such as "nl-BE"), `product` {ids, title, url}, and
    `cart`, a list of {sku, quantity}.
    """
    return _page(tracker.latest_message)


def product_on_page(tracker: Tracker) -> Product | None:
    """The product that the customer is looking at, if the catalogue has it."""
    seen = page_of(tracker).get("product")
    return _in_catalogue(seen) if seen else None


def is_newest(tracker: Tracker, product: Product) -> bool:
    """Whether the customer came to the page's product after the talk was of another one."""
    here = page_of(tracker).get("product")
    other = False  # whether the turn that is being gone through ended with another product
    for event in reversed(tracker.events):
        if event["event"] == "slot" and event["name"] == "product_meant":
            other = other or event["value"] not in (None, product.sku)
        elif event["event"] == "user":
            if _page(event.get("parse_data") or {}).get("product") != here:
                return True
            if other:
                return False
    return True


def _page(message: dict[str, Any]) -> dict[str, Any]:
    return (message.get("metadata") or {}).get("page") or {}


def _in_catalogue(seen: dict[str, Any]) -> Product | None:
    """By a number that it goes by, by the name in its address, or by its whole title."""
    recommender = get_recommender()
    for name in [*seen.get("ids", ()), _last_part(seen.get("url", ""))]:
        if name and (product := recommender.get(name)):
            return product
    title = seen.get("title", "")
    best = recommender.search(title, limit=1).hits if title else []
    if best and best[0].product.title.casefold() == title.casefold():
        return best[0].product
    return None


def _last_part(address: str) -> str:
    return unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2])
