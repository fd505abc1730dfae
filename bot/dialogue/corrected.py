"""A new value that is said where the old one is asked about: "no, 06 87654321", "typo, it's example.com"."""

import re
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers.phones import phone_in, region_of
from bot.settings import get_settings

ParseData = dict[str, Any]
LOOKED_AT = 500  # characters
DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[A-Za-z0-9-]{1,63}\.){1,3}[A-Za-z]{2,24}(?![\w@-]|\.\w)"
)  # of an address


def corrected(tracker: DialogueStateTracker, task: str | None, parsed: ParseData) -> ParseData:
    """The message with the phone number or the email address that it puts right, as an entity.

    A number needs no country's code where one is asked about, and of an address the part behind "@" is enough.
    """
    entities, text = parsed["entities"], parsed["text"][:LOOKED_AT]
    named = {one["entity"] for one in entities}
    if task == "call_back":
        phone = phone_in(text, region_of(get_settings().shop))
        known = {one["value"] for one in entities if one["entity"] == "phone"}
        if phone and phone != tracker.get_slot("call_phone") and phone not in known:
            kept = [one for one in entities if one["entity"] not in ("phone", "order_number")]
            return {**parsed, "entities": [*kept, _entity("phone", phone)]}
        return parsed
    email, found = tracker.get_slot("email") or "", DOMAIN.search(text)
    if not found or "@" not in email or "email" in named:
        return parsed
    whole = f"{email.partition('@')[0]}@{found[0].lower()}"
    return {**parsed, "entities": [*entities, _entity("email", whole)]}


def _entity(name: str, value: str) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": 0, "end": 0}
