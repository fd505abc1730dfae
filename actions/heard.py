"""Words that customers say, from heard/<language>.yml, where an action reads them itself."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from actions.language import LANGUAGE

FOLDER = Path(__file__).resolve().parent / "heard"


@cache
def heard(name: str, language: str = LANGUAGE) -> frozenset[str]:
    """The words of a list. Raises KeyError for one that isn't in the file."""
    return frozenset(_lists(language)[name])


def heard_by_name(name: str, language: str = LANGUAGE) -> dict[str, list[str]]:
    """The lists of words under a name, by their own. Raises KeyError for one that isn't in the file."""
    lists: dict[str, list[str]] = _lists(language)[name]
    return lists


@cache
def _lists(language: str) -> dict[str, Any]:
    tree: dict[str, Any] = YAML(typ="safe").load(FOLDER / f"{language}.yml")
    return tree
