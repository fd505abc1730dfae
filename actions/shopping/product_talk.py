"""Talking about products that were shown: details, stock, similar ones, comparison, size."""

import re
from collections.abc import Callable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_recommender
from actions.base import Events
from actions.resolving.items import items_in
from actions.resolving.on_page import is_newest, product_on_page
from actions.resolving.state import state_of, talked_about
from actions.shop.page_answers import answers_here, from_pages
from actions.shopping.described import availability, comparison, describe, not_made, size, size_page
from actions.shopping.products import ShoppingAction, recommend
from actions.shopping.records import searched
from actions.shopping.said import own_words, words
from actions.shopping.variants import as_meant, not_together, wishes
from actions.texts import phrase
from actions.wording import button, card, cards, listed, price_of
from bot.reading.reader import LOW, Order, read
from bot.settings import get_settings
from recommender.product import Product
from recommender.request.filters import Filters
from recommender.search.results import SearchResult

COMPARED = 3
SHOWN = 4
OTHER = 0  # the ordinal of "the other one"

Tell = Callable[[CollectingDispatcher, Tracker, Product], None]


class ActionProductDetails(ShoppingAction):
    """Tells all about one product."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_product_details"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Describe the product that is meant, or ask which one."""
        return describe_meant(dispatcher, tracker)


class ActionProductAvailability(ShoppingAction):
    """Says whether a product can be had, in a size or colour."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_product_availability"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """What was asked goes on record, however it is answered."""
        events = super().answer(dispatcher, tracker)
        return [*events, *_asked_for(tracker, events)]

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Answer for the product that is meant, or ask which one."""
        return with_product(dispatcher, tracker, "product_availability", availability)


class ActionSizeAdvice(ShoppingAction):
    """Says which sizes there are, and what the shop's own pages say about fit."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_size_advice"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """For the product that is meant; without one, of the kind that is named what there is in it, else in general."""
        if not tracker.get_slot("shown_products") and not product_on_page(tracker):
            wanted = Filters.from_entities(tracker.latest_message.get("entities") or [])
            if wanted.categories and wanted.sizes and not named_products(tracker):
                return recommend(dispatcher, tracker, words(tracker), wanted, fresh=True)
            size_page(dispatcher, tracker, phrase("which_for_size", tracker))
            return []
        return with_product(dispatcher, tracker, "size_advice", size)


class ActionSimilarProducts(ShoppingAction):
    """Shows products like one that was shown."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_similar_products"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The nearest ones, without those that were shown."""
        return with_product(dispatcher, tracker, "similar_products", _similar)


class ActionGoesWith(ShoppingAction):
    """Shows what goes with a product: of another kind, in the same world."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_goes_with"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """For the product that is meant, or ask which one."""
        return with_product(dispatcher, tracker, "goes_with", _goes_with)


class ActionPriceTotal(ShoppingAction):
    """Adds up what several products cost."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_price_total"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Where nothing can be added up: what the shop's pages say, else the product, or its form, that is meant."""
        form = wishes(tracker)
        found = [] if form.sizes or form.colours else answers_here(tracker, words(tracker))
        if found:
            dispatcher.utter_message(text=from_pages(found, tracker))
            return []
        return describe_meant(dispatcher, tracker)


class ActionCompareProducts(ShoppingAction):
    """Puts two or three products side by side."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_compare_products"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Those named by their place, else those just compared, else the first ones shown."""
        products = compared(tracker)
        if len(products) < 2:
            dispatcher.utter_message(text=phrase("nothing_to_compare", tracker))
            return []
        currency = get_settings().shop.currency
        priced = sorted((p for p in products if p.price is not None), key=lambda p: p.price or 0)
        reading = read(own_words(tracker))
        cheaper = reading.cheapest or reading.comparative == Order("price", LOW)
        if cheaper and len(priced) == len(products):
            first = priced[0]
            price = price_of(first, currency)
            dispatcher.utter_message(
                text=phrase("cheapest", tracker, title=first.title, price=price)
            )
            return [SlotSet("product_meant", first.sku)]
        rows = comparison(products, currency)
        lines = [f"• {name}: {' | '.join(values)}" for name, values in rows]
        titles = listed([product.title for product in products])
        dispatcher.utter_message(
            text="\n".join([phrase("comparison", tracker, titles=titles), *lines]),
            json_message={
                "products": [card(product, currency) for product in products],
                "card": {"kind": "comparison", "rows": rows},
            },
        )
        return [
            SlotSet("shown_products", [product.sku for product in products]),
            SlotSet("talked_about", talked_about(tracker, products)),
        ]


