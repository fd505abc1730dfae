"""What messages in other languages than the training data's mean, as plain arrays. No Rasa in here.

A multilingual encoder puts what means the same into the same place, whatever the language. So a regression on the
utterances of one language understands the others; a few of their own round it off and say how sure it may be.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.dialogue.components.intent_model import TEMPERATURES, bare
from bot.sentiment import LABELS, Sentiment
from recommender.embedder import Embedder

C, STEPS = 10.0, 60
OWN = 4.0  # the weight of an utterance in another language
HELD_OUT = 4  # every fourth utterance says how sure the regression may be
FILE = "multilingual.npz"


class Head(NamedTuple):
    """A multinomial logistic regression on embeddings: the names of its classes, (dim, n), (n,)."""

    names: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def fit(
        cls,
        vectors: np.ndarray,
        labels: Sequence[str] | np.ndarray,
        weights: np.ndarray | None = None,
    ) -> "Head":
        """Learn from at least three classes."""
        model = LogisticRegression(C=C, class_weight="balanced", max_iter=STEPS, random_state=42)
        model.fit(vectors, labels, sample_weight=weights)  # type: ignore[call-arg]
        return cls(
            model.classes_, model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)
        )

    def shares(self, vectors: np.ndarray, temperature: float = 1.0) -> np.ndarray:
        """The probabilities of the classes, (n,) or (texts, n)."""
        scores = (vectors @ self.weights + self.bias) / temperature
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return scores / scores.sum(axis=-1, keepdims=True)


class MultilingualModel:
    """Intents and feelings of messages in any language that the encoder knows."""

    def __init__(
        self, intents: Head, feelings: Head, temperature: float, embedder: Embedder
    ) -> None:
        self._intents, self._feelings, self._temperature = intents, feelings, temperature
        self._embedder = embedder

    @classmethod
    def trained(
        cls,
        said: Sequence[tuple[str, str]],
        said_elsewhere: Sequence[tuple[str, str]],
        felt: Sequence[tuple[str, str]],
        embedder: Embedder,
    ) -> "MultilingualModel":
        """Learn from (text, intent) of the training data's language and of others, and (text, label of a feeling)."""
        pairs = [*said, *said_elsewhere]
        vectors = embedder.encode([bare(text) for text, _ in pairs])
        labels = np.array([intent for _, intent in pairs])
        weights = np.array([1.0] * len(said) + [OWN] * len(said_elsewhere))
        asked = np.arange(len(pairs)) % HELD_OUT == 0
        trial = Head.fit(vectors[~asked], labels[~asked], weights[~asked])
        if said_elsewhere:
            asked[: len(said)] = False  # what is said in other languages is what counts
        known = {name: place for place, name in enumerate(trial.names)}
        asked &= np.array([label in known for label in labels])
        wanted = [known[label] for label in labels[asked]]

        def loss(temperature: float) -> float:
            shares = trial.shares(vectors[asked], temperature)
            return float(-np.log(shares[np.arange(len(wanted)), wanted] + 1e-9).sum())

        feelings = Head.fit(
            embedder.encode([text for text, _ in felt]), [label for _, label in felt]
        )
        temperature = min(TEMPERATURES, key=loss)
        return cls(Head.fit(vectors, labels, weights), feelings, temperature, embedder)

    @classmethod
    def load(cls, folder: Path, embedder: Embedder) -> "MultilingualModel":
        """The model that `save` wrote."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            intents, feelings = (
                Head(*(arrays[f"{head}_{name}"] for name in Head._fields))
                for head in ("intents", "feelings")
            )
            return cls(intents, feelings, float(arrays["temperature"]), embedder)

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        arrays = {
            f"{head}_{name}": array
            for head, values in (("intents", self._intents), ("feelings", self._feelings))
            for name, array in values._asdict().items()
        }
        np.savez(folder / FILE, temperature=np.array(self._temperature), **arrays)

    def __call__(self, text: str) -> tuple[list[tuple[str, float]], Sentiment]:
        """Intents with their probabilities, the likeliest first, and the feeling of a message."""
        vector = self._embedder.encode_one(bare(text))
        shares = self._intents.shares(vector, self._temperature)
        ranking = [(str(self._intents.names[i]), float(shares[i])) for i in np.argsort(-shares)]
        felt = dict(
            zip(self._feelings.names.tolist(), self._feelings.shares(vector).tolist(), strict=True)
        )
        label = max(LABELS, key=felt.__getitem__)
        return ranking, Sentiment(label, round(felt["positive"] - felt["negative"], 4))
