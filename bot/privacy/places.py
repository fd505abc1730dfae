"""Postal addresses as people of many countries write them, and postcodes on their own."""

from collections.abc import Iterator

import regex

from bot.privacy.spans import Span, union

WORD = r"\p{L}[\p{L}'’.-]{0,40}+"
CAP = r"\p{Lu}[\p{L}'’.-]{0,40}+"
SMALL = r"(?:de|der|den|van|von|het|'t|la|le|les|du|des|di|da|do|dos|das|del|della|degli|al|y|e)"
HOUSE = (
    r"\d{1,5}(?:\s?[A-Za-z](?![\p{L}\d]))?(?:\s?[-/]\s?\d{1,4}[A-Za-z]?\b)?"
    r"(?:\s(?:bis|ter|hs|I{1,3})\b)?"
)
NAMED = rf"(?:(?:{CAP}|{SMALL})\s)"

# 12 High Street; a street's kind comes last, the number first
KIND = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Close|Terrace|Crescent|Boulevard|"
    r"Blvd|Way|Square|Sq|Place|Pl|Gardens|Grove|Hill|Mews|Row|Parade|Highway|Hwy|Parkway|Loop|Walk)"
)
ENGLISH = rf"\d{{1,5}}[A-Za-z]?,?\s(?:{CAP}\s){{1,4}}{KIND}\b\.?(?:\s(?:NW|NE|SW|SE|N|S|E|W)\b)?"
SPOKEN = (
    r"(?i:\b\d{1,5}[a-z]?\s(?:[\p{L}'’]+\s){1,2}(?:street|st|road|rd|avenue|ave|lane|drive|court"
    r"|close|"
    r"terrace|crescent|boulevard|blvd|way|square|place|gardens|grove)\b)"
    r"(?=\s*(?:$|[,.;!?\n]|\b(?:in|at|and|please|pls|now|is|instead|not|thanks|from)\b))"
)
# Hoofdstraat 5, Lange Gasse 12; the kind is the word's end, or a word, before the number
ENDING = (
    r"(?:stra(?:at|sse|ße|ss)|str\.?|laan|weg|plein|gracht|kade|dijk|singel|gasse|platz|allee|damm|"
    r"ufer|gatan|vägen|vej|gade|katu|veien|gata|steeg|dreef|markt|hof|torv)"
)
CONTINENTAL = (
    rf"(?<!\p{{L}}){NAMED}{{0,3}}(?:\b[\p{{L}}'’.-]{{0,30}}(?i:{ENDING})"
    rf"(?:-(?:Oost|West|Noord|Zuid))?)\s{HOUSE}"
)
NORDIC = rf"(?<!\p{{L}}){NAMED}{{0,2}}(?:\p{{Lu}}[\p{{L}}'’.-]{{0,40}}tie|{CAP}\sgate|{CAP}\sNytorv)\s{HOUSE}"
# 10 rue de la Paix
FRENCH = (
    r"\b\d{1,4}(?:\s(?:bis|ter))?,?\s(?i:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée"
    r"|quai|"
    rf"route|cours)\s(?:{SMALL}\s|[ld]['’])*{CAP}(?:\s(?:{SMALL}|{CAP}))*"
)
# Calle Mayor 5, Via Roma 12, ul. Długa 5/7, Am Markt 3
LEADING = (
    r"(?i:\b(?:calle|avenida|avda\.?|plaza|paseo|via|viale|piazza|corso|rua|travessa|praça|avenue|"
    r"boulevard|rue|ulica|zur|zum|am|im|an der|auf der)|\bc/|\bul\.|\bal\.)"
    rf"\s(?:(?:{SMALL}|{CAP})\s){{1,4}}{HOUSE}"
)
POSTCODE = (
    r"(?:(?i:\d{4}\s?[a-z]{2}\b)|(?i:[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}\b)"
    r"|(?i:[a-z]\d[a-z]\s?\d[a-z]\d\b)"
    r"|[A-Z]\d{2}\s[A-Z0-9]{4}\b|\d{2}-\d{3}\b|\d{4}-\d{3}\b|\d{3}\s\d{2}\b|\d{4,6}(?:-\d{4})?\b)"
)
CITY = rf"{CAP}(?:[\s-](?:{SMALL}\s)?{CAP}){{0,2}}(?:\s[A-Z]\b)?"
# Meir 50, 2000 Antwerpen: known by what follows
BEFORE_CITY = rf"(?<!\p{{L}})(?:{WORD}\s){{1,3}}\d{{1,4}}[a-z]?(?=,\s\d{{4,5}}\s{WORD})"
BOX = r"(?i:\b(?:p\.?\s?o\.?\s?box|postbus|postfach|boîte postale|apartado)\s\d{1,6})"

