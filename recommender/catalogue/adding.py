"""Products added to a catalogue, or put in the place of older ones, without writing the rest anew.

The new generation has the files of the old one, as hard links, and beside them a database and vectors
of what was added since the last whole ingest. So a reader keeps what it has in memory, and adding to a
million products takes no longer than adding to a thousand.
"""

import os
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recommender.catalogue import index, writing
from recommender.catalogue.importers import Import, read_products
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
from recommender.catalogue.reading import ADDED, NOWHERE, Catalogue, generation_folder
from recommender.embedder import Embedder
from recommender.errors import ImportFailed
from recommender.product import Product

MOST = 20_000  # products beside the rest: more make searches slower


def add(
    path: Path | None,
    directory: Path,
    *,
    mapping: Mapping[str, Any] | None = None,
    format: str = "",
    currency: str = "",
    decimal: str = "",
    encoding: str = "",
    strict: bool = False,
    instead_of: Collection[str] = (),
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Add the products of `path`, or put them in the place of those with the same sku.

    All others stay, but for those with the skus `instead_of` that the file doesn't have: they are
    gone, and the file may then be none or hold nothing that is sold. Where nothing differs, nothing
    is written. Raises NoCatalogue without a catalogue to add to, IngestBusy when another
    ingest is at work, and ImportFailed as `ingest` does and when more than `MOST` would be beside
    the rest: then it is time for a whole ingest.
    """
    started = time.monotonic()
    directory = Path(directory)
    embedder = embedder or Embedder()
    if path is None:
        found = Import()
    elif instead_of:
        found = read_products(Path(path), mapping, format, currency, decimal, encoding)
    else:
        found = read(Path(path), mapping, format, currency, strict, decimal, encoding)
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
            gone = catalogue.marks_of([sku for sku in instead_of if sku not in marks])
            skus = {product.sku for product in changed} | gone.keys()
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
                removed=len(gone),
                unchanged=catalogue.count() - before - len(gone),
                embedded=len(changed),
                seconds=round(time.monotonic() - started, 2),
                version=(
                    version_after(int(old.name.rsplit("-", 1)[1]))
                    if skus or not instead_of
                    else old.name
                ),
                pairs=manifest["pairs"],
                index=manifest["index"],
                **said_of(found),
            )
            if skus or not instead_of:
                manifest |= {"base": manifest.get("base", old.name), **report.counts()}
                _write(directory / report.version, manifest, catalogue, kept, changed, made, gone)
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
    gone: Collection[str],
) -> None:
    """A generation with the old one's files, and beside them what was added; `kept`: earlier.

    `kept` comes with its rows of vectors in the old `catalogue`, `changed` with those just `made`.
    """
    old = catalogue.folder
    vectors = index.Vectors(old, manifest["dim"])
    products = [*(product for _, product in kept), *changed]
    rows = {product.sku: row for row, product in enumerate(products, start=vectors.old)}
    before = {old: NOWHERE for old, new in catalogue.replaced().items() if new == NOWHERE}
    before |= dict.fromkeys(catalogue.first_rows(list(gone)).values(), NOWHERE)
    before |= {row: rows[sku] for sku, row in catalogue.first_rows(list(rows)).items()}
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
            replaced=before,
        )
        together = np.concatenate([vectors.vectors([row for row, _ in kept]), made])
        index.write_added(folder, together)
