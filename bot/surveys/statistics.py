"""The figures of surveys with their intervals, and tests of differences.

All intervals are 95 %, shares and differences of them in points of a hundred. Methods and sources
stand with each function; tests/surveys compares them with scipy and with figures of statsmodels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # scipy.stats takes seconds to load, and does so when it is first used

from bot import statistics
from bot.statistics import LEVEL, Z

PERMUTATIONS = 9_999
SEED = 20_260_101  # permutation tests give the same p each time


@dataclass(frozen=True)
class Estimate:
    """A figure of a sample, the ends of its 95 % interval, and the number of answers."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Association:
    """A test whether two things go together: p, Cramér's V (0 to 1), and what to keep in mind."""

    p: float
    method: str
    effect: float
    notes: tuple[str, ...]

    @property
    def significant(self) -> bool:
        """Whether chance alone would seldom (5 %) do this."""
        return self.p < 0.05

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the test says, and what to keep in mind with it."""
        if self.significant:
            return ("The two go together; that one causes the other isn't shown.", *self.notes)
        return ("Chance alone does this often: it shows nothing.", *self.notes)


@dataclass(frozen=True)
class Difference:
    """The second figure minus the first, its 95 % interval, and p of no difference."""

    value: float
    low: float
    high: float
    p: float
    method: str


def nps(scores: Sequence[float]) -> Estimate | None:
    """Net Promoter Score, -100 to 100: the share of 9–10 minus the share of 0–6, of all answers.

    Interval: adjusted Wald; three pseudo-answers, 3/4 promoters and 3/4 detractors of them, keep it
    honest in small samples (Rocks 2016, The American Statistician 70(4)). None without answers.
    """
    if not scores:
        return None
    promoters, detractors, n = _promoters(scores), _detractors(scores), len(scores)
    middle, error = _nps_adjusted(promoters, detractors, n)
    return Estimate(
        100 * (promoters - detractors) / n,
        100 * max(-1.0, middle - Z * error),
        100 * min(1.0, middle + Z * error),
        n,
    )


def csat(scores: Sequence[float]) -> Estimate | None:
    """Share of 4 and 5 in percent, with Wilson's (1927) interval. None without answers."""
    return share(sum(score >= 4 for score in scores), len(scores))


def share(count: int, n: int) -> Estimate | None:
    """A share in percent with Wilson's score interval. None when n is 0."""
    known = statistics.share(count, n)
    if known.value is None or known.low is None or known.high is None:
        return None
    return Estimate(100 * known.value, 100 * known.low, 100 * known.high, n)


def mean(scores: Sequence[float]) -> Estimate | None:
    """Mean on the scale that was asked, with Student's t interval. None without answers.

    Of a single answer the interval is unbounded: nan.
    """
    n = len(scores)
    if not n:
        return None
    values = np.asarray(scores, dtype=float)
    middle = float(values.mean())
    if n == 1:
        return Estimate(middle, math.nan, math.nan, 1)
    half = statistics.half_of_mean(n, float(values.var(ddof=1)))
    return Estimate(middle, middle - half, middle + half, n)


def association(table: Sequence[Sequence[int]]) -> Association | None:
    """Whether the rows and columns of a table of counts go together.

    2 × 2 with small expected counts: Fisher's exact test. Larger tables: Pearson's chi-square, and
    a permutation test when more than a fifth of the expected counts are below 5 (Cochran's rule).
    None when there are fewer than two rows or columns with answers.
    """
    counts = np.asarray(table, dtype=int)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if counts.ndim != 2 or min(counts.shape) < 2:
        return None
    n = int(counts.sum())
    chi2, p, _, expected = scipy.stats.chi2_contingency(counts, correction=False)
    effect = math.sqrt(chi2 / (n * (min(counts.shape) - 1)))
    caveats: list[str] = []
    sparse = (expected < 5).mean() > 0.2 or expected.min() < 1
    method = "Pearson's chi-square"
    if counts.shape == (2, 2) and expected.min() < 5:
        p, method = scipy.stats.fisher_exact(counts)[1], "Fisher's exact test"
    elif sparse:
        p, method = _permutation_p(counts, float(chi2)), "permutation test on chi-square"
    if n < 100:
        caveats.append(f"With {n} answers only large differences can be seen.")
    return Association(float(p), method, float(effect), tuple(caveats))


