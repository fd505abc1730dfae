"""The words around personal data, from the files in words/: one for each language.

A file may have: `password`, `identity` (papers and numbers that a state gives), `born`, the words
that introduce them; `born_after`, those that stand behind a day of birth; `is` between such a word and what it introduces; `no_password`, which may stand
there instead; `version`, before numbers that are no address; `at`, `dot`, `digits` and `times`
("double") for what is spelled out; and `name`: what stands `before` a name in `letters` of no
capitals, of so many `words` of `longest` letters, and what `stop`s it.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import regex
from ruamel.yaml import YAML

FOLDER = Path(__file__).parent / "words"


@lru_cache(maxsize=1)
def languages() -> tuple[dict[str, Any], ...]:
    """What the files say, in the order of their names."""
    yaml = cast(Any, YAML(typ="safe"))  # it declares half of its types
    return tuple(
        yaml.load(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.yml"))
    )


@cache
def words(kind: str) -> frozenset[str]:
    """The words of a kind in all languages, lower case."""
    return frozenset(one.lower() for language in languages() for one in language.get(kind, ()))


def any_of(some: Iterable[str]) -> str:
    """A pattern for any of some words, the longest first; letters of theirs in any case."""
    longest_first = sorted(set(some), key=lambda one: (-len(one), one))
    return f"(?i:{'|'.join(map(regex.escape, longest_first))})"
