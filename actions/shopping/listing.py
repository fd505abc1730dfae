"""A list of products as it is said: the words before it, its cards, and the quick replies below."""

from typing import Any

from rasa_sdk import Tracker

from actions.language import word
from actions.texts import choice, phrase, texts
from actions.wording import button, cards, colour_text, listed, near_cards, wish_text
from bot.settings import get_settings
from recommender.request.filters import Filters
from recommender.search.clarify import Question
from recommender.search.results import SearchResult


def introduction(tracker: Tracker, found: SearchResult, asked: Filters, further: bool) -> str:
    count, currency = len(found.hits), get_settings().shop.currency
    if found.relaxed and further:
        return phrase("only_close", tracker)
    if found.relaxed:
        wishes = listed([wish_text(asked, wish, currency) for wish in found.relaxed], "or")
        return phrase("closest", tracker, wishes=wishes)
    if found.near and not any(hit.product.in_stock for hit in found.hits):
        return phrase("sold_out_fits", tracker)
    if found.near:
        return phrase("few_fit" if count > 1 else "one_fits", tracker, count=count)
    if further:
        return phrase("more_found" if count > 1 else "one_more_found", tracker)
    if found.total > count and found.filters:
        return phrase("many_found", tracker, total=found.total)
    if found.total > count:
        return phrase("ideas", tracker)
    return phrase("found" if count > 1 else "one_found", tracker)


def listed_cards(found: SearchResult, asked: Filters, further: bool) -> list[dict[str, Any]]:
    """The cards; what was asked for and is given up on the way to more stands on the card."""
    currency = get_settings().shop.currency
    if further and found.relaxed:
        return near_cards(found.hits, asked, currency)
    return cards(found.hits, currency)["products"] + near_cards(found.near, asked, currency)


def narrower(tracker: Tracker, more: bool) -> list[dict[str, str]]:
    """The quick replies below a list."""
    buttons = [choice("cheaper", '/refine_search{"price_change": "lower"}')]
    if more:
        buttons.append(choice("show_more"))
    if tracker.get_slot("searches") or tracker.get_slot("search"):
        buttons.append(choice("undo_refinement"))
    return buttons


def choices(question: Question) -> list[dict[str, str]]:
    return [
        button(_option(question.facet, value), f'/refine_search{{"{question.facet}": "{value}"}}')
        for value in question.options
    ]


def closed(said: str) -> str:
    """A sentence that announces a list, where something else follows."""
    for colon, stop in ((":", "."), ("：", "。")):
        if said.endswith(colon):
            return said.removesuffix(colon).rstrip() + stop
    return said


def _option(facet: str, value: str) -> str:
    """A value of a facet as a quick reply says it."""
    said = (
        word(f"audience_{value}")
        if facet == "audience" and f"audience_{value}" in texts()
        else colour_text(value)
        if facet == "colour"
        else value
    )
    return said[:1].upper() + said[1:]
