"""The products of a shop, read from the current generation of its catalogue.

A catalogue folder holds generations, each complete in a folder of its own, and a text file
`current` that names the one to read. Ingest builds a new generation and replaces `current`
atomically, so that a reader sees the old catalogue or the new one and nothing between.
"""

import json
import re
import sqlite3
from collections.abc import Collection, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from recommender.errors import NoCatalogue
from recommender.product import PATH_SEPARATOR, Product, Variant, identifier_key

SCHEMA = """
CREATE TABLE products (
  id INTEGER PRIMARY KEY,            -- also the row of its vector
  sku TEXT NOT NULL UNIQUE, title TEXT NOT NULL, description TEXT NOT NULL, brand TEXT NOT NULL,
  category TEXT NOT NULL, price TEXT, currency TEXT NOT NULL, colours TEXT NOT NULL,
  sizes TEXT NOT NULL, audience TEXT NOT NULL, stock INTEGER, image TEXT NOT NULL,
  url TEXT NOT NULL, attributes TEXT NOT NULL, compare_at TEXT, availability TEXT NOT NULL,
  available_from TEXT NOT NULL, gtin TEXT NOT NULL, mpn TEXT NOT NULL, images TEXT NOT NULL,
  rating REAL, ratings INTEGER NOT NULL, variants TEXT NOT NULL, read TEXT NOT NULL,
  hash TEXT NOT NULL, digest TEXT NOT NULL);  -- of the text that is embedded, and of all
CREATE INDEX products_category ON products(category);
CREATE TABLE variants (             -- of each form of a product what filters compare; its postings are of kinds "variant …"
  id INTEGER PRIMARY KEY, product INTEGER NOT NULL, price REAL, stocked INTEGER NOT NULL);
CREATE TABLE identifiers (          -- skus, GTINs and MPNs as they are compared; variant: its sku, or empty
  key TEXT NOT NULL, product INTEGER NOT NULL, variant TEXT NOT NULL,
  PRIMARY KEY (key, product, variant)) WITHOUT ROWID;
CREATE TABLE replaced (              -- rows of the first database that the added one has anew
  old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
CREATE TABLE words (word TEXT PRIMARY KEY, products INTEGER NOT NULL,
  plain INTEGER NOT NULL);          -- products that write it with a small letter
CREATE TABLE postings (             -- the products of each value, see recommender/catalogue/postings.py
  kind TEXT NOT NULL, value TEXT NOT NULL, rows BLOB NOT NULL, weights BLOB,
  PRIMARY KEY (kind, value));
CREATE TABLE bought_together (product INTEGER NOT NULL, other INTEGER NOT NULL, score REAL NOT NULL,
  customers INTEGER NOT NULL, PRIMARY KEY (product, other)) WITHOUT ROWID;
CREATE VIRTUAL TABLE products_fts USING fts5(
  title, brand, category, details, description, tokenize = 'porter unicode61 remove_diacritics 2');
"""
# What `recommender.catalogue.adding` added lies in a database beside the first; both are read as one.
ADDED = "added.db"
NOWHERE = -1  # the new row of a product that is gone
VIEWS = """
CREATE TEMP VIEW products AS
  SELECT * FROM main.products WHERE id NOT IN (SELECT old FROM added.replaced)
  UNION ALL SELECT * FROM added.products;
CREATE TEMP VIEW postings AS
  SELECT * FROM main.postings UNION ALL SELECT * FROM added.postings;
CREATE TEMP VIEW words AS SELECT * FROM main.words UNION ALL SELECT * FROM added.words;
CREATE TEMP VIEW variants AS SELECT * FROM main.variants UNION ALL SELECT * FROM added.variants;
CREATE TEMP VIEW identifiers AS
  SELECT * FROM main.identifiers WHERE product NOT IN (SELECT old FROM added.replaced)
  UNION ALL SELECT * FROM added.identifiers;
CREATE TEMP VIEW replaced AS SELECT * FROM added.replaced;
"""


def fts_texts(product: Product) -> list[str]:
    """What the full-text index has of a product, in the order of its columns."""
    options = dict.fromkeys(value for one in product.variants for value in one.options.values())
    colours = () if "colours" in product.read else product.colours
    audience = "" if "audience" in product.read else product.audience
    details = [*colours, audience, *own_values(product)]
    details += [value for value in options if value not in details]
    return [
        product.title,
        product.brand,
        product.category,
        " ".join(details),
        product.description,
    ]


