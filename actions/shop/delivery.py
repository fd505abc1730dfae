"""Where the shop delivers to: the country that a text names, and the ways that serve it."""

import re
from functools import cache

from babel import Locale

from bot.reading.lexicon import city_in, languages, lexicon
from bot.settings.selling import Delivery
from bot.settings.shop import Shop
from bot.spoken import spoken

EUROPEAN_UNION = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
GROUPS = {"European Union": "EU", "World": "001"}  # as CLDR has them
HAN = re.compile(r"[\u3400-\u9fff]")
SHORT = 3  # letters; "us" and "nl" count only in capitals, or "contact us" names a country


@cache
def territories() -> dict[str, str]:
    """How countries are called in the languages that are read (small letters) -> their codes."""
    names: dict[str, str] = {}
    for language in languages():
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(name.casefold(), code)
        for code, called in lexicon(language).groups("countries"):
            for name in called:
                names.setdefault(name.casefold(), code)
    return names


def english(code: str) -> str:
    """A country's name as shop.yml has it."""
    return Locale.parse("en").territories[code]


@cache
def _in_english() -> dict[str, str]:
    """How countries are called in the languages that are read -> their English names."""
    of_english = Locale.parse("en").territories
    return {name: of_english[code] for name, code in territories().items()}


def called(country: str) -> str:
    """A country or a group of them, which shop.yml names in English, in the turn's language."""
    code = GROUPS.get(country) or territories().get(country.casefold())
    return (
        country
        if spoken() == "en" or not code
        else Locale.parse(spoken()).territories.get(code, country)
    )


def country_in(text: str, shop: Shop) -> str | None:
    """The country that a text names, itself or by a larger city, as shop.yml calls it; None when it names none."""
    written = {name.casefold(): name for way in shop.delivery for name in way.countries}
    known = {**_in_english(), **written}
    folded = text.casefold()
    for name in sorted(known, key=len, reverse=True):
        if name not in folded:
            continue
        if HAN.search(name):  # without spaces around it
            return known[name]
        found = name.upper() if len(name) <= SHORT else name
        if re.search(rf"(?<!\w){re.escape(found)}(?!\w)", text if len(name) <= SHORT else folded):
            return known[name]
    code = city_in(text)
    return written.get(english(code).casefold(), english(code)) if code else None


def serves(way: Delivery, country: str) -> bool:
    """Whether a way of delivery goes to a country; "European Union" and "World" are groups."""
    in_union = territories().get(country.casefold()) in EUROPEAN_UNION
    return (
        country in way.countries
        or ("European Union" in way.countries and in_union)
        or "World" in way.countries
    )


def ways_to(country: str, shop: Shop) -> list[Delivery]:
    """The ways of delivery to a country; one that names it goes before its namesake for a group."""
    named = [way.name for way in shop.delivery if country in way.countries]
    return [
        way
        for way in shop.delivery
        if country in way.countries or (way.name not in named and serves(way, country))
    ]
