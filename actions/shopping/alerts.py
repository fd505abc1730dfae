"""Stock alerts: for a product that is known and sold out, agreed to; listed, and ended.

What a conversation promised is in its slot `alerts`.
"""

import json
import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asked import withdraw
from actions.backends import get_recommender
from actions.base import Events, ShopAction
from actions.heard import heard
from actions.shopping.product_talk import availability, meant_product, named_among, named_products
from actions.shopping.products import ShoppingAction
from actions.shopping.said import own_words, words
from actions.shopping.variants import as_meant, sku_of
from actions.staff.requests import begun
from actions.texts import choice, phrase
from actions.wording import button, full_name, listed
from recommender.errors import NoCatalogue
from recommender.product import Product

ALL = "all"  # in the payload of a quick reply


class ActionStockAlert(ShoppingAction):
    """Begins an alert for the product that is meant; the form asks for the address and a yes."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_stock_alert"

    def shop(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Ask which product when it isn't clear; say so when it can be had already."""
        shown = [get_recommender().get(sku) for sku in tracker.get_slot("shown_products") or []]
        sold_out = [product for product in shown if product and not product.in_stock]
        product = meant_product(tracker) or (sold_out[0] if len(sold_out) == 1 else None)
        product = as_meant(tracker, product) if product else None
        if product and product.in_stock:
            availability(dispatcher, tracker, product)
            return [SlotSet("product_meant", product.sku)]
        if product:
            return [
                SlotSet("product_meant", product.sku),
                *begun("stock_alert", sku_of(product)),
                FollowupAction("contact_form"),
            ]
        if sold_out:
            _ask_which(dispatcher, tracker, sold_out)
        elif shown:
            dispatcher.utter_message(text=phrase("alert_all_there", tracker))
        else:
            buttons = [choice("order_status"), choice("search_products")]
            dispatcher.utter_message(text=phrase("alert_for_what", tracker), buttons=buttons)
        return []


class ActionListAlerts(ShopAction):
    """Tells which alerts there are."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_list_alerts"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Those of this conversation: whose address it is elsewhere, nobody proved here."""
        alerts = tracker.get_slot("alerts") or []
        if not alerts:
            dispatcher.utter_message(text=phrase("no_alerts", tracker))
            return []
        lines = [f"• {_title(one, tracker)}, {one['email']} ({one['reference']})" for one in alerts]
        dispatcher.utter_message(
            text="\n".join([phrase("your_alerts", tracker), *lines]),
            buttons=_endings(alerts, tracker),
        )
        return []


class ActionEndAlert(ShopAction):
    """Ends one alert, or all of them."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_end_alert"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The one for the product that is meant, the only one, or all; else ask which."""
        alerts = tracker.get_slot("alerts") or []
        if not alerts:
            dispatcher.utter_message(text=phrase("no_alerts", tracker))
            return []
        ended = _meant(alerts, tracker)
        if ended and not _is_plain(ended, tracker):
            titles = listed([_title(one, tracker) for one in ended])
            dispatcher.utter_message(
                text=phrase("ask_end_alert", tracker, titles=titles),
                buttons=[
                    *_endings(ended, tracker),
                    button(phrase("no_leave_it", tracker), "/deny"),
                ],
            )
            return []
        if ended is None:
            text = phrase("which_alert_ends", tracker)
            dispatcher.utter_message(text=text, buttons=_endings(alerts, tracker))
            return []
        if not ended:
            text = phrase("no_such_alert", tracker)
            dispatcher.utter_message(text=text, buttons=_endings(alerts, tracker))
            return []
        titles = listed([_title(one, tracker) for one in ended])
        dispatcher.utter_message(text=phrase("alerts_ended", tracker, titles=titles))
        left = [one for one in alerts if one not in ended]
        withdrawn = withdraw(tracker, *(alert["reference"] for alert in ended))
        return [*withdrawn, SlotSet("alerts", left)]


def _ask_which(dispatcher: CollectingDispatcher, tracker: Tracker, products: list[Product]) -> None:
    """One quick reply for each of those shown that are sold out."""
    shown = tracker.get_slot("shown_products") or []
    dispatcher.utter_message(
        text=phrase("which_alert", tracker),
        buttons=[
            button(one.title, f'/stock_alert{{"ordinal": {shown.index(one.sku) + 1}}}')
            for one in products
        ],
    )


def _meant(alerts: list[dict[str, Any]], tracker: Tracker) -> list[dict[str, Any]] | None:
    """The alerts that are to end; None when it isn't clear, empty when it is for none of them."""
    chosen = _pressed(tracker)
    if chosen == ALL:
        return alerts
    if not chosen:
        chosen = _named(alerts, tracker)
    if chosen:
        return [one for one in alerts if one["sku"] == chosen]
    if heard("all") & set(own_words(tracker).lower().split()):
        return alerts
    return alerts if len(alerts) == 1 and not _names_something(words(tracker)) else None


def _pressed(tracker: Tracker) -> str:
    """The sku in the payload of a quick reply, or ALL; empty for what is typed: words hold no such entity."""
    entities = tracker.latest_message.get("entities") or []
    return next((str(one["value"]) for one in entities if one["entity"] == "alert"), "")


def _is_plain(ended: list[dict[str, Any]], tracker: Tracker) -> bool:
    """Whether it is the quick reply of an alert, or says that the alert ends and nothing else beside the name of its
    product: a question, or "delete the candle", ends nothing before a yes."""
    if _pressed(tracker):
        return True
    text = tracker.latest_message.get("text") or ""
    named = _spoken(" ".join(_title(one, tracker) for one in ended))
    said = _spoken(text)
    *_, last = _words_of(text) or [""]
    ends = heard("ends_alert") - (heard("ends_last") - {last})
    says_it = ends & said and heard("alert") & said
    return (
        bool(says_it)
        and "?" not in text
        and said <= heard("ends_alert") | heard("alert") | heard("beside_ending") | named
    )


def _spoken(text: str) -> set[str]:
    return set(_words_of(text))


def _words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _names_something(said: str) -> bool:
    """Whether there are other words in it than those of ending an alert: perhaps another product's."""
    return bool(_spoken(said) - heard("alert_talk"))


def _named(alerts: list[dict[str, Any]], tracker: Tracker) -> str:
    """The sku of the product that is named, or was talked of last and has an alert; else empty."""
    recommender, said = get_recommender(), words(tracker)
    try:
        known = [recommender.get(one["sku"]) for one in alerts]
        product = next(iter(named_products(tracker)), None) or named_among(said, known)
    except NoCatalogue:
        return ""
    if product:
        skus = [one["sku"] for one in alerts]
        return sku_of(product) if sku_of(product) in skus else product.sku
    meant = tracker.get_slot("product_meant") or ""
    return meant if meant in [one["sku"] for one in alerts] and len(alerts) > 1 else ""


def _title(alert: dict[str, Any], tracker: Tracker) -> str:
    try:
        product = get_recommender().get(alert["sku"])
    except NoCatalogue:
        product = None
    return full_name(product) if product else phrase("this_product", tracker)


def _endings(alerts: list[dict[str, Any]], tracker: Tracker) -> list[dict[str, str]]:
    """A quick reply that ends each alert, and one for all."""
    buttons = [
        button(
            phrase("end_alert_button", tracker, title=_title(one, tracker)),
            f'/end_alert{{"alert": {json.dumps(one["sku"])}}}',
        )
        for one in alerts
    ]
    if len(alerts) > 1:
        title = phrase("end_all_alerts_button", tracker)
        buttons.append(button(title, f'/end_alert{{"alert": "{ALL}"}}'))
    return buttons
