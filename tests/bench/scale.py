"""`make bench-scale`: what catalogues of 1,000 to 1,000,000 products take.

The products are made up, and so that a million doesn't need hours of the model, a stand-in gives their
vectors: each mixes two real embeddings of varied titles with noise and is normalised. All the rest is
the real thing: the file is read, written and indexed by `ingest`, and searched by `Recommender`, each in
a process of its own. Queries are real embeddings of requests, made before the clock runs.
"""

import argparse
import csv
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import product as combinations
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from recommender.catalogue import index
from recommender.catalogue.ingest import ingest
from recommender.embedder import Embedder
from recommender.request.filters import Filters

KINDS = (
    "backpack blanket boots bottle bracelet cable camera candle chair charger coat cushion desk dress "
    "drill earrings gloves guitar hammock hat headphones heater helmet jacket jeans kettle keyboard "
    "knife lamp laptop mirror monitor mouse mug necklace notebook pan pen phone pillow printer puzzle "
    "racket ring router rug sandals scarf scooter shirt shoes skirt sofa speaker stove sunglasses "
    "sweater table tablet tent towel toy trousers umbrella vase wallet watch"
).split()
STYLES = (
    "classic compact cosy cordless daily elegant foldable heavy hiking insulated kids leather light "
    "linen mini modern office outdoor oak padded portable premium quiet rugged running simple slim "
    "smart soft steel summer travel ultralight velvet vintage waterproof wide winter wireless woollen"
).split()
COLOURS = "black white grey blue navy green red pink purple yellow brown beige orange".split()
DEPARTMENTS = ("Home", "Sport", "Clothing", "Office", "Garden", "Travel", "Music", "Kitchen")
SIZES = (1_000, 10_000, 100_000, 1_000_000)
NOISE = 0.5  # the length of the noise beside a mixture of embeddings of length one
SEARCHES = 300
ADDED = 1000


def main(sizes: Sequence[int], work: Path) -> None:
    """Print the tables; files of 2 GB are made in `work` for a million products."""
    prepare(work)
    figures = []
    for size in sizes:
        found: dict[str, Any] = {"products": size}
        for phase in ("build", "serve", "add"):
            command = [sys.executable, "-W", "ignore", "-m", "tests.bench.scale", phase]
            done = subprocess.run(
                [*command, "--sizes", str(size), "--work", str(work)],
                check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            found |= json.loads(done.stdout.splitlines()[-1])
        figures.append(found)
        show(figures)


def show(figures: list[dict[str, Any]]) -> None:
    """One column for each size."""
    table = Table("products", *(f"{one['products']:,}" for one in figures))
    for name in figures[0]:
        if name != "products":
            table.add_row(name, *(str(one[name]) for one in figures))
    Console().print(table)


def titles(random: Random) -> list[str]:
    """Varied titles: every kind in some styles."""
    pairs = list(combinations(STYLES, KINDS))
    return [" ".join(pair) for pair in random.sample(pairs, len(pairs))]


def prepare(work: Path) -> None:
    """Embed the titles and the requests, for real."""
    random = Random(5)
    known = titles(random)
    asked = [
        f"{random.choice(['a', 'some', 'i want a', 'do you have a'])} {random.choice(COLOURS)} "
        f"{random.choice(STYLES)} {random.choice(KINDS)} {random.choice(['for work', 'for my holiday', 'for her', ''])}"
        for _ in range(SEARCHES)
    ]
    embedder = Embedder()
    np.save(work / "titles.npy", embedder.encode(known))
    np.save(work / "asked.npy", embedder.encode(asked))
    (work / "texts.json").write_text(json.dumps({"titles": known, "asked": asked}))


class StandIn:
    """Vectors of made-up products and of the requests prepared, without running the model."""

    name = "all-MiniLM-L6-v2"

    def __init__(self, work: Path) -> None:
        texts = json.loads((work / "texts.json").read_text())
        self._titles = {text: row for row, text in enumerate(texts["titles"])}
        self._vectors = np.load(work / "titles.npy")
        self._asked = dict(zip(texts["asked"], np.load(work / "asked.npy"), strict=False))
        self.asked: list[str] = texts["asked"]

    def encode(self, texts: Sequence[str], progress: Any = None) -> np.ndarray:
        """Vectors of products: their kind, a neighbour that the text's hash chooses, and noise."""
        made = np.empty((len(texts), self._vectors.shape[1]), np.float32)
        length = NOISE / np.sqrt(made.shape[1])
        for row, text in enumerate(texts):
            seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
            style, kind = text.split(" ", 3)[1:3]
            first = self._vectors[self._titles[f"{style} {kind.rstrip('.')}"]]
            second = self._vectors[seed % len(self._vectors)]
            noise = np.random.Generator(np.random.SFC64(seed)).standard_normal(len(first))
            vector = 0.75 * first + 0.25 * second + length * noise
            made[row] = vector / np.linalg.norm(vector)
        return made

    def encode_one(self, text: str) -> np.ndarray:
        """The vector of a request."""
        if text not in self._asked:  # the recommender has left chat out
            words = set(text.split())
            whole = max(self.asked, key=lambda one: len(words & set(one.split())))
            self._asked[text] = self._asked[whole]
        return self._asked[text]


def write_products(path: Path, first: int, count: int) -> None:
    """A CSV of made-up products with the numbers from `first` on."""
    random = Random(first + 1)
    brands = [f"{a}{b}" for a, b in combinations(("Nor", "Vel", "Kal", "Sor", "Tam", "Bri"), (
        "ando", "brook", "dale", "fell", "ista", "kin", "lund", "mark", "ora", "stad", "vik", "wen",
    ))]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            "sku title description brand category price currency colours audience stock".split()
        )
        for number in range(first, first + count):
            style, kind = random.choice(STYLES), random.choice(KINDS)
            brand, colour = random.choice(brands), random.choice(COLOURS)
            others = " ".join(random.sample(STYLES, 4))
            rows.writerow([
                f"P{number}", f"{brand} {style} {kind} {number % 9973}",
                f"A {colour} {kind}, {others}, made for {random.choice(STYLES)} days.", brand,
                f"{DEPARTMENTS[hash_of(kind) % len(DEPARTMENTS)]} > {kind.title()}",
                f"{random.lognormvariate(3.5, 0.9):.2f}", "EUR", colour,
                random.choice(("women", "men", "unisex", "")), random.choice((0, 3, 12, 40)),
            ])  # fmt: skip


