"""`make bench-insights`: topics on public sets, unmet searches, and a shop with a million messages."""

import argparse
import csv
import json
import random
import resource
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterator

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score

from bot.insights.report import PAGES, report, to_html
from bot.insights.scope import Scope, Source
from bot.insights.topic_book import Read, update
from bot.insights.topics import cluster, coherence, words
from bot.settings import REPOSITORY, get_settings
from bot.store.insights import open_insights
from recommender import Recommender
from recommender.embedder import Embedder
from recommender.ingest import ingest
from tests.bench.insights_shop import make, sentence

WANTED = {
    True: (
        "a warm jacket", "red dress for a wedding", "coffee mug", "tent for two", "dog lead", "running shoes",
        "desk lamp", "a soft blanket", "water bottle", "cast iron pan", "notebook for sketching", "head torch",
        "scented candle", "cushion cover", "rucksack for hiking", "wooden toys", "garden gloves", "knife set",
        "kids raincoat", "bed linen", "watering can", "something for my dad who likes cooking",
        "something cosy for the evening", "gift for a baby", "lavender hand cream", "leather journal",
    ),
    False: (
        "trampoline", "electric bike", "iphone charger", "car tyres", "a mattress", "washing machine",
        "gaming laptop", "fishing rod", "wedding ring", "drum kit", "swimming pools", "printer ink", "perfume",
        "roller skates", "piano", "vegan protein powder", "baby stroller", "lawn mower", "bean bag",
        "wine glasses", "curling iron", "skis", "snowboard boots", "bicycle helmet", "hammock", "air fryer",
        "sewing machine", "television", "football", "lipstick", "wheelchair", "umbrella", "suitcase",
    ),
}  # fmt: skip
console = Console(width=110)


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="a folder of public data sets; see docs/benchmarks.md"
    )
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--only", choices=["topics", "unmet", "pages", "texts"])
    options = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "unmet": unmet,
        "topics": lambda: topic_quality(options.data),
        "pages": lambda: pages(options.messages),
        "texts": lambda: texts(options.texts),
    }
    for name, part in parts.items():
        if options.only in (None, name):
            part()


def unmet() -> None:
    """How often a search is rightly called met or unmet, on the demo shop."""
    with tempfile.TemporaryDirectory() as folder:
        ingest(REPOSITORY / "bot/demo/products.csv", Path(folder), embedder=Embedder())
        recommender = Recommender.open(Path(folder), Embedder())
        table = Table("Searches", "Right", "Wrong ones", title="Unmet searches, demo shop")
        for there, queries in WANTED.items():
            wrong = [
                query for query in queries
                if bool(recommender.search(query, recommender.filters_of(query)).good) != there
            ]  # fmt: skip
            name = "the shop has it" if there else "the shop doesn't"
            table.add_row(name, f"{len(queries) - len(wrong)} of {len(queries)}", ", ".join(wrong))
    console.print(table)


def topic_quality(data: Path | None) -> None:
    """Purity and coherence beside BERTopic's approach, on intents whose labels are known."""
    if data is None or not (data / "intents").is_dir():
        console.print("Topics: no public sets; DATA=folder names one (docs/benchmarks.md).")
        return
    table = Table("Set", "Texts", "Way", "Topics", "Kept", "Purity", "NMI", "Coherence", "Seconds",
                  title="Topics; the labels are intents")  # fmt: skip
    for name, rows in (
        ("CLINC150", clinc(data)),
        ("BANKING77", banking(data)),
        ("HWU64", hwu(data)),
    ):
        pairs = list(dict.fromkeys(rows))
        said, truth = [text for text, _ in pairs], np.array([label for _, label in pairs])
        vectors = Embedder().encode(said)
        for way, find in (("ours", cluster), ("PCA + HDBSCAN", hdbscan)):
            begun = time.monotonic()
            labels = find(vectors)
            took = time.monotonic() - begun
            kept = labels >= 0
            table.add_row(
                name, f"{len(said):,}", way, str(labels.max() + 1), f"{kept.mean():.0%}",
                f"{purity(labels, truth):.3f}",
                f"{normalized_mutual_info_score(truth[kept], labels[kept]):.3f}",
                f"{coherence(words(said, labels), said) or 0:.3f}", f"{took:.1f}",
            )  # fmt: skip
    console.print(table)


def hdbscan(vectors: np.ndarray) -> np.ndarray:
    """BERTopic's steps with its defaults: five dimensions, HDBSCAN with at least ten texts a topic.

    PCA stands in for UMAP, which needs numba.
    """
    reduced = PCA(5, random_state=0).fit_transform(vectors)
    return HDBSCAN(min_cluster_size=10, n_jobs=-1).fit_predict(reduced)


