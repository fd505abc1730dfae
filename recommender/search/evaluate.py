"""How good a ranking is."""

from collections.abc import Sequence
from math import log2


def dcg(gains: Sequence[float], k: int) -> float:
    """Discounted cumulative gain of the first k results: the sum of (2^gain - 1) / log2(rank + 1).

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002, in the
    exponential form of Burges et al., 2005.
    """
    return sum((2**gain - 1) / log2(rank + 1) for rank, gain in enumerate(gains[:k], start=1))


def ndcg(gains: Sequence[float], all_gains: Sequence[float], k: int) -> float:
    """DCG over that of the best possible order of `all_gains`; 0 when nothing is relevant."""
    best = dcg(sorted(all_gains, reverse=True), k)
    return dcg(gains, k) / best if best else 0.0
