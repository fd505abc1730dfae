"""What is bought together: from the lines of orders to each product's neighbours.

Only counts and scores of products come out; who bought what stays in the orders.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

NEIGHBOURS = 50  # of each product
EASE_ITEMS = 5000  # the most sold ones; the matrix of these is dense, 200 MB
PENALTY = 100.0  # of EASE; chosen on the order before the last one, never on the last
SHRINK = 5.0  # orders; the less two products were sold, the less their likeness counts
BLOCK = 1000  # products at a time
# What a likeness of texts counts, beside a neighbour's score: enough for products without orders.
CONTENT_SHARE, CONTENT_FROM = 0.05, 0.3


class OrderLine(NamedTuple):
    """A product in an order: whose order it is (the same text for the same person), and when.

    `at` is in seconds since 1970; an order has one time.
    """

    customer: str
    order: str
    sku: str
    at: float


class Pair(NamedTuple):
    """Two products, how strongly the first one calls for the second, and who bought both."""

    sku: str
    other: str
    score: float
    customers: int


class BoughtTogether:
    """The neighbours of products in orders.

    The most sold ones have those of EASE (Steck, "Embarrassingly shallow autoencoders for sparse
    data", WWW 2019), a linear model in closed form, learnt on orders. Pairs with one of the others,
    for which it would need too much memory, have the score of item-based nearest neighbours: the
    cosine of the orders that they are in, shrunk (Sarwar et al., 2001; Bell and Koren, 2007).

    `neighbours` has shape (products, products), sparse, a row for what a product calls for.
    """

    def __init__(self, lines: Iterable[OrderLine]) -> None:
        lines = list(lines)
        self.skus = sorted({line.sku for line in lines})
        self.rows = {sku: row for row, sku in enumerate(self.skus)}
        columns = [self.rows[line.sku] for line in lines]
        # An order number counts within its customer: files without customers' own numbers exist.
        self._orders = _holds([(line.customer, line.order) for line in lines], columns, self.rows)
        self._customers = _holds([line.customer for line in lines], columns, self.rows)
        self.neighbours = self._neighbours()

    def pairs(self, fewest: int) -> list[Pair]:
        """The neighbours that at least so many customers bought both of, in any of their orders."""
        found = []
        bought = self._customers.T.tocsr()
        for start in range(0, len(self.skus), BLOCK):
            block = self.neighbours[start : start + BLOCK].tocoo()
            if not block.nnz:  # of no place at all, scipy gives one count
                continue
            both = (bought[start : start + BLOCK] @ self._customers).tocsr()
            counts = np.asarray(both[block.row, block.col]).ravel()
            for row, column, score, customers in zip(
                block.row, block.col, block.data, counts, strict=True
            ):
                if customers >= fewest:
                    sku, other = self.skus[start + row], self.skus[column]
                    found.append(Pair(sku, other, float(score), int(customers)))
        return found

    def _neighbours(self) -> sparse.csr_matrix:
        sold = np.asarray(self._orders.sum(axis=0)).ravel()
        most_sold = np.sort(np.argsort(-sold, kind="stable")[:EASE_ITEMS])
        weights = _ease(self._orders[:, most_sold]) if len(most_sold) else np.zeros((0, 0))
        place = np.full(len(self.skus), -1)
        place[most_sold] = np.arange(len(most_sold))
        held, blocks = self._orders.T.tocsr(), []
        for start in range(0, len(self.skus), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(self.skus)))
            scores = np.asarray((held[rows] @ self._orders).todense(), np.float32)
            scores /= np.sqrt(np.outer(sold[rows], sold)) + SHRINK
            scores[np.arange(len(rows)), rows] = 0
            known = place[rows] >= 0
            scores[np.ix_(known, most_sold)] = weights[place[rows[known]]]
            blocks.append(_best(scores, NEIGHBOURS))
        shape = (0, len(self.skus))
        return sparse.csr_matrix(
            sparse.vstack([sparse.csr_matrix(shape, dtype=np.float32), *blocks], "csr")
        )


def likeness(cosines: np.ndarray) -> np.ndarray:
    """How alike products are by their texts, from the cosines of their vectors: 0 to 0.7."""
    return np.maximum(cosines - CONTENT_FROM, 0)


def _holds(
    holders: Sequence[object], columns: Sequence[int], rows: dict[str, int]
) -> sparse.csr_matrix:
    """Which order, or customer, holds which product: ones, shape (holders, products)."""
    numbers = {holder: number for number, holder in enumerate(dict.fromkeys(holders))}
    matrix = sparse.csr_matrix(
        (np.ones(len(columns)), ([numbers[holder] for holder in holders], columns)),
        shape=(len(numbers), len(rows)),
        dtype=np.float32,
    )
    matrix.data[:] = 1
    return matrix


def _ease(orders: sparse.csr_matrix) -> np.ndarray:
    gram = np.asarray((orders.T @ orders).todense(), np.float64)
    gram[np.diag_indices_from(gram)] += PENALTY
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights.astype(np.float32)


def _best(scores: np.ndarray, count: int) -> sparse.csr_matrix:
    """The highest positive scores of each row."""
    if scores.shape[1] > count:
        least = -np.partition(-scores, count - 1, axis=1)[:, count - 1 : count]
        scores = np.where(scores >= least, scores, 0)
    return sparse.csr_matrix(np.maximum(scores, 0))
