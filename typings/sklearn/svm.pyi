from typing import Self

import numpy as np

class SVC:
    support_vectors_: np.ndarray
    dual_coef_: np.ndarray
    intercept_: np.ndarray

    def __init__(self, *, C: float, gamma: float) -> None: ...
    def fit(self, X: np.ndarray, y: np.ndarray) -> Self: ...
