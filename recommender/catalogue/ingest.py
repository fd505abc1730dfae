"""A product file into a new generation of the catalogue, swapped in while readers go on."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recommender.baskets.bought_together import BoughtTogether, OrderLine
from recommender.catalogue.importers import Import, RowError, read_products
from recommender.catalogue.reading import Catalogue, generation_folder, own_values, to_row
from recommender.embedder import FORMAT, Embedder
from recommender.errors import ImportFailed, NoCatalogue
from recommender.product import Product

LAYOUT = 7  # of a generation; a catalogue with another one is made anew
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
    doubts: list[RowError] = field(default_factory=list[RowError])  # rows that are kept, in part
    warnings: list[str] = field(default_factory=list[str])  # what hardly can be meant
    format: str = ""  # what the file was recognised as
    notes: dict[str, int] = field(default_factory=dict[str, int])  # how it was read, and how often
    lost: dict[str, int] = field(default_factory=dict[str, int])  # what of it isn't kept
    left_out: dict[str, int] = field(default_factory=dict[str, int])  # why products were
    next_change: str = ""  # the day on which a price changes by itself: a sale begins or is over

    def counts(self) -> dict[str, Any]:
        """What the manifest of the generation says of it: all but bad and doubtful rows."""
        rows = ("errors", "doubts")
        return {name: value for name, value in asdict(self).items() if name not in rows}


def ingest(
    path: Path,
    directory: Path,
    *,
    mapping: Mapping[str, Any] | None = None,
    format: str = "",
    currency: str = "",
    decimal: str = "",
    encoding: str = "",
    strict: bool = False,
    orders: Iterable[OrderLine] = (),
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Make `directory` hold exactly the products of `path`, and what of them `orders` buy together.

    Products whose text didn't change keep their vectors. A bad row is reported and left out; with
    `strict` it raises ImportFailed and nothing changes. Raises IngestBusy when another ingest is
    at work. Until the last step, which is atomic, readers see the old catalogue.
    """
    from recommender.catalogue import index, writing  # FAISS: `read_manifest` does without

    started, read_at = time.monotonic(), time.time()
    path, directory = Path(path), Path(directory)
    embedder = embedder or Embedder()
    how = {"mapping": mapping, "format": format, "currency": currency, "decimal": decimal}
    made_of = read(path, mapping, format, currency, strict, decimal, encoding)
    products = made_of.products
    known = of_products(orders, products)
    pairs = BoughtTogether(known).pairs(FEWEST_CUSTOMERS)
    with writing.only_writer(directory):
        old = _Previous.read(directory, embedder.name)
        marks = [mark_of(product) for product in products]
        fresh = [
            product
            for product, (text_hash, _) in zip(products, marks, strict=True)
            if text_hash not in old.rows
        ]
        made = embedder.encode([embedding_text(product) for product in fresh], progress)
        vectors = old.vectors_of([text_hash for text_hash, _ in marks], made)
        report = IngestReport(
            read=len(products) + len(made_of.errors),
            **old.compared(products, marks),
            embedded=len(fresh),
            seconds=round(time.monotonic() - started, 2),
            version=version_after(old.number),
            pairs=len(pairs),
            index=index.kind(len(products)),
            **said_of(made_of),
        )
        manifest = {
            **_source(path, read_at),
            "reading": as_kept({**how, "encoding": encoding}),
            "model": embedder.name,
            "dim": int(vectors.shape[1]),
            **report.counts(),
            "errors": [str(error) for error in made_of.errors[:100]],
        }
        folder = directory / report.version
        writing.write_generation(folder, products, marks, vectors, pairs, manifest)
        writing.swap(directory, report.version)
    return report


def as_kept(how: Mapping[str, Any]) -> dict[str, Any]:
    """How a file is read, as a manifest keeps it under "reading": the options of `ingest` by name."""
    return json.loads(json.dumps(dict(how), default=str))


