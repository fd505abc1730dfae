"""A text as it is meant: without signs that nobody sees, with plain digits and letters.

Full-width digits, digits of other scripts, zero-width signs between digits and accents apart from
their letters hide what is personal from patterns, and from nobody else.
"""

import unicodedata
from typing import NamedTuple

import regex

from bot.privacy.spans import Span

# Where digits and Latin letters touch letters of a script that puts no spaces there: nothing of a number goes on.
_SPACED = r"[\p{Latin}\p{Cyrillic}\p{Greek}\p{Common}\p{Inherited}]"
_SEAM = regex.compile(
    rf"(?<=[\p{{Latin}}\d])(?=[\p{{L}}\p{{M}}])(?!{_SPACED})"
    rf"|(?<=[\p{{L}}\p{{M}}])(?<!{_SPACED})(?=[\p{{Latin}}\d])"
)

_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
)  # drawn as nothing, and yet no Cf
_MOST_MARKS = 8  # on a letter that are read


class Plain(NamedTuple):
    """The plain text, and for each of its characters where it began and ended in the original."""

    text: str
    starts: list[int]
    ends: list[int]

    def original(self, start: int, end: int) -> Span:
        """The part of the original that a part of the plain text stands for."""
        return self.starts[start], self.ends[end - 1]


def plain(text: str) -> Plain:
    """The text as it is meant (Unicode's NFKC, and more), with the way back."""
    if text.isascii():
        return Plain(text, list(range(len(text))), list(range(1, len(text) + 1)))
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for sign in _meant(text[at : min(end, at + 1 + _MOST_MARKS)]):
            parts.append(sign)
            starts.append(at)
            ends.append(end)
        at = end
    return Plain("".join(parts), starts, ends)


def apart(meant: Plain) -> Plain:
    """The same with a space, which stands for nothing of the original, where scripts without spaces touch a number."""
    seams = [found.start() for found in _SEAM.finditer(meant.text)]
    if not seams:
        return meant
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for begin, end in zip([0, *seams], [*seams, len(meant.text)], strict=True):
        if begin:
            text.append(" ")
            starts.append(meant.starts[begin])
            ends.append(meant.ends[begin - 1])
        text.append(meant.text[begin:end])
        starts += meant.starts[begin:end]
        ends += meant.ends[begin:end]
    return Plain("".join(text), starts, ends)


def _meant(cluster: str) -> str:
    """What a character with its marks is meant to be."""
    if cluster.isascii():
        return cluster
    first = cluster[0]
    kind = unicodedata.category(first)
    if kind == "Cf" or first in _UNSEEN or "\ufe00" <= first <= "\ufe0f":
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(first))
    if kind == "Zs":
        return " "
    return unicodedata.normalize("NFKC", cluster)
