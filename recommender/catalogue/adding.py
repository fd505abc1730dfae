"""Products added to a catalogue, or put in the place of older ones, without writing the rest anew.

The new generation has the files of the old one, as hard links, and beside them a database and vectors
of what was added since the last whole ingest. So a reader keeps what it has in memory, and adding to a
million products takes no longer than adding to a thousand.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from recommender.catalogue import index, writing
from recommender.catalogue.ingest import (
    LAYOUT,
    IngestReport,
    Progress,
    digest_of,
    embedding_text,
    hash_of,
    read,
    read_manifest,
)
from recommender.catalogue.reading import ADDED, Catalogue, generation_folder
from recommender.embedder import Embedder
from recommender.errors import ImportFailed

MOST = 20_000  # products beside the rest: more make searches slower


def add(
    path: Path,
    directory: Path,
    *,
    mapping: Mapping[str, Any] | None = None,
    format: str = "",
    currency: str = "",
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
    products, errors = read(path, mapping, format, currency, strict)
    with writing.only_writer(directory):
        old, manifest = generation_folder(directory), read_manifest(directory)
        if manifest.get("layout") != LAYOUT or manifest["model"] != embedder.name:
            raise ImportFailed("The catalogue is from another version or model: ingest it whole.")
        catalogue = Catalogue(old)
        vectors = index.Vectors(old, manifest["dim"])
        try:
            marks = {product.sku: (hash_of(embedding_text(product)), digest_of(product))
                     for product in products}  # fmt: skip
            known = catalogue.marks_of(list(marks))
            changed = [one for one in products if known.get(one.sku) != marks[one.sku]]
            names = {one.sku for one in changed}
            first = vectors.old
            still = [(row, one) for row, one in catalogue.added() if one.sku not in names]
            kept = [one for _, one in still]
            if len(kept) + len(changed) > MOST:
                raise ImportFailed(
                    f"More than {MOST} products were added: ingest them all together."
                )
            texts = [embedding_text(product) for product in changed]
            made = embedder.encode(texts, progress)
            everything = [*kept, *changed]
            rows = {product.sku: first + number for number, product in enumerate(everything)}
            replaced = catalogue.first_rows([product.sku for product in everything])
            version = f"generation-{int(old.name.rsplit('-', 1)[1]) + 1:06d}"
            before = sum(one.sku in known for one in changed)
            report = IngestReport(
                read=len(products) + len(errors),
                added=len(changed) - before,
                changed=before,
                removed=0,
                unchanged=catalogue.count() - before,
                embedded=len(changed),
                seconds=round(time.monotonic() - started, 2),
                version=version,
                pairs=manifest["pairs"],
                index=manifest["index"],
                errors=errors,
            )
            kept_marks = [(hash_of(embedding_text(one)), digest_of(one)) for one in kept]
            told = {k: v for k, v in asdict(report).items() if k != "errors"}
            manifest |= {"base": manifest.get("base", old.name), **told}
            folder = directory / version
            with writing.new_generation(folder, manifest):
                for file in old.iterdir():
                    if file.name not in (ADDED, index.ADDED, "manifest.json"):
                        os.link(file, folder / file.name)
                writing.write_database(
                    folder / ADDED,
                    everything,
                    [*kept_marks, *(marks[one.sku] for one in changed)],
                    first=first,
                    replaced={row: rows[sku] for sku, row in replaced.items()},
                )
                together = np.concatenate([vectors.vectors([row for row, _ in still]), made])
                index.write_added(folder, together)
            writing.swap(directory, version)
        finally:
            catalogue.close()
    return report
