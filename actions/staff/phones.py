"""When customers want to be called."""

import re

from actions.dates import clock
from actions.dates.reader import read
from actions.heard import heard
from bot.answers.phones import LONGEST, PHONE_LIKE

TOKEN = re.compile(r"[\w'’]+(?::\d\d)?")
CLOCK = re.compile(r"\d{1,2}(?::\d\d)?(\D{0,3})")  # and what is written to it: "3pm"


def when_to_call(text: str) -> str:
    """The customer's own words, whole but for phone numbers, when they say a time; else "".

    Whole, since one word beside a time turns it round: "any day except monday", "not before 10".
    """
    said = PHONE_LIKE.sub(lambda found: "…", text[:LONGEST])
    words = ["", *(found[0].lower().replace("’", "'") for found in TOKEN.finditer(said)), ""]
    named = read(said, clock.today())
    told = named.days or named.times or named.unreal or named.no_times
    if not (told or any(_is_time(words, place) for place in range(1, len(words) - 1))):
        return ""
    return " ".join(said.split()).strip(" …,;:.")


def _is_time(words: list[str], place: int) -> bool:
    """Whether a word is one of time, or a number with one of time beside it."""
    word = words[place]
    digits = CLOCK.fullmatch(word)
    if digits or word in heard("numbers"):
        spelt_out = digits is not None and (":" in word or digits[1] in heard("clock"))
        follows = words[place - 1] in heard("before_times")
        return spelt_out or follows or words[place + 1] in heard("clock")
    return word in heard("times")