def purity(labels: np.ndarray, truth: np.ndarray) -> float:
    """The share of texts in a topic whose label is that of most texts of the topic."""
    right = sum(
        Counter(truth[labels == topic]).most_common(1)[0][1] for topic in set(labels) - {-1}
    )
    return right / max(1, int((labels >= 0).sum()))


def clinc(data: Path) -> Iterator[tuple[str, str]]:
    """CLINC150, in scope, all splits."""
    content = json.loads((data / "intents/clinc150/data_full.json").read_text())
    for split in ("train", "val", "test"):
        yield from ((text, label) for text, label in content[split])


def banking(data: Path) -> Iterator[tuple[str, str]]:
    """BANKING77, both splits."""
    for split in ("train", "test"):
        with (data / f"intents/banking77/{split}.csv").open(encoding="utf-8") as file:
            yield from ((row["text"], row["category"]) for row in csv.DictReader(file))


def hwu(data: Path) -> Iterator[tuple[str, str]]:
    """HWU64, both splits."""
    for split in ("train", "test"):
        folder = data / "intents/hwu64"
        said = (folder / f"{split}.seq.in").read_text().splitlines()
        yield from zip(said, (folder / f"{split}.label").read_text().splitlines())


def pages(messages: int) -> None:
    """Each page over a month and over all of a large shop's transcripts, and the whole report."""
    now = 1_800_000_000.0
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        make(Path(folder), messages, 90, now)
        size = (Path(folder) / "transcripts.db").stat().st_size / 1e6
        console.print(f"{messages:,} messages over 90 days: {size:,.0f} MB, "
                      f"generated in {time.monotonic() - begun:.0f} s.")  # fmt: skip
        _fake_topics(Path(folder))
        table = Table(
            "Page", "30 days, s", "45 days, s", title=f"{messages:,} messages; second look"
        )
        for name, build in PAGES.items():
            row = [name]
            for days in (30, 45):
                with Source(
                    Path(folder) / "transcripts.db", Path(folder) / "insights.db"
                ) as source:
                    scope = Scope.last(days, now, "Europe/Amsterdam")
                    for _ in range(2):
                        begun = time.monotonic()
                        build(source, scope, "EUR")
                        took = time.monotonic() - begun
                row.append(f"{took:.2f}")
            table.add_row(*row)
        console.print(table)
        settings = replace(get_settings(), var=Path(folder))
        begun = time.monotonic()
        length = len(to_html(report(settings, 30, now=now)))
        console.print(f"The report over 30 days: {time.monotonic() - begun:.1f} s, {length / 1000:,.0f} kB; "
                      f"peak memory {_memory():.2f} GB.")  # fmt: skip


def _fake_topics(folder: Path) -> None:
    """Every message in one of 60 topics, as `shoptalk insights` would leave it."""
    database = open_insights(folder / "insights.db")
    database["topics"].insert_all(
        {"id": i, "words": json.dumps([f"word{i}"]), "name": "", "centroid": b"", "hidden": 0}
        for i in range(1, 61)
    )
    connection = database.conn
    connection.execute("ATTACH ? AS t", [str(folder / "transcripts.db")])
    connection.execute(
        "INSERT INTO topic_texts SELECT 'chat', id, 1 + abs(random()) % 60, 0.7, at, conversation_id, "
        "sentiment_score FROM t.messages WHERE sender = 'customer' AND rowid % 5 < 2"
    )
    connection.commit()
    connection.execute("ANALYZE")
    database.close()


def texts(count: int) -> None:
    """Topics of many texts from nothing, as a first `shoptalk insights` does."""
    rng = random.Random(2)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), 20, 1, time.time())
        database = open_insights(Path(folder) / "insights.db")
        said = [Read("survey", f"{i}", time.time(), "", sentence(rng), 0.0) for i in range(count)]
        different = len({one.text for one in said})
        shown = [0.0]

        def progress(done: int, total: int) -> None:
            if time.monotonic() - shown[0] > 20:
                shown[0] = time.monotonic()
                console.print(f"  {done:,} of {total:,} texts embedded")

        begun = time.monotonic()
        with Source(Path(folder) / "transcripts.db", Path(folder) / "insights.db") as source:
            done = update(database, source, Embedder(), progress=progress, feedback=said)
        console.print(
            f"{count:,} texts, {different:,} different: {time.monotonic() - begun:.0f} s, "
            f"{done.new} topics, {done.placed:,} texts in one; peak memory {_memory():.2f} GB."
        )


def _memory() -> float:
    """The most memory that this process has had, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
