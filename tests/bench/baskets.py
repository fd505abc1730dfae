"""`make bench-baskets`: next orders, and products bought together, beside popularity and item-kNN."""

import argparse
import time
import zlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import sparse

from bot.paths import REPOSITORY
from recommender.baskets.bought_together import CONTENT_SHARE, BoughtTogether, OrderLine, likeness
from recommender.baskets.next_basket import DAY, NextBasket
from recommender.embedder import Embedder
from tests.bench.purchases import Purchases, purchases

DEMO = REPOSITORY / "bot/demo"
TOP = 10
KNN = {"next": 50, "one": 20}  # neighbours of the baseline; the best of 20, 50, 200, all
CONTENT_NEIGHBOURS = 10
TAIL_DAYS = 30
CUSTOMERS = 20_000  # that are asked about, at most
MISSING = """No purchases below {folder}. A file needs columns such as customer, invoice, sku and date (or
user, item, rating and timestamp). Online Retail is at https://archive.ics.uci.edu/dataset/352."""
console = Console(width=110)


class Question(NamedTuple):
    """Whose order is asked for, when it was made, and what is in it."""

    customer: str
    at: float
    skus: set[str]


Scores = Callable[[Question], np.ndarray]


def main() -> None:
    """Print a table for the next order and one for leave-one-out, for each shop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder, or one file, with purchases")
    options = parser.parse_args()
    shops = list(purchases(options.data)) if options.data else []
    if not shops:
        console.print(MISSING.format(folder=options.data or "DATA"), style="yellow")
    for shop in [*shops, *purchases(DEMO)]:
        if shop.has_orders:
            next_orders(shop, "each customer's last order, from all others", *last_orders(shop))
            next_orders(shop, f"only sales before the last {TAIL_DAYS} days known", *tail(shop))
        leave_one_out(shop)


def last_orders(shop: Purchases) -> tuple[list[OrderLine], list[Question]]:
    """All lines but those of the last order of each customer with two or more; and these orders."""
    return _held_out(shop, lambda at: True)


def tail(shop: Purchases) -> tuple[list[OrderLine], list[Question]]:
    """All lines before the last days; the last order in these of customers known before."""
    cut = max(line.at for line in shop.lines) - TAIL_DAYS * DAY
    known, questions = _held_out(shop, lambda at: at >= cut)
    before = [line for line in known if line.at < cut]
    customers = {line.customer for line in before}
    return before, [one for one in questions if one.customer in customers]


def _held_out(
    shop: Purchases, chosen: Callable[[float], bool]
) -> tuple[list[OrderLine], list[Question]]:
    orders: dict[str, dict[str, Question]] = defaultdict(dict)
    for line in shop.lines:
        orders[line.customer].setdefault(line.order, Question(line.customer, line.at, set()))
        orders[line.customer][line.order].skus.add(line.sku)
    last = {}
    for customer, theirs in orders.items():
        number = max(theirs, key=lambda one: (theirs[one].at, one))
        if len(theirs) > 1 and chosen(theirs[number].at):
            last[customer] = (number, theirs[number])
    known = [line for line in shop.lines if last.get(line.customer, ("",))[0] != line.order]
    return known, [question for _, question in _some(list(last.values()))]


def next_orders(
    shop: Purchases, how: str, known: list[OrderLine], questions: list[Question]
) -> None:
    """Recall@10: what share of an order is among the ten most likely products."""
    if not questions:
        console.print(f"{shop.name}: no customer with two orders ({how}).", style="yellow")
        return
    started = time.monotonic()
    model = NextBasket(known)
    fitted = time.monotonic() - started
    history = _histories(known, model.together)
    often = _histories(known, model.together, often=True)
    knn = item_knn(history, KNN["next"])
    rows, popularity = _numbers(known), np.asarray(history.sum(axis=0)).ravel()

    def mine(matrix: sparse.csr_matrix) -> Scores:
        return lambda question: np.asarray(matrix[rows[question.customer]].todense()).ravel()

    own_too = knn + sparse.identity(knn.shape[0], format="csr", dtype=np.float32)
    methods: dict[str, Scores] = {
        "popularity": lambda question: popularity,
        "item-kNN": mine((history @ knn).tocsr()),
        "item-kNN, own purchases count as likeness 1": mine((often @ own_too).tocsr()),
        "own purchases, most often first": mine(often),
        "Shoptalk": lambda question: model.scores(question.customer, question.at),
    }
    results = {name: recall(scores, model.skus, questions) for name, scores in methods.items()}
    table = Table("", "Recall@10", "of popularity", "of item-kNN", "HR@10",
                  title=f"{shop.name}: {how}; {len(questions):,} orders, {len(known):,} lines known, "
                  f"learnt in {fitted:.0f} s")  # fmt: skip
    for name, (share, hit) in results.items():
        ratios = [_ratio(share, results[one][0]) for one in ("popularity", "item-kNN")]
        table.add_row(name, f"{share:.4f}", *ratios, f"{hit:.3f}")
    console.print(table)


def recall(scores: Scores, skus: list[str], questions: list[Question]) -> tuple[float, float]:
    """Mean share of an order's products among the first ten, and how often there is one at all."""
    shares = []
    for question in questions:
        best = np.argsort(-scores(question), kind="stable")[:TOP]
        found = {skus[row] for row in best} & question.skus
        shares.append(len(found) / len(question.skus))
    return float(np.mean(shares)), float(np.mean(np.array(shares) > 0))


