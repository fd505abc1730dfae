"""Words that customers say, from heard/<language>.yml, where an action reads them itself."""

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from actions.language import LANGUAGE

FOLDER = Path(__file__).resolve().parent / "heard"


@cache
def heard(name: str, language: str = LANGUAGE) -> frozenset[str]:
    """The words of a list. Raises KeyError for one that isn't in the file."""
    return frozenset(YAML(typ="safe").load(FOLDER / f"{language}.yml")[name])
