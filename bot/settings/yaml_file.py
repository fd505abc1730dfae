"""YAML that people write: read with line numbers, so that a fault can be found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.errors import ConfigError
from bot.settings.fault_words import said_of

Place = tuple[str | int, ...]


def text_of(file: Path) -> str:
    """The text of a file that somebody wrote. Raises ConfigError for one that isn't UTF-8 or can't be opened."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} can't be read: {error}.", "It must be UTF-8 text.") from error


def read_yaml(name: Any, text: str) -> Any:
    """What a YAML text says, None where it says nothing; `name` is what errors call it.

    Raises ConfigError with the line of what isn't YAML.
    """
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}, line {line}: {error.problem}.") from error
    except (YAMLError, ValueError) as error:  # a character or number that YAML can't hold
        raise ConfigError(f"{name} isn't YAML: {str(error).splitlines()[0]}.") from error
    except RecursionError as error:
        raise ConfigError(f"{name}: too many lists within each other.") from error


def read_tree(name: Any, text: str) -> Any:
    """The `name: value` lines of a YAML text. Raises ConfigError, as `read_yaml` does."""
    tree = read_yaml(name, text)
    if not isinstance(tree, dict):
        raise ConfigError(f"{name} is not a list of `name: value` lines.")
    for key in tree:
        if not isinstance(key, str):
            raise ConfigError(f"{name}, line {line_of(tree, (key,))}: {key!r} is no name.")
    return tree


def yaml_writer(columns: int) -> YAML:
    """A writer of YAML with lines of at most so many columns."""
    writer = YAML(typ="rt")
    writer.width = cast(None, columns)  # all that ruamel.yaml declares is its default
    return writer


def faults(name: Any, tree: Any, error: ValidationError) -> str:
    """What pydantic found wrong with a tree: a line for each fault, with its place."""
    return "\n".join(fault_line(name, tree, place, what) for place, what in faults_in(error))


def faults_in(error: ValidationError) -> list[tuple[Place, str]]:
    """What pydantic found wrong, with its place, as sentences for people; each once."""
    found = [
        (place_of(fault), said if said.endswith("?") else f"{said}.")
        for fault, said in said_of(error)
    ]
    return list(dict.fromkeys(found))


def place_of(fault: Mapping[str, Any]) -> Place:
    """Where in the tree a fault of pydantic's is."""
    return tuple(part for part in fault["loc"] if part != "__root__")


def fault_line(name: Any, tree: Any, place: Place, what: str) -> str:
    """A fault with its line and place: "shop.yml, line 7: currency: …"."""
    where = f"{'.'.join(str(part) for part in place)}: " if place else ""
    return f"{name}, line {line_of(tree, place)}: {where}{what}"


def line_of(tree: Any, place: Place) -> int:
    """The line of a value, or of the nearest thing above it that is there (counted from 1)."""
    line = 1
    for part in place:
        try:
            position = tree.lc.key(part) if isinstance(tree, CommentedMap) else tree.lc.item(part)
            line, tree = position[0] + 1, tree[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line
