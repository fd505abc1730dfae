"""All kinds of personal data in a text, and the text with a mark such as "[email]" in their place.

By patterns, checksums and lists, so a name that nothing around it gives away stays. How much is
found is measured: docs/privacy.md, `make bench-privacy`.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import regex

from bot.privacy import names, numbers, places, secrets
from bot.privacy.plain import apart, plain

# Kind -> its finder, in the order in which they claim their part of a text: an address before the
# postcode in it could pass for a number.
_FINDERS = (
    ("link", numbers.links),
    ("password", secrets.passwords),
    ("email", numbers.emails),
    ("email", secrets.spelled_emails),
    ("ip", secrets.computers),
    ("birthday", secrets.birthdays),
    ("identity", secrets.papers),
    ("account", numbers.accounts),
    ("card", numbers.cards),
    ("address", places.addresses),
    ("phone", numbers.phones),
    ("phone", secrets.spelled_phones),
    ("number", numbers.references),
    ("name", names.names),
    ("name", secrets.other_names),
)
KINDS = tuple(dict.fromkeys(kind for kind, _ in _FINDERS))
_NEED_DIGITS = (
    secrets.birthdays, secrets.papers, numbers.accounts, numbers.cards, places.addresses, numbers.phones,
    numbers.references,
)  # fmt: skip
LONGEST = 20_000  # characters that are looked at; of a longer text only so much is kept


class Found(NamedTuple):
    """A piece of personal data: what it is, and where it begins and ends."""

    kind: str
    start: int
    end: int


def find(text: str) -> list[Found]:
    """What is personal in a text, in order; no two overlap."""
    found: list[Found] = []
    meant = apart(plain(text[:LONGEST]))
    left = meant.text
    has_digit = regex.search(r"\d", left)
    for kind, finder in _FINDERS:
        if finder in _NEED_DIGITS and not has_digit:
            continue
        for start, end in finder(left):
            found.append(Found(kind, *meant.original(start, end)))
            left = left[:start] + "\0" * (end - start) + left[end:]
    return sorted(found, key=lambda one: one.start)


def emails_in(text: str) -> list[str]:
    """Email addresses in a text, lower case, each once and in order."""
    text = apart(plain(text)).text
    found = (text[start:end].lower() for start, end in numbers.emails(text))
    return list(dict.fromkeys(one for one in found if "@" in one))


def mask(text: str, keep: Collection[str] = ()) -> str:
    """The text with "[email]", "[phone]", "[name]" and so on in the place of what is personal.

    Kinds to `keep` stay as they are.

    Masking a masked text changes nothing. Of a text beyond LONGEST characters the rest is cut off,
    since nobody looked at it.
    """
    return mask_found(text[:LONGEST], [one for one in find(text) if one.kind not in keep])


def mask_found(text: str, found: Iterable[Found], by: str = "") -> str:
    """The text with "[email]" and so on, or with `by`, in the place of what was found in it."""
    parts: list[str] = []
    at = 0
    for kind, start, end in found:
        parts += [text[at:start], by or f"[{kind}]"]
        at = end
    return "".join([*parts, text[at:]])
