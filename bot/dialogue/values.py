"""Values that a message names more than once: the one that it puts right, and the orders that come after the first."""

from itertools import pairwise
from typing import Any

from bot.answers.consent import Consent, read_consent
from bot.answers.order_numbers import order_numbers
from bot.emails import SAID
from bot.reading.reader import read

ParseData = dict[str, Any]
MOST = 5  # orders of one message


def put_right(parsed: ParseData) -> ParseData:
    """The message with the value that takes another's place: of "HF-1, no sorry, HF-2" the second."""
    entities = parsed["entities"]
    for name, found in _values(parsed["text"]).items():
        for (_, _, end), (value, start, stop) in pairwise(found):
            if not _corrects(parsed["text"][end:start]):
                continue
            entities = [one for one in entities if one["entity"] != name]
            entities.append({"entity": name, "value": value, "start": start, "end": stop})
    return parsed if entities is parsed["entities"] else {**parsed, "entities": entities}


def other_orders(parsed: ParseData) -> list[str]:
    """The orders that a message names beside the one that it is understood to be about."""
    first = next((one for one in parsed["entities"] if one["entity"] == "order_number"), None)
    if first is None:
        return []
    numbers = [
        value
        for value, start, _ in _values(parsed["text"])["order_number"]
        if start >= first["start"]
    ]
    return [one for one in dict.fromkeys(numbers) if one != first["value"]][: MOST - 1]


def _values(text: str) -> dict[str, list[tuple[str, int, int]]]:
    numbers = [(one.number, one.start, one.end) for one in order_numbers().find(text)]
    emails = [(one[0].lower(), *one.span()) for one in SAID.finditer(text)]
    return {"order_number": numbers, "email": emails}


def _corrects(between: str) -> bool:
    """Whether the words between two values say that the second is meant: "no", "sorry, i meant"."""
    answer = read_consent(between.strip(" ,;:.-–—"))
    return Consent.NO in (answer.consent, answer.begins) or read(between).has("corrects")