STREET = regex.compile(
    "|".join((BOX, ENGLISH, FRENCH, LEADING, NORDIC, CONTINENTAL, SPOKEN, BEFORE_CITY))
)
HEAD = regex.compile(
    r"(?i:(?:(?:flat|apt\.?|apartment|unit|suite|number|no\.?|nr\.?)\s?(?:\d+\w?|\w)?,?\s?|"
    r"\d{1,2}(?:st|nd|rd|th)\sfloor,\s?)+)$"
)
FRONT = 80  # characters before a street in which the flat is looked for
TAIL = regex.compile(
    rf"(?:,?\s+|\s*\n)(?:(?:{POSTCODE})(?:\s+(?:{CITY}|(?i:\p{{L}}+)(?=\s*(?:$|[,.;\n]|pls"
    rf"|please))))?"
    rf"|(?:{CITY},?\s)?(?:[A-Z]{{2,3}},?\s)?{POSTCODE})"
    rf"|,\s(?:{CITY}(?:,\s[A-Z]{{2}}\b)?(?=\s*(?:$|[,.;\n]|\s\p{{Ll}}))|\p{{Ll}}+(?=\s*(?:$|[.]"
    rf"|now\b)))"
    r"|,\s#[\d-]+"
)
# Known by a postcode and town at the end: parts between commas, one of them with a number
PART = rf"(?:{CAP}|\d[\w/-]{{0,8}}+)\.?(?:\s(?:{CAP}|{SMALL}|\d[\w/ª-]{{0,8}}+)\.?){{0,7}}"
ANCHORED = regex.compile(
    rf"(?<![\p{{L}}\d])(?P<parts>{PART}(?:\s?,\s?{PART}){{0,3}})\s?(?:,|\n)\s*"
    rf"(?:(?:[A-Z]{{2,3}},?\s)?{POSTCODE}(?:,?\s+{CITY}(?:\s/\s[A-Z]{{2}})?)"
    rf"|(?:{CITY},?\s)?[A-Z]{{2,3}},?\s{POSTCODE}|{CITY},?\s{POSTCODE})"
)
ALONE = regex.compile(
    r"(?<![\w-])(?:[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|[A-Z]{1,2}\d{1,2}\d[A-Z]{2}"
    r"|[A-Z]\d[A-Z]\s?\d[A-Z]\d"
    r"|\d{4}\s?(?!ML|MM|CM|KG|GB|TB|MB|HZ|KM|EU|HD|AM|PM|AD|BC|OZ|LB|XL|SS)[A-Z]{2}"
    r"(?:,?\s(?:nr\.?|no\.?|number)?\s?\d{1,4}\b)?)(?![\w-])"
)
CUED = regex.compile(
    r"(?i:\b(?:postcode|post\scode|postal\scode|zip(?:\s?code)?|plz|code\spostal|eircode)\b)"
    rf"\W{{0,3}}(?:is\s)?({POSTCODE})(?:\s(?:nr\.?|no\.?|number)?\s?(\d{{1,4}}\b))?"
)


def addresses(text: str) -> Iterator[Span]:
    """Streets with a number, with the postcode and town that follow; boxes; postcodes alone."""
    spans = [_whole(text, *found.span()) for found in STREET.finditer(text)]
    spans += [
        _whole(text, *found.span())
        for found in ANCHORED.finditer(text)
        if regex.search(r"\d", found["parts"]) and regex.search(r"\p{L}{3}", found["parts"])
    ]
    spans += [found.span() for found in ALONE.finditer(text)]
    spans += [(found.start(1), max(found.end(1), found.end(2))) for found in CUED.finditer(text)]
    yield from union(spans)


def _whole(text: str, start: int, end: int) -> Span:
    """A street with the flat before it, and the town after it."""
    head = HEAD.search(text, max(0, start - FRONT), start)
    if head:
        start = head.start()
    for _ in range(3):
        tail = TAIL.match(text, end)
        if not tail:
            break
        end = tail.end()
    return start, end