def leave_one_out(shop: Purchases) -> None:
    """HR@10 and nDCG@10 of the product that a customer came to last, among all they didn't have."""
    firsts: dict[str, dict[str, float]] = defaultdict(dict)
    for line in shop.lines:
        firsts[line.customer].setdefault(line.sku, line.at)
    held: dict[str, str] = {}
    for customer, bought in firsts.items():
        if len(bought) > 2:  # of several at once, one that no order of the file prefers
            held[customer] = max(
                bought, key=lambda sku: (bought[sku], zlib.crc32(f"{sku}{customer}".encode()))
            )
    known = [line for line in shop.lines if held.get(line.customer) != line.sku]
    together = BoughtTogether(known)
    asked = _some([(c, sku) for c, sku in held.items() if sku in together.rows])
    if not asked:
        console.print(f"{shop.name}: no customer with three products.", style="yellow")
        return
    history = _histories(known, together)
    numbers, popularity = _numbers(known), np.asarray(history.sum(axis=0)).ravel()
    rows = [numbers[customer] for customer, _ in asked]
    wanted = np.array([together.rows[sku] for _, sku in asked])
    own = history[rows]
    methods: dict[str, sparse.csr_matrix | None] = {
        "popularity": None,
        "item-kNN": item_knn(history, KNN["one"]),
        "bought together": together.neighbours,
    }
    if shop.names:
        texts = [shop.names.get(sku, sku).lower() for sku in together.skus]
        content = _content(Embedder().encode(texts))
        methods["content alone"] = content
        methods["bought together and content"] = together.neighbours + CONTENT_SHARE * content
    results = {}
    for name, matrix in methods.items():
        ranks = []
        for start in range(0, len(asked), 500):
            part = slice(start, start + 500)
            had = np.asarray(own[part].todense())
            scores = (
                np.tile(popularity, (len(had), 1))
                if matrix is None
                else np.asarray((own[part] @ matrix).todense(), np.float64)
            )
            scores[had > 0] = -np.inf
            its = scores[np.arange(len(had)), wanted[part]][:, np.newaxis]
            # Ties count half: an order by chance.
            ranks.append((scores > its).sum(axis=1) + ((scores == its).sum(axis=1) - 1) / 2)
        rank = np.concatenate(ranks)
        hit = rank < TOP
        results[name] = (hit.mean(), np.where(hit, 1 / np.log2(rank + 2), 0).mean())
    table = Table("", "HR@10", "nDCG@10", "of popularity", "of item-kNN",
                  title=f"{shop.name}: leave-one-out, {len(asked):,} customers, "
                  f"{len(together.skus):,} products")  # fmt: skip
    for name, (hits, gain) in results.items():
        ratios = [_ratio(gain, results[one][1]) for one in ("popularity", "item-kNN")]
        table.add_row(name, f"{hits:.4f}", f"{gain:.4f}", *ratios)
    console.print(table)


def item_knn(history: sparse.csr_matrix, neighbours: int) -> sparse.csr_matrix:
    """The baseline: cosine of products by the customers who have them, the nearest of each."""
    counts = np.asarray(history.sum(axis=0)).ravel()
    norms = sparse.diags(1 / np.sqrt(np.maximum(counts, 1)))
    cosine = (norms @ (history.T @ history) @ norms).tolil()
    cosine.setdiag(0)
    cosine = cosine.tocsr()
    for row in range(cosine.shape[0]):
        values = cosine.data[cosine.indptr[row] : cosine.indptr[row + 1]]
        if len(values) > neighbours:
            values[values < np.partition(values, -neighbours)[-neighbours]] = 0
    cosine.eliminate_zeros()
    return cosine


def _content(vectors: np.ndarray) -> sparse.csr_matrix:
    blocks = []
    for start in range(0, len(vectors), 1000):
        scores = likeness(vectors[start : start + 1000] @ vectors.T)
        scores[np.arange(len(scores)), start + np.arange(len(scores))] = 0
        if scores.shape[1] > CONTENT_NEIGHBOURS:
            least = np.partition(scores, -CONTENT_NEIGHBOURS, axis=1)[:, -CONTENT_NEIGHBOURS]
            scores[scores < least[:, np.newaxis]] = 0
        blocks.append(sparse.csr_matrix(scores))
    return sparse.vstack(blocks, "csr")


def _histories(
    lines: list[OrderLine], together: BoughtTogether, often: bool = False
) -> sparse.csr_matrix:
    """What each customer bought: shape (customers, products); ones, or how many orders."""
    numbers = _numbers(lines)
    pairs = {(numbers[one.customer], one.order, together.rows[one.sku]) for one in lines}
    rows, _, columns = zip(*pairs, strict=False)
    shape = (len(numbers), len(together.skus))
    matrix = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape, dtype=np.float32)
    if not often:
        matrix.data[:] = 1
    return matrix


def _numbers(lines: list[OrderLine]) -> dict[str, int]:
    return {one: n for n, one in enumerate(dict.fromkeys(line.customer for line in lines))}


def _some(questions: list) -> list:
    """At most `CUSTOMERS` of them, evenly picked."""
    return questions[:: len(questions) // CUSTOMERS + 1]


def _ratio(value: float, base: float) -> str:
    return f"× {value / base:.2f}" if base else "–"


if __name__ == "__main__":
    main()