def describe_meant(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """All about the product that is meant, or the question which one."""
    return with_product(dispatcher, tracker, "product_details", describe)


def with_product(
    dispatcher: CollectingDispatcher, tracker: Tracker, intent: str, tell: Tell
) -> Events:
    """Find out which product is meant and tell about it; ask when it isn't clear."""
    product = meant_product(tracker)
    if product:
        tell(dispatcher, tracker, product)
        return [
            SlotSet("product_meant", product.sku),
            SlotSet("talked_about", talked_about(tracker, [product])),
        ]
    shown = [get_recommender().get(sku) for sku in tracker.get_slot("shown_products") or []]
    titles = [product.title for product in shown if product]
    if not titles:
        entities = tracker.latest_message.get("entities") or []
        return recommend(
            dispatcher, tracker, words(tracker), Filters.from_entities(entities), fresh=True
        )
    dispatcher.utter_message(
        text=phrase("which_one", tracker),
        buttons=[
            button(title, f'/{intent}{{"ordinal": {number}}}')
            for number, title in enumerate(titles, start=1)
        ],
    )
    return []


def meant_product(tracker: Tracker) -> Product | None:
    """The product that a customer means: by its place, its name, a click, or the last talked of.

    The product of the page goes before what was clicked, and before what was talked of until the
    customer came to it.
    """
    recommender = get_recommender()
    shown = tracker.get_slot("shown_products") or []
    meant = tracker.get_slot("product_meant")
    whole = named_products(tracker)
    if whole:
        return whole[0]
    for entity in tracker.latest_message.get("entities") or []:
        if entity["entity"] == "ordinal" and shown:
            return _at_place(int(entity["value"]), shown, meant)
    named = named_among(words(tracker), [recommender.get(sku) for sku in shown])
    if named:
        return named
    here = product_on_page(tracker)
    if here and (not meant or is_newest(tracker, here)):
        return here
    clicked = (tracker.get_slot("product_clicked") or {}).get("sku")
    for sku in (meant, clicked):
        if sku and (sku in shown or not shown):
            return recommender.get(sku)
    return recommender.get(shown[0]) if len(shown) == 1 else None


def named_products(tracker: Tracker) -> list[Product]:
    """The products that the message names, in its order; one that is no longer sold is left out."""
    entities = tracker.latest_message.get("entities") or []
    skus = [str(one["value"]) for one in entities if one["entity"] == "product"]
    found = [get_recommender().get(sku) for sku in dict.fromkeys(skus)]
    return [product for product in found if product]


def compared(tracker: Tracker) -> list[Product]:
    """The products to compare: by their places, else those just compared, else the first two or three."""
    named = named_products(tracker)
    if len(named) > 1:
        return named[:COMPARED]
    listed = _listed(tracker)
    if len(listed) > 1:
        return listed[:COMPARED]
    shown = tracker.get_slot("shown_products") or []
    entities = tracker.latest_message.get("entities") or []
    places = [int(one["value"]) for one in entities if one["entity"] == "ordinal"]
    skus = [
        shown[place if place < 0 else place - 1]
        for place in places
        if -1 <= place <= len(shown) and place
    ]
    if named and named[0].sku not in skus:
        skus.insert(0, named[0].sku)
    meant = tracker.get_slot("product_meant")
    if len(skus) == 1 and meant and meant not in skus:
        skus.insert(0, meant)
    if len(skus) < 2:
        skus = _just_compared(tracker)
    if len(skus) < 2:
        count = 2 if re.search(r"\b(?:two|2|both)\b", words(tracker), re.I) else COMPARED
        skus = shown[:count]
    found = [get_recommender().get(sku) for sku in dict.fromkeys(skus)]
    return [product for product in found if product][:COMPARED]


def _listed(tracker: Tracker) -> list[Product]:
    """The products that the message lists by what they are like: "the red one and the wool one"."""
    entities = tracker.latest_message.get("entities") or []
    text = tracker.latest_message.get("text") or ""
    if text.startswith("/") or any(one["entity"] == "ordinal" for one in entities):
        return []
    return [one.product for one in items_in(read(text), entities, state_of(tracker))]


def _just_compared(tracker: Tracker) -> list[str]:
    """The products of the assistant's last message, when it was a comparison."""
    said = next((event for event in reversed(tracker.events) if event["event"] == "bot"), {})
    custom = (said.get("data") or {}).get("custom") or {}
    if (custom.get("card") or {}).get("kind") != "comparison":
        return []
    return [product["sku"] for product in custom["products"]]


def _at_place(place: int, shown: list[str], meant: str | None) -> Product | None:
    if place == OTHER:
        others = [sku for sku in shown if sku != meant]
        return get_recommender().get(others[0]) if meant and len(others) == 1 else None
    if place == -1 or 1 <= place <= len(shown):
        return get_recommender().get(shown[-1 if place == -1 else place - 1])
    return None


def named_among(said: str, products: list[Product | None]) -> Product | None:
    """The one product whose title shares most words with what was said."""
    spoken = set(re.findall(r"[a-z]{4,}", said.lower()))
    scores = [
        (len(spoken & set(re.findall(r"[a-z]{4,}", f"{p.title} {p.brand}".lower()))), p)
        for p in products
        if p
    ]
    best = max((score for score, _ in scores), default=0)
    winners = [product for score, product in scores if score == best]
    return winners[0] if best and len(winners) == 1 else None


def _asked_for(tracker: Tracker, events: Events) -> Events:
    """The record of what was asked of a product, when it was clear which, for `searches`."""
    sku = next((one["value"] for one in events if one.get("name") == "product_meant"), None)
    product = get_recommender().get(sku) if sku else None
    if not product:
        return []
    asked = Filters.from_entities(tracker.latest_message.get("entities") or [])
    asked = asked.without("categories").without("brands")  # the product's own
    sizes, colours = not_made(asked, product)
    missing = [name for name, found in (("sizes", sizes), ("colours", colours)) if found]
    if not missing and not_together(tracker, product, wishes(tracker)):
        missing = ["sizes"]
    if not missing and not as_meant(tracker, product).in_stock:
        missing = ["in_stock"]
    found = SearchResult([], asked, missing, total=1, good=0 if missing else 1)
    return [searched("stock", product.title, asked, found, product.sku)]


def _similar(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    hidden = [*(tracker.get_slot("disliked") or []), product.sku]
    _show(
        dispatcher,
        tracker,
        product,
        get_recommender().similar(product.sku, SHOWN, hidden),
        "similar",
    )


def _goes_with(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    hidden = tracker.get_slot("disliked") or []
    found = get_recommender().goes_with(product.sku, SHOWN, hidden)
    _show(dispatcher, tracker, product, found, "goes_with")


def _show(
    dispatcher: CollectingDispatcher, tracker: Tracker, product: Product, hits: list[Any], name: str
) -> None:
    if not hits:
        dispatcher.utter_message(text=phrase(f"nothing_{name}", tracker, title=product.title))
        return
    dispatcher.utter_message(
        text=phrase(name, tracker, title=product.title),
        json_message=cards(hits, get_settings().shop.currency),
    )
