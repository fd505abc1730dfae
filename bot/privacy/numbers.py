"""Emails, links, bank accounts, payment cards, phone numbers, and numbers of orders and parcels.

Each finder yields where a piece begins and ends. Checksums: mod 97 of ISO 13616 for IBANs, Luhn of
ISO/IEC 7812 for cards; phone numbers by the numbering plans that libphonenumber knows.
"""

from collections.abc import Iterator

import regex
from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn

from bot.emails import ANY
from bot.privacy.spans import Parts, Span, union

# A plain page of a shop is nobody's; what follows a ? or an @ may be a person's key.
LINK = regex.compile(r"\b(?:https?://|www\.)[^\s<>]*+", regex.I)
KEYED = regex.compile(r"[?@#=]")
IBAN_LIKE = regex.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
MISTYPED_IBAN = regex.compile(
    r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?!\w)"
)
# Letters may touch a card's number: "card4111…"; its check digit tells it from an article's.
DIGITS = regex.compile(r"(?<![\d.])\d(?:[ .-]?\d){11,18}(?!\d)")
CARD_CODE = regex.compile(
    r"\b(?:cvc|cvv|cvc2|cvv2|security code)\b\W{0,3}(?:is|was)?\W{0,3}(\d{3,4})\b", regex.I
)
DATE = regex.compile(
    r"(?<!\d)(?:\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d|(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2})(?!\d)"
)
# Numbers that look like one wherever they stand: with the country's code, or a leading 0.
PHONE = regex.compile(
    r"(?<![\w.,+-])(?:\+|00[1-9]|\(?0[1-9(]|0 [1-9])[\d\s()./-]{6,22}\d(?:\s?(?:x"
    r"|ext\.?)\s?\d{1,6})?(?!\w|[.,]\d)"
    r"|(?<![\w.,+-])(?:1[ .-])?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}(?:\s?(?:x"
    r"|ext\.?)\s?\d{1,6})?(?![\w-])"
)
PHONE_CUE = regex.compile(
    r"\b(?:phone|tel|telephone|mobile|cell|call|ring|text|whatsapp|sms|fax|reach|nummer|telefon\w*|"
    r"mobil\w*|handy|numero|numéro)\b[^\d\n]{0,25}?((?:\d[\s./-]?){6,12}\d)(?!\w)",
    regex.I,
)
LONG = regex.compile(r"\d(?:[\s()./-]{0,3}\d){6,}")  # what could be a phone number at all
LONGEST_NUMBER = 60  # characters
MOST_LOOKED_UP = 3  # of a text, by all numbering plans; further ones count as phones without
REGIONS = ("US", "GB", "NL", "DE", "FR", "ES", "IT", "PL", "DK", "NO", "SE", "BR", "IN", "AU", "CN")

PRODUCT_CUE = regex.compile(
    r"\b(?:ean|gtin|isbn|upc|barcode|sku|article|art|item|product|model|part)\b\W{0,3}"
    r"(?:number|no|nr|code|id|is)?\W{0,3}(?:is)?\s?$",
    regex.I,
)
CUED = regex.compile(
    r"\b(?:orders?|bestell(?:ing|ung)|commande|pedido|ordine|invoice|rechnung|factuur|facture|"
    r"track(?:ing)?|parcel|package|shipment|customer|client|ticket|case|reference|ref|return|rma|"
    r"receipt|gift\s?card|account)(?:\s?(?:number|numbers|no|nr|num|id|code))?\b[.:=#\s]{0,3}"
    r"(?:(?:is|was|says)\b[:\s]{0,2})?#?\s?"
    r"((?=[\w/-]{0,40}\d)[A-Za-z0-9]+(?:[-/][A-Za-z0-9]+)*)(?!\w)",
    regex.I,
)
SHAPED = regex.compile(
    r"(?<![\w€$£#.,/-])(?:"
    r"#\d{4,}"
    r"|[A-Za-z]{1,5}-?\d{5,}"  # HF-10222
    r"|[A-Z]{2,4}\s\d{5,}"
    r"|[A-Z]{2,5}-\d{4}-\d{3,}"  # INV-2024-00871
    r"|\d{3,4}[-/]\d{2,7}[-/]\d{4,7}"
    r"|\d{4}[-/]\d{5,}"
    r"|(?=(?:[A-Z]*\d){7})(?=\d*[A-Z])[A-Z0-9]{9,30}"  # of a parcel
    r"|\d{4}(?:[ -]\d{4}){2}[ -]\d{1,7}"  # a card's with a typo
    r"|\d{7,}"
    r")(?![\w%]|[.,]\d)"
)
BARE = regex.compile(r"(?<![\w€$£#.,/+-])(?<![€$£]\s)\d{5,6}(?![\w%]|[.,]\d)")
UNIT = regex.compile(
    r"\s?(?:m?ah|w|watts?|wh|k?m|[cm]m|steps?|points?|lumens?|lm|hours?|h|hrs|rpm|k|kr|yen"
    r"|euros?|eur"
    r"|usd|dollars?|pounds?|gbp|btu|dpi|hz|k?g|ml|pa|words|pages|pieces|pcs|reviews|people|mm)\b",
    regex.I,
)


