"""Phone numbers in what customers say, and when they want to be called."""

import re

import phonenumbers

from actions.heard import heard
from bot.settings.shop import Shop

LONGEST = 500  # characters that are looked at: an answer, no essay
# What could be one, with or without the country's code.
PHONE_LIKE = re.compile(r"(?<![\w.+-])(?:\+|\()?\d[\d\s()./-]{5,22}\d(?!\w)")
TOKEN = re.compile(r"[\w'’]+(?::\d\d)?")
CLOCK = re.compile(r"\d{1,2}(?::\d\d)?(\D{0,3})")  # and what is written to it: "3pm"


def phone_in(text: str, region: str | None) -> str | None:
    """The first phone number in a text, as +31201234567; None when there is none.

    `region`: the country (two letters) of numbers without a country's code.
    """
    for found in PHONE_LIKE.finditer(text[:LONGEST]):
        said = re.sub(r"^00", "+", found[0].strip())
        try:
            number = phonenumbers.parse(said, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def spelt(phone: str) -> str:
    """+31201234567 as people write it: +31 20 123 4567. What isn't a number stays as it is."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def region_of(shop: Shop) -> str | None:
    """The country of the shop's own phone number, two letters; None when it has none."""
    try:
        number = phonenumbers.parse(shop.contact.phone or "", None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.region_code_for_number(number)


def when_to_call(text: str) -> str:
    """The customer's own words, whole but for phone numbers, when they say a time; else "".

    Whole, since one word beside a time turns it round: "any day except monday", "not before 10".
    """
    said = PHONE_LIKE.sub(lambda found: "…", text[:LONGEST])
    words = ["", *(found[0].lower().replace("’", "'") for found in TOKEN.finditer(said)), ""]
    if not any(_is_time(words, place) for place in range(1, len(words) - 1)):
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
