"""What the assistant says, from texts/<language>.yml: several wordings for each thing."""

import zlib
from typing import Any

from babel import Locale
from rasa_sdk import Tracker

from actions.language import texts, word
from bot.spoken import spoken


def plural(name: str, count: int) -> str:
    """The name of the text for a number of things: `days_one`, `days_other`, as the language counts."""
    return f"{name}_{Locale.parse(spoken()).plural_form(count)}"


def choice(name: str, payload: str = "") -> dict[str, str]:
    """A quick reply with the title `choice_<name>`; the payload is the intent of that name."""
    return {"title": word(f"choice_{name}"), "payload": payload or f"/{name}"}


def person() -> dict[str, str]:
    """The quick reply that asks for a person."""
    return choice("talk_to_human")


def phrase(name: str, tracker: Tracker, /, **values: Any) -> str:
    """One wording, with its {places} filled in; another one at another point of the conversation,
    and never the one that the assistant said last.

    An upset customer gets the wordings under `name_upset` where there are any. What is filled in
    is never read as a template. Raises KeyError for a name that isn't in the file.
    """
    known = texts()
    upset = f"{name}_upset"
    wordings = (
        known[upset] if tracker.get_slot("mood") == "upset" and upset in known else known[name]
    )
    point = f"{tracker.sender_id}{len(tracker.events)}{name}"
    first = zlib.crc32(point.encode()) % len(wordings)
    said = [wording.format(**values) for wording in (*wordings[first:], *wordings[:first])]
    spoken = (event for event in reversed(tracker.events) if event.get("event") == "bot")
    last = next(spoken, {}).get("text")
    return next((one for one in said if one != last), said[0])
