"""Likes and dislikes, the wishlist, and the way to buy."""

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_recommender
from actions.base import Events
from actions.resolving.on_page import product_on_page
from actions.shopping.product_talk import meant_product, named_products, with_product
from actions.shopping.products import ShoppingAction, recommend
from actions.shopping.said import words
from actions.shopping.wishes import without_words
from actions.texts import choice, phrase
from actions.wording import card
from bot.settings import get_settings
from recommender.product import Product
from recommender.request.filters import Filters

KEPT = 50  # products in each list


class ActionLike(ShoppingAction):
    """Remembers what the customer likes; it steers what is shown next."""

    composes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_like"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Note it, and offer the next step."""
        product = meant_product(tracker)
        if product is None:
            dispatcher.utter_message(text=phrase("like_in_general", tracker))
            return []
        dispatcher.utter_message(
            text=phrase("liked", tracker, title=product.title),
            buttons=[
                choice("wishlist_add"),
                choice("similar_products"),
                choice("buy"),
            ],
        )
        return [_added(tracker, "liked", product.sku), SlotSet("product_meant", product.sku)]


class ActionDislike(ShoppingAction):
    """Never shows again what the customer dislikes, and shows others at once."""

    composes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_dislike"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """One product when it is clear which, else all that were shown last."""
        product = meant_product(tracker)
        shown = tracker.get_slot("shown_products") or []
        skus = [product.sku] if product else shown
        search = tracker.get_slot("search") or {"text": "", "filters": {}, "seen": []}
        filters = Filters.from_dict(search["filters"])
        said = Filters.from_entities(tracker.latest_message.get("entities") or [])
        if "brand" in words(tracker).lower().split() and product and product.brand:
            said = Filters(not_brands=(product.brand.lower(),))
        if not skus and not said:
            dispatcher.utter_message(text=phrase("dislike_in_general", tracker))
            return []
        text = without_words(search["text"], said.not_categories)
        noted = _added(tracker, "disliked", *skus)
        tracker.slots["disliked"] = noted["value"]
        return [noted, *recommend(dispatcher, tracker, text, filters.merge(said), search["seen"])]


class ActionWishlistAdd(ShoppingAction):
    """Puts a product on the customer's wishlist."""

    composes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_wishlist_add"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The product that is meant, or the question which one."""
        events = with_product(dispatcher, tracker, "wishlist_add", _saved)
        meant = _meant(events)
        return (
            [*events, _added(tracker, "wishlist", meant), _added(tracker, "liked", meant)]
            if meant
            else events
        )


class ActionWishlistShow(ShoppingAction):
    """Shows the wishlist."""

    composes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_wishlist_show"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """As cards; what the shop no longer has is left out."""
        products = [get_recommender().get(sku) for sku in tracker.get_slot("wishlist") or []]
        there = [product for product in products if product]
        if not there:
            dispatcher.utter_message(text=phrase("wishlist_empty", tracker))
            return []
        currency = get_settings().shop.currency
        dispatcher.utter_message(
            text=phrase("wishlist", tracker, count=len(there)),
            json_message={"products": [card(product, currency) for product in there]},
        )
        return [SlotSet("shown_products", [product.sku for product in there])]


class ActionBuy(ShoppingAction):
    """Leads to the page where a product can be bought."""

    composes = False

    def name(self) -> str:
        """The name in the domain."""
        return "action_buy"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The product that is meant, with its link, or the question which one; of a kind that is named what there is."""
        known = tracker.get_slot("shown_products") or tracker.get_slot("product_clicked")
        entities = tracker.latest_message.get("entities") or []
        wanted = named_products(tracker) or Filters.from_entities(entities)
        if not (known or wanted or product_on_page(tracker)):
            dispatcher.utter_message(text=phrase("how_to_buy", tracker))
            return []
        return with_product(dispatcher, tracker, "buy", _to_buy)


def _saved(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    dispatcher.utter_message(
        text=phrase("saved", tracker, title=product.title),
        buttons=[choice("wishlist_show")],
    )


def _to_buy(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    name = "to_buy" if product.can_order else "sold_out"
    buttons = [] if product.in_stock else [choice("stock_alert")]
    dispatcher.utter_message(
        text=phrase(name, tracker, title=product.title),
        json_message={"products": [card(product, get_settings().shop.currency)]},
        buttons=[*buttons, choice("goes_with")],
    )


def _meant(events: Events) -> str | None:
    return next(
        (e["value"] for e in events if e.get("name") == "product_meant" and e["value"]), None
    )


def _added(tracker: Tracker, slot: str, *skus: str) -> dict:
    known = [sku for sku in tracker.get_slot(slot) or [] if sku not in skus]
    return SlotSet(slot, [*known, *skus][-KEPT:])
