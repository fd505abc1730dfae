"""What a customer liked and disliked steers the order; near-duplicates are spread out."""

from collections.abc import Callable, Sequence

import numpy as np

STEER = 0.2  # how far a full likeness moves a score, of 0 to 1.5
TOO_ALIKE = 0.93  # cosine from which two products count as the same thing in two versions

Vectors = Callable[[Sequence[int]], np.ndarray]


def steer(
    ranked: list[tuple[int, float]], vectors: Vectors, liked: Sequence[int], disliked: Sequence[int]
) -> list[tuple[int, float]]:
    """Rows with scores moved by their likeness to liked and disliked rows (after Rocchio, 1971)."""
    if not ranked or not (liked or disliked):
        return ranked
    rows = vectors([row for row, _ in ranked])
    change = np.zeros(len(ranked))
    if liked:
        change += rows @ vectors(liked).mean(axis=0)
    if disliked:
        change -= rows @ vectors(disliked).mean(axis=0)
    moved = [
        (row, score + STEER * float(c)) for (row, score), c in zip(ranked, change, strict=True)
    ]
    return sorted(moved, key=lambda pair: -pair[1])


def spread(
    ranked: list[tuple[int, float]], vectors: Vectors, limit: int
) -> list[tuple[int, float]]:
    """The first `limit` rows, a near-duplicate of an earlier one only when there is nothing else."""
    pool = ranked[: 4 * limit]
    if len(pool) <= limit:
        return pool
    rows = vectors([row for row, _ in pool])
    chosen: list[int] = []
    for i in range(len(pool)):
        if len(chosen) == limit:
            break
        if not chosen or float((rows[chosen] @ rows[i]).max()) < TOO_ALIKE:
            chosen.append(i)
    rest = [i for i in range(len(pool)) if i not in chosen]
    return [pool[i] for i in sorted(chosen + rest[: limit - len(chosen)])]
