"""What a person gets of their conversations, without the addresses and phone numbers of others."""

import re
from typing import Any

from bot.custody.own_addresses import Own
from bot.privacy import find
from bot.privacy.finding import LONGEST, Found, mask_found

# Ids and keys, whose digits may look like a phone's.
_NO_TEXT = re.compile(r"id|.*_id|sku|reference|mark|holder|what|sender|conversation")
OVERLAP = 500  # characters that two pieces of a long text share, so that no address is cut in two
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
        for one in _find(text)
        if (one.kind == "email" and text[one.start : one.end].lower() not in own.addresses)
        or (one.kind == "phone" and not _is_own(text[one.start : one.end], own))
    ]
    return mask_found(text, found) if found else text


def _find(text: str) -> list[Found]:
    """What is personal in a text of any length, in order; no two overlap."""
    found: list[Found] = []
    for start in range(0, max(len(text) - OVERLAP, 1), LONGEST - OVERLAP):
        piece = text[start : start + LONGEST]
        found += [Found(one.kind, one.start + start, one.end + start) for one in find(piece)]
    apart: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if apart and apart[-1].end > one.start:  # in both pieces, in one of them perhaps cut
            last = apart.pop()
            one = Found(last.kind, last.start, max(last.end, one.end))
        apart.append(one)
    return apart


def _is_own(phone: str, own: Own) -> bool:
    digits = re.sub(r"\D", "", phone)[-SAME_DIGITS:]
    return any(re.sub(r"\D", "", one)[-SAME_DIGITS:] == digits for one in own.phones)
