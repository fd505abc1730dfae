"""A text as it is meant: without signs that nobody sees, with plain digits and letters.

Full-width digits, digits of other scripts, zero-width signs between digits and accents apart from
their letters hide what is personal from patterns, and from nobody else.
"""

import unicodedata
from typing import NamedTuple

from bot.privacy.spans import Span

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
