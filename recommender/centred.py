"""Vectors for catalogues in any language: those of multilingual-e5-small without what all texts have in common.

Whatever two texts say, the cosine of their vectors in that model is some 0.8, and short texts differ by hundredths. Without the mean over
common words they spread, and what has nothing to do with each other is near 0 (Mu and Viswanath, "All-but-the-top: simple and effective
postprocessing for word representations", 2018, of which this is the first step).
"""

import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from recommender import multilingual
from recommender.embedder import Embedder, multilingual_embedder
from recommender.language.concepts import ENGLISH, concepts, languages

EACH = 6  # of so many kinds of thing one goes into the mean


class Centred(Embedder):
    """An `Embedder` whose vectors are centred; where its cosines mean something is said for them."""

    good_from, close_from, across_from = 0.42, 0.3, 0.15

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(multilingual.NAME, device)
        self._centre: Any = None

    @property
    def name(self) -> str:
        """See `Embedder`; other words make another mean, and so other vectors."""
        return f"{multilingual.NAME} centred {zlib.crc32(' '.join(_common_words()).encode()):08x}"

    def load(self) -> None:
        """Load the model, which is shared with the one that isn't centred."""
        if self._model is None:
            shared = multilingual_embedder(self._device)
            shared.load()
            self._centre = shared.encode(_common_words()).mean(axis=0)
            self._model = shared._model

    def encode_with_tones(
        self, texts: Sequence[str], progress: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `Embedder`; the tones aren't centred."""
        vectors, tones = super().encode_with_tones(texts, progress)
        centred = vectors - self._centre
        return centred / np.linalg.norm(centred, axis=1, keepdims=True), tones


def embedder_named(name: str, device: str = "cpu") -> Embedder:
    """The embedder of a name that an index was made with."""
    if name.startswith(f"{multilingual.NAME} centred"):
        return Centred(device)
    return Embedder("" if name == Embedder().name else name, device)


@cache
def _common_words() -> tuple[str, ...]:
    """What some kinds of thing are called, in all languages but English."""
    spoken = sorted(one for one in languages() if one != ENGLISH)
    return tuple(
        str(forms[0]) for one in spoken for forms in [*concepts(one)["kinds"].values()][::EACH]
    )
