"""`shoptalk init`: a small shop of one's own, from the few things that tell shops apart.

The files beside this one are what is written: `$name` and the like are filled in, and what only the
shop can know is marked FILL IN, which `shoptalk doctor` finds again.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from string import Template

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies
from pytz import country_timezones

from bot.errors import ShoptalkError
from bot.settings.shop import can_speak

HERE = Path(__file__).parent
PLATFORMS = ("file", "woocommerce", "shopify", "http")
WRITTEN_IN = "en"  # names of countries: the assistant's own language


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
            if source.suffix not in (".yml", ".md", ".csv") or name.name in self._not_needed():
                continue
            text = source.read_text(encoding="utf-8")
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(text).substitute(values), encoding="utf-8")
            written.append(path)
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
            "name": json.dumps(self.name, ensure_ascii=False),  # as YAML quotes it, too
            "currency": self.currency,
            "country": json.dumps(country_name(self.country), ensure_ascii=False),
            "timezone": timezone_of(self.country),
            "languages": ", ".join(self.languages),
            "source": (HERE / f"{self.platform}.part.yml").read_text(encoding="utf-8").strip(),
        }


def country_of(text: str) -> str:
    """The code of a country that is named by its code or its English name. Raises ShoptalkError."""
    names = Locale(WRITTEN_IN).territories
    code = text.strip().upper()
    if code not in country_timezones:
        named = [key for key, name in names.items() if name.casefold() == text.strip().casefold()]
        code = next((key for key in named if key in country_timezones), "")
    if not code:
        raise ShoptalkError(
            f"{text!r} is no country.", "Name it by two letters, as in NL, or in English."
        )
    return code


def country_name(code: str) -> str:
    """What the country is called in shop.yml."""
    return str(Locale(WRITTEN_IN).territories[code])


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