def own_values(product: Product) -> list[str]:
    """What the shop's own attributes say: what was read from the texts is in them already."""
    return [value for name, value in product.attributes.items() if name not in product.read]


def to_row(product: Product) -> dict[str, Any]:
    """The product as a row of the table, without id, hash and digest."""
    row = {name: getattr(product, name) for name in Product.__dataclass_fields__}
    for name in ("price", "compare_at"):
        row[name] = _amount(row[name])
    for name in ("colours", "sizes", "images", "read"):
        row[name] = json.dumps(row[name])
    row["attributes"] = json.dumps(product.attributes, ensure_ascii=False, sort_keys=True)
    row["variants"] = json.dumps([_said(one) for one in product.variants], ensure_ascii=False)
    return row


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _said(variant: Variant) -> dict[str, Any]:
    """What a variant says, without what is empty."""
    values = {
        **vars(variant),
        "price": _amount(variant.price),
        "compare_at": _amount(variant.compare_at),
    }
    return {name: value for name, value in values.items() if value not in ("", None, {})}


def from_row(row: sqlite3.Row) -> Product:
    """The product that a row holds."""
    values = {name: row[name] for name in Product.__dataclass_fields__}
    for name in ("price", "compare_at"):
        values[name] = None if values[name] is None else Decimal(values[name])
    for name in ("colours", "sizes", "images", "read"):
        values[name] = tuple(json.loads(values[name]))
    values["attributes"] = json.loads(values["attributes"])
    values["variants"] = tuple(map(_variant, json.loads(values["variants"])))
    return Product(**values)


def _variant(values: dict[str, Any]) -> Variant:
    for name in ("price", "compare_at"):
        if name in values:
            values[name] = Decimal(values[name])
    return Variant(**values)


def generation_folder(directory: Path) -> Path:
    """The folder of the current generation. Raises NoCatalogue when there is none."""
    try:
        name = (directory / "current").read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise NoCatalogue(
            f"There is no catalogue in {directory} yet. `shoptalk ingest FILE` makes one."
        ) from error
    return directory / name


