"""A product file into a new generation of the catalogue, swapped in while readers go on."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional

import numpy as np

from recommender.bought_together import BoughtTogether, OrderLine, Pair
from recommender.catalogue import SCHEMA, Catalogue, Product, fts_texts, generation_folder, to_row
from recommender.embedder import FORMAT, Embedder
from recommender.errors import ImportFailed, IngestBusy, NoCatalogue
from recommender.importers import RowError, read_products
from recommender.postings import Postings

LAYOUT = 5  # of a generation; a catalogue with another one is made anew
KEPT = 2  # generations: the new one, and the one that readers may still hold
FEWEST_CUSTOMERS = 3  # who bought both, or a pair could tell on them
EMBEDDED = 150  # characters; more costs time and adds little, and BM25 reads all of it

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did; `embedded` counts the texts that went through the model."""

    read: int
    added: int
    changed: int
    removed: int
    unchanged: int
    embedded: int
    seconds: float
    version: str
    pairs: int = 0  # of products that are bought together
    index: str = ""  # how vectors are searched, which depends on how many there are
    errors: list[RowError] = field(default_factory=list)


def ingest(
    path: Path,
    directory: Path,
    *,
    mapping: Optional[Mapping[str, Any]] = None,
    format: str = "",
    currency: str = "",
    strict: bool = False,
    orders: Iterable[OrderLine] = (),
    embedder: Optional[Embedder] = None,
    progress: Optional[Progress] = None,
) -> IngestReport:
    """Make `directory` hold exactly the products of `path`, and what of them `orders` buy together.

    Products whose text didn't change keep their vectors. A bad row is reported and left out; with
    `strict` it raises ImportFailed and nothing changes. Raises IngestBusy when another ingest is
    at work. Until the last step, which is atomic, readers see the old catalogue.
    """
    from recommender import index  # FAISS: `read_manifest` does without

    started, read_at = time.monotonic(), time.time()
    path, directory = Path(path), Path(directory)
    embedder = embedder or Embedder()
    products, errors = [], []
    for found in read_products(path, mapping, format, currency):
        (products if isinstance(found, Product) else errors).append(found)
    if strict and errors:
        raise ImportFailed(f"{path}: {len(errors)} bad rows, and --strict: {errors[0]}.")
    if not products:
        reason = f" The first of {len(errors)} bad rows: {errors[0]}." if errors else ""
        raise ImportFailed(f"{path} holds no product that can be used.{reason}")
    skus = {product.sku for product in products}
    known = [line for line in orders if line.sku in skus]
    pairs = BoughtTogether(known).pairs(FEWEST_CUSTOMERS)
    with _only_writer(directory):
        old = _Previous.read(directory, embedder.name)
        texts = [embedding_text(product) for product in products]
        hashes = [_hash(text) for text in texts]
        digests = [_hash(json.dumps(to_row(product), sort_keys=True)) for product in products]
        fresh = [i for i, one in enumerate(hashes) if one not in old.rows]
        vectors = old.vectors_of(hashes, embedder.encode([texts[i] for i in fresh], progress))
        before = [old.digests.get(product.sku) for product in products]
        unchanged = sum(one == other for one, other in zip(before, digests))
        added = before.count(None)
        report = IngestReport(
            read=len(products) + len(errors),
            added=added,
            changed=len(products) - added - unchanged,
            removed=len(set(old.digests) - skus),
            unchanged=unchanged,
            embedded=len(fresh),
            seconds=round(time.monotonic() - started, 2),
            version=f"generation-{old.number + 1:06d}",
            pairs=len(pairs),
            index=index.kind(len(products)),
            errors=errors,
        )
        manifest = {
            "layout": LAYOUT,
            "model": embedder.name,
            "dim": int(vectors.shape[1]),
            "source": str(path.resolve()),
            "source_hash": file_hash(path),
            "read_at": read_at,
            "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            **{k: v for k, v in asdict(report).items() if k != "errors"},
            "errors": [str(error) for error in errors[:100]],
        }
        marks = list(zip(hashes, digests))
        _write_generation(directory / report.version, products, marks, vectors, pairs, manifest)
        _swap(directory, report.version)
    return report


