"""What a customer said of products: in their own words, and in those that the catalogue is searched by."""

from rasa_sdk import Tracker

from bot.reading.lexicon import lexicon
from bot.settings import get_settings
from bot.spoken import spoken
from recommender.language.concepts import ENGLISH
from recommender.search.pivot import in_english


def words(tracker: Tracker) -> str:
    """What the customer said of products in words that the catalogue is searched by, or what the quick reply that they
    chose means: a shop whose catalogue is in English is searched in English."""
    return in_catalogue_words(own_words(tracker))


def in_catalogue_words(said: str) -> str:
    """A text in the language that is spoken, in words that the catalogue is searched by."""
    if get_settings().shop.languages[0] != ENGLISH:
        return said
    return in_english(said, spoken(), lexicon(spoken()).empty).text.strip()


def own_words(tracker: Tracker) -> str:
    """What the customer said, or what the quick reply that they chose means."""
    text = tracker.latest_message.get("text") or ""
    if text.startswith("/") and (tracker.latest_message.get("metadata") or {}).get("title"):
        values = [one["value"] for one in tracker.latest_message.get("entities") or []]
        return " ".join(value for value in values if isinstance(value, str))
    return text
