"""Numbers to call when somebody is in danger, from help_lines.yml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale
from ruamel.yaml import YAML

from actions.language import LANGUAGE
from actions.wording import listed

FILE = Path(__file__).resolve().parent / "help_lines.yml"


@dataclass(frozen=True)
class HelpLines:
    """Numbers with their countries in words, and an address with those of all others."""

    emergency: str
    listening: str
    everywhere: str


@cache
def help_lines(language: str = LANGUAGE) -> HelpLines:
    """All that are known: "112 (Europe), 999 (United Kingdom), 911 (United States)"."""
    known = YAML(typ="safe").load(FILE)
    names = Locale(language).territories

    def spelt(by_country: dict[str, str]) -> str:
        countries: dict[str, list[str]] = {}
        for country, number in by_country.items():
            countries.setdefault(number, []).append(names[country])
        return ", ".join(f"{number} ({listed(where)})" for number, where in countries.items())

    return HelpLines(spelt(known["emergency"]), spelt(known["listening"]), known["everywhere"])
