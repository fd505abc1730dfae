"""How things are said: money, dates, lists, product cards."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from actions.catalogue_words import colour_said, name_said
from actions.language import word
from bot import wording
from bot.money import format_money
from bot.settings import get_settings
from bot.spoken import speaking, spoken
from recommender.language.concepts import ENGLISH, concepts, languages
from recommender.language.words import singular
from recommender.product import Product
from recommender.request.filters import EITHER, Filters
from recommender.request.measures import AGE
from recommender.search.content import content_words
from recommender.search.results import Hit

LOW_STOCK = 3
NEED_WORDS = 4
MOST_VALUES = 6  # of an option on a card


def money(amount: Decimal | float | str | None, currency: str) -> str:
    """An amount as customers read it: "€39.95", "CHF 12"; empty when it isn't known."""
    return format_money(amount, currency, language=spoken())


def listed(parts: Sequence[str], joint: Literal["and", "or"] = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return wording.listed(parts, joint, spoken())


def label(name: str) -> str:
    """An attribute's name as a line begins with it: "Weight"."""
    said = name_said(name)
    return said[:1].upper() + said[1:]


def stock_note(product: Product) -> str:
    """What to say about the stock: nothing when there is plenty."""
    if product.availability and product.available_from:
        day = wording.full_date(date.fromisoformat(product.available_from), spoken())
        return word(f"card_{product.availability}_from").format(day=day)
    if product.availability:
        return word(f"card_{product.availability}")
    if not product.in_stock:
        return word("card_sold_out")
    if product.stock is not None and product.stock <= LOW_STOCK and not product.choices:
        return word("card_few_left").format(count=product.stock)
    return ""


def price_of(product: Product, currency: str) -> str:
    """The price with its currency, the shop's when the product names none; the lowest of several."""
    price = money(product.price, product.currency or currency)
    return word("card_price_from").format(price=price) if price and product.price_varies else price


def rating_of(product: Product) -> str:
    """How its buyers rate it: "4.6 of 5 stars (12)"."""
    return word("card_rating").format(stars=product.rating, count=product.ratings)


def full_name(product: Product) -> str:
    """Its title, and its options where one form of it is meant: "Ridge Boot (brown, 43)"."""
    name = product.variants[0].name if len(product.variants) == 1 else ""
    return f"{product.title} ({name})" if name else product.title


def card(product: Product, currency: str, reason: str = "") -> dict[str, Any]:
    """A product as the widget shows it."""
    before = money(product.compare_at, product.currency or currency) if product.reduced else ""
    return {
        "sku": product.sku,
        "variant": product.variants[0].sku if len(product.variants) == 1 else "",
        "title": full_name(product),
        "price_before": before if not product.price_varies else "",
        "choices": " · ".join(
            " / ".join(values[:MOST_VALUES]) + (" …" if len(values) > MOST_VALUES else "")
            for values in product.options.values()
            if len(values) > 1
        ),
        "brand": product.brand,
        "price": price_of(product, currency),
        "image": product.image,
        "url": product.url,
        "reason": reason,
        "in_stock": product.in_stock,
        "can_order": product.can_order and product.price is not None,
        "stock_note": stock_note(product),
    }


def cards(hits: Sequence[Hit], currency: str) -> dict[str, Any]:
    """The custom part of a message that shows products."""
    return {"products": [card(hit.product, currency, hit.reason) for hit in hits]}


def near_cards(hits: Sequence[Hit], asked: Filters, currency: str) -> list[dict[str, Any]]:
    """What comes close, each with what it isn't: "Not in red", "Not under €50 or in size 42"."""
    missing = ([wish_text(asked, one, currency) for one in hit.misses] for hit in hits)
    return [
        card(hit.product, currency, word("card_not").format(wishes=listed(wishes, "or")))
        for hit, wishes in zip(hits, missing, strict=True)
    ]


def wish_text(filters: Filters, wish: str, currency: str) -> str:
    """One wish of `recommender.request.filters.RELAXATION` in words: "in red", "under €50", "for men"."""
    if wish == "price":
        low, high = filters.price_min, filters.price_max
        name = (
            "between"
            if low is not None and high is not None
            else "over"
            if high is None
            else "under"
        )
        return word(f"wish_{name}").format(low=money(low, currency), high=money(high, currency))
    if wish == "features":
        return listed([feature_text(feature) for feature in filters.features])
    values = {
        "sizes": filters.sizes,
        "colours": [colour_text(colour) for colour in filters.colours],
        "audience": [word(f"audience_{filters.audience}")] if filters.audience else [],
        "brands": [brand.title() for brand in filters.brands],
        "categories": filters.categories,
        "in_stock": (),
    }
    return word(f"wish_{wish}").format(value=listed(values[wish], "or"))


def need_text(text: str, filters: Filters, relaxed: Sequence[str], currency: str) -> str:
    """What a customer looked for in few words, the same for the same need in any language: "mugs in purple".

    The wishes are those that weren't met; without any it is the kind of product alone. It is for staff, in the
    shop's own language.
    """
    with speaking(get_settings().shop.languages[0]):
        named = [*filters.categories, *([] if relaxed == ["brands"] else filters.brands)]
        words = [singular(one) for one in content_words(text) if one not in filters.colours]
        subject = (
            listed(named) or " ".join(dict.fromkeys(words[:NEED_WORDS])) or word("wish_anything")
        )
        unmet = [wish_text(filters, wish, currency) for wish in relaxed if wish != "categories"]
        return " ".join([subject, *unmet])


def colour_text(colour: str) -> str:
    """What a colour is called; one that has no concept as it is."""
    return colour_said(colour)


def feature_text(feature: str) -> str:
    """ "waterproof", "350 ml", "for 4 people"."""
    if EITHER in feature:
        return listed([feature_text(one) for one in feature.split(EITHER)], "or")
    if feature.endswith(" people"):
        return word("wish_people").format(value=feature)
    if feature.endswith(f" {AGE}"):
        return word("wish_age").format(value=feature.removesuffix(f" {AGE}"))
    return _called("features", feature)


def _called(kind: str, concept: str) -> str:
    """The first form of a concept in the turn's language."""
    language = spoken()
    if language == ENGLISH or language not in languages():
        return concept
    forms = concepts(language)[kind].get(concept)
    return str(forms[0]) if forms else concept


def button(title: str, payload: str) -> dict[str, str]:
    """A quick reply."""
    return {"title": title, "payload": payload}


def first(*texts: str | None) -> str:
    """The first text that isn't empty."""
    return next((text for text in texts if text), "")
