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
from recommender.catalogue import SCHEMA, Catalogue, Product, generation_folder, to_row
from recommender.embedder import FORMAT, Embedder
from recommender.errors import ImportFailed, IngestBusy, NoCatalogue
from recommender.filters import feature_keys
from recommender.importers import RowError, read_products

LAYOUT = 4  # of a generation; a catalogue with another one is made anew
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
        fresh = [i for i, one in enumerate(hashes) if one not in old.vectors]
        made = embedder.encode([texts[i] for i in fresh], progress)
        by_hash = {hashes[i]: vector for i, vector in zip(fresh, made)}
        vectors = np.stack([by_hash.get(one, old.vectors.get(one)) for one in hashes])
        report = IngestReport(
            read=len(products) + len(errors),
            added=sum(product.sku not in old.products for product in products),
            changed=sum(old.products.get(product.sku, product) != product for product in products),
            removed=len(set(old.products) - skus),
            unchanged=sum(old.products.get(product.sku) == product for product in products),
            embedded=len(fresh),
            seconds=round(time.monotonic() - started, 2),
            version=f"generation-{old.number + 1:06d}",
            pairs=len(pairs),
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
        _write_generation(directory / report.version, products, hashes, vectors, pairs, manifest)
        _swap(directory, report.version)
    return report


def embedding_text(product: Product) -> str:
    """What of a product is embedded: name and attributes together, cut where it gets long."""
    parts = [
        product.title,
        product.brand,
        product.leaf_category,
        " ".join(product.colours),
        "" if product.audience == "unisex" else product.audience,
        " ".join(list(product.attributes.values())[:6])[:80],
        product.description,
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


@dataclass(frozen=True)
class _Previous:
    """What the current generation holds: its products, and vectors by the hash of their text."""

    number: int
    products: dict[str, Product]
    vectors: dict[str, np.ndarray]

    @classmethod
    def read(cls, directory: Path, model: str) -> "_Previous":
        import faiss

        from recommender.catalogue import from_row

        try:
            catalogue = Catalogue.open(directory)
        except NoCatalogue:
            return cls(0, {}, {})
        try:
            rows = list(catalogue.all_rows())
            number = int(catalogue.version.rsplit("-", 1)[1])
            vectors: dict[str, np.ndarray] = {}
            if read_manifest(directory)["model"] == model:
                index = faiss.read_index(str(catalogue.folder / "vectors.faiss"))
                stored = index.reconstruct_n(0, index.ntotal)
                vectors = {row["hash"]: stored[row["id"]] for row in rows}
            return cls(number, {row["sku"]: from_row(row) for row in rows}, vectors)
        finally:
            catalogue.close()


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
    hashes: list[str],
    vectors: np.ndarray,
    pairs: list[Pair],
    manifest: Mapping[str, Any],
) -> None:
    import faiss

    shutil.rmtree(folder, ignore_errors=True)  # of an ingest that was killed
    try:
        folder.mkdir()
        _write_database(folder / "catalogue.db", products, hashes, pairs)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        faiss.write_index(index, str(folder / "vectors.faiss"))
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    except (OSError, sqlite3.OperationalError, RuntimeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ImportFailed(f"{folder} can't be written: {error}. The old one stays.") from error


def _write_database(
    path: Path, products: list[Product], hashes: list[str], pairs: list[Pair]
) -> None:
    db = sqlite3.connect(path)
    try:
        db.executescript(SCHEMA)
        words: Counter[str] = Counter()
        plain: Counter[str] = Counter()
        for number, (product, text_hash) in enumerate(zip(products, hashes)):
            row = {"id": number, **to_row(product), "hash": text_hash}
            marks = ", ".join(f":{name}" for name in row)
            db.execute(f"INSERT INTO products ({', '.join(row)}) VALUES ({marks})", row)
            details = [*product.colours, product.audience, *product.attributes.values()]
            db.execute(
                "INSERT INTO products_fts (rowid, title, brand, category, details, description) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [
                    number,
                    product.title,
                    product.brand,
                    product.category,
                    " ".join(details),
                    product.description,
                ],
            )
            db.executemany(
                "INSERT INTO features VALUES (?, ?)",
                [(feature, number) for feature in sorted(feature_keys(product))],
            )
            text = f"{product.title} {product.description}"
            words.update(set(re.findall(r"[a-z][a-z'-]+", text.lower())))
            plain.update(set(re.findall(r"\b[a-z][a-z'-]+", text)))
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
