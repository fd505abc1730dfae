"""A generation on the disk: its database, its vectors, and the swap that makes it the current one."""

import fcntl
import json
import os
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from recommender.baskets.bought_together import Pair
from recommender.catalogue import index
from recommender.catalogue.postings import Postings
from recommender.catalogue.reading import SCHEMA, fts_texts, to_row
from recommender.errors import ImportFailed, IngestBusy
from recommender.product import Product, identifiers

KEPT = 2  # generations: the new one, and the one that readers may still hold


@contextmanager
def only_writer(directory: Path) -> Iterator[None]:
    """Hold the catalogue's lock; the system frees it when a process dies."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise ImportFailed(f"{directory} can't be written: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IngestBusy(f"Another ingest is writing {directory}; try again later.") from error
        yield


@contextmanager
def new_generation(folder: Path, manifest: Mapping[str, Any]) -> Iterator[None]:
    """A folder to write a generation into, and then its manifest: whole or not at all."""
    shutil.rmtree(folder, ignore_errors=True)  # of an ingest that was killed
    try:
        folder.mkdir()
        yield
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    except (OSError, sqlite3.OperationalError, RuntimeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ImportFailed(f"{folder} can't be written: {error}. The old one stays.") from error


def write_generation(
    folder: Path,
    products: list[Product],
    marks: list[tuple[str, str]],
    vectors: np.ndarray,
    pairs: list[Pair],
    manifest: Mapping[str, Any],
) -> None:
    """A whole generation; `marks` are the hashes of each product's embedded text and of all of it."""
    with new_generation(folder, manifest):
        write_database(folder / "catalogue.db", products, marks, pairs)
        index.write(folder, vectors)


def write_database(
    path: Path,
    products: list[Product],
    marks: list[tuple[str, str]],
    pairs: Iterable[Pair] = (),
    first: int = 0,
    replaced: Mapping[int, int] = {},
    first_variant: int = 0,
) -> None:
    """The products, their words and values; rows are numbered from `first` on, variants from `first_variant`.

    `replaced` are rows of another database that have a new number in this one.
    """
    db = sqlite3.connect(path)
    try:
        db.executescript(SCHEMA)
        words: Counter[str] = Counter()
        plain: Counter[str] = Counter()
        postings = Postings(first, first_variant)
        variants = count(first_variant)
        for number, (product, (text_hash, digest)) in enumerate(
            zip(products, marks, strict=True), first
        ):
            row = {"id": number, **to_row(product), "hash": text_hash, "digest": digest}
            names = ", ".join(f":{name}" for name in row)
            db.execute(f"INSERT INTO products ({', '.join(row)}) VALUES ({names})", row)
            db.execute(
                "INSERT INTO products_fts (rowid, title, brand, category, details, description) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [number, *fts_texts(product)],
            )
            db.executemany(
                "INSERT OR IGNORE INTO identifiers VALUES (?, ?, ?)",
                [(key, number, sku) for key, sku in identifiers(product)],
            )
            for one in product.variants:
                amount = product.price if one.price is None else one.price
                price = None if amount is None else float(amount)
                db.execute(
                    "INSERT INTO variants VALUES (?, ?, ?, ?)",
                    [next(variants), number, price, one.in_stock],
                )
            postings.add(number, product)
            text = f"{product.title} {product.description}"
            words.update(set(re.findall(r"[a-z][a-z'-]+", text.lower())))
            plain.update(set(re.findall(r"\b[a-z][a-z'-]+", text)))
        postings.write(db)
        rows = {product.sku: number for number, product in enumerate(products)}
        db.executemany(
            "INSERT INTO bought_together VALUES (?, ?, ?, ?)",
            [(rows[one.sku], rows[one.other], one.score, one.customers) for one in pairs],
        )
        db.executemany("INSERT INTO replaced VALUES (?, ?)", replaced.items())
        db.executemany(
            "INSERT INTO words VALUES (?, ?, ?)", [(*one, plain[one[0]]) for one in words.items()]
        )
        db.commit()
    finally:
        db.close()


def swap(directory: Path, version: str) -> None:
    """Make a generation the current one, and remove those that nobody reads any more."""
    fresh = directory / "current.new"
    fresh.write_text(version + "\n")
    os.replace(fresh, directory / "current")
    generations = sorted(directory.glob("generation-*"))
    for folder in generations[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
