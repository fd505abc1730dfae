"""What was looked for and how well it was found, on record for market research."""

import time

from rasa_sdk.events import EventType, SlotSet

from actions.backends import get_recommender
from actions.wording import need_text
from bot.settings import get_settings
from recommender.request.filters import Filters
from recommender.search.results import SearchResult


def searched(
    kind: str, text: str, filters: Filters, found: SearchResult, sku: str = ""
) -> EventType:
    """What was looked for and how well it was found, for the transcripts' table `searches`."""
    currency = get_settings().shop.currency
    return SlotSet(
        "search_made",
        {
            "kind": kind,
            "need": need_text(get_recommender().focus(text), filters, found.relaxed, currency),
            "text": text,
            "filters": filters.to_dict(),
            "relaxed": found.relaxed,
            "good": found.good,
            "total": found.total,
            "sku": sku,
            "at": time.time(),
        },
    )
