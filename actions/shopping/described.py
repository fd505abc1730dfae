"""What is said of one product: all about it, whether it can be had, its sizes; and several side by side."""

import re

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backends import get_passages
from actions.catalogue_words import value_said
from actions.language import word
from actions.shopping.said import words
from actions.shopping.variants import as_meant, not_together, stock_told, wishes
from actions.texts import choice, person, phrase
from actions.wording import (
    card,
    colour_text,
    full_name,
    label,
    listed,
    price_of,
    rating_of,
    stock_note,
)
from bot.reading.reader import blanked
from bot.settings import get_settings
from recommender.language.words import canonical_colour, size_key
from recommender.passages import ANSWERS_FROM, quoted
from recommender.product import Product
from recommender.request.filters import Filters

# A question about one property, and words in it that name none.
YES_OR_NO = re.compile(r"^(?:and )?(?:is|are|does|do|can|has|have|will)\b(?! you)", re.I)
SHORT = 60  # characters of a value that is listed
COMMON = {
    "does", "have", "this", "that", "they", "them", "come", "comes", "with", "first", "second", "third",
    "last", "made", "good", "also", "what", "colour", "color", "sizes",
}  # fmt: skip


def describe(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    currency = get_settings().shop.currency
    asked = wishes(tracker)
    if any(not_made(asked, product)) or not_together(tracker, product, asked):
        availability(dispatcher, tracker, product)
        return
    form = as_meant(tracker, product)
    lead = _asked_fact(tracker, form)
    if not lead and len(form.variants) == 1 and form.variants[0].name and form.price is not None:
        price = price_of(form, currency)
        lead = phrase("form_costs", tracker, title=full_name(form), price=price)
    product = form
    if not lead:
        name = (
            word("title_of_brand").format(title=product.title, brand=product.brand)
            if product.brand
            else product.title
        )
        lead = f"{name}. {product.description}"
    facts = []
    if product.price is not None:
        facts.append(f"{label('price')}: {price_of(product, currency)}")
    if product.colours:
        facts.append(f"{label('colours')}: {', '.join(map(colour_text, product.colours))}")
    if product.sizes:
        facts.append(f"{label('sizes')}: {', '.join(product.sizes)}")
    facts += [
        f"{label(name)}: {value_said(value)}"
        for name, value in product.attributes.items()
        if len(value) <= SHORT
    ][:8]
    if product.rating is not None and product.ratings:
        facts.append(rating_of(product))
    facts.append(stock_note(product) or word("card_in_stock"))
    dispatcher.utter_message(
        text=lead.strip() + "\n" + "\n".join(f"• {fact}" for fact in facts),
        json_message={"products": [card(product, currency)]},
        buttons=[
            choice("similar_products"),
            choice("goes_with"),
            choice("wishlist_add"),
        ],
    )


def _asked_fact(tracker: Tracker, product: Product) -> str:
    """The one fact that a question is about, or that the description doesn't say; else empty."""
    said = " ".join(without_names(tracker).lower().split())
    if not YES_OR_NO.search(said):
        return ""
    asked = {word[:6] for word in re.findall(r"[a-z]{4,}", said)} - COMMON
    for name, value in product.attributes.items():
        if asked & {word[:6] for word in re.findall(r"[a-z]{4,}", f"{name} {value}".lower())}:
            return phrase("attribute", tracker, name=label(name), value=value_said(value))
    described = {
        word[:6]
        for word in re.findall(r"[a-z]{4,}", f"{product.title} {product.description}".lower())
    }
    if asked & described or not asked:
        return ""
    return phrase("not_described", tracker, title=product.title)


def not_made(asked: Filters, product: Product) -> tuple[list[str], list[str]]:
    """The sizes and the colours that were asked and that a product isn't made in."""
    sizes, colours = [], []
    if asked.sizes and product.sizes:
        have = {size_key(size) for size in product.sizes}
        sizes = [size for size in asked.sizes if size not in have]
    if asked.colours and product.colours:
        have = {canonical_colour(colour) for colour in product.colours}
        colours = [colour for colour in asked.colours if colour not in have]
    return sizes, colours


def availability(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    """Say whether a product can be had, in the size and colour that was asked."""
    form = as_meant(tracker, product)
    asked = wishes(tracker)
    sizes, colours = not_made(asked, product)
    missing = [word("wish_sizes").format(value=size) for size in sizes]
    missing += [word("wish_colours").format(value=colour_text(colour)) for colour in colours]
    if missing:
        choices = listed(
            [*product.sizes] if asked.sizes else [colour_text(one) for one in product.colours]
        )
        text = phrase(
            "not_made_so", tracker, title=product.title, missing=listed(missing), choices=choices
        )
        buttons = [choice("similar_products")]
    elif text := not_together(tracker, product, asked):
        buttons = [choice("similar_products")]
    else:
        text, buttons = stock_told(tracker, form, asked)
    currency = get_settings().shop.currency
    dispatcher.utter_message(
        text=text, json_message={"products": [card(form, currency)]}, buttons=buttons
    )


def comparison(products: list[Product], currency: str) -> list[tuple[str, list[str]]]:
    """The rows of a table: a name, and the value of each product; rows that say nothing are left out."""
    rows = [
        (label("price"), [price_of(p, currency) for p in products]),
        (label("brand"), [p.brand for p in products]),
        (label("colours"), [", ".join(map(colour_text, p.colours)) for p in products]),
        (label("sizes"), [", ".join(p.sizes) for p in products]),
    ]
    names = dict.fromkeys(name for p in products for name in p.attributes if name != "tags")
    rows += [
        (label(name), [value_said(p.attributes.get(name, "")[:SHORT]) for p in products])
        for name in list(names)[:6]
    ]
    rows.append((label("stock"), [stock_note(p) or word("card_in_stock") for p in products]))
    return [(name, [value or "–" for value in values]) for name, values in rows if any(values)]


def size(dispatcher: CollectingDispatcher, tracker: Tracker, product: Product) -> None:
    if not product.sizes:
        dispatcher.utter_message(text=phrase("one_size", tracker, title=product.title))
        return
    fit = next((v for k, v in product.attributes.items() if k.lower() in ("fit", "sizing")), "")
    said = phrase("sizes_of", tracker, title=product.title, sizes=listed(list(product.sizes)))
    fits = f"{label('fit')}: {value_said(fit)}." if fit else ""
    size_page(dispatcher, tracker, f"{said} {fits}".strip())


def size_page(dispatcher: CollectingDispatcher, tracker: Tracker, said: str) -> None:
    """What was said, and what the shop's pages say about sizes, if they do."""
    answer = get_passages().best("which size should I take, size chart, measurements, fit")
    if answer and answer.score >= ANSWERS_FROM and re.search(r"\bsiz", answer.passage.text, re.I):
        said = f"{said}\n{quoted(answer.passage)}"
    dispatcher.utter_message(text=said, buttons=[person()])


def without_names(tracker: Tracker) -> str:
    """What the message says beside the products' names."""
    said = words(tracker)
    if said.startswith("/"):
        return said
    entities = tracker.latest_message.get("entities") or []
    named = [one for one in entities if one["entity"] == "product"]
    return blanked(said, ((one["start"], one["end"]) for one in named))
