"""What a customer has to spend in all, as a message or one before it tells."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker

from actions.messages import messages_of
from bot.reading.reader import Number, Reading, read
from recommender.search.titles import tokens

LEAST_LIMIT = 10  # smaller numbers are how many
TOLD_WITHIN = 12  # messages
NEAR = 4  # tokens between "budget" and its amount


def amount_told(reading: Reading, entities: Sequence[dict[str, Any]]) -> float | None:
    """The one amount that a message tells as what there is to spend: "my budget is 60", "what's left of my 150?", "I've
    got 400 euros"; None where it tells none, or several."""
    prices = [
        one for one in entities if one["entity"] == "price" and isinstance(one["value"], dict)
    ]
    in_prices = {
        number.value
        for number in reading.numbers
        for one in prices
        if one["start"] <= number.start and number.end <= one["end"]
    }
    if reading.has("against_budget"):
        told = in_prices or {one.value for one in reading.numbers}
    else:
        told = {one.value for one in beside_budget(reading)} or (
            in_prices if reading.has("limit", "mine") else set()
        )
    told = {one for one in told if one >= LEAST_LIMIT}
    return told.pop() if len(told) == 1 else None


def beside_budget(reading: Reading) -> set[Number]:
    """The numbers near a word for a budget; "in total" may be said of anything."""
    sums = {sign.first for kind in ("sum", "together") for sign in reading.of(kind)}
    budgets = [one for one in reading.of("budget") if one.first not in sums]
    said = [end for _, _, end in tokens(reading.text)]
    places = {number: sum(end <= number.start for end in said) for number in reading.numbers}
    return {
        number
        for number, place in places.items()
        if number.value >= LEAST_LIMIT
        and any(one.first - NEAR <= place <= one.last + NEAR for one in budgets)
    }


def budget_told(tracker: Tracker) -> float | None:
    """The budget told last before this message."""
    for parsed in reversed(messages_of(tracker)[-TOLD_WITHIN:-1]):
        text = str(parsed.get("text") or "")
        if (told := amount_told(read(text), parsed.get("entities") or [])) is not None:
            return told
    return None
