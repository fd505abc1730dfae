"""How a customer feels, from what they wrote: VADER's rules and the tone of the embedder."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bot.errors import ConfigError

LABELS = ("negative", "neutral", "positive")
RULES_WEIGHT = 0.3  # of the rules' scores beside a unit vector
RULES_READ = 600  # characters, about what the tone is of; VADER's time grows with their square
MOST_WORDS = 150
MOST_SIGNS = 20  # emoji that are read: each stands for some words
_SIGN = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
NEUTRAL_BAND = 0.25  # without a trained head, a score within ±band is neutral


@dataclass(frozen=True)
class Sentiment:
    """A label, and a score from -1 (very unhappy) to 1 (very happy)."""

    label: str
    score: float


@dataclass(frozen=True)
class SentimentHead:
    """Logistic regression from a text's tone and the rules' scores to the labels, as plain arrays."""

    weights: np.ndarray  # (dim + 4, 3)
    bias: np.ndarray  # (3,)

    @classmethod
    def fit(cls, texts: list[str], tones: np.ndarray, labels: list[str]) -> "SentimentHead":
        """Fit on texts, their tones (see `Embedder.encode_with_tones`) and labels of `LABELS`."""
        features = np.stack(
            [_features(text, tone) for text, tone in zip(texts, tones, strict=True)]
        )
        model = LogisticRegression(C=2.0, class_weight="balanced", max_iter=2000, random_state=42)
        model.fit(features, [LABELS.index(label) for label in labels])
        return cls(model.coef_.T, model.intercept_)

    def __call__(self, text: str, tone: np.ndarray) -> Sentiment:
        """The likeliest label, and P(positive) - P(negative)."""
        scores = _features(text, tone) @ self.weights + self.bias
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        return Sentiment(LABELS[int(shares.argmax())], round(float(shares[2] - shares[0]), 4))


def _features(text: str, tone: np.ndarray) -> np.ndarray:
    rules = _rules(text)
    scores = [rules["compound"], abs(rules["compound"]), rules["pos"], rules["neg"]]
    return np.concatenate([tone, RULES_WEIGHT * np.array(scores)])


def rules_score(text: str) -> float:
    """The compound score of VADER's rules (Hutto and Gilbert 2014), -1 to 1."""
    return float(_rules(text)["compound"])


def _rules(text: str) -> dict[str, float]:
    return _vader().polarity_scores(_read(text[:RULES_READ]))


def _read(text: str) -> str:
    """The text up to the word that is one too many, and of its signs only the first so many."""
    words = text.split(None, MOST_WORDS)
    if len(words) > MOST_WORDS:
        text = " ".join(words[:MOST_WORDS])
    ends = [found.end() for found in islice(_SIGN.finditer(text), MOST_SIGNS)]
    if len(ends) < MOST_SIGNS:
        return text
    return text[: ends[-1]] + _SIGN.sub("", text[ends[-1] :])


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


class SentimentAnalyser:
    """Gives each text a sentiment; without a trained head it goes by the rules alone."""

    def __init__(self, head: SentimentHead | None = None) -> None:
        self._head = head

    @classmethod
    def trained(cls, examples: Path, embedder: Any) -> "SentimentAnalyser":
        """One with a head fitted on a file of examples. Raises ConfigError for a bad line."""
        texts, labels = read_messages(examples)
        _, tones = embedder.encode_with_tones(texts)
        return cls(SentimentHead.fit(texts, tones, labels))

    def of_all(self, texts: list[str], embedder: Any) -> list[Sentiment]:
        """The sentiments of many texts."""
        _, tones = embedder.encode_with_tones(texts)
        return [self(text, tone) for text, tone in zip(texts, tones, strict=True)]

    def __call__(self, text: str, tone: np.ndarray | None = None) -> Sentiment:
        """The sentiment of a text, given its tone from the embedder, shape (dim,)."""
        if self._head is not None and tone is not None:
            return self._head(text, tone)
        score = rules_score(text)
        if abs(score) < NEUTRAL_BAND:
            return Sentiment("neutral", round(score, 4))
        return Sentiment("positive" if score > 0 else "negative", round(score, 4))


def read_messages(path: Path, known: Sequence[str] = LABELS) -> tuple[list[str], list[str]]:
    """Texts and labels of a training file: a line is text, tab, one of the `known` labels.

    Raises ConfigError that names the line of a label that isn't one.
    """
    texts, labels = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text, _, label = line.rpartition("\t")
        if label not in known or not text.strip():
            raise ConfigError(
                f"{path}, line {number}: a line is a text, a tab and one of {', '.join(known)}."
            )
        texts.append(text)
        labels.append(label)
    return texts, labels
