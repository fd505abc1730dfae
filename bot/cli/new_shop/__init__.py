"""`shoptalk init`: a small shop of one's own, from the few things that tell shops apart.

The files beside this one are what is written: `$name` and the like are filled in, with what customers read
from `texts/` in the shop's languages. What only the shop can know is marked FILL IN, which `shoptalk doctor`
finds again.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies
from pytz import country_timezones
from ruamel.yaml import YAML

from bot.errors import ShoptalkError
from bot.settings.countries import code_of, english_name
from bot.settings.languages import can_speak

HERE = Path(__file__).parent
TEXTS = HERE / "texts"  # what customers read, a file for each language
QUESTIONS = ("score", "wrong", "liked", "done")  # of the survey
PLATFORMS = ("file", "woocommerce", "shopify", "http")
WRITTEN_IN = "en"  # names of languages that there are no words in


@dataclass(frozen=True)
class NewShop:
    """What a shop is told apart by; of `languages` the first is the shop's own."""

    name: str
    country: str  # ISO 3166: NL
    currency: str  # ISO 4217: EUR
    languages: tuple[str, ...]
    platform: str = "file"

    def write(self, directory: Path) -> list[Path]:
        """Write all files into an empty folder; returns them."""
        values = self._values()
        written = []
        for source in sorted(HERE.rglob("*")):
            name = source.relative_to(HERE)
            if source.suffix not in (".yml", ".csv") or name.name in self._not_needed():
                continue
            if TEXTS not in source.parents:
                text = Template(source.read_text(encoding="utf-8")).substitute(values)
                written.append(_written(directory / name, text))
        for name, page in texts_in(self.languages[0])["pages"].items():
            written.append(_written(directory / "policies" / f"{name}.md", page))
        return written

    def _not_needed(self) -> set[str]:
        parts = {f"{name}.part.yml" for name in PLATFORMS}
        lists = {
            "file": set(), "http": {"products.csv"}, "shopify": {"products.csv", "orders.csv"},
            "woocommerce": {"products.csv", "orders.csv"},
        }[self.platform]  # fmt: skip
        return parts | lists

    def _values(self) -> dict[str, str]:
        return {
            "name": _quoted(self.name),
            "currency": self.currency,
            "country": _quoted(country_name(self.country)),
            "timezone": timezone_of(self.country),
            "languages": ", ".join(self.languages),
            "phone": example_phone(self.country),
            **self._said(),
            "source": (HERE / f"{self.platform}.part.yml").read_text(encoding="utf-8").strip(),
        }

    def _said(self) -> dict[str, str]:
        """What customers read; marked where there is nothing in the shop's own language."""
        own, known = self.languages[0], [one for one in self.languages if _file(one).is_file()]
        survey = texts_in(own)["survey"]
        shown = known or [own]
        return {
            "mark": ""
            if own in known
            else f"  # FILL IN what {own} customers read, here and in policies/ and surveys/",
            "welcome": "\n".join(
                f"    {one}: {_quoted(texts_in(one)['welcome'])}" for one in shown
            ),
            "starters": "\n".join(
                f"    {one}: {_quoted(texts_in(one)['starters'])}" for one in shown
            ),
            "standard": _quoted(texts_in(own)["standard"]),
            **{name: _quoted(text) for name, text in survey.items()},
            "translations": _translations([one for one in known if one != own]),
        }


def texts_in(language: str) -> dict[str, Any]:
    """What customers of a new shop read in a language; in English where there is nothing in it."""
    file = _file(language) if _file(language).is_file() else _file("en")
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def _file(language: str) -> Path:
    return TEXTS / f"{language}.yml"


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _quoted(value: Any) -> str:
    """A value as JSON, which YAML reads, too."""
    return json.dumps(value, ensure_ascii=False)


def _translations(languages: list[str]) -> str:
    """The part of the survey's file that has it in further languages."""
    lines = ["translations:"] if languages else []
    for language in languages:
        survey = texts_in(language)["survey"]
        lines += [
            f"  {language}:",
            *(f"    {one}: {_quoted(survey[one])}" for one in ("title", "intro")),
        ]
        lines += [
            "    questions:",
            *(f"      {one}: {{ask: {_quoted(survey[one])}}}" for one in QUESTIONS),
        ]
    return "\n".join(lines)


def example_phone(country: str) -> str:
    """A number such as people of a country have."""
    number = phonenumbers.example_number(country)
    if number is None:
        return "+31 20 555 0134"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def country_of(text: str) -> str:
    """The code of a country that is named by its code or its name. Raises ShoptalkError."""
    try:
        code = code_of(text)
    except ValueError as error:
        raise ShoptalkError(f"{error}.") from error
    if code not in country_timezones:
        raise ShoptalkError(f"{text!r} is no country that a shop can be in.")
    return code


def country_name(code: str) -> str:
    """What the country is called in shop.yml."""
    return english_name(code)


def timezone_of(code: str) -> str:
    """The time zone of most people of a country."""
    return country_timezones[code][0]


def currency_of(code: str) -> str:
    """What is paid with in a country."""
    return next(iter(get_territory_currencies(code)), "EUR")


def checked_currency(text: str) -> str:
    """A currency by its three letters. Raises ShoptalkError."""
    code = text.strip().upper()
    if code not in get_global("all_currencies"):
        raise ShoptalkError(f"{text!r} is no currency.", "Name it by three letters, as in EUR.")
    return code


def languages_of(code: str) -> str:
    """Those of a country that we have, as they are typed; English where there is none."""
    official = get_official_languages(code, de_facto=True)
    return ",".join(one for one in official if one in can_speak()) or WRITTEN_IN


def checked_languages(text: str) -> tuple[str, ...]:
    """Languages by their codes. Raises ShoptalkError."""
    codes = tuple(dict.fromkeys(one.strip().lower() for one in text.split(",") if one.strip()))
    for code in codes:
        if code not in can_speak():
            raise ShoptalkError(
                f"There are no words in {_language_name(code)}.",
                f"There are: {', '.join(can_speak())}. docs/languages.md says how to add one.",
            )
    if not codes:
        raise ShoptalkError("No language is named.", "Two letters each, as in nl,en.")
    return codes


def _language_name(code: str) -> str:
    try:
        return Locale.parse(code).get_display_name(WRITTEN_IN) or repr(code)
    except (ValueError, UnknownLocaleError):
        return repr(code)
