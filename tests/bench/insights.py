"""`make bench-insights`: topics on public sets, unmet searches, and a shop with a million messages."""

import argparse
import csv
import json
import os
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import PCA
from sklearn.manifold import SpectralEmbedding
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from bot.insights.report import PAGES, open_source, report, to_html
from bot.insights.schema import open_insights
from bot.insights.scope import Scope
from bot.insights.topic_book import Read, update
from bot.insights.topics import cluster, coherence, words
from bot.paths import REPOSITORY
from bot.settings import get_settings
from recommender import Recommender
from recommender.catalogue.ingest import ingest
from recommender.embedder import Embedder
from tests.bench.conversations import utterances
from tests.bench.insights_shop import THINGS, ZONE, make

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
SPAN = 90  # days that the million messages are spread over
console = Console(width=110)


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="a folder of public data sets; see docs/benchmarks.md"
    )
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--only", choices=["unmet", "topics", "pages", "texts", "distance"])
    parser.add_argument("--sets", nargs="*", default=["HWU64", "CLINC150", "BANKING77"])
    parser.add_argument(
        "--var", type=Path, help="keep the million messages here, and use those there"
    )
    options = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "unmet": unmet,
        "topics": lambda: topic_quality(options.data, options.sets),
        "pages": lambda: pages(options.messages, options.var),
        "texts": lambda: texts(options.texts),
        "distance": lambda: distance(options.data),
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


def distance(data: Path | None) -> None:
    """Which distance joins groups best: on customers' requests to three shops (HINT3), to a bank and
    to an assistant; the tests' halves of the larger sets."""
    if data is None or not (data / "intents").is_dir():
        console.print("Distance: no public sets; DATA=folder names one (docs/benchmarks.md).")
        return
    sets = {name: [*hint3(data, name)] for name in ("curekart", "powerplay11", "sofmattress")}
    sets |= {"BANKING77": [*banking(data, ("test",))], "HWU64": [*hwu(data, ("test",))]}
    table = Table("Set", "Texts", "Distance", "Topics", "Kept", "Purity", "Adjusted Rand")
    for name, pairs in sets.items():
        said, truth = zip(*pairs, strict=True)
        vectors = Embedder().encode(said)
        for joined_below in (0.25, 0.3, 0.35, 0.4, 0.45):
            labels = cluster(vectors, 10, joined_below)
            table.add_row(
                name, f"{len(said):,}", f"{joined_below:.2f}", str(labels.max() + 1),
                f"{(labels >= 0).mean():.0%}", f"{purity(labels, np.array(truth)):.3f}",
                f"{adjusted_rand_score(truth, labels):.3f}",
            )  # fmt: skip
    console.print(table)


def topic_quality(data: Path | None, sets: list[str]) -> None:
    """Purity and coherence beside BERTopic's approach, on intents whose labels are known."""
    if data is None or not (data / "intents").is_dir():
        console.print("Topics: no public sets; DATA=folder names one (docs/benchmarks.md).")
        return
    table = Table("Set", "Texts", "Way", "Topics", "Kept", "Purity", "NMI", "NMI, all", "ARI, all",
                  "Coherence", "Seconds", title="Topics; the labels are intents")  # fmt: skip
    for name, read in (("HWU64", hwu), ("CLINC150", clinc), ("BANKING77", banking)):
        if name not in sets:
            continue
        pairs = list(dict.fromkeys(read(data)))
        said, truth = [text for text, _ in pairs], np.array([label for _, label in pairs])
        vectors = Embedder().encode(said)
        for way, find in WAYS.items():
            begun = time.process_time()
            labels = find(vectors)
            took = time.process_time() - begun
            kept = labels >= 0
            table.add_row(
                name, f"{len(said):,}", way, str(labels.max() + 1), f"{kept.mean():.0%}",
                f"{purity(labels, truth):.3f}",
                f"{normalized_mutual_info_score(truth[kept], labels[kept]):.3f}",
                f"{normalized_mutual_info_score(truth, labels):.3f}",
                f"{adjusted_rand_score(truth, labels):.3f}",
                f"{coherence(words(said, labels), said) or 0:.3f}", f"{took:.1f}",
            )  # fmt: skip
            console.print(f"  {name}, {way}: {labels.max() + 1} topics, {took:.1f} s of processor")
    console.print(table)


def hdbscan(vectors: np.ndarray, dimensions: int = 5) -> np.ndarray:
    """BERTopic's steps with its defaults, PCA in UMAP's place: HDBSCAN, ten texts a topic."""
    reduced = PCA(dimensions, random_state=0).fit_transform(vectors)
    return HDBSCAN(min_cluster_size=10, n_jobs=-1).fit_predict(reduced)