def embedding_text(product: Product) -> str:
    """What of a product is embedded, cut where it gets long: attributes are the first to go."""
    parts = [
        product.title,
        product.brand,
        product.leaf_category,
        " ".join(product.colours),
        "" if product.audience == "unisex" else product.audience,
        product.description,
        " ".join(list(product.attributes.values())[:6])[:80],
    ]
    return ". ".join(part for part in parts if part)[:EMBEDDED]


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of the current generation. Raises NoCatalogue."""
    return json.loads((generation_folder(Path(directory)) / "manifest.json").read_text())


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(2**20), b""):
            digest.update(block)
    return digest.hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(f"{FORMAT}|{text}".encode()).hexdigest()[:32]


class _Previous:
    """What the current generation holds: its products' digests, and vectors by their texts' hash."""

    def __init__(self) -> None:
        self.number = 0
        self.digests: dict[str, str] = {}  # by sku
        self.rows: dict[str, int] = {}  # of vectors
        self._vectors: Optional[np.ndarray] = None

    @classmethod
    def read(cls, directory: Path, model: str) -> "_Previous":
        from recommender import index

        old = cls()
        try:
            catalogue = Catalogue.open(directory)
            manifest = read_manifest(directory)
        except NoCatalogue:
            return old
        try:
            old.number = int(catalogue.version.rsplit("-", 1)[1])
            if manifest.get("layout") != LAYOUT:
                return old
            marks = list(catalogue.marks())
            old.digests = {sku: digest for _, sku, _, digest in marks}
            if manifest["model"] == model:
                old.rows = {text_hash: row for row, _, text_hash, _ in marks}
                old._vectors = index.stored(catalogue.folder, manifest["dim"])
            return old
        finally:
            catalogue.close()

    def vectors_of(self, hashes: list[str], made: np.ndarray) -> np.ndarray:
        """The vectors of these texts: known ones, and those just made, in the order of the rest."""
        dim = made.shape[1] if self._vectors is None else self._vectors.shape[1]
        vectors = np.empty((len(hashes), dim), np.float32)
        fresh = iter(made)
        for i, one in enumerate(hashes):
            row = self.rows.get(one)
            vectors[i] = next(fresh) if row is None else self._vectors[row]
        return vectors


@contextmanager
def _only_writer(directory: Path) -> Iterator[None]:
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


def _write_generation(
    folder: Path,
    products: list[Product],
    marks: list[tuple[str, str]],
    vectors: np.ndarray,
    pairs: list[Pair],
    manifest: Mapping[str, Any],
) -> None:
    from recommender import index

    shutil.rmtree(folder, ignore_errors=True)  # of an ingest that was killed
    try:
        folder.mkdir()
        _write_database(folder / "catalogue.db", products, marks, pairs)
        index.write(folder, vectors)
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    except (OSError, sqlite3.OperationalError, RuntimeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ImportFailed(f"{folder} can't be written: {error}. The old one stays.") from error


def _write_database(
    path: Path, products: list[Product], marks: list[tuple[str, str]], pairs: list[Pair]
) -> None:
    db = sqlite3.connect(path)
    try:
        db.executescript(SCHEMA)
        words: Counter[str] = Counter()
        plain: Counter[str] = Counter()
        postings = Postings()
        for number, (product, (text_hash, digest)) in enumerate(zip(products, marks)):
            row = {"id": number, **to_row(product), "hash": text_hash, "digest": digest}
            names = ", ".join(f":{name}" for name in row)
            db.execute(f"INSERT INTO products ({', '.join(row)}) VALUES ({names})", row)
            db.execute(
                "INSERT INTO products_fts (rowid, title, brand, category, details, description) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [number, *fts_texts(product)],
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
        db.executemany(
            "INSERT INTO words VALUES (?, ?, ?)", [(*one, plain[one[0]]) for one in words.items()]
        )
        db.commit()
    finally:
        db.close()


def _swap(directory: Path, version: str) -> None:
    """Make a generation the current one, and remove those that nobody reads any more."""
    fresh = directory / "current.new"
    fresh.write_text(version + "\n")
    os.replace(fresh, directory / "current")
    generations = sorted(directory.glob("generation-*"))
    for folder in generations[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