def ranked_association(groups: Sequence[Sequence[float]]) -> Association | None:
    """Whether scores differ between groups: Kruskal and Wallis (1952), effect epsilon squared.

    None when fewer than two groups have answers, or all scores are the same.
    """
    given = [list(group) for group in groups if len(group)]
    n = sum(map(len, given))
    if len(given) < 2 or len({score for group in given for score in group}) < 2:
        return None
    h, p = scipy.stats.kruskal(*given)
    caveats: list[str] = []
    if min(map(len, given)) < 5:
        caveats.append("A group has fewer than 5 answers, so p is rough.")
    return Association(float(p), "Kruskal–Wallis test", float(h / (n - 1)), tuple(caveats))


def holm(ps: Sequence[float]) -> list[float]:
    """p values adjusted for how many tests there are (Holm 1979), in the order given."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    adjusted, highest = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[i]))
        adjusted[i] = highest
    return adjusted


def compare(
    kind: Literal["nps", "csat", "mean"], first: Sequence[float], second: Sequence[float]
) -> Difference | None:
    """How the second sample's figure differs from the first's; None when either is too small.

    NPS: adjusted Wald; CSAT: Newcombe's (1998) hybrid score interval with Fisher's exact p; means:
    Welch's t. NPS and CSAT in points of a hundred.
    """
    if len(first) < 2 or len(second) < 2:
        return None
    if kind == "nps":
        return _compare_nps(first, second)
    if kind == "csat":
        happy = [sum(score >= 4 for score in scores) for scores in (first, second)]
        return compare_shares(happy[0], len(first), happy[1], len(second))
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    value = float(b.mean() - a.mean())
    # Not scipy.stats.ttest_ind: it warns of groups in which all say the same, and those are common.
    variances = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    error = math.sqrt(sum(variances))
    if error == 0:
        return Difference(value, value, value, 1.0 if value == 0 else 0.0, "Welch's t")
    freedom = sum(variances) ** 2 / (
        variances[0] ** 2 / (len(a) - 1) + variances[1] ** 2 / (len(b) - 1)
    )
    half = float(scipy.stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    p = float(2 * scipy.stats.t.sf(abs(value) / error, freedom))
    return Difference(value, value - half, value + half, p, "Welch's t")


def compare_shares(count1: int, n1: int, count2: int, n2: int) -> Difference | None:
    """Second share minus first in points: Newcombe's (1998) method 10, p by Fisher's exact test."""
    if not n1 or not n2:
        return None
    value, low, high = (
        100 * end
        for end in statistics.difference(statistics.share(count2, n2), statistics.share(count1, n1))
    )
    p = scipy.stats.fisher_exact([[count1, n1 - count1], [count2, n2 - count2]])[1]
    return Difference(value, low, high, float(p), "Newcombe's interval, Fisher's exact test")


def trend(values: Sequence[float]) -> float | None:
    """p of no trend over equal steps of time: Kendall's tau (Mann 1945). None below 6 values."""
    if len(values) < 6:
        return None
    return float(scipy.stats.kendalltau(range(len(values)), values).pvalue)


def _compare_nps(first: Sequence[float], second: Sequence[float]) -> Difference:
    parts = [_nps_adjusted(_promoters(one), _detractors(one), len(one)) for one in (first, second)]
    middle = parts[1][0] - parts[0][0]
    error = math.hypot(parts[0][1], parts[1][1])
    value = sum(
        sign * (_promoters(one) - _detractors(one)) / len(one)
        for sign, one in ((-1, first), (1, second))
    )
    p = float(2 * scipy.stats.norm.sf(abs(middle) / error))
    low, high = middle - Z * error, middle + Z * error
    return Difference(100 * value, 100 * low, 100 * high, p, "adjusted Wald")


def _nps_adjusted(promoters: int, detractors: int, n: int) -> tuple[float, float]:
    """The middle of the adjusted interval and its standard error, as shares."""
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    return p - d, math.sqrt((p + d - (p - d) ** 2) / (n + 3))


def _promoters(scores: Sequence[float]) -> int:
    return sum(score >= 9 for score in scores)


def _detractors(scores: Sequence[float]) -> int:
    return sum(score <= 6 for score in scores)


def _permutation_p(counts: np.ndarray, observed: float) -> float:
    """How often tables with the same margins are at least as uneven."""
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    expected = np.outer(rows, columns) / counts.sum()
    tables = scipy.stats.random_table(rows, columns, seed=SEED).rvs(PERMUTATIONS)
    chi2 = ((tables - expected) ** 2 / expected).sum(axis=(1, 2))
    return float(((chi2 >= observed - 1e-9).sum() + 1) / (PERMUTATIONS + 1))
