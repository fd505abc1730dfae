"""Numbers to call when somebody is in danger, from help_lines.yml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale
from ruamel.yaml import YAML

from bot.wording import listed

FILE = Path(__file__).resolve().parent / "help_lines.yml"


@dataclass(frozen=True)
class HelpLines:
    """Numbers with their countries in words, and an address with those of all others."""

    emergency: str
    listening: str
    everywhere: str


@cache
def help_lines(language: str) -> HelpLines:
    """Those of where the language is spoken, or of where English is: "112 (Europe), 999 (United Kingdom)"."""
    known = YAML(typ="safe").load(FILE)
    by_country = known["spoken"].get(language, known)
    names = Locale(language).territories

    def spelt(numbers: dict[str, str]) -> str:
        countries: dict[str, list[str]] = {}
        for country, number in numbers.items():
            countries.setdefault(number, []).append(names[country])
        return ", ".join(
            f"{number} ({listed(where, language=language)})" for number, where in countries.items()
        )

    return HelpLines(
        spelt(by_country["emergency"]), spelt(by_country["listening"]), known["everywhere"]
    )
