"""The country that a customer named, where the talk was of delivery or of where they live."""

from rasa_sdk import Tracker

from actions.messages import messages_of
from actions.shop.delivery import country_in
from bot.reading.reader import read
from bot.settings import get_settings

TOLD_WITHIN = 12  # messages
OF_DELIVERY = ("delivery_info", "price_total", "returns_policy")


def country_told(tracker: Tracker) -> str:
    """The one named last before this message; "" when none was."""
    told = messages_of(tracker)
    for parsed in reversed(told[-TOLD_WITHIN:-1]):
        text = str(parsed.get("text") or "")
        if (parsed.get("intent") or {}).get("name") in OF_DELIVERY or read(text).has(
            "delivery", "lives"
        ):
            if country := country_in(text, get_settings().shop):
                return country
    return ""
