"""Shopping: recommend, refine, show more, details, stock."""

import re
from statistics import median
from typing import Any, Collection, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_recommender
from actions.wording import button, card, cards, listed, price_of, stock_note, wish_text
from bot.settings import get_settings
from recommender.catalogue import Product
from recommender.errors import NoCatalogue
from recommender.filters import Filters
from recommender.search import SearchResult
from recommender.words import STYLE_WORDS, canonical_colour, size_key

SHOWN = 5
CHEAPER_SHARE = 0.95  # of the median price that was shown
NO_CATALOGUE = (
    "Sorry, I can't look at our products just now. Please try again later, or ask for a person."
)
NARROWER = [
    button("Cheaper", '/refine_search{"price_change": "lower"}'),
    button("Show more", "/show_more"),
]

Events = list[EventType]


class ActionSearchProducts(Action):
    """Recommends products for a need."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_search_products"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Search with the message's own words and wishes."""
        entities = tracker.latest_message.get("entities") or []
        return recommend(dispatcher, _words(tracker), Filters.from_entities(entities))


class ActionRefineSearch(Action):
    """Searches again with another wish: cheaper, in blue, for men."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_refine_search"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Merge the new wishes into the search that is going on."""
        return refine(dispatcher, tracker)


class ActionShowMore(Action):
    """Shows the next products of the same search."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_show_more"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Search again without what was shown."""
        search = tracker.get_slot("search")
        if not search:
            return recommend(dispatcher, "", Filters())
        filters = Filters.from_dict(search["filters"])
        return recommend(dispatcher, search["text"], filters, search["seen"])


class ActionProductDetails(Action):
    """Tells all about one product."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_product_details"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Describe the product that is meant, or ask which one."""
        return with_product(dispatcher, tracker, "product_details", _describe)


class ActionProductAvailability(Action):
    """Says whether a product can be had, in a size or colour."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_product_availability"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Answer for the product that is meant, or ask which one."""
        return with_product(dispatcher, tracker, "product_availability", _availability)


def recommend(
    dispatcher: CollectingDispatcher,
    text: str,
    filters: Filters,
    seen: Collection[str] = (),
) -> Events:
    """Say what was found, show it, and remember the search."""
    try:
        found = get_recommender().search(text, filters, SHOWN, seen)
    except NoCatalogue:
        dispatcher.utter_message(text=NO_CATALOGUE)
        return []
    if not found.hits:
        say = "That's all I have for this search." if seen else "I couldn't find anything like that."
        dispatcher.utter_message(
            text=f"{say} Try describing it another way, or ask for a person.",
            buttons=[button("Talk to a person", "/talk_to_human")],
        )
        return []
    shown = [hit.product.sku for hit in found.hits]
    more = found.total > len(shown)
    dispatcher.utter_message(
        text=_introduction(found, filters, bool(seen)),
        json_message=cards(found.hits, get_settings().shop.currency),
        buttons=NARROWER if more else NARROWER[:1],
    )
    search = {"text": text, "filters": filters.to_dict(), "seen": [*seen, *shown]}
    return [SlotSet("search", search), SlotSet("shown_products", shown)]


