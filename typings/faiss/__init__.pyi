"""What the project uses of faiss: SWIG gives its classes other arguments than they say."""

import numpy as np

METRIC_INNER_PRODUCT: int

class ScalarQuantizer:
    QT_8bit: int

class IDSelector: ...

class IDSelectorBitmap(IDSelector):
    def __init__(self, bitmap: np.ndarray) -> None: ...

class SearchParameters:
    def __init__(self, *, sel: IDSelector | None = None) -> None: ...

class SearchParametersIVF(SearchParameters):
    def __init__(
        self,
        *,
        nprobe: int,
        sel: IDSelector | None = None,
        quantizer_params: SearchParameters | None = None,
    ) -> None: ...

class ClusteringParameters:
    spherical: bool
    niter: int

class InvertedLists: ...

class Index:
    def train(self, x: np.ndarray) -> None: ...
    def add(self, x: np.ndarray) -> None: ...
    def search(
        self, x: np.ndarray, k: int, *, params: SearchParameters | None = None
    ) -> tuple[np.ndarray, np.ndarray]: ...

class IndexFlatIP(Index):
    def __init__(self, d: int) -> None: ...

class IndexIVF(Index):
    nlist: int
    cp: ClusteringParameters
    invlists: InvertedLists

class IndexIVFScalarQuantizer(IndexIVF):
    def __init__(self, quantizer: Index, d: int, nlist: int, qtype: int, metric: int) -> None: ...

def read_index(name: str) -> Index: ...
def write_index(index: Index, name: str) -> None: ...
