"""An embedder without a model, for tests that aren't about meaning."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.embedder import Embedder


class FakeEmbedder:
    """Bags of hashed words; the same interface as recommender.embedder.Embedder."""

    name = "fake"
    good_from, close_from = Embedder.good_from, Embedder.close_from
    across_from = Embedder.across_from

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def load(self) -> None:
        """Nothing to load."""

    def encode(self, texts: Sequence[str], progress: Any = None) -> np.ndarray:
        self.encoded += texts
        vectors = np.zeros((len(texts), 64), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split() or [""]:
                number = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
                vectors[row, number % 64] += 1
        if progress and len(texts):
            progress(len(texts), len(texts))
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def encode_with_tones(
        self, texts: Sequence[str], progress: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        vectors = self.encode(texts, progress)
        return vectors, vectors

    def encode_one(self, text: str) -> np.ndarray:
        return self.encode([text])[0]