def refine(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Search again with the wishes of the latest message added to the search before."""
    search = tracker.get_slot("search")
    entities = tracker.latest_message.get("entities") or []
    newer = Filters.from_entities(entities)
    words = _words(tracker)
    if not search:
        return recommend(dispatcher, words, newer)
    filters = Filters.from_dict(search["filters"])
    text = search["text"]
    changes = {one["value"] for one in entities if one["entity"] == "price_change"}
    if changes:
        filters = _other_price(filters, tracker.get_slot("shown_products") or [], changes)
    elif not newer or STYLE_WORDS.search(words):
        text = f"{text} {words}"[-300:].strip()
    if newer.categories and not set(newer.categories) & set(filters.categories):
        text = words
    return recommend(dispatcher, text, filters.merge(newer))


def _other_price(filters: Filters, shown: list[str], changes: set[str]) -> Filters:
    """Filters below, or above, the middle of the prices that were shown."""
    products = filter(None, (get_recommender().get(sku) for sku in shown))
    prices = [float(product.price) for product in products if product.price is not None]
    if not prices:
        return filters
    if "lower" in changes:
        return filters.merge(Filters(price_max=round(median(prices) * CHEAPER_SHARE, 2)))
    return filters.without("price").merge(Filters(price_min=round(median(prices), 2)))


def _introduction(found: SearchResult, asked: Filters, further: bool) -> str:
    count = len(found.hits)
    if found.relaxed:
        wishes = listed([wish_text(asked, wish, get_settings().shop.currency) for wish in found.relaxed], "or")
        return f"I'm sorry, I have nothing {wishes} for that. These come closest:"
    if further:
        return "Here are some more:" if count > 1 else "Here is one more:"
    if found.total > count:
        return f"I found {found.total} that fit. These come closest:" if asked else "How about these?"
    return "I found these for you:" if count > 1 else "I found one for you:"


def with_product(
    dispatcher: CollectingDispatcher, tracker: Tracker, intent: str, tell: Any
) -> Events:
    """Find out which product is meant and tell about it; ask when it isn't clear."""
    try:
        product = meant_product(tracker)
    except NoCatalogue:
        dispatcher.utter_message(text=NO_CATALOGUE)
        return []
    if product:
        tell(dispatcher, tracker, product)
        return [SlotSet("product_meant", product.sku)]
    shown = [get_recommender().get(sku) for sku in tracker.get_slot("shown_products") or []]
    titles = [product.title for product in shown if product]
    if not titles:
        entities = tracker.latest_message.get("entities") or []
        return recommend(dispatcher, _words(tracker), Filters.from_entities(entities))
    choices = enumerate(titles, start=1)
    dispatcher.utter_message(
        text="Which one do you mean?",
        buttons=[button(title, f'/{intent}{{"ordinal": {number}}}') for number, title in choices],
    )
    return []


def meant_product(tracker: Tracker) -> Optional[Product]:
    """The product that a customer means: by its place, its name, a click, or the last talked of."""
    recommender = get_recommender()
    shown = tracker.get_slot("shown_products") or []
    for entity in tracker.latest_message.get("entities") or []:
        if entity["entity"] == "ordinal" and shown:
            place = int(entity["value"])
            if place == -1 or 1 <= place <= len(shown):
                return recommender.get(shown[-1 if place == -1 else place - 1])
            return None
    by_name = _named(_words(tracker), [recommender.get(sku) for sku in shown])
    if by_name:
        return by_name
    meant = tracker.get_slot("product_meant")
    clicked = (tracker.get_slot("product_clicked") or {}).get("sku")
    for sku in (clicked, meant):
        if sku and (sku in shown or not shown):
            return recommender.get(sku)
    return recommender.get(shown[0]) if len(shown) == 1 else None


def _named(words: str, products: list[Optional[Product]]) -> Optional[Product]:
    """The one product whose title shares most words with what was said."""
    said = set(re.findall(r"[a-z]{4,}", words.lower()))
    scores = [
        (len(said & set(re.findall(r"[a-z]{4,}", f"{p.title} {p.brand}".lower()))), p)
        for p in products
        if p
    ]
    best = max((score for score, _ in scores), default=0)
    winners = [product for score, product in scores if score == best]
    return winners[0] if best and len(winners) == 1 else None


def _describe(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    currency = get_settings().shop.currency
    lines = [f"{product.title}{f' by {product.brand}' if product.brand else ''}."]
    if product.description:
        lines.append(product.description)
    facts = []
    if product.price is not None:
        facts.append(f"Price: {price_of(product, currency)}")
    if product.colours:
        facts.append(f"Colours: {', '.join(product.colours)}")
    if product.sizes:
        facts.append(f"Sizes: {', '.join(product.sizes)}")
    facts += [f"{k.capitalize()}: {v}" for k, v in product.attributes.items() if len(v) <= 60][:8]
    facts.append(stock_note(product) or "In stock")
    dispatcher.utter_message(
        text=" ".join(lines) + "\n" + "\n".join(f"• {fact}" for fact in facts),
        json_message={"products": [card(product, currency)]},
    )


def _availability(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    asked = Filters.from_entities(tracker.latest_message.get("entities") or [])
    missing = []
    if asked.sizes and product.sizes:
        have = {size_key(size) for size in product.sizes}
        missing += [f"in size {size}" for size in asked.sizes if size not in have]
    if asked.colours and product.colours:
        have = {canonical_colour(colour) for colour in product.colours}
        missing += [f"in {colour}" for colour in asked.colours if colour not in have]
    if missing:
        choices = [*product.sizes] if asked.sizes else [*product.colours]
        text = f"Sorry, {product.title} doesn't come {listed(missing)}. It comes in {listed(choices)}."
    elif not product.in_stock:
        text = f"Sorry, {product.title} is sold out at the moment."
    else:
        note = stock_note(product)
        wish = [f"size {size}" for size in asked.sizes] + list(asked.colours)
        wish_text = f" in {listed(wish)}" if wish and (product.sizes or product.colours) else ""
        text = f"Yes, {product.title}{wish_text} is in stock{f' ({note.lower()})' if note else ''}."
    currency = get_settings().shop.currency
    buttons = [] if product.in_stock and not missing else [button("Show me others", "/show_more")]
    dispatcher.utter_message(
        text=text, json_message={"products": [card(product, currency)]}, buttons=buttons
    )


def _words(tracker: Tracker) -> str:
    """What the customer said, or what the quick reply that they chose means."""
    text = tracker.latest_message.get("text") or ""
    if text.startswith("/") and (tracker.latest_message.get("metadata") or {}).get("title"):
        values = [one["value"] for one in tracker.latest_message.get("entities") or []]
        return " ".join(value for value in values if isinstance(value, str))
    return text
