"""Intervals and tests for surveys and market research, by scipy. Levels are 95 % throughout."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import scipy  # scipy.stats takes seconds to load, and does so when it is first used

LEVEL = 0.95
Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)


@dataclass(frozen=True)
class Share:
    """k of n, with Wilson's score interval (Wilson 1927); all None when n is 0."""

    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Mean:
    """A mean over n values, with Student's t interval; bounds are None below two values."""

    n: int
    value: float | None
    low: float | None
    high: float | None


def share(k: int, n: int) -> Share:
    """The share k/n with its interval. Raises ValueError unless 0 <= k <= n."""
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} isn't a share.")
    if not n:
        return Share(0, 0, None, None, None)
    bounds = scipy.stats.binomtest(k, n).proportion_ci(LEVEL, method="wilson")
    return Share(k, n, k / n, float(bounds.low), float(bounds.high))


def mean(n: int, total: float, squares: float) -> Mean:
    """The mean of n values from their sum and the sum of their squares."""
    if not n:
        return Mean(0, None, None, None)
    value = total / n
    if n < 2:
        return Mean(n, value, None, None)
    variance = max(0.0, (squares - n * value * value) / (n - 1))
    half = half_of_mean(n, variance)
    return Mean(n, value, value - half, value + half)


def half_of_mean(n: int, variance: float) -> float:
    """How far Student's t interval of a mean goes to each side; n is at least 2."""
    return float(scipy.stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * math.sqrt(variance / n)


def difference(a: Share, b: Share) -> tuple[float, float, float]:
    """a - b of two independent shares with its interval: Newcombe's method 10 (1998).

    Raises ValueError when one of them counts nothing.
    """
    if a.value is None or b.value is None:
        raise ValueError("A difference needs two shares that count something.")
    assert a.low is not None and a.high is not None and b.low is not None and b.high is not None
    d = a.value - b.value
    down = math.sqrt((a.value - a.low) ** 2 + (b.high - b.value) ** 2)
    up = math.sqrt((a.high - a.value) ** 2 + (b.value - b.low) ** 2)
    return d, d - down, d + up


def adjusted(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for how many there are: Benjamini and Hochberg (1995)."""
    if not len(p_values):
        return []
    return [float(p) for p in scipy.stats.false_discovery_control(np.asarray(p_values))]


def welch(a: tuple[int, float, float], b: tuple[int, float, float]) -> float:
    """p of Welch's test that two means are the same, each from n, sum, sum of squares; 1 if n < 2."""
    if a[0] < 2 or b[0] < 2:
        return 1.0
    (ma, sa), (mb, sb) = _moments(*a), _moments(*b)
    if not sa and not sb:
        return 1.0 if ma == mb else 0.0
    return float(
        scipy.stats.ttest_ind_from_stats(ma, sa, a[0], mb, sb, b[0], equal_var=False).pvalue
    )


def _moments(n: int, total: float, squares: float) -> tuple[float, float]:
    value = total / n
    return value, math.sqrt(max(0.0, (squares - n * value * value) / (n - 1)))


def more_than_before(recent: int, before: int, recent_all: int, before_all: int) -> float:
    """p that a rate didn't rise: the exact conditional test of two Poisson rates.

    Given recent + before events, the recent ones are binomial with the share of the recent
    exposure (Przyborowski and Wilenski 1940). Exposures are the numbers of all messages.
    """
    events, exposure = recent + before, recent_all + before_all
    if not events or not recent_all or not before_all:
        return 1.0
    p = recent_all / exposure
    return float(scipy.stats.binomtest(recent, events, p, alternative="greater").pvalue)
