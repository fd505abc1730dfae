"""What a person gets of their conversations, without the addresses and phone numbers of others."""

import re
from typing import Any

from bot.custody.own_addresses import Own
from bot.privacy import find
from bot.privacy.finding import LONGEST, mask_found

# Ids and keys, whose digits may look like a phone's.
_NO_TEXT = re.compile(r"id|.*_id|sku|reference|mark|holder|what|sender|conversation")
SAME_DIGITS = 8  # at the end of two phone numbers that are the same, with a country's code or not


def without_others(value: Any, own: Own) -> Any:
    """A row, a list or a text in which addresses and phones are masked that aren't a person's own."""
    if isinstance(value, dict):
        return {
            name: one if _NO_TEXT.fullmatch(name) else without_others(one, own)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [without_others(one, own) for one in value]
    return _without(value, own) if isinstance(value, str) else value


def _without(text: str, own: Own) -> str:
    found = [
        one
        for one in find(text)
        if (one.kind == "email" and text[one.start : one.end].lower() not in own.addresses)
        or (one.kind == "phone" and not _is_own(text[one.start : one.end], own))
    ]
    return mask_found(text[:LONGEST], found) if found else text


def _is_own(phone: str, own: Own) -> bool:
    digits = re.sub(r"\D", "", phone)[-SAME_DIGITS:]
    return any(re.sub(r"\D", "", one)[-SAME_DIGITS:] == digits for one in own.phones)
