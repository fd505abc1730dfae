"""Labelled utterances in files of many kinds: CSV, TSV, JSON, JSON Lines, and pairs of .seq.in and .label.

A set is a training file with the test file beside it: `X_train.csv` and `X_test.csv`, or
`train_5.csv`, `train_10.csv` and `test.csv`. A JSON file may hold several splits by name.
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

TEXT = ("text", "sentence", "utterance", "query", "message", "question")
LABEL = ("label", "intent", "category", "class")
STRANGE = ("oos", "ood", "out_of_scope", "outofscope", "no_nodes_detected", "none", "no_intent")

Examples = list[tuple[str, str]]


class Labelled(NamedTuple):
    """A set: examples to learn from, to choose a threshold on, and to test on; a strange one has
    the label "" in `valid` and `test`.
    """

    name: str
    train: Examples
    valid: Examples
    test: Examples


def sets(folder: Path) -> Iterator[Labelled]:
    """All sets below a folder, those without a test file left out.

    Raises ValueError with the file's name for a file without a column of texts or labels.
    """
    for path in sorted(folder.rglob("*")):
        place = str(path.parent.relative_to(folder))
        if path.suffix == ".json":
            yield from _splits(path)
            continue
        match = re.match(r"(.*_)?train(_\w+)?$", _stem(path))
        if not match or path.name.endswith(".label"):
            continue
        test = _beside(path, match[1] or "", "test")
        if test is None:
            continue
        valid = _beside(path, match[1] or "", "valid") or _beside(path, match[1] or "", "val")
        yield Labelled(
            f"{place}/{_stem(path)}",
            _known(read(path)),
            _marked(read(valid)) if valid else [],
            _marked(read(test)),
        )


def _splits(path: Path) -> Iterator[Labelled]:
    data = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or "train" not in data or "test" not in data:
        return
    parts: dict[str, Examples] = {"train": [], "valid": [], "test": []}
    for name, rows in data.items():
        for part in parts:
            if part[:3] in name:
                parts[part] += [_pair(row) for row in rows]
    yield Labelled(
        f"{path.parent.name}/{path.stem}",
        parts["train"], _marked(parts["valid"]), _marked(parts["test"]),
    )  # fmt: skip


def read(path: Path) -> Examples:
    """The texts of a file and their labels. Raises ValueError with the file's name."""
    try:
        return _rows(path)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _rows(path: Path) -> Examples:
    if path.name.endswith(".seq.in"):
        texts = path.read_text(encoding="utf-8").splitlines()
        labels = path.with_name(path.name.replace(".seq.in", ".label")).read_text().splitlines()
        return list(zip(texts, labels, strict=False))
    if path.suffix == ".jsonl":
        return [_pair(json.loads(line)) for line in path.read_text().splitlines() if line.strip()]
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        return [_pair({key.lower(): value for key, value in row.items() if key}) for row in rows]


def _pair(row: Any) -> tuple[str, str]:
    if isinstance(row, list):
        return str(row[0]), str(row[1])
    try:
        text, label = (next(row[key] for key in keys if key in row) for keys in (TEXT, LABEL))
    except (StopIteration, RuntimeError):
        raise ValueError(f"No text or no label in {row}: columns {TEXT} and {LABEL}.") from None
    return str(text), str(label)


def _is_strange(label: str) -> bool:
    return label.strip().lower() in STRANGE


def _marked(examples: Examples) -> Examples:
    return [(text, "" if _is_strange(label) else label) for text, label in examples]


def _known(examples: Examples) -> Examples:
    return [(text, label) for text, label in examples if text.strip()]


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


def _beside(path: Path, prefix: str, part: str) -> Path | None:
    """The file of another part that belongs to a training file; a "subset" has no own test file."""
    ending = path.name[len(_stem(path)) :]
    for start in (prefix, prefix.replace("subset_", "")):
        found = path.with_name(f"{start}{part}{ending}")
        if found.exists():
            return found
    return None
