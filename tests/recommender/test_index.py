"""The nearest vectors of a large catalogue: lists of codes find nearly what comparing all does."""

from pathlib import Path

import numpy as np
import pytest

from recommender.catalogue import index

DIM, SIZE, GROUPS = 32, index.EXACT_UP_TO + 5_000, 50


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    """A folder with an index, its vectors, and the group that each is of: groups lie together."""
    dice = np.random.default_rng(1)
    group = dice.integers(0, GROUPS, SIZE)
    centres = dice.standard_normal((GROUPS, DIM))
    vectors = centres[group] + 0.7 * dice.standard_normal((SIZE, DIM))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    folder = tmp_path_factory.mktemp("index")
    index.write(folder, vectors)
    return folder, vectors, group


def recall(found: index.VectorIndex, vectors: np.ndarray, mask: np.ndarray | None) -> float:
    """The share of the ten nearest that are found, over queries from everywhere."""
    shares = []
    for query in vectors[::600]:
        near = found.nearest(query, 10, mask)
        assert mask is None or mask[near].all()
        closeness = vectors @ query
        if mask is not None:
            closeness[~mask] = -2
        best = np.argsort(-closeness)[:10]
        shares.append(len(set(near) & set(best)) / 10)
    return float(np.mean(shares))


@pytest.mark.parametrize("wanted", ["all", "half", "a tenth", "a thirtieth", "one group", "few"])
def test_filters_that_lie_everywhere_and_such_that_lie_together(made, wanted: str) -> None:
    folder, vectors, group = made
    place = np.arange(SIZE)
    mask = {
        "all": None,
        "half": place % 2 == 0,
        "a tenth": place % 10 == 3,
        "a thirtieth": place % 29 == 5,
        "one group": group == 7,  # far from most of the queries
        "few": (group == 7) & (place % 10 == 0),
    }[wanted]
    assert recall(index.VectorIndex(folder, DIM), vectors, mask) >= 0.95


def test_nothing_allowed_is_nothing_found(made) -> None:
    folder, vectors, _ = made
    found = index.VectorIndex(folder, DIM)
    assert found.nearest(vectors[0], 10, np.zeros(SIZE, bool)).size == 0


def test_what_is_added_is_found_beside_the_old(made, tmp_path: Path) -> None:
    folder, vectors, _ = made
    before = index.VectorIndex(folder, DIM)
    for file in folder.iterdir():
        (tmp_path / file.name).hardlink_to(file)
    more = vectors[:3] + 0.01
    index.write_added(tmp_path, more / np.linalg.norm(more, axis=1, keepdims=True))
    after = index.VectorIndex(tmp_path, DIM, before)
    assert set(after.nearest(vectors[1], 2)) == {1, SIZE + 1}
    only_new = np.arange(after.size) >= SIZE
    assert set(after.nearest(vectors[1], 3, only_new)) == {SIZE, SIZE + 1, SIZE + 2}
