"""JSON files to objects: a list, a list within an object, or one object a line."""

import json
from collections import Counter
from typing import Any

from recommender.catalogue.importers.rows import Figure, RowError
from recommender.errors import ImportFailed

Objects = list[tuple[int, dict[str, Any]]]
COUNTS = ("total", "count", "total_count", "totalCount", "total_results")


def read_objects(text: str, notes: Counter[str]) -> tuple[Objects, list[RowError]]:
    """The objects of a file with their lines (or places in a list), and what can't be read.

    Raises ImportFailed when there is no object.
    """
    objects, errors = _whole(text, notes) or _lines(text)
    if not objects:
        raise ImportFailed("The file holds no JSON objects; each product is one.")
    return objects, errors


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=_figure, parse_int=Figure)


def _figure(number: str) -> Figure:
    """A number as it is shown: 6.0 is 6."""
    whole, _, rest = number.partition(".")
    return Figure(number if rest.strip("0") or not rest.isdigit() else whole)


def _whole(text: str, notes: Counter[str]) -> tuple[Objects, list[RowError]] | None:
    try:
        tree = _loads(text)
    except (ValueError, RecursionError) as error:
        if text.lstrip().startswith("[") or "\n" not in text.strip():
            raise ImportFailed(f"The file is not valid JSON: {error}.") from error
        return None
    if isinstance(tree, dict):
        name, found = _longest_list(tree)
        if found:
            notes[f"the products are the list {name!r} of the file"] += 1
            told = next((int(tree[one]) for one in COUNTS if str(tree.get(one, "")).isdigit()), 0)
            if told > len(found):
                notes[
                    f"the file holds {len(found)} products and says that there are {told}: is it one of several pages?"
                ] += 1
        tree = found or [tree]
    if not isinstance(tree, list):
        raise ImportFailed("The file holds no JSON objects; each product is one.")
    objects, errors = [], []
    for number, one in enumerate(tree, start=1):
        if isinstance(one, dict):
            objects.append((number, _unwrapped(one)))
        else:
            errors.append(RowError(number, "not a JSON object"))
    return objects, errors


def _unwrapped(one: dict[str, Any]) -> dict[str, Any]:
    """What a GraphQL connection calls a node is the object itself."""
    return one["node"] if isinstance(one.get("node"), dict) else one


def _longest_list(tree: dict[str, Any], depth: int = 0) -> tuple[str, list[Any]]:
    """The longest list of objects in an object, and what it is called; none in one that is a product."""
    if depth == 0 and any(name.lower() in ("sku", "title", "name") for name in tree):
        return "", []
    found: list[tuple[str, list[Any]]] = []
    for name, value in tree.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found.append((name, value))
        elif isinstance(value, dict) and depth < 3:
            inner = _longest_list(value, depth + 1)
            found.append((f"{name}.{inner[0]}", inner[1]))
    return max(found, key=lambda one: len(one[1]), default=("", []))


def _lines(text: str) -> tuple[Objects, list[RowError]]:
    objects: Objects = []
    errors: list[RowError] = []
    for line, part in enumerate(text.split("\n"), start=1):
        if not part.strip():
            continue
        try:
            one = _loads(part)
        except (ValueError, RecursionError) as error:
            errors.append(RowError(line, f"not valid JSON: {error}"))
            continue
        if isinstance(one, dict):
            objects.append((line, one))
        else:
            errors.append(RowError(line, "not a JSON object"))
    return objects, errors