def emails(text: str) -> Iterator[Span]:
    """Email addresses, also those spelt with "(at)" or "at … dot …"."""
    yield from _spans(ANY, text)


def links(text: str) -> Iterator[Span]:
    """Addresses of pages that carry more than a page."""
    for found in LINK.finditer(text):
        if KEYED.search(found[0]):
            yield found.span()


def accounts(text: str) -> Iterator[Span]:
    """IBANs, and what was meant to be one."""
    spans = [found.span() for found in MISTYPED_IBAN.finditer(text)]
    for found in IBAN_LIKE.finditer(text):
        for end in range(found.end(), found.start() + 14, -1):
            whole = end == len(text) or not text[end].isalnum()
            if whole and iban.is_valid(text[found.start() : end], check_country=False):
                spans.append((found.start(), end))
                break
    yield from union(spans)


def cards(text: str) -> Iterator[Span]:
    """Payment card numbers with a right check digit, and the codes from their backs."""
    for found in DIGITS.finditer(text):
        if text[found.start()] not in "23456":
            continue
        places = [i for i in range(*found.span()) if text[i].isdigit()]
        for count in range(len(places), 12, -1):
            end = places[count - 1] + 1
            whole = end == len(text) or not text[end].isdigit()
            if whole and luhn.is_valid("".join(text[i] for i in places[:count])):
                yield found.start(), end
                break
    for found in CARD_CODE.finditer(text):
        yield found.span(1)


def phones(text: str) -> Iterator[Span]:
    """Phone numbers: with a country's code, a leading 0, a word such as "call" before them, or by
    the numbering plans of the countries in REGIONS."""
    if not LONG.search(text):
        return
    dates = Parts(_spans(DATE, text))
    spans = [span for span in _spans(PHONE, text) if _digits(text, span) >= 8]
    spans += [found.span(1) for found in PHONE_CUE.finditer(text)]
    known, looked_up = Parts(spans), 0
    for found in LONG.finditer(text):
        if known.hold(*found.span()):
            continue
        if len(found[0]) > LONGEST_NUMBER or looked_up == MOST_LOOKED_UP:
            spans.append(found.span())  # nothing that anyone wants to read
        else:
            looked_up += 1
            spans += _by_plan(text, *found.span())
    yield from union(span for span in spans if not dates.touch(*span))


def _by_plan(text: str, start: int, end: int) -> Iterator[Span]:
    """The phone numbers of any of the REGIONS in a part of a text."""
    before, after = (
        max(0, start - 3),
        min(len(text), end + 3),
    )  # its brackets, and what it is part of
    for region in REGIONS:
        for match in PhoneNumberMatcher(text[before:after], region, leniency=Leniency.VALID):
            first = before + match.start
            if not _is_product(text, first) and not _is_bare(match.raw_string):
                yield first, before + match.end


def references(text: str) -> Iterator[Span]:
    """Numbers of orders, parcels, invoices and customers; not those of products, not amounts."""
    spans: list[Span] = []
    for found in CUED.finditer(text):
        digits = _digits(text, found.span(1))
        if (digits >= 4 or (digits == 3 and "-" in found[1])) and not _has_unit(text, found.end(1)):
            spans.append(found.span(1))
    for pattern in (SHAPED, BARE):
        for found in pattern.finditer(text):
            round_ = pattern is BARE and found[0].endswith("000") and found[0] != text.strip()
            if not (round_ or _has_unit(text, found.end()) or _is_product(text, found.start())):
                spans.append(found.span())
    dates = set(_spans(DATE, text))
    yield from union(span for span in spans if span not in dates)


def _spans(pattern: regex.Pattern[str], text: str) -> Iterator[Span]:
    for found in pattern.finditer(text):
        yield found.span()


def _digits(text: str, span: Span) -> int:
    return sum(map(str.isdigit, text[span[0] : span[1]]))


def _is_bare(number: str) -> bool:
    """Whether it is no more than digits: too few to be sure that it is a phone's."""
    return number.isdigit() and (len(number) < 9 or number[0] not in "026789")


def _is_product(text: str, start: int) -> bool:
    return bool(PRODUCT_CUE.search(text[max(0, start - 40) : start]))


def _has_unit(text: str, end: int) -> bool:
    return bool(UNIT.match(text, end))
