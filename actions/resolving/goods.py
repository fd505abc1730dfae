"""What a customer has in mind to order, where delivery is asked about: a product that the message names, what was added
up last, the cart of the page that they write from, or the product that is talked of."""

from typing import Any

from rasa_sdk import Tracker

from actions.backends import get_recommender
from actions.doing.totals import Item
from actions.resolving.items import MOST_COUNT, count_of
from actions.resolving.on_page import page_of
from actions.resolving.pointing import named
from actions.resolving.state import state_of, turns_since
from bot.reading.reader import read

LATELY = 2  # messages in which a product is still talked of


def goods_in_mind(tracker: Tracker) -> list[Item]:
    """Those with a price; none where nothing is."""
    said = tracker.latest_message
    entities: list[dict[str, Any]] = said.get("entities") or []
    reading = read(str(said.get("text") or ""))
    by_name = list({one.sku: one for one, _ in named(entities)}.values())
    state = state_of(tracker)
    if by_name:
        count = count_of(reading, entities, by_name[0]) if len(by_name) == 1 else 1
        found = [Item(one, count) for one in by_name]
    elif state.summed:
        found = [Item(one, count) for one, count in state.summed]
    elif cart := _cart(tracker):
        found = cart
    else:
        lately = turns_since(tracker, "product_meant") <= LATELY
        found = [Item(state.focus)] if state.focus and lately else []
    return [one for one in found if one.product.price is not None]


def _cart(tracker: Tracker) -> list[Item]:
    """What is in the cart of the page, as far as the catalogue has it."""
    found = []
    for one in page_of(tracker).get("cart") or []:
        product, count = get_recommender().get(str(one.get("sku"))), one.get("quantity")
        if product and isinstance(count, int) and 0 < count <= MOST_COUNT:
            found.append(Item(product, count))
    return found
