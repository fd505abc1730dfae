"""What another way to choose offers would have brought, told from a log of how they were chosen.

Inverse propensity scoring (Horvitz and Thompson 1952) is unbiased, since the chance of each choice was
stored; doubly robust (Dudik et al. 2011) is so, too, and tighter where a model of the outcome is any good.
The model never judges the people that it learnt from.
"""

import math
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from bot.statistics import half_of_mean

FOLDS = 5
FEWEST = 100  # choices, below which nothing is said
FEWEST_LIKE = (
    30  # as many choices must count, in effect, for a way to choose that is unlike the log's
)


@dataclass(frozen=True)
class Log:
    """Choices: what was known (n, d), which was chosen (n), its chance (n), what it brought (n), and
    which could have been chosen (n, k)."""

    contexts: np.ndarray
    chosen: np.ndarray
    chance: np.ndarray
    reward: np.ndarray
    eligible: np.ndarray

    def part(self, rows: np.ndarray) -> "Log":
        """Some of the choices."""
        return Log(
            self.contexts[rows], self.chosen[rows], self.chance[rows], self.reward[rows],
            self.eligible[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """A mean per choice with its interval; `like` is how many choices count for it, in effect."""

    value: float
    low: float
    high: float
    like: float

    @property
    def known(self) -> bool:
        """Whether enough choices were like those that are judged."""
        return self.like >= FEWEST_LIKE


def ips(log: Log, policy: np.ndarray) -> Estimate:
    """By inverse propensities. `policy` (n, k) has the chance of each offer; 0 where it isn't eligible."""
    weights = _weights(log, policy)
    return _estimate(weights * log.reward, weights)


def doubly_robust(log: Log, policy: np.ndarray, seed: int = 0) -> Estimate:
    """The same, with a model of what each offer brings, and what the model missed weighed in."""
    weights, expected = _weights(log, policy), _expected(log, seed)
    missed = log.reward - expected[np.arange(len(log.chosen)), log.chosen]
    return _estimate((policy * expected).sum(axis=1) + weights * missed, weights)


def _weights(log: Log, policy: np.ndarray) -> np.ndarray:
    return policy[np.arange(len(log.chosen)), log.chosen] / log.chance


def _estimate(terms: np.ndarray, weights: np.ndarray) -> Estimate:
    if len(terms) < 2:
        raise ValueError("An estimate needs two choices at least.")
    squares = float((weights**2).sum())
    like = float(weights.sum()) ** 2 / squares if squares else 0.0
    value, half = float(terms.mean()), half_of_mean(len(terms), float(terms.var(ddof=1)))
    return Estimate(value, value - half, value + half, like)


def _expected(log: Log, seed: int) -> np.ndarray:
    """What each offer would have brought each person (n, k), by models of the others."""
    k = log.eligible.shape[1]
    spread = log.contexts.std(axis=0)
    contexts = (log.contexts - log.contexts.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    expected = np.zeros(log.eligible.shape)
    folds = KFold(min(FOLDS, len(log.chosen)), shuffle=True, random_state=seed)
    for learnt, judged in folds.split(contexts):
        model = Ridge(alpha=math.sqrt(len(learnt)))
        model.fit(_design(contexts[learnt], log.chosen[learnt], k), log.reward[learnt])
        for arm in range(k):
            arms = np.full(len(judged), arm)
            expected[judged, arm] = model.predict(_design(contexts[judged], arms, k))
    return expected


def _design(contexts: np.ndarray, arms: np.ndarray, k: int) -> np.ndarray:
    """What is known of somebody, which offer, and both together."""
    hot = np.eye(k)[arms]
    both = (hot[:, :, None] * contexts[:, None, :]).reshape(len(arms), -1)
    return np.hstack([contexts, hot, both])
