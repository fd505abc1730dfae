from collections.abc import Callable, Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

ENGLISH_STOP_WORDS: frozenset[str]

class HashingVectorizer:
    def __init__(
        self,
        *,
        analyzer: str,
        ngram_range: tuple[int, int],
        n_features: int,
        alternate_sign: bool,
        norm: str,
        dtype: type[np.generic],
    ) -> None: ...
    def transform(self, X: Iterable[str]) -> csr_matrix: ...

class CountVectorizer:
    vocabulary_: dict[str, int]

    def __init__(
        self,
        *,
        preprocessor: Callable[[str], str] | None = None,
        stop_words: str | None = None,
        token_pattern: str = ...,
        ngram_range: tuple[int, int] = ...,
        min_df: int = 1,
        vocabulary: Sequence[str] | None = None,
        binary: bool = False,
    ) -> None: ...
    def fit_transform(self, raw_documents: Iterable[str]) -> csr_matrix: ...
    def transform(self, raw_documents: Iterable[str]) -> csr_matrix: ...
    def get_feature_names_out(self) -> np.ndarray: ...
