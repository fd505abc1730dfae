"""How a customer feels, from what they wrote: rules for spaCy mixed with embeddings."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Optional

import numpy as np
from sklearn.linear_model import LogisticRegression
from spacy.language import Language

from bot.errors import ConfigError

LABELS = ("negative", "neutral", "positive")
RULES_SHARE = 0.3  # of the score; the rest comes from the embedding
NEUTRAL_BAND = 0.25  # a score within ±band is neutral
# spaCy peels punctuation off one by one: a long run without a space would take it seconds.
_LONG_RUN = re.compile(r"\S{100,}")


@dataclass(frozen=True)
class Sentiment:
    """A label, and a score from -1 (very unhappy) to 1 (very happy)."""

    label: str
    score: float


@dataclass(frozen=True)
class SentimentHead:
    """Logistic regression from a sentence embedding to the three labels, as plain arrays."""

    weights: np.ndarray  # (dim, 3)
    bias: np.ndarray  # (3,)

    @classmethod
    def fit(cls, embeddings: np.ndarray, labels: list[str]) -> "SentimentHead":
        """Fit on embeddings of shape (n, dim) and their labels out of `LABELS`."""
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000, random_state=42)
        model.fit(embeddings, [LABELS.index(label) for label in labels])
        return cls(model.coef_.T, model.intercept_)

    def score(self, embedding: np.ndarray) -> float:
        """P(positive) - P(negative), from -1 to 1."""
        scores = embedding @ self.weights + self.bias
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        return float(shares[2] - shares[0])


@lru_cache(maxsize=1)
def _rules() -> Language:
    import asent  # noqa: F401  registers the spaCy component
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.add_pipe("asent_en_v1")
    return pipeline


def rules_score(text: str) -> float:
    """The compound score of asent's rules (after VADER, Hutto and Gilbert 2014), -1 to 1."""
    text = _LONG_RUN.sub(" ", text)
    return float(_rules()(text)._.polarity.compound)


class SentimentAnalyser:
    """Gives each text a sentiment; without a trained head it goes by the rules alone."""

    def __init__(self, head: Optional[SentimentHead] = None) -> None:
        self._head = head

    def __call__(self, text: str, embedding: Optional[np.ndarray] = None) -> Sentiment:
        """The sentiment of a text, given its L2-normalised sentence embedding, shape (dim,)."""
        score = rules_score(text)
        if self._head is not None and embedding is not None:
            score = RULES_SHARE * score + (1 - RULES_SHARE) * self._head.score(embedding)
        if abs(score) < NEUTRAL_BAND:
            return Sentiment("neutral", round(score, 4))
        return Sentiment("positive" if score > 0 else "negative", round(score, 4))


def read_messages(path: Path) -> tuple[list[str], list[str]]:
    """Texts and labels of a training file: a line is text, tab, label.

    Raises ConfigError that names the line of a label that isn't one.
    """
    texts, labels = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text, _, label = line.rpartition("\t")
        if label not in LABELS or not text.strip():
            raise ConfigError(
                f"{path}, line {number}: a line is a text, a tab and one of {', '.join(LABELS)}."
            )
        texts.append(text)
        labels.append(label)
    return texts, labels
