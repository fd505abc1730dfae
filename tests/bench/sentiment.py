"""Sentiment of labelled texts, in files of many kinds, beside VADER alone."""

import csv
import re
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import accuracy_score, f1_score

from bot.paths import REPOSITORY
from bot.sentiment import LABELS, SentimentAnalyser, read_messages
from recommender.embedder import Embedder

TEXT = ("text", "review", "reviews", "tweet", "sentence", "content", "comment", "message")
LABEL = ("sentiment", "label", "polarity", "rating", "stars", "score", "overall", "class")
NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?\s*")  # float() would take the id 1_12 for one, too
LIMIT = 3000  # texts of a set, spread evenly over it

Examples = list[tuple[str, str]]


def main(folder: Path, embedder: Embedder) -> None:
    """Print how the public sets in a folder, and the project's held-out messages, are judged."""
    ours = SentimentAnalyser.trained(REPOSITORY / "nlu_data/sentiment/messages.tsv", embedder)
    held_out = REPOSITORY / "tests/data/sentiment.tsv"
    sets = {"chat messages of our own": list(zip(*read_messages(held_out), strict=False))}
    for path in sorted(folder.rglob("*.[ct]sv")):
        sets[str(path.relative_to(folder))] = read(path)
    table = Table("set", "texts", "", "sign right, %", "accuracy, %", "macro-F1", title="Sentiment")
    for name, examples in sets.items():
        texts = [text for text, _ in examples]
        rules = SentimentAnalyser()
        for judge, found in (
            ("VADER", [rules(text) for text in texts]),
            ("Shoptalk", ours.of_all(texts, embedder)),
        ):
            figures = judged([label for _, label in examples], found)
            table.add_row(name, str(len(texts)), judge, *figures)
    Console().print(table)


def judged(labels: list[str], found: list) -> tuple[str, str, str]:
    """Of texts that aren't neutral, the share whose score has the right sign; of all, accuracy and
    macro-F1 of three labels, for sets that have all three.
    """
    polar = [
        one.score * (1 if label == "positive" else -1) > 0
        for label, one in zip(labels, found, strict=False)
        if label != "neutral"
    ]
    sign = f"{100 * np.mean(polar):.1f}"
    if len(set(labels)) < len(LABELS):
        return sign, "–", "–"
    said = [one.label for one in found]
    accuracy = f"{100 * accuracy_score(labels, said):.1f}"
    return sign, accuracy, f"{f1_score(labels, said, average='macro'):.3f}"


def read(path: Path, limit: int = LIMIT) -> Examples:
    """Texts and labels of a CSV or TSV file, at most `limit`; rows without either are left out.

    Columns go by their names, such as text and airline_sentiment or reviews.rating; without names
    the longest is the text. Labels are words or numbers: 0 and 1, stars, or scores around 0.
    Raises ValueError for a file in which there is nothing to read.
    """
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        if path.suffix == ".tsv":
            rows = [line.rstrip("\r\n").split("\t") for line in file]
        else:
            rows = list(csv.reader(file))
    rows = [row for row in rows if any(row)]
    text, label = _named(rows[0], TEXT), _named(rows[0], LABEL)
    if text is not None and label is not None:
        rows = rows[1:]
    else:
        text, label = _guessed(rows)
    rows = [row for row in rows if len(row) > max(text, label) and row[text].strip()]
    labels = _labels([row[label] for row in rows])
    found = [(row[text], one) for row, one in zip(rows, labels, strict=False) if one]
    if not found:
        raise ValueError(f"{path}: no texts with sentiments in it.")
    return found[:: -(-len(found) // limit)]


def _named(header: list[str], names: tuple[str, ...]) -> int | None:
    words = [re.split(r"\W|_", one.strip().lower())[-1] for one in header]
    return next((words.index(name) for name in names if name in words), None)


def _guessed(rows: list[list[str]]) -> tuple[int, int]:
    width = min(len(row) for row in rows)
    columns = [[row[i] for row in rows] for i in range(width)]
    text = max(range(width), key=lambda i: sum(map(len, columns[i])))
    labels = [i for i in range(width) if i != text and any(_labels(columns[i]))]
    return text, min(labels, key=lambda i: len(set(columns[i])), default=text)


def _labels(values: list[str]) -> list[str | None]:
    """Of words that begin with neg, neu and pos; of numbers by the side of the middle they are on,
    which is 0 if some are below it, else half way from the lowest to the highest.
    """
    words = {label[:3]: label for label in LABELS}
    numbers = [float(value) if NUMBER.fullmatch(value) else None for value in values]
    known = [number for number in numbers if number is not None]
    middle = 0 if not known or min(known) < 0 else (min(known) + max(known)) / 2
    return [
        words.get(value.strip().lower()[:3])
        if number is None
        else "neutral"
        if abs(number - middle) < 0.5
        else LABELS[1 + int(np.sign(number - middle))]
        for value, number in zip(values, numbers, strict=False)
    ]
