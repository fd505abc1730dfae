"""Which products have a value, and which have a word: row numbers by kind and value, in SQLite.

A search reads the few lists that it needs, so that nothing of a large catalogue has to be loaded
for its filters and words.
"""

import math
import re
import sqlite3
import threading
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby

import numpy as np

from recommender.catalogue.reading import Catalogue, fts_texts
from recommender.language.words import canonical_colour, size_key
from recommender.product import (
    COLOUR,
    SIZE,
    Product,
    category_keys,
    colour_keys,
    feature_keys,
    option_keys,
)

# Okapi BM25 with weights of fields (Robertson, Zaragoza and Taylor, "Simple BM25 extension to
# multiple weighted fields", CIKM 2004). Attributes count little: long lists of them name much.
FIELDS = {"title": 1.0, "brand": 1.0, "category": 1.0, "details": 0.3, "description": 1.0}
K1, B = 1.2, 0.75
STEPS = 255  # a word's weight in a product is kept as a byte
GATHERED = 60_000  # products with a word that are looked at, those of the rarest words first


class Postings:
    """Row numbers by kind and value, collected product by product and then written.

    The kinds "variant …" have numbers of variants instead.
    """

    def __init__(self, first: int = 0, first_variant: int = 0) -> None:
        """`first` is the number of the first row, `first_variant` that of the first variant."""
        self._first = first
        self._variants = first_variant
        self._rows: dict[tuple[str, str], array[int]] = {}
        self._lengths = array("f")

    def add(self, row: int, product: Product) -> None:
        """Take in a product; rows come in their order."""
        for kind, values in (
            ("audience", {product.audience}),
            ("colour", colour_keys(product)),
            ("exact colour", {canonical_colour(one) for one in product.colours}),
            ("colour name", {one.lower() for one in product.colours}),
            ("size", {size_key(one) for one in product.sizes}),
            ("brand", {product.brand.lower()}),
            ("category", category_keys(product)),
            ("feature", feature_keys(product)),
        ):
            for value in values:
                self._rows.setdefault((kind, value), array("i")).append(row)
        for one in product.variants:
            form = product.seen_as(one)
            for kind, values in (
                ("variant colour", colour_keys(form) if COLOUR in one.options else ()),
                (
                    "variant size",
                    {size_key(size) for size in form.sizes} if SIZE in one.options else (),
                ),
                ("variant feature", option_keys(one)),
            ):
                for value in values:
                    self._rows.setdefault((kind, value), array("i")).append(self._variants)
            self._variants += 1
        self._lengths.extend(len(re.findall(r"\w+", text)) for text in fts_texts(product))

    def write(self, db: sqlite3.Connection) -> None:
        """Write everything; the products are in the full-text index already."""
        db.executemany(
            "INSERT INTO postings (kind, value, rows) VALUES (?, ?, ?)",
            ((*key, rows.tobytes()) for key, rows in self._rows.items()),
        )
        if not self._lengths:  # nothing is left of what was added
            return
        lengths = np.frombuffer(self._lengths, np.float32).reshape(-1, len(FIELDS))
        norms = 1 - B + B * lengths / np.maximum(lengths.mean(axis=0), 1e-9)
        columns = {name: number for number, name in enumerate(FIELDS)}
        weights = np.array(list(FIELDS.values()), np.float32)
        db.execute(
            "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, products_fts, instance)"
        )
        found = db.execute("SELECT term, doc, col FROM temp.vocabulary")
        for word, places in groupby(found, key=lambda place: place[0]):
            pairs = np.array([(doc, columns[column]) for _, doc, column in places], np.int32)
            docs, fields = pairs[:, 0], pairs[:, 1]
            rows, inverse = np.unique(docs, return_inverse=True)
            frequency = np.bincount(inverse, weights[fields] / norms[docs - self._first, fields])
            share = frequency / (frequency + K1)
            db.execute(
                "INSERT INTO postings (kind, value, rows, weights) VALUES ('word', ?, ?, ?)",
                [word, rows.astype(np.int32).tobytes(), np.ceil(STEPS * share).astype(np.uint8)],
            )
        db.execute("DROP TABLE temp.vocabulary")


class Words:
    """How well the words of a query fit each product."""

    def __init__(self, catalogue: Catalogue, size: int, covered: float, frequent: float) -> None:
        """`covered` is what a product gets for having all words, `frequent` at most for how often."""
        self._catalogue = catalogue
        self._size = size
        self._covered, self._frequent = covered, frequent

    def score(
        self, words: Sequence[str], mask: np.ndarray | None, limit: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores of all rows, shape (size,), and the best `limit` rows that the mask allows.

        Words weigh by how rare they are (idf). Rows are those of the rarest words; of the others'
        when they are few enough.
        """
        scores = np.zeros(self._size, np.float32)
        lists = []
        total = 0.0
        for stem in dict.fromkeys(stems(" ".join(words))):
            rows, weights = self._catalogue.word(stem)
            idf = math.log(1 + (self._size - len(rows) + 0.5) / (len(rows) + 0.5))
            total += idf
            if len(rows):
                lists.append((idf, rows, weights))
        if not lists:
            return scores, np.zeros(0, np.int64)
        lists.sort(key=lambda one: -one[0])
        gathered: list[np.ndarray] = []
        for idf, rows, weights in lists:
            share = weights.astype(np.float32) * (self._frequent / STEPS) + self._covered
            scores[rows] += share * (idf / total)
            if not gathered or sum(map(len, gathered)) + len(rows) <= GATHERED:
                gathered.append(rows)
        rows = gathered[0] if len(gathered) == 1 else np.unique(np.concatenate(gathered))
        if mask is not None:
            rows = rows[mask[rows]]
        if len(rows) > limit:
            rows = rows[np.argpartition(scores[rows], -limit)[-limit:]]
        return scores, rows[np.argsort(-scores[rows], kind="stable")]


_stemmer_lock = threading.Lock()


@lru_cache(maxsize=4096)
def stems(text: str) -> tuple[str, ...]:
    """The words of a text as the full-text index has them.

    SQLite's own tokenizer makes them, in a table in memory, so that both are always the same.
    """
    with _stemmer_lock:
        db = _stemmer()
        db.execute("DELETE FROM texts")
        db.execute("INSERT INTO texts VALUES (?)", [text])
        return tuple(row[0] for row in db.execute("SELECT term FROM terms ORDER BY offset"))


@lru_cache(maxsize=1)
def _stemmer() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    db.executescript(
        "CREATE VIRTUAL TABLE texts USING fts5("
        "text, tokenize = 'porter unicode61 remove_diacritics 2');"
        "CREATE VIRTUAL TABLE terms USING fts5vocab(texts, instance);"
    )
    return db


def union(lists: Iterable[np.ndarray], size: int) -> np.ndarray:
    """A mask of the rows that are in any of the lists."""
    mask = np.zeros(size, bool)
    for rows in lists:
        mask[rows] = True
    return mask
