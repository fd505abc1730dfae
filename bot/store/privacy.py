"""Personal data in what customers write: found by pattern, and masked."""

import re

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# IBAN (ISO 13616), then payment cards, then phone numbers: the longer pattern first.
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b")
CARD = re.compile(r"\b(?:\d[ -]?){13,19}\b")
PHONE = re.compile(r"(?<![\w-])(?:\+|00)?\d(?:[ ()./-]?\d){7,14}(?![\w-])")
POSTCODE = re.compile(r"\b\d{4}\s?[A-Z]{2}\b")  # Dutch, the demo shop's; a town's digits alone stay
PATTERNS = (
    (EMAIL, "email"),
    (IBAN, "IBAN"),
    (CARD, "card"),
    (PHONE, "phone"),
    (POSTCODE, "postcode"),
)


def mask(text: str) -> str:
    """The text with personal data replaced by what it is: "write to [email]"."""
    for pattern, kind in PATTERNS:
        text = pattern.sub(f"[{kind}]", text)
    return text


def emails_in(text: str) -> list[str]:
    """Email addresses in a text, lower case, each once and in order."""
    return list(dict.fromkeys(found.lower() for found in EMAIL.findall(text)))
