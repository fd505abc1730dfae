"""The nearest vectors: exact in a small catalogue, by lists of 8-bit codes in a large one.

Vectors lie in a file of 16-bit floats, row by row. Up to `EXACT_UP_TO` of them are held in memory and
all compared. More are put into an inverted file (IVF) with a scalar quantiser: a query looks at
the codes of the lists that are nearest to it, and what it finds is compared again by the vectors
in the file. See the guidelines to choose an index in faiss's wiki.
"""

import math
import os
from pathlib import Path
from typing import Optional, Sequence

import faiss
import numpy as np

EXACT_UP_TO = 50_000
PROBED = 48  # lists that a query looks at; more under filters, in inverse proportion to their share
FEW = 600  # rows that are read and compared one by one
TRAINED_ON = 40  # vectors for each list
_FILE, _CODES = "vectors.f16", "vectors.faiss"


def kind(size: int) -> str:
    """The index that a catalogue of so many products gets, for reports."""
    return "exact" if size <= EXACT_UP_TO else f"{_lists(size)} lists of 8-bit codes"


def write(folder: Path, vectors: np.ndarray) -> None:
    """Write normalised vectors, shape (n, dim), and their index where they are many."""
    with (folder / _FILE).open("wb") as file:
        for start in range(0, len(vectors), 50_000):
            vectors[start : start + 50_000].astype(np.float16).tofile(file)
    size, dim = vectors.shape
    if size <= EXACT_UP_TO:
        return
    lists = _lists(size)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim),
        dim,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.cp.spherical = True
    index.cp.niter = 8
    sample = np.random.default_rng(0).permutation(size)[: TRAINED_ON * lists]
    index.train(np.ascontiguousarray(vectors[np.sort(sample)], np.float32))
    for start in range(0, size, 50_000):
        index.add(np.ascontiguousarray(vectors[start : start + 50_000], np.float32))
    faiss.write_index(index, str(folder / _CODES))


def stored(folder: Path, dim: int) -> np.ndarray:
    """The vectors that `write` wrote, float16, read from the file when they are used."""
    return np.memmap(folder / _FILE, np.float16, mode="r").reshape(-1, dim)


def _lists(size: int) -> int:
    return int(4 * math.sqrt(size))


class VectorIndex:
    """The vectors of a generation, for searching; safe to use from several threads."""

    def __init__(self, folder: Path, size: int, dim: int) -> None:
        self.size, self.dim = size, dim
        self._file = (folder / _FILE).open("rb")
        self._lists = None
        if size <= EXACT_UP_TO:
            self._index = faiss.IndexFlatIP(dim)
            self._index.add(self.all())
        else:
            self._index = faiss.read_index(str(folder / _CODES))
            self._lists = self._index.nlist

    def all(self) -> np.ndarray:
        """Every vector, shape (size, dim), float32."""
        return stored(Path(self._file.name).parent, self.dim).astype(np.float32)

    def vectors(self, rows: Sequence[int]) -> np.ndarray:
        """The vectors of these rows, shape (n, dim), float32."""
        if not len(rows):
            return np.zeros((0, self.dim), np.float32)
        length, file = 2 * self.dim, self._file.fileno()
        read = b"".join(os.pread(file, length, int(row) * length) for row in rows)
        return np.frombuffer(read, np.float16).reshape(len(rows), self.dim).astype(np.float32)

    def nearest(
        self, query: np.ndarray, limit: int, mask: Optional[np.ndarray] = None
    ) -> np.ndarray:
        """The rows nearest to a vector, shape (dim,), that a mask allows: the nearest first."""
        allowed = self.size if mask is None else int(np.count_nonzero(mask))
        limit = min(limit, allowed)
        if not limit:
            return np.zeros(0, np.int64)
        if self._lists and allowed <= FEW:
            rows = np.flatnonzero(mask)
        else:
            selector = None
            if allowed < self.size:
                bits = np.packbits(mask, bitorder="little")
                selector = faiss.IDSelectorBitmap(bits)
            _, found = self._index.search(
                query[np.newaxis, :], limit, params=self._parameters(selector, allowed)
            )
            rows = found[0][found[0] >= 0]
        closeness = self.vectors(rows) @ query
        return rows[np.argsort(-closeness, kind="stable")][:limit]

    def _parameters(self, selector: Optional[faiss.IDSelector], allowed: int) -> object:
        if not self._lists:
            return faiss.SearchParameters(sel=selector) if selector else None
        probed = min(self._lists, math.ceil(PROBED * self.size / allowed))
        if selector:
            return faiss.SearchParametersIVF(nprobe=probed, sel=selector)
        return faiss.SearchParametersIVF(nprobe=probed)
