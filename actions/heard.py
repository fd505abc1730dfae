"""Words that customers say, from heard/<language>.yml, where an action reads them itself."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.spoken import spoken

FOLDER = Path(__file__).resolve().parent / "heard"


def heard(name: str) -> frozenset[str]:
    """The words of a list in the turn's language. Raises KeyError for one that isn't in the file."""
    return _set(name, spoken())


def heard_by_name(name: str) -> dict[str, list[str]]:
    """The lists of words under a name, by their own. Raises KeyError for one that isn't in the file."""
    lists: dict[str, list[str]] = _lists(spoken())[name]
    return lists


@cache
def _set(name: str, language: str) -> frozenset[str]:
    return frozenset(_lists(language)[name])


@cache
def _lists(language: str) -> dict[str, Any]:
    file = FOLDER / f"{language}.yml"
    tree: dict[str, Any] = YAML(typ="safe").load(file if file.exists() else FOLDER / "en.yml")
    return tree