def hash_of(word: str) -> int:
    """The same number for a word in every process."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")


def build(size: int, work: Path) -> dict[str, Any]:
    """Make the file, then read, write and index it."""
    path = work / f"{size}.csv"
    write_products(path, 0, size)
    began = time.monotonic()
    report = ingest(path, work / f"catalogue-{size}", embedder=StandIn(work))
    seconds = time.monotonic() - began
    folder = work / f"catalogue-{size}" / report.version
    disk = sum(file.stat().st_size for file in folder.iterdir())
    return {
        "index": report.index,
        "ingest without the model, s": round(seconds, 1),
        "ingest, most memory, GB": round(memory("VmHWM"), 2),
        "on disk, GB": round(disk / 1e9, 3),
    }


def serve(size: int, work: Path) -> dict[str, Any]:
    """Open the catalogue and search it, under filters of every kind and without."""
    from recommender.search.recommend import Recommender

    stand_in = StandIn(work)
    before = memory("VmRSS")
    began = time.monotonic()
    shop = Recommender.open(work / f"catalogue-{size}", stand_in)
    loaded = time.monotonic() - began
    generation = shop.current()
    filters = [
        Filters(price_max=40), Filters(colours=("blue",)), Filters(in_stock=True, price_min=15),
        Filters(categories=("lamp",)), Filters(audience="women", colours=("red",)),
        Filters(brands=("norvik",), price_max=80), Filters(categories=("tent",), colours=("green",)),
        Filters(brands=("velfell",), categories=("mug",)),
    ]  # fmt: skip
    some = [filters[number % len(filters)] for number in range(SEARCHES)]
    found: dict[str, Any] = {"load, s": round(loaded, 2)}
    for name, wishes in (("no filters", [Filters()] * SEARCHES), ("filters", some)):
        for text, wish in zip(stand_in.asked[:20], wishes, strict=False):
            shop.search(text, wish)  # the lists of words and filters come from the disk once
        times = [
            clocked(lambda: shop.search(t, w)) for t, w in zip(stand_in.asked, wishes, strict=False)
        ]
        found[f"search, {name}, p50 / p95, ms"] = percentiles(times)
    found["memory of the catalogue, GB"] = round(memory("VmRSS") - before, 2)
    everything = index.stored(generation.catalogue.folder, generation.index.dim).astype(np.float32)
    for name, wishes in (("no filters", [Filters()] * SEARCHES), ("filters", some)):
        kept, times, exact_times = [], [], []
        for text, wish in list(zip(stand_in.asked, wishes, strict=False))[:100]:
            query = stand_in.encode_one(text)
            mask = generation.accepted(wish) if wish else None
            began = time.monotonic()
            near = generation.index.nearest(query, 10, mask)
            middle = time.monotonic()
            scores = everything @ query
            if mask is not None:
                scores[~mask] = -2
            best = np.argpartition(-scores, 10)[:10]
            exact_times.append(1000 * (time.monotonic() - middle))
            times.append(1000 * (middle - began))
            best = [row for row in best if scores[row] > -2]
            if best:
                kept.append(len(set(near) & set(best)) / len(best))
        found[f"nearest 10, {name}, p50 / p95, ms"] = percentiles(times)
        found[f"exact, {name}, p50 / p95, ms"] = percentiles(exact_times)
        found[f"recall@10, {name}"] = round(float(np.mean(kept)), 3)
    return found


def add(size: int, work: Path) -> dict[str, Any]:
    """Add products to the catalogue, and let a recommender that has it open follow."""
    from recommender.catalogue.adding import add as add_file
    from recommender.search.recommend import Recommender

    stand_in, folder = StandIn(work), work / f"catalogue-{size}"
    shop = Recommender.open(folder, stand_in)
    path = work / "more.csv"
    write_products(path, size, ADDED)
    writing = clocked(lambda: add_file(path, folder, embedder=stand_in))
    following = clocked(lambda: shop.current())
    assert shop.get(f"P{size}") and shop.search(stand_in.asked[0]).hits
    return {
        f"adding {ADDED:,} without the model, s": round(writing / 1000, 2),
        "until the assistant has them, s": round(following / 1000, 2),
    }


def clocked(call: Callable[[], Any]) -> float:
    """How long a call takes, in milliseconds."""
    began = time.monotonic()
    call()
    return 1000 * (time.monotonic() - began)


def percentiles(times: list[float]) -> str:
    """Median and 95th percentile."""
    return f"{np.percentile(times, 50):.1f} / {np.percentile(times, 95):.1f}"


def memory(name: str) -> float:
    """A figure of this process's memory in GB, as Linux counts it: VmRSS now, VmHWM at most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1e6
    return float("nan")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("phase", nargs="?", choices=("build", "serve", "add"))
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--work", type=Path, help="a folder to keep the files in")
    options = parser.parse_args()
    if options.phase:
        measure = {"build": build, "serve": serve, "add": add}[options.phase]
        print(json.dumps(measure(options.sizes[0], options.work)))
    elif options.work:
        main(options.sizes, options.work)
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(options.sizes, Path(folder))