class Catalogue:
    """A read-only view of one generation; loads neither model nor vectors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = folder.name
        self._db = sqlite3.connect(
            f"file:{folder / 'catalogue.db'}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        self._parts = ["main"]
        if (folder / ADDED).exists():
            address = f"file:{folder / ADDED}?mode=ro&immutable=1"
            self._db.execute("ATTACH DATABASE ? AS added", [address])
            self._db.executescript(VIEWS)
            self._parts.append("added")

    @classmethod
    def open(cls, directory: Path) -> "Catalogue":
        """The current generation of a catalogue folder. Raises NoCatalogue."""
        return cls(generation_folder(Path(directory)))

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def count(self, category: str = "", text: str = "") -> int:
        """How many products there are, in a category and with a text."""
        where, values = self._where(category, text)
        return self._db.execute(f"SELECT count(*) FROM products {where}", values).fetchone()[0]

    def get(self, sku: str) -> Product | None:
        """The product with this sku, or with a variant that has it; None for an unknown one."""
        row = self._db.execute("SELECT * FROM products WHERE sku = ?", [sku]).fetchone()
        if row:
            return from_row(row)
        owners = self.rows([row for row, variant in self.identified(sku) if variant == sku])
        return owners[0] if owners else None

    def identified(self, number: str) -> list[tuple[int, str]]:
        """The rows of the products with a sku, GTIN or MPN, each with the sku of the variant, or empty."""
        found = self._db.execute(
            "SELECT product, variant FROM identifiers WHERE key = ?", [identifier_key(number)]
        )
        return [(row[0], row[1]) for row in found]

    def all_identifiers(self) -> list[tuple[str, int, str]]:
        """Every sku, GTIN and MPN as it is compared, with its product's row and its variant's sku, or empty."""
        return list(map(tuple, self._db.execute("SELECT key, product, variant FROM identifiers")))

    def variants(self, first: int = 0) -> list[tuple[int, float | None, int]]:
        """Product's row, price and whether it is there, of the variants from a number on."""
        found = self._db.execute(
            "SELECT product, price, stocked FROM variants WHERE id >= ? ORDER BY id", [first]
        )
        return list(map(tuple, found))

    def first_variant(self) -> int:
        """The number of variants at the last whole ingest, and so of the first that is added."""
        return self._db.execute("SELECT count(*) FROM main.variants").fetchone()[0]

    def products(
        self, category: str = "", text: str = "", limit: int = 24, offset: int = 0
    ) -> list[Product]:
        """A page of products in catalogue order, in a category and with all words of a text."""
        where, values = self._where(category, text)
        rows = self._db.execute(
            f"SELECT * FROM products {where} ORDER BY id LIMIT ? OFFSET ?", [*values, limit, offset]
        )
        return [from_row(row) for row in rows]

    def rows(self, ids: list[int]) -> list[Product]:
        """The products with these row numbers, in that order."""
        marks = ",".join("?" * len(ids))
        found = self._db.execute(f"SELECT * FROM products WHERE id IN ({marks})", ids)
        by_id = {row["id"]: from_row(row) for row in found}
        return [by_id[number] for number in ids]

    def ids(self, skus: Collection[str]) -> list[int]:
        """The row numbers of these skus, in their order; a sku that isn't there is left out."""
        marks = ",".join("?" * len(skus))
        found = self._db.execute(f"SELECT sku, id FROM products WHERE sku IN ({marks})", list(skus))
        rows: dict[str, int] = dict(found.fetchall())
        return [rows[sku] for sku in skus if sku in rows]

    def all_titles(self) -> list[tuple[int, str, str]]:
        """Row number, title and sku of every product."""
        found = self._db.execute("SELECT id, title, sku FROM products ORDER BY id")
        return [(row[0], row[1], row[2]) for row in found]

    def titles_with_categories(self, most: int) -> list[tuple[str, str]]:
        """Title and category of the first products."""
        found = self._db.execute("SELECT title, category FROM products ORDER BY id LIMIT ?", [most])
        return [(row[0], row[1]) for row in found]

    def columns(self, first: int = 0) -> sqlite3.Cursor:
        """Row number, price, whether it is there, audience, category and colours (JSON), from a row on."""
        return self._db.execute(
            "SELECT id, price, availability = '' AND (stock IS NULL OR stock > 0), audience, category, colours "
            "FROM products "
            "WHERE id >= ? ORDER BY id",
            [first],
        )

    def marks(self) -> sqlite3.Cursor:
        """Row number, sku, hash of the embedded text, and digest of every product."""
        return self._db.execute("SELECT id, sku, hash, digest FROM products ORDER BY id")

    def marks_of(self, skus: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Hash and digest of the products with these skus."""
        found = self._db.execute(
            "SELECT sku, hash, digest FROM products WHERE sku IN (SELECT value FROM json_each(?))",
            [json.dumps(skus)],
        )
        return {sku: (text_hash, digest) for sku, text_hash, digest in found}

    def first_rows(self, skus: Sequence[str]) -> dict[str, int]:
        """The row numbers that these skus had at the last whole ingest."""
        found = self._db.execute(
            "SELECT sku, id FROM main.products WHERE sku IN (SELECT value FROM json_each(?))",
            [json.dumps(skus)],
        )
        return dict(map(tuple, found))

    def added(self) -> list[tuple[int, Product]]:
        """Row numbers and products that were added since the last whole ingest."""
        if len(self._parts) == 1:
            return []
        rows = self._db.execute("SELECT * FROM added.products ORDER BY id")
        return [(row["id"], from_row(row)) for row in rows]

    def categories(self) -> dict[str, int]:
        """Category paths and how many products each has."""
        return self._counts("category")

    def colours(self) -> dict[str, int]:
        """Colours, lower case, and how many products come in each."""
        return self.values("colour name")

    def words(self) -> dict[str, int]:
        """The words of titles and descriptions, lower case, and in how many products each is."""
        return dict(
            map(tuple, self._db.execute("SELECT word, sum(products) FROM words GROUP BY 1"))
        )

    def plain_words(self) -> dict[str, int]:
        """As `words`, counting the products that write a word with a small letter: no names."""
        return dict(map(tuple, self._db.execute("SELECT word, sum(plain) FROM words GROUP BY 1")))

    def features(self) -> dict[str, int]:
        """What attributes say of products, see `filters.feature_keys`, and of how many each."""
        return self.values("feature")

    def values(self, kind: str) -> dict[str, int]:
        """The values of a kind (see `recommender.catalogue.postings`) and how many products have each."""
        rows = self._db.execute(
            "SELECT value, sum(length(rows)) / 4 FROM postings WHERE kind = ? GROUP BY 1 ORDER BY 1",
            [kind],
        )
        return dict(map(tuple, rows))

    def with_value(self, kind: str, value: str) -> np.ndarray:
        """The row numbers of the products with a value, in their order, int32."""
        return self._posting(kind, value)[0]

    def word(self, stem: str) -> tuple[np.ndarray, np.ndarray]:
        """The row numbers of the products with a word, int32, and its weight in each, uint8."""
        return self._posting("word", stem)

    def _posting(self, kind: str, value: str) -> tuple[np.ndarray, np.ndarray]:
        found = self._db.execute(
            "SELECT rows, weights FROM postings WHERE kind = ? AND value = ?", [kind, value]
        ).fetchall()
        rows = [np.frombuffer(one, np.int32) for one, _ in found] or [np.zeros(0, np.int32)]
        weights = [np.frombuffer(one or b"", np.uint8) for _, one in found]
        weights = weights or [np.zeros(0, np.uint8)]
        if len(rows) == 1:
            return rows[0], weights[0]
        if rows[0][0] > rows[1][0]:
            rows, weights = rows[::-1], weights[::-1]
        return np.concatenate(rows), np.concatenate(weights)

    def replaced(self) -> dict[int, int]:
        """The rows of products that were written anew since, and their new rows, or NOWHERE."""
        return dict(map(tuple, self._db.execute("SELECT old, new FROM replaced")))

    def bought_with(self, row: int) -> dict[int, tuple[float, int]]:
        """Row numbers of what is bought with a product: its score, and how many bought both."""
        now = self.replaced()
        before = [old for old, new in now.items() if new == row]
        found: list[tuple[int, float, int]] = self._db.execute(
            "SELECT other, score, customers FROM bought_together WHERE product = ?",
            [before[0] if before else row],
        ).fetchall()
        rows = {now.get(other, other): (score, customers) for other, score, customers in found}
        rows.pop(NOWHERE, None)
        return rows

    def titles(self, phrase: str) -> list[tuple[int, str]]:
        """Row numbers and titles of the products with a phrase, or a form of it, in the title."""
        words = " ".join(re.findall(r"[^\W_]+", phrase))
        if not words:
            return []
        found = self._matching("rowid, title", f'title : "{words}"')
        return [(row[0], row[1]) for row in found]

    def beginning(self, prefix: str) -> list[int]:
        """The row numbers of the products with a word that begins so, in any form of it."""
        words = re.findall(r"[^\W_]+", prefix)
        if not words:
            return []
        query = " + ".join(f'"{word}"' for word in words) + "*"
        return [row[0] for row in self._matching("rowid", query)]

    def _matching(self, columns: str, query: str) -> list[sqlite3.Row]:
        return [
            row
            for part in self._parts
            for row in self._db.execute(
                f"SELECT {columns} FROM {part}.products_fts WHERE products_fts MATCH ?", [query]
            )
        ]

    def _where(self, category: str, text: str) -> tuple[str, list[Any]]:
        parts, values = [], []
        if category:
            parts.append("(category = ? OR substr(category, 1, ?) = ?)")
            below = category + PATH_SEPARATOR
            values += [category, len(below), below]
        words = re.findall(r"[^\W_]+", text)
        if words:
            matching = (
                f"SELECT rowid FROM {part}.products_fts WHERE products_fts MATCH ?"
                for part in self._parts
            )
            parts.append(f"id IN ({' UNION ALL '.join(matching)})")
            values += [" ".join(f'"{word}"*' for word in words)] * len(self._parts)
        return ("WHERE " + " AND ".join(parts) if parts else ""), values

    def _counts(self, column: str) -> dict[str, int]:
        rows = self._db.execute(
            f"SELECT {column}, count(*) FROM products WHERE {column} != '' GROUP BY 1 ORDER BY 1"
        )
        return dict(map(tuple, rows))
