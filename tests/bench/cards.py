"""`make check-cards SHOP=shop.yml`: whether any card that the assistant showed had a wrong price or stock.

Reads all conversations of a shop's `var`, those of `shoptalk simulate` for instance, and compares each card
with the catalogue as it is: worked out anew from the variants, without the code that makes cards. The
catalogue must not have changed since.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.settings import read_settings
from bot.transcripts.tracker import tracker_events
from recommender.catalogue.reading import Catalogue
from recommender.product import Product, Sold

AMOUNT = re.compile(r"\d[\d,]*(?:\.\d{2})?")


def fault_of(product: Product | None, card: dict[str, Any]) -> str:
    """What is wrong with a card; empty when nothing is."""
    if product is None:
        return "isn't in the catalogue"
    price, there = _amount(card["price"]), bool(card["in_stock"])
    forms: Sequence[Sold] = product.variants or (product,)
    if card.get("variant"):
        forms = [one for one in product.variants if one.sku == card["variant"]]
        if not forms:
            return f"names variant {card['variant']}, which it doesn't have"
    known = [one for one in forms if there == one.in_stock]
    if not known and there:
        return "says that it is there, and no form of it is"
    if not there and card.get("variant") and forms[0].in_stock:
        return "says that it isn't there, and it is"
    prices = {one.price if one.price is not None else product.price for one in forms}
    if price is not None and price not in prices:
        return f"costs {card['price']}, and its forms {sorted(str(one) for one in prices)}"
    if price is None and prices - {None}:
        return "has no price, and its forms do"
    if card.get("variant") and product.price_varies and re.match(r"\D*from\b", card["price"]):
        return "is one variant, and says from which price on"
    left = AMOUNT.search(card.get("stock_note") or "")
    counts = {one.stock for one in forms}
    if left and "left" in card["stock_note"] and int(left[0]) not in {*counts, product.stock}:
        return f"says {card['stock_note']!r}, and there are {counts}"
    return ""


def cards_of(path: Path) -> Iterator[dict[str, Any]]:
    """All product cards of a tracker store."""
    for _, events in tracker_events(path):
        for event in events:
            custom = (event.get("data") or {}).get("custom") if event["event"] == "bot" else None
            yield from (custom or {}).get("products") or []


def _amount(text: str) -> Decimal | None:
    found = AMOUNT.search(text or "")
    return Decimal(found[0].replace(",", "")) if found else None


def main(shop: Path) -> None:
    """Print how many cards there were, and each fault; ends with 1 when there is one."""
    settings = read_settings({"SHOPTALK_SHOP": str(shop)})
    catalogue = Catalogue.open(settings.catalogue_dir)
    cards = list(cards_of(settings.tracker_db))
    told = [(card, fault_of(catalogue.get(card["sku"]), card)) for card in cards]
    faults = [f"{card['sku']} ({card['title']}) {fault}" for card, fault in told if fault]
    print(f"{len(cards)} cards, {len(faults)} of them wrong.", *dict.fromkeys(faults), sep="\n")
    if faults or not cards:
        raise SystemExit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path, help="the shop.yml")
    main(parser.parse_args().shop)
