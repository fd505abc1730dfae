"""What products are like, by concept, in the words of each language; en.yml is the list of concepts."""

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).resolve().parent
ENGLISH = "en"


@cache
def languages() -> tuple[str, ...]:
    """Those that have a file."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yml")))


@cache
def concepts(language: str) -> dict[str, Any]:
    """The lists of a language by name. Raises FileNotFoundError for one that has no file."""
    tree: dict[str, Any] = YAML(typ="safe").load(FOLDER / f"{language}.yml")
    return tree


@cache
def concept_of(kind: str, name: str) -> str:
    """The concept of a list ("kinds", "features", "colours", …) that a name stands for in any language; "" for none."""
    return _concepts_of(kind).get(_plain(name), "")


def concept_elsewhere(kind: str, name: str) -> str:
    """The concept that a name stands for in another language than English; "" for none, and for an English name."""
    english = _plain(name) in _english(kind)
    return "" if english else concept_of(kind, name)


@cache
def _english(kind: str) -> frozenset[str]:
    return frozenset(
        _plain(str(form)) for forms in concepts(ENGLISH)[kind].values() for form in forms
    )


@cache
def _concepts_of(kind: str) -> dict[str, str]:
    return {
        _plain(str(form)): concept
        for language in reversed(languages())  # of two languages with one word the first counts
        for concept, forms in concepts(language).get(kind, {}).items()
        for form in forms
    }


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
