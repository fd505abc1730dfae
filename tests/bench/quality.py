"""Quality on public data: intents, sentiment, search, and the time that a large catalogue takes."""

import csv
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from recommender import Recommender
from recommender.catalogue.ingest import ingest
from recommender.embedder import Embedder
from recommender.search.evaluate import ndcg
from tests.bench import sentiment
from tests.bench.search import ICECAT, best_matches

FASHION = {
    "sku": "id", "title": "productDisplayName", "colours": "baseColour", "audience": "gender",
    "category": "masterCategory > subCategory > articleType", "attributes": ["usage", "season"],
}  # fmt: skip


def main(data: Path) -> None:
    """Print the tables."""
    embedder = Embedder()
    sentiment.main(data / "sentiment", embedder)
    search(data / "catalogues" / "fashion_5k.csv", embedder)
    large_catalogue(data / "catalogues" / "icecat_19k.jsonl", embedder)


def search(path: Path, embedder: Embedder) -> None:
    """nDCG@10 of template queries ("black casual shoes for men"), graded by attributes."""
    with path.open(encoding="utf-8", newline="") as file:
        items = {row["id"]: row for row in csv.DictReader(file)}
    generator = np.random.default_rng(7)
    asked = generator.choice(sorted(items), 200, replace=False)
    with tempfile.TemporaryDirectory() as folder:
        ingest(path, Path(folder), mapping=FASHION, embedder=embedder)
        shop = Recommender.open(Path(folder), embedder)
        generation = shop.current()
        skus = [sku for _, sku, *_ in generation.catalogue.marks()]
        scores: dict[str, list[float]] = {"BM25": [], "MiniLM": [], "fused": [], "with filters": []}
        kept: list[bool] = []  # of what is shown as fitting: whether no wish was missed or unheard
        for sku in asked:
            wanted = items[sku]
            text = f"{wanted['baseColour']} {wanted['articleType']} for {wanted['gender']}".lower()
            gains = {one: grade(items[one], wanted) for one in skus}
            best = sorted(gains.values(), reverse=True)[:10]
            dense = generation.index.nearest(embedder.encode_one(text), 10)
            filters = shop.filters_of(text)
            result = shop.search(text, filters, 10, fill=True)
            found = {
                "BM25": [skus[row] for row in best_matches(generation.catalogue, text, 10)],
                "MiniLM": [skus[row] for row in dense],
                "fused": [hit.product.sku for hit in shop.search(text, limit=10).hits],
                "with filters": [hit.product.sku for hit in (*result.hits, *result.near)],
            }
            wishes = filters.colours and filters.audience and filters.categories
            kept += [bool(wishes) and gains[hit.product.sku] > 0 for hit in result.hits]
            for name, ranked in found.items():
                scores[name].append(ndcg([gains[one] for one in ranked], best, 10))
    table = Table(
        *scores,
        "within the wishes, %",
        title="Search on 5,000 fashion items, nDCG@10 of 200 queries",
    )
    means = (f"{np.mean(values):.3f}" for values in scores.values())
    table.add_row(*means, f"{100 * np.mean(kept):.1f}")
    Console().print(table)


def grade(item: dict[str, str], wanted: dict[str, str]) -> int:
    """0 for another kind of article, else 1 and one more for colour and for audience."""
    if item["articleType"] != wanted["articleType"]:
        return 0
    return 1 + (item["baseColour"] == wanted["baseColour"]) + (item["gender"] == wanted["gender"])


def large_catalogue(path: Path, embedder: Embedder) -> None:
    """Ingesting and searching 19,406 products."""
    with tempfile.TemporaryDirectory() as folder:
        report = ingest(path, Path(folder), mapping=ICECAT, embedder=embedder)
        again = ingest(path, Path(folder), mapping=ICECAT, embedder=embedder)
        shop = Recommender.open(Path(folder), embedder)
        times = []
        for text in ("usb cable", "laptop under 800 euros", "a monitor for my office", "ink") * 25:
            began = time.monotonic()
            shop.search(text, shop.filters_of(text))
            times.append(1000 * (time.monotonic() - began))
    table = Table("products", "ingest, s", "again, s", "search p50, ms", "p95, ms", title="Icecat")
    figures = (np.percentile(times, 50), np.percentile(times, 95))
    table.add_row(
        str(report.added),
        f"{report.seconds:.0f}",
        f"{again.seconds:.0f}",
        *(f"{f:.1f}" for f in figures),
    )
    Console().print(table)
