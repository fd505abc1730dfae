"""The languages that there are files for, and texts of shop.yml that come one for each."""

from collections.abc import Callable
from functools import cache
from typing import Any

from bot.paths import REPOSITORY
from bot.settings.yaml_file import read_tree

WIDGET_TEXTS = REPOSITORY / "bot" / "web" / "widget" / "texts"

SPOKEN = REPOSITORY / "actions" / "texts"  # a file for each language that the assistant can speak

OWN = "en"  # the language of a shop that names none


def can_speak() -> tuple[str, ...]:
    """The languages that there are files for, English first."""
    return tuple(
        sorted((file.stem for file in SPOKEN.glob("*.yml")), key=lambda one: (one != OWN, one))
    )


def check_languages(said: object) -> None:
    """Raise ValueError for a language that the widget has no texts for."""
    known = sorted(file.stem for file in WIDGET_TEXTS.glob("*.yml"))
    for language in said if isinstance(said, dict) else ():
        if language not in known:
            raise ValueError(f"{language!r} is none of the languages {', '.join(known)}")


def said_shortly(longest: int) -> Callable[[Any, str | dict[str, str]], str | dict[str, str]]:
    """A check of a text, or of one for each language."""

    def check(cls: Any, said: str | dict[str, str]) -> str | dict[str, str]:
        for text in said.values() if isinstance(said, dict) else [said]:
            if not 1 <= len(text) <= longest:
                raise ValueError(f"a text has 1 to {longest} characters")
        check_languages(said)
        return said

    return check


@cache
def read_texts(language: str) -> dict[str, str]:
    """The widget's texts in a language of `WIDGET_TEXTS`."""
    path = WIDGET_TEXTS / f"{language}.yml"
    return dict(read_tree(path, path.read_text(encoding="utf-8")))
