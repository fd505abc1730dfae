from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

class LogisticRegression:
    coef_: np.ndarray
    intercept_: np.ndarray
    classes_: np.ndarray

    def __init__(
        self,
        *,
        C: float = 1.0,
        class_weight: str | None = None,
        max_iter: int = 100,
        random_state: int | None = None,
    ) -> None: ...
    def fit(self, X: np.ndarray | csr_matrix, y: np.ndarray | Sequence[int]) -> Self: ...
    def predict_proba(self, X: np.ndarray) -> np.ndarray: ...

class PoissonRegressor:
    coef_: np.ndarray
    intercept_: float

    def __init__(self, *, alpha: float = 1.0, max_iter: int = 100) -> None: ...
    def fit(
        self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> Self: ...
    def predict(self, X: np.ndarray) -> np.ndarray: ...

class Ridge:
    coef_: np.ndarray
    intercept_: float

    def __init__(self, *, alpha: float = 1.0) -> None: ...
    def fit(
        self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> Self: ...
    def predict(self, X: np.ndarray) -> np.ndarray: ...
