"""What customers say where a form waits for them, a file for each language beside this one."""

from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

FOLDER = Path(__file__).resolve().parent
SIGNS = "signs"  # the file of what every language has


@cache
def words(language: str) -> dict[str, Any]:
    """The lists of one language by name. Raises FileNotFoundError for one that has no file."""
    yaml = cast(Any, YAML(typ="safe"))  # it declares half of its types
    return yaml.load(FOLDER / f"{language}.yml")


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """All that have a file."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yml") if file.stem != SIGNS))


def of_all_languages(name: str) -> list[str]:
    """The list of this name, of every language that has one; each word once."""
    return list(dict.fromkeys(word for one in languages() for word in words(one).get(name, ())))
