"""Takes personal data out of quotes, before anything of them leaves the database."""

import re

EMAIL = re.compile(r"[\w.+%-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"\b(?:https?://|www\.)\S+", re.I)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b")
CARD = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")
PHONE = re.compile(r"(?<![\w.,])(?:\+|00)?\(?\d(?:[\s()./-]?\d){7,14}(?![\w])")
ORDER = re.compile(
    r"\b(?=[A-Za-z]*-?\d)(?:[A-Z]{1,6}[\s-]?)\d{4,}\b|(?<![\w€$£.,])#?\d{5,}\b", re.I
)
POSTCODE = re.compile(r"\b\d{4}\s?[A-Z]{2}\b|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b")
STREET = re.compile(
    r"\b[\w'’.-]+(?:straat|strasse|straße|laan|weg|plein|gracht|street|road|avenue|lane)\s?\d+\w?\b"
    r"|\b(?:[A-Z][\w'’-]+\s){1,3}(?:Street|Road|Avenue|Lane|Drive|St|Rd|Ave)\b\.?(?:\s\d+)?"
    r"|\b\d+\s(?:[A-Z][\w'’-]+\s){1,3}(?:Street|Road|Avenue|Lane|Drive|St|Rd|Ave)\b"
)
NAME = re.compile(
    r"\b(?P<lead>(?i:my name is|my name's|this is|i am|i'm|name:|regards,?|mr\.?|mrs\.?|ms\.?|dr\.?))"
    r"\s+[A-Z][a-zà-ÿ'’-]+(?:\s(?:van|de|der|den|von|[A-Z][a-zà-ÿ'’-]+)){0,3}"
)

RULES = (
    (EMAIL, "[email]"),
    (URL, "[link]"),
    (IBAN, "[account]"),
    (CARD, "[card]"),
    (PHONE, "[phone]"),
    (ORDER, "[number]"),
    (STREET, "[address]"),
    (POSTCODE, "[postcode]"),
)


def mask(text: str) -> str:
    """A text without email addresses, phone, order, card and account numbers, addresses and
    names that follow "my name is" and the like.

    By patterns: what follows none of them (a lone first name) stays, so quotes are shown only
    where staff may read the conversations anyway, or in reports that carry this note.
    """
    for pattern, name in RULES:
        text = pattern.sub(name, text)
    return NAME.sub(lambda found: f"{found['lead']} [name]", text)


def quote(text: str, longest: int = 160) -> str:
    """A masked text on one line, cut at a word."""
    text = " ".join(mask(text).split())
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(",.;:") + " …"
