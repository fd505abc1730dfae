"""`make bench-import`: what an import costs beside what the encoder alone needs for the same texts, in one run.

Both are measured in turn, so that a machine that has other work slows both. `--products 2000` takes the
first ones alone.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from recommender.catalogue.importers import read_products
from recommender.catalogue.ingest import embedding_text, ingest
from recommender.embedder import Embedder
from tests.bench.search import ICECAT

TO_REACH = 1.2


class Spent(NamedTuple):
    """Seconds by the clock, and of the processor."""

    clock: float
    processor: float


def main(data: Path, most: int) -> None:
    """Print the table."""
    source = data / "catalogues/icecat_19k.jsonl"
    if not source.exists():
        raise SystemExit(f"{data} has no catalogues/{source.name}; see docs/benchmarks.md.")
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Path(folder) / "products.jsonl"
        lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
        catalogue.write_text("".join(lines[: most or None]), encoding="utf-8")
        products = read_products(catalogue, ICECAT).products
        texts = [embedding_text(one) for one in products]
        embedder = Embedder()
        embedder.encode(texts[:200])  # the model is loaded
        began = _now()
        embedder.encode(texts)
        alone = _since(began)
        began = _now()
        report = ingest(catalogue, Path(folder) / "catalogue", mapping=ICECAT, embedder=embedder)
        whole = _since(began)
        began = _now()
        ingest(catalogue, Path(folder) / "catalogue", mapping=ICECAT, embedder=embedder)
        again = _since(began)
    table = Table("", "clock, s", "processor, s", title=f"{report.added:,} Icecat products")
    rows = (
        ("encoder alone", alone),
        ("import", whole),
        ("the same file again", again),
    )
    for name, spent in rows:
        table.add_row(name, f"{spent.clock:.1f}", f"{spent.processor:.1f}")
    ratio = Spent(whole.clock / alone.clock, whole.processor / alone.processor)
    table.add_row(f"import / encoder (to reach: {TO_REACH})", *(f"{one:.2f}" for one in ratio))
    Console().print(table)


def _now() -> Spent:
    return Spent(time.perf_counter(), time.process_time())


def _since(began: Spent) -> Spent:
    return Spent(*(now - then for now, then in zip(_now(), began, strict=True)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("."))
    parser.add_argument("--products", type=int, default=0, help="the first ones alone; 0: all")
    given = parser.parse_args()
    main(given.data, given.products)