def spectral_hdbscan(vectors: np.ndarray) -> np.ndarray:
    """The same on a spectral embedding of the graph of 15 nearest neighbours: what UMAP starts from
    (McInnes, Healy and Melville 2018) and the nearest to it in scikit-learn, which has no UMAP.

    As many dimensions as UMAP's five hold little of a spectral embedding, so it gets `SPECTRAL`.
    """
    coarse = PCA(64, random_state=0).fit_transform(vectors)
    reduced = SpectralEmbedding(
        SPECTRAL, affinity="nearest_neighbors", n_neighbors=15, random_state=0
    ).fit_transform(coarse)
    reduced /= np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), 1e-12)
    return HDBSCAN(min_cluster_size=10, n_jobs=-1).fit_predict(reduced)


SPECTRAL = 20
WAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ours": cluster,
    "ours, joined to 0.30": lambda vectors: cluster(vectors, joined_below=0.3),
    "spectral + HDBSCAN": spectral_hdbscan,
    "PCA + HDBSCAN": hdbscan,
}


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


def hint3(data: Path, name: str) -> Iterator[tuple[str, str]]:
    """One of HINT3's shops, what it was trained on."""
    with (data / f"intents/hint3/{name}_train.csv").open(encoding="utf-8") as file:
        yield from ((row["sentence"], row["label"]) for row in csv.DictReader(file))


def banking(data: Path, splits: Sequence[str] = ("train", "test")) -> Iterator[tuple[str, str]]:
    """BANKING77."""
    for split in splits:
        with (data / f"intents/banking77/{split}.csv").open(encoding="utf-8") as file:
            yield from ((row["text"], row["category"]) for row in csv.DictReader(file))


def hwu(data: Path, splits: Sequence[str] = ("train", "test")) -> Iterator[tuple[str, str]]:
    """HWU64."""
    for split in splits:
        folder = data / "intents/hwu64"
        said = (folder / f"{split}.seq.in").read_text().splitlines()
        yield from zip(said, (folder / f"{split}.label").read_text().splitlines(), strict=False)


def pages(messages: int, var: Path | None) -> None:
    """Each page over a month and over all of a large shop's transcripts, and the whole report."""
    now = 1_800_000_000.0
    with tempfile.TemporaryDirectory() as folder:
        place = var or Path(folder)
        if not (place / "transcripts.db").exists():
            begun = time.monotonic()
            make(place, messages, SPAN, now)
            _fake_topics(place)
            size = (place / "transcripts.db").stat().st_size / 1e6
            console.print(f"{messages:,} messages over {SPAN} days: {size:,.0f} MB, "
                          f"generated in {time.monotonic() - begun:.0f} s.")  # fmt: skip
        table = Table("Page", *(f"{days} days, {what}" for days in (30, SPAN) for what in ("s", "cpu")),
                      title=f"{messages:,} messages; the slower of two looks; load {_load()}")  # fmt: skip
        for name, build in PAGES.items():
            row = [name]
            for days in (30, SPAN):
                with open_source(replace(get_settings(), var=place)) as source:
                    scope = Scope.last(days, now, ZONE)
                    row += [f"{most:.2f}" for most in map(max, zip(*(
                        _timed(lambda: build(source, scope, "EUR")) for _ in range(2)
                    ), strict=False))]  # fmt: skip
            table.add_row(*row)
        console.print(table)
        settings = replace(get_settings(), var=place)
        for days in (30, SPAN):
            wall, cpu = _timed(
                lambda: to_html(
                    report(settings, Scope.last(days, now, settings.shop.timezone), now)
                )
            )
            console.print(f"The report over {days} days: {wall:.1f} s, {cpu:.1f} s of processor; "
                          f"peak memory {_memory():.2f} GB; load {_load()}.")  # fmt: skip


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of processor, that something takes."""
    wall, cpu = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - wall, time.process_time() - cpu


def _load() -> str:
    """How many processes wanted a processor in the last minute, on how many."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


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
    """Topics of many texts from nothing, as a first `shoptalk insights` does.

    Each is an utterance of nlu_data with a thing and a number, so that they are different.
    """
    rng = random.Random(2)
    known = [text for intent, some in utterances().items() if intent != "?" for text in some]
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), 20, 1, time.time())
        database = open_insights(Path(folder) / "insights.db")
        said = []
        for i in range(count):
            text = f"{rng.choice(known)} {rng.choice(THINGS)} {rng.randrange(1000)}"
            said.append(Read("survey", f"{i}", time.time(), "", text, 0.0))
        different = len({one.text for one in said})
        shown = [0.0]

        def progress(done: int, total: int) -> None:
            if time.monotonic() - shown[0] > 20:
                shown[0] = time.monotonic()
                console.print(f"  {done:,} of {total:,} texts embedded")

        begun, spent = time.monotonic(), time.process_time()
        with open_source(replace(get_settings(), var=Path(folder))) as source:
            done = update(database, source, Embedder(), progress=progress, feedback=said)
        console.print(
            f"{count:,} texts, {different:,} different: {time.monotonic() - begun:.0f} s, "
            f"{time.process_time() - spent:.0f} s of processor, load {_load()}, "
            f"{done.new} topics, {done.placed:,} texts in one; peak memory {_memory():.2f} GB."
        )


def _memory() -> float:
    """The most memory that this process has had, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
