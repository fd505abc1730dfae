"""Countries as shop.yml names them: in any of our languages, or by their codes."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from babel import Locale
from ruamel.yaml import YAML

GROUPS = ("EU", "001")  # as CLDR has them; 001 is the world
WRITTEN_IN = "en"  # names of countries within the code
LANGUAGES = ("en", "nl", "de", "fr", "es", "zh", "it")


@cache
def _codes() -> dict[str, str]:
    """How countries and groups are called (small letters) -> their codes."""
    codes: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in GROUPS or (len(code) == 2 and code.isalpha()):
                codes.setdefault(name.casefold(), code)
                codes.setdefault(code.casefold(), code)
    file = Path(__file__).with_name("countries.yml")
    for code, names in YAML(typ="safe").load(file.read_text(encoding="utf-8")).items():
        for name in names:
            codes.setdefault(name.casefold(), code)
    return codes


def english_name(text: str) -> str:
    """The name that the code has for a country, or for a group of them. Raises ValueError."""
    code = code_of(text)
    if code == "001":
        return "World"
    return str(Locale(WRITTEN_IN).territories[code])


def code_of(text: str) -> str:
    """The code of a country or a group. Raises ValueError, with the nearest name."""
    told = " ".join(text.split()).casefold()
    if code := _codes().get(told):
        return code
    near = get_close_matches(told, _codes(), 1, 0.8)
    meant = f"; did you mean {Locale(WRITTEN_IN).territories[_codes()[near[0]]]}?" if near else ""
    raise ValueError(
        f"{text!r} is no country that is known{meant or ':'} name it by its two letters, or in "
        "English, Dutch, German, French, Spanish, Italian or Chinese; EU and World are groups"
    )


def english_names(texts: Iterable[str]) -> list[str]:
    """Each of these countries once. Raises ValueError."""
    return list(dict.fromkeys(map(english_name, texts)))
