"""Phone numbers in what customers say."""

import re

import phonenumbers

from bot.settings.shop import Shop

LONGEST = 500  # characters that are looked at: an answer, no essay
# What could be one, with or without the country's code.
PHONE_LIKE = re.compile(r"(?<![\w.+-])(?:\+|\()?\d[\d\s()./-]{5,22}\d(?!\w)")


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
