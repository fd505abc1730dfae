"""Words in what was said, in any language: how they are indexed, and how they are asked for.

Chinese and Japanese are written without spaces, so each of their signs is a word of its own and a word of several
is asked for as signs in a row: any part of a text is found, one sign too. Accents and umlauts fold away in the
index; the ways to write them with plain letters ("Groesse", "Grösse", "Größe") are asked for all at once.
"""

import re
from itertools import product

APART = "\u200b"  # between signs: nobody sees it, and the index takes it for a space
_SIGN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BESIDE_SIGN = re.compile(f"(?<=[{_SIGN}])(?=\\w)|(?<=\\w)(?=[{_SIGN}])")
_WORD = re.compile(r"[^\W_]+")
# Letters, and what they are written as where a keyboard has none of them.
_WRITTEN = (
    ("ä", "ae"),
    ("ö", "oe"),
    ("ü", "ue"),
    ("ß", "ss"),
    ("œ", "oe"),
    ("æ", "ae"),
    ("ø", "oe"),
    ("å", "aa"),
)
_VARIANTS = 16  # of a word that are asked for
_PARTS = re.compile("|".join(sorted({part for pair in _WRITTEN for part in pair}, key=len)[::-1]))


def indexed(text: str) -> str:
    """A text as it goes into the full-text index."""
    return _BESIDE_SIGN.sub(APART, text)


def shown(text: str) -> str:
    """A text of the index as it was said."""
    return text.replace(APART, "")


def query(text: str) -> str:
    """All words of a text as an FTS5 query in which nothing is an operator; of a word any way to write it."""
    words = (_asked(word) for word in _WORD.findall(text))
    return " AND ".join(words) or '""'


def _asked(word: str) -> str:
    ways = [f'"{indexed(one)}"' for one in _ways(word)]
    return ways[0] if len(ways) == 1 else f"({' OR '.join(ways)})"


def _ways(word: str) -> list[str]:
    """A word, and with its umlauts written in other ways, at most `_VARIANTS`."""
    lower = word.lower()
    parts: list[tuple[str, ...]] = []
    ways, at = 1, 0
    for found in _PARTS.finditer(lower):
        others = {letter for letter, plain in _WRITTEN if plain == found[0]}
        others |= {plain for letter, plain in _WRITTEN if letter == found[0]}
        if ways * (len(others) + 1) > _VARIANTS:
            break
        ways *= len(others) + 1
        parts += [(lower[at : found.start()],), (found[0], *sorted(others))]
        at = found.end()
    return ["".join(one) for one in product(*parts, (lower[at:],))]
