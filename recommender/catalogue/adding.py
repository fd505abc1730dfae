"""Products added to a catalogue, or put in the place of older ones, without writing the rest anew.

The new generation has the files of the old one, as hard links, and beside them a database and vectors
of what was added since the last whole ingest. So a reader keeps what it has in memory, and adding to a
million products takes no longer than adding to a thousand.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recommender.catalogue import index, writing
from recommender.catalogue.ingest import (
    LAYOUT,
    IngestReport,
    Progress,
    embedding_text,
    mark_of,
    read,
    read_manifest,
    said_of,
    version_after,
)
from recommender.catalogue.reading import ADDED, Catalogue, generation_folder
from recommender.embedder import Embedder
from recommender.errors import ImportFailed
from recommender.product import Product

MOST = 20_000  # products beside the rest: more make searches slower


def add(
    path: Path,
    directory: Path,
    *,
    mapping: Mapping[str, Any] | None = None,
    format: str = "",
    currency: str = "",
    decimal: str = "",
    encoding: str = "",
    strict: bool = False,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Add the products of `path`, or put them in the place of those with the same sku.

    All others stay. Raises NoCatalogue without a catalogue to add to, IngestBusy when another
    ingest is at work, and ImportFailed as `ingest` does and when more than `MOST` would be beside
    the rest: then it is time for a whole ingest.
    """
    started = time.monotonic()
    path, directory = Path(path), Path(directory)
    embedder = embedder or Embedder()
    found = read(path, mapping, format, currency, strict, decimal, encoding)
    products = found.products
    with writing.only_writer(directory):
        old, manifest = generation_folder(directory), read_manifest(directory)
        if manifest.get("layout") != LAYOUT or manifest["model"] != embedder.name:
            raise ImportFailed("The catalogue is from another version or model: ingest it whole.")
        catalogue = Catalogue(old)
        try:
            marks = {product.sku: mark_of(product) for product in products}
            known = catalogue.marks_of(list(marks))
            changed = [
                product for product in products if known.get(product.sku) != marks[product.sku]
            ]
            skus = {product.sku for product in changed}
            kept = [(row, product) for row, product in catalogue.added() if product.sku not in skus]
            if len(kept) + len(changed) > MOST:
                raise ImportFailed(
                    f"More than {MOST} products were added: ingest them all together."
                )
            made = embedder.encode([embedding_text(product) for product in changed], progress)
            before = sum(product.sku in known for product in changed)
            report = IngestReport(
                read=len(products) + len(found.errors),
                added=len(changed) - before,
                changed=before,
                removed=0,
                unchanged=catalogue.count() - before,
                embedded=len(changed),
                seconds=round(time.monotonic() - started, 2),
                version=version_after(int(old.name.rsplit("-", 1)[1])),
                pairs=manifest["pairs"],
                index=manifest["index"],
                **said_of(found),
            )
            manifest |= {"base": manifest.get("base", old.name), **report.counts()}
            _write(directory / report.version, manifest, catalogue, kept, changed, made)
            writing.swap(directory, report.version)
        finally:
            catalogue.close()
    return report


def _write(
    folder: Path,
    manifest: dict[str, Any],
    catalogue: Catalogue,
    kept: list[tuple[int, Product]],
    changed: list[Product],
    made: np.ndarray,
) -> None:
    """A generation with the old one's files, and beside them what was added; `kept`: earlier.

    `kept` comes with its rows of vectors in the old `catalogue`, `changed` with those just `made`.
    """
    old = catalogue.folder
    vectors = index.Vectors(old, manifest["dim"])
    products = [*(product for _, product in kept), *changed]
    rows = {product.sku: row for row, product in enumerate(products, start=vectors.old)}
    replaced = catalogue.first_rows(list(rows))
    with writing.new_generation(folder, manifest):
        for file in old.iterdir():
            if file.name not in (ADDED, index.ADDED, "manifest.json"):
                os.link(file, folder / file.name)
        writing.write_database(
            folder / ADDED,
            products,
            [mark_of(product) for product in products],
            first=vectors.old,
            first_variant=catalogue.first_variant(),
            replaced={row: rows[sku] for sku, row in replaced.items()},
        )
        together = np.concatenate([vectors.vectors([row for row, _ in kept]), made])
        index.write_added(folder, together)
