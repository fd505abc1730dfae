"""The machine that says how near to danger a message is, and of which kind.

A support vector machine with a radial kernel on the vectors of texts, for danger is said in many small clusters of words; a regression
for the kinds; and the words that danger is said in, by which it is chosen what of a long text is measured at all.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.svm import SVC

from bot.dialogue.components.multilingual_model import Head
from bot.intents import group

NONE, SOME = "none", "danger"  # labels of examples: no danger, and danger of a kind that isn't said
LABELS = (NONE, SOME, *group("danger"))
STRENGTH = 3.0  # C of the machines; others do about as well
CJK = r"[\u3040-\u30ff\u3400-\u9fff]"
TELLING, OFTEN = 0.7, 2  # a word's weight and examples from which it is one that danger is said in
SPELLS = 4  # words of a window that count, the most telling ones
SIGN = re.compile(rf"(?={CJK})(.)(?=({CJK})?)|((?:(?!{CJK})[^\W_])+)")


@dataclass(frozen=True)
class Method:
    """How one encoder's vectors are read: `width` is gamma of the kernel; `centred`, for an encoder whose vectors all lie on one
    side; by `moved` the border lies nearer to what is no danger (tests/data/danger.yml, docs/benchmarks.md)."""

    width: float
    moved: float
    centred: bool = False


# Of the encoder of English, and of the multilingual one.
OWN, OTHERS = Method(0.7, 0.35), Method(1.2, 0.05, centred=True)


@dataclass(frozen=True)
class DangerModel:
    """A support vector machine with a radial kernel, and a regression for the kinds, as plain arrays."""

    vectors: np.ndarray  # (n, dim)
    weights: np.ndarray  # (n,)
    bias: float
    width: float
    centre: np.ndarray  # (dim,)
    names: np.ndarray  # of the kinds
    kind_weights: np.ndarray  # (dim, kinds)
    kind_bias: np.ndarray  # (kinds,)
    words: np.ndarray  # that danger is said in, and how much each tells
    telling: np.ndarray

    @classmethod
    def fit(
        cls,
        vectors: np.ndarray,
        labels: Sequence[str],
        method: Method,
        texts: Sequence[str] = (),
    ) -> "DangerModel":
        """Learn from vectors, their labels of `LABELS` and the texts that they are of."""
        said = np.array(labels)
        centre = vectors.mean(0) * method.centred
        vectors = _unit(vectors - centre) if method.centred else vectors
        machine = SVC(C=STRENGTH, gamma=method.width).fit(vectors, said != NONE)
        named = ~np.isin(said, (NONE, SOME))
        kinds = Head.fit(vectors[named], said[named])
        return cls(
            machine.support_vectors_.astype(np.float32),
            machine.dual_coef_[0].astype(np.float32),
            float(machine.intercept_[0]) + method.moved,
            method.width,
            centre.astype(np.float32),
            *kinds,
            *_told_by_words(texts, labels),
        )

    def most_telling(self, windows: Sequence[str]) -> list[str]:
        """The windows in the order in which they should be encoded where not all can be; of several that tell as much
        the last one first."""

        def told(window: str) -> float:
            found = (self._weights.get(word, 0.0) for word in _words_of(window))
            return sum(sorted(found, reverse=True)[:SPELLS])

        weights = [told(window) for window in windows]
        order = sorted(range(len(windows)), key=lambda place: (-weights[place], -place))
        return [windows[place] for place in order]

    @cached_property
    def _weights(self) -> dict[str, float]:
        return dict(zip(self.words.tolist(), self.telling.tolist(), strict=True))

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """Of each vector: from 0 it is danger; about -1.5 for what surely is none."""
        vectors = self._placed(vectors)
        apart = (vectors**2).sum(1)[:, None] + self._lengths - 2 * vectors @ self.vectors.T
        return np.exp(-self.width * apart) @ self.weights + self.bias

    @cached_property
    def _lengths(self) -> np.ndarray:
        return (self.vectors**2).sum(1)

    def kinds(self, vector: np.ndarray) -> dict[str, float]:
        """The kinds that danger may be of, with their probabilities."""
        shares = Head(self.names, self.kind_weights, self.kind_bias).shares(self._placed(vector))
        return {
            str(name): round(float(share), 4)
            for name, share in zip(self.names, shares, strict=True)
        }

    def _placed(self, vectors: np.ndarray) -> np.ndarray:
        return _unit(vectors - self.centre) if self.centre.any() else vectors


def _told_by_words(texts: Sequence[str], labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Words that are oftener said in danger than elsewhere, and the logarithms of how much oftener."""
    said: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for text, label in zip(texts, labels, strict=bool(texts)):
        said[label != NONE].update(_words_of(text))
    danger, other = said[True], said[False]
    share = (sum(other.values()) + 1) / (sum(danger.values()) + 1)
    weights = {
        word: float(np.log((count + 1) / (other[word] + 1) * share))
        for word, count in sorted(danger.items())
        if count >= OFTEN
    }
    kept = {word: weight for word, weight in weights.items() if weight >= TELLING}
    return np.array(list(kept), dtype=str), np.array(list(kept.values()), np.float32)


def _words_of(text: str) -> set[str]:
    """Its words; of Chinese each sign, and each with the next."""
    found: set[str] = set()
    for sign, following, word in SIGN.findall(text.lower()):
        found.update({word} if word else {sign, sign + following})
    return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