def _source(path: Path, read_at: float) -> dict[str, Any]:
    """What the manifest says of the file that was read."""
    return {
        "layout": LAYOUT,
        "source": str(path.resolve()),
        "source_hash": file_hash(path),
        "read_at": read_at,
        "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def version_after(number: int) -> str:
    """The name of the generation after the one with a number."""
    return f"generation-{number + 1:06d}"


def embedding_text(product: Product) -> str:
    """What of a product is embedded, cut where it gets long: attributes where nothing describes it.

    Beside a description they draw the vector away from what the product is; words find them.
    """
    parts = [
        product.title,
        product.brand,
        product.leaf_category,
        "" if "colours" in product.read else " ".join(product.colours),
        "" if product.audience == "unisex" or "audience" in product.read else product.audience,
        product.description or " ".join(own_values(product)[:6])[:80],
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


def read(
    path: Path,
    mapping: Mapping[str, Any] | None,
    format: str,
    currency: str,
    strict: bool,
    decimal: str = "",
    encoding: str = "",
) -> Import:
    """What a file holds. Raises ImportFailed for no product at all, or as `strict` asks."""
    found = read_products(path, mapping, format, currency, decimal, encoding)
    errors = found.errors
    if strict and (bad := [*errors, *found.doubts]):
        raise ImportFailed(f"{path}: {len(bad)} bad rows, and --strict: {bad[0]}.")
    if not found.products:
        reason = f" The first of {len(errors)} bad rows: {errors[0]}." if errors else ""
        if found.left_out:
            reason += f" Left out: {', '.join(f'{count} {why}' for why, count in found.left_out.items())}."
        raise ImportFailed(f"{path} holds no product that can be used.{reason}")
    return found


def said_of(found: Import) -> dict[str, Any]:
    """What a report says of how a file was read, by the names of a report."""
    return {
        "errors": found.errors,
        "doubts": found.doubts,
        "warnings": found.warnings,
        "format": found.format,
        "notes": dict(found.notes),
        "lost": dict(found.lost),
        "left_out": dict(found.left_out),
        "next_change": found.next_change.isoformat() if found.next_change else "",
    }


def of_products(orders: Iterable[OrderLine], products: Sequence[Product]) -> list[OrderLine]:
    """The lines of orders whose product is known; a variant's sku counts for its product."""
    owners = {one.sku: product.sku for product in products for one in product.variants}
    owners |= {product.sku: product.sku for product in products}
    return [line._replace(sku=owners[line.sku]) for line in orders if line.sku in owners]


def mark_of(product: Product) -> tuple[str, str]:
    """Two hashes: one that changes with what is embedded of a product, one with anything of it."""
    return (
        hash_of(embedding_text(product)),
        hash_of(json.dumps(to_row(product), sort_keys=True)),
    )


def hash_of(text: str) -> str:
    """Changes with a text, and with how it is embedded."""
    return hashlib.sha256(f"{FORMAT}|{text}".encode()).hexdigest()[:32]


class _Previous:
    """What the current generation holds: its products' digests, and vectors by their texts' hash."""

    def __init__(self) -> None:
        self.number = 0
        self.digests: dict[str, str] = {}  # by sku
        self.rows: dict[str, int] = {}  # of vectors
        self._vectors: np.ndarray | None = None

    @classmethod
    def read(cls, directory: Path, model: str) -> "_Previous":
        from recommender.catalogue import index

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

    def compared(
        self, products: Sequence[Product], marks: Sequence[tuple[str, str]]
    ) -> dict[str, int]:
        """How many products are added, changed, removed and unchanged, by the names of a report."""
        before = [self.digests.get(product.sku) for product in products]
        added = before.count(None)
        unchanged = sum(known == digest for known, (_, digest) in zip(before, marks, strict=True))
        return {
            "added": added,
            "changed": len(products) - added - unchanged,
            "removed": len(set(self.digests) - {product.sku for product in products}),
            "unchanged": unchanged,
        }

    def vectors_of(self, hashes: list[str], made: np.ndarray) -> np.ndarray:
        """The vectors of these texts: known ones, and those just made, in the order of the rest."""
        dim = made.shape[1] if self._vectors is None else self._vectors.shape[1]
        vectors = np.empty((len(hashes), dim), np.float32)
        fresh = iter(made)
        for number, text_hash in enumerate(hashes):
            row = self.rows.get(text_hash)
            known = None if row is None or self._vectors is None else self._vectors[row]
            vectors[number] = next(fresh) if known is None else known
        return vectors
