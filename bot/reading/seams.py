"""Where one request of a message ends and another one begins: at the end of a sentence, or at words such as "and also"."""

import itertools
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from babel import Locale

from bot.reading.lexicon import lexicon
from bot.spoken import spoken

WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # kana and Han
STOP = "[.!?;…\n。！？；]"
DOTTED_DAY = (
    "d."  # how CLDR writes the day before a month in languages whose ordinals end in a full stop
)


class Seam(NamedTuple):
    """What lies between two requests, as places among the characters; `end` is exclusive."""

    start: int
    end: int


def seams_in(text: str) -> list[Seam]:
    """All places of a text where another request may begin, in the language of the turn."""
    return [Seam(*match.span()) for match in _seam(spoken()).finditer(text)]


def parts_of(text: str) -> list[str]:
    """What stands between the seams of a text."""
    seams = [Seam(0, 0), *seams_in(text), Seam(len(text), len(text))]
    return [text[one.end : other.start].strip() for one, other in itertools.pairwise(seams)]


def words_in(text: str) -> int:
    """How many words a text has; in a script without spaces each sign is one."""
    signs = len(WITHOUT_SPACES.findall(text))
    return len(WITHOUT_SPACES.sub(" ", text).split()) + signs


@cache
def _seam(language: str) -> re.Pattern[str]:
    """The pattern of a language, of `between_requests` in its words."""
    words, openers = (
        lexicon(language).phrases("between_requests", key) for key in ("words", "openers")
    )
    spaced = [word for word in words if not WITHOUT_SPACES.match(word)]
    unspaced = [word for word in words if WITHOUT_SPACES.match(word)]
    opened = f"(?:{_any_of([*words, *openers])}[,，:]?\\s*)*" if words or openers else ""
    ways = [f"(?:{_no_day(language)}{STOP})+\\s*{opened}"]
    if spaced:
        ways.append(rf"(?:,|(?<![\s,]))\s++{_any_of(spaced)}[,:]?\s+")
    if unspaced:  # there a comma ends a sentence as often as not, and so does the odd space
        ways += [f"[,，]?{_any_of(unspaced)}[,，]?", rf"[,，\s]+{opened}"]
    return re.compile("|".join(ways), re.I)


def _no_day(language: str) -> str:
    """Rules out the full stop of an ordinal before a month: "am 3. Februar"."""
    locale = Locale.parse(language)
    if DOTTED_DAY not in locale.date_formats["long"].pattern:
        return ""
    months = locale.months["format"]
    names = {
        name.rstrip(".") for width in ("wide", "abbreviated") for name in months[width].values()
    }
    return rf"(?!\.\s*{_any_of(names)})"


def _any_of(phrases: Iterable[str]) -> str:
    """One of these, the longest that fits; a word isn't the beginning of another one."""
    longest_first = sorted(phrases, key=len, reverse=True)
    return f"(?:{'|'.join(map(_as_pattern, longest_first))})"


def _as_pattern(phrase: str) -> str:
    spaced = r"\s+".join(map(re.escape, phrase.split()))
    return spaced if WITHOUT_SPACES.match(phrase) else rf"{spaced}(?!\w)"
