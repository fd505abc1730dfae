"""Which form of a product is meant, and whether it can be had: "is it there in 43 in brown?"."""

import json
from datetime import date
from typing import Any

from rasa_sdk import Tracker

from actions.backends import get_recommender
from actions.language import word
from actions.resolving.pointing import named
from actions.resolving.sizes import sizes_of
from actions.resolving.state import state_of
from actions.texts import choice, phrase
from actions.wording import colour_text, listed, stock_note
from bot.reading.reader import read
from bot.spoken import spoken
from bot.wording import full_date
from recommender.product import Product, Variant
from recommender.request.filters import Filters

NAMED = 6  # forms in one sentence


def hear_sizes(tracker: Tracker) -> None:
    """Take a bare number of the message for the size that it is of the product that is named, or in focus."""
    text = tracker.latest_message.get("text") or ""
    reading = read(text)
    if text.startswith("/") or not reading.numbers:
        return
    everything = tracker.latest_message.get("entities") or []
    entities = [one for one in everything if "end" in one]
    products = [product for product, _ in named(entities)]
    focus = state_of(tracker).focus
    found = sizes_of(reading, entities, products or ([focus] if focus else []))
    tracker.latest_message["entities"] = [*everything, *found]


def wishes(tracker: Tracker) -> Filters:
    """What the message asks of a product's form: its sizes, colours and other options."""
    asked = Filters.from_entities(tracker.latest_message.get("entities") or [])
    return Filters(colours=asked.colours, sizes=asked.sizes, features=asked.features)


def as_meant(tracker: Tracker, product: Product) -> Product:
    """The product as the forms that are meant: by this message, by a number, or as just asked about.

    All of it where nothing narrows it down, or no form is so.
    """
    whole = get_recommender().get(product.sku) or product
    asked = wishes(tracker)
    if asked.colours or asked.sizes:
        return asked.narrowed(whole)
    if len(product.variants) < len(whole.variants):
        return product
    before = tracker.get_slot("search_made") or {}
    if before.get("kind") == "stock" and before.get("sku") == product.sku:
        filters = Filters.from_dict(before["filters"])
        return Filters(colours=filters.colours, sizes=filters.sizes).narrowed(whole)
    return asked.narrowed(whole) if asked.features else whole


def sku_of(product: Product) -> str:
    """The sku that an alert or an order is for: the variant's, where one is meant."""
    return product.variants[0].sku if len(product.variants) == 1 else product.sku


def fitting(product: Product, asked: Filters) -> list[Variant]:
    """The variants that are as asked."""
    return [one for one in product.variants if asked.accept(product.seen_as(one))]


def not_together(tracker: Tracker, product: Product, asked: Filters) -> str:
    """What to say where each wish is met by some form and no form meets them all; else empty."""
    if not product.choices or fitting(product, asked):
        return ""
    near = [
        one
        for wish in ("sizes", "colours")
        if asked.asks(wish)
        for one in fitting(product, asked.only(wish))
    ]
    near = sorted(dict.fromkeys(one.sku for one in near), key=lambda sku: not _there(product, sku))
    named = [one.name for sku in near if (one := product.variant(sku))]
    return phrase(
        "not_made_together",
        tracker,
        title=product.title,
        wish=wish_text(asked),
        choices=listed(named[:NAMED], "or"),
    )


def _there(product: Product, sku: str) -> bool:
    variant = product.variant(sku)
    return variant is not None and variant.in_stock


def wish_text(asked: Filters) -> str:
    """The form that was asked about: " in size 43 and in brown"."""
    parts = [word("wish_sizes").format(value=size) for size in asked.sizes]
    parts += [word("wish_colours").format(value=colour_text(one)) for one in asked.colours]
    return f" {listed(parts)}" if parts else ""


def stock_told(tracker: Tracker, form: Product, asked: Filters) -> tuple[str, list[dict[str, Any]]]:
    """Whether a form can be had, and the quick replies that go with it."""
    wish = wish_text(asked) if form.sizes or form.colours else ""
    if form.in_stock:
        note = stock_note(form)
        left = f" ({note[:1].lower()}{note[1:]})" if note else ""
        return phrase("in_stock", tracker, title=form.title, wish=wish, left=left), []
    alert = (
        choice("stock_alert", f'/stock_alert{{"product": {json.dumps(sku_of(form))}}}')
        if wish
        else None
    )
    buttons = [alert or choice("stock_alert"), choice("similar_products")]
    if form.can_order:
        day = date.fromisoformat(form.available_from) if form.available_from else None
        said = phrase("expected_from_day", tracker, day=full_date(day, spoken())) if day else ""
        return phrase(form.availability, tracker, title=form.title, wish=wish, day=said), buttons
    whole = get_recommender().get(form.sku) or form
    there = [one.name for one in whole.choices if one.in_stock]
    if not wish or not there:
        return phrase("sold_out", tracker, title=form.title), buttons
    choices = listed(there[:NAMED], "or")
    return phrase("sold_out_so", tracker, title=form.title, wish=wish, choices=choices), buttons
