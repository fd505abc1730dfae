"""The nearest vectors: exact in a small catalogue, by lists of 8-bit codes in a large one.

Vectors lie in a file of 16-bit floats, row by row. Up to `EXACT_UP_TO` of them are held in memory and
all compared. More are put into an inverted file (IVF) with a scalar quantiser: a query looks at
the codes of the lists that are nearest to it, and what it finds is compared again by the vectors
in the file. Under filters it looks at the nearest of those lists that hold allowed vectors, and at
the more of them the fewer they hold. See the guidelines to choose an index in faiss's wiki.
"""

import math
import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

import faiss
import numpy as np
from faiss.contrib.inspect_tools import get_invlist

EXACT_UP_TO = 20_000
PROBED = 48  # lists that a query looks at, at least
CANDIDATES = 1000  # allowed vectors that are compared under filters, or ten times those wanted
COUNTED = 50_000  # allowed rows by which it is told which lists hold some
FEW = 600  # rows that are read and compared one by one
TRAINED_ON = 40  # vectors for each list
ADDED = "added.f16"
Rows = Sequence[int] | np.ndarray  # numbers of rows
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


def write_added(folder: Path, vectors: np.ndarray) -> None:
    """Write the vectors of products added since; they are few, and all compared."""
    vectors.astype(np.float16).tofile(folder / ADDED)


def stored(folder: Path, dim: int) -> np.ndarray:
    """The vectors that `write` wrote, float16, read from the file when they are used."""
    return np.memmap(folder / _FILE, np.float16, mode="r").reshape(-1, dim)


def _lists(size: int) -> int:
    return int(4 * math.sqrt(size))


class Vectors:
    """The vectors of a generation; safe to use from several threads."""

    def __init__(self, folder: Path, dim: int) -> None:
        self.dim = dim
        self._file = os.open(folder / _FILE, os.O_RDONLY)
        # Who searches in an older generation may still read it: closed when nobody holds it.
        weakref.finalize(self, os.close, self._file)
        self.old = os.fstat(self._file).st_size // (2 * dim)  # of the last whole ingest
        self._added = np.zeros((0, dim), np.float32)
        if (folder / ADDED).exists():
            added = np.fromfile(folder / ADDED, np.float16)
            self._added = added.reshape(-1, dim).astype(np.float32)
        self.size = self.old + len(self._added)

    def vectors(self, rows: Rows) -> np.ndarray:
        """The vectors of these rows, shape (n, dim), float32."""
        numbers = np.asarray(rows, np.int64)
        found = np.empty((len(numbers), self.dim), np.float32)
        length, file = 2 * self.dim, self._file
        old = numbers < self.old
        read = b"".join([os.pread(file, length, row * length) for row in numbers[old].tolist()])
        found[old] = np.frombuffer(read, np.float16).reshape(-1, self.dim)
        found[~old] = self._added[numbers[~old] - self.old]
        return found

    def closeness(self, rows: Rows, query: np.ndarray) -> np.ndarray:
        """The cosines of these rows to a vector, shape (n,).

        Not by BLAS: it shares so small a product out to threads, and then waits for all of them.
        """
        return np.einsum("ij,j->i", self.vectors(rows), query)


class VectorIndex(Vectors):
    """Vectors that can be searched."""

    def __init__(self, folder: Path, dim: int, before: Optional["VectorIndex"] = None) -> None:
        """`before` is the index of an earlier generation that this one only adds to."""
        super().__init__(folder, dim)
        if before:
            self._index = before._index
        elif self.old <= EXACT_UP_TO:
            self._index = faiss.IndexFlatIP(dim)
            self._index.add(stored(folder, dim).astype(np.float32))
        else:
            self._index = faiss.read_index(str(folder / _CODES))
        self._lists = getattr(self._index, "nlist", 0)
        self._list_of = before._list_of if before else self._lists_of_rows()

    def nearest(self, query: np.ndarray, limit: int, mask: np.ndarray | None = None) -> np.ndarray:
        """The rows nearest to a vector, shape (dim,), that a mask allows: the nearest first."""
        old = None if mask is None else mask[: self.old]
        allowed = self.old if old is None else int(np.count_nonzero(old))
        if old is not None and self._lists and allowed <= FEW:
            rows = np.flatnonzero(old)
        else:
            rows = self._among_old(query, min(limit, allowed), old, allowed)
        added = np.arange(self.old, self.size)
        if mask is not None:
            added = added[mask[self.old :]]
        rows = np.concatenate([rows, added])
        closeness = self.closeness(rows, query)
        return rows[np.argsort(-closeness, kind="stable")][:limit]

    def _among_old(
        self, query: np.ndarray, limit: int, mask: np.ndarray | None, allowed: int
    ) -> np.ndarray:
        if not limit:
            return np.zeros(0, np.int64)
        if allowed == self.old:
            mask = None  # it rules nothing out
        if not self._lists:
            parameters = None if mask is None else faiss.SearchParameters(sel=_selector(mask))
        elif mask is None:
            parameters = faiss.SearchParametersIVF(nprobe=PROBED)
        else:
            holding = np.zeros(self._lists, bool)
            step = 1 + allowed // COUNTED
            holding[self._list_of[::step][mask[::step]]] = True
            count = int(np.count_nonzero(holding))
            wanted = max(CANDIDATES, 10 * limit)
            probed = min(count, max(PROBED, math.ceil(wanted * count / allowed)))
            nearest = faiss.SearchParameters(sel=_selector(holding))
            parameters = faiss.SearchParametersIVF(
                nprobe=probed, sel=_selector(mask), quantizer_params=nearest
            )
        _, found = self._index.search(query[np.newaxis, :], limit, params=parameters)
        return found[0][found[0] >= 0]

    def _lists_of_rows(self) -> np.ndarray:
        """The list that each vector lies in, shape (old,); empty where there are no lists."""
        if not isinstance(self._index, faiss.IndexIVF):
            return np.empty(0, np.int32)
        found = np.empty(self.old, np.int32)
        for number in range(self._lists):
            rows, _ = get_invlist(self._index.invlists, number)
            found[rows] = number
        return found


def _selector(mask: np.ndarray) -> faiss.IDSelector:
    """Of the ids at which a mask is true."""
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
