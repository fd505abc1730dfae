"""`make bench-search`: how good the order of search results is, by graded queries of real people.

Beside plain BM25 (FTS5) and plain MiniLM (cosine): over the judged products alone, where every
method orders the same products, and over the whole catalogue, where a product that nobody judged counts
as wrong. The catalogue has no categories, so that nothing is known of its kinds but their words.
"""

import argparse
import csv
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from recommender import Recommender
from recommender.catalogue.ingest import ingest
from recommender.catalogue.reading import Catalogue
from recommender.embedder import Embedder
from recommender.search.content import content_words
from recommender.search.evaluate import ndcg

ICECAT = {
    "sku": "id", "title": "title", "description": "short_description", "brand": "supplier",
    "price": "price / 100", "currency": "=EUR", "attributes": ["attr_t_*", "attr_n_*", "attr_b_*"],
}  # fmt: skip
FIRST = 10
RESAMPLED = 2000

Ranking = Callable[[str], list[str]]


def main(data: Path) -> None:
    """Print the table."""
    catalogue, ratings = (
        data / "catalogues/icecat_19k.jsonl",
        data / "search/icecat_ratings_dev.csv",
    )
    if not catalogue.exists() or not ratings.exists():
        raise SystemExit(
            f"{data} has no {catalogue.name} and {ratings.name}: products and ratings of Chorus "
            "(github.com/querqy/chorus), see docs/benchmarks.md."
        )
    embedder = Embedder()
    with tempfile.TemporaryDirectory() as folder:
        ingest(catalogue, Path(folder), mapping=ICECAT, embedder=embedder)
        judged = graded(ratings)
        compare(Recommender.open(Path(folder), embedder), embedder, judged)


def graded(path: Path) -> dict[str, dict[str, int]]:
    """Grades by query and sku, of the queries that have a right answer at all."""
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            grades[row["query"]][row["docid"]] = int(row["rating"])
    return {query: found for query, found in grades.items() if any(found.values())}


def compare(shop: Recommender, embedder: Embedder, judged: dict[str, dict[str, int]]) -> None:
    """Print nDCG@10 of each method, with the middle 95 % of a bootstrap over queries."""
    generation = shop.current()
    skus = np.array([sku for _, sku, *_ in generation.catalogue.marks()])
    everything = set(skus)

    def bm25(query: str) -> list[str]:
        return list(skus[best_matches(generation.catalogue, query, len(skus))])

    def minilm(query: str) -> list[str]:
        return list(skus[generation.index.nearest(embedder.encode_one(query), len(skus))])

    def words_only(query: str, others: set[str]) -> list[str]:
        return [hit.product.sku for hit in shop.search(query, limit=FIRST, exclude=others).hits]

    def with_filters(query: str, others: set[str]) -> list[str]:
        found = shop.search(query, shop.filters_of(query), FIRST, exclude=others, fill=True)
        return [hit.product.sku for hit in (*found.hits, *found.near)]

    table = Table("", "judged products", "whole catalogue", "not judged", title="Icecat, nDCG@10")
    for name, plain, within in (
        ("BM25", bm25, None),
        ("MiniLM", minilm, None),
        ("Shoptalk, without filters", None, words_only),
        ("Shoptalk", None, with_filters),
    ):
        among, whole, strange = [], [], []
        for query, grades in judged.items():
            if plain:
                ranked = plain(query)
                known = [one for one in ranked if one in grades]
            else:
                ranked, known = within(query, set()), within(query, everything - set(grades))
            best = list(grades.values())
            among.append(ndcg([grades[one] for one in known], best, FIRST))
            whole.append(ndcg([grades.get(one, 0) for one in ranked[:FIRST]], best, FIRST))
            strange.append(np.mean([one not in grades for one in ranked[:FIRST]] or [0]))
        table.add_row(
            name, interval(among), interval(whole), f"{100 * np.mean(strange):.0f} % of results"
        )
    Console().print(table)
    Console().print(f"{len(judged)} queries that have a right answer; in brackets 95 % intervals.")


def best_matches(catalogue: Catalogue, text: str, limit: int) -> list[int]:
    """Row numbers by FTS5's own BM25 for the words of a text."""
    words = " OR ".join(f'"{word}"' for word in content_words(text))
    with closing(sqlite3.connect(catalogue.folder / "catalogue.db")) as db:
        rows = db.execute(
            "SELECT rowid FROM products_fts WHERE products_fts MATCH ? "
            "ORDER BY bm25(products_fts, 1.0, 1.0, 1.0, 0.3, 1.0) LIMIT ?",
            [words, limit],
        ).fetchall()
    return [row[0] for row in rows]


def interval(values: list[float]) -> str:
    """The mean, and the middle 95 % of its bootstrap (Efron, 1979)."""
    draws = np.random.default_rng(1).choice(values, (RESAMPLED, len(values))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{np.mean(values):.3f} ({low:.2f}–{high:.2f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="see docs/benchmarks.md")
    main(parser.parse_args().data)
