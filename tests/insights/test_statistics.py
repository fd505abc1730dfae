"""Intervals and tests against other software and published cases."""

import numpy as np
import pytest
from scipy import stats

from bot.insights.calibration import LABELS, corrected
from bot.statistics import (
    adjusted,
    difference,
    mean,
    more_than_before,
    share,
    welch,
)


def test_wilson_is_that_of_newcombe_1998() -> None:
    """Newcombe, Two-sided confidence intervals for the single proportion (1998), table I."""
    for k, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):  # fmt: skip
        found = share(k, n)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_share_of_nothing_has_no_value() -> None:
    assert share(0, 0).value is None
    with pytest.raises(ValueError, match="5 of 4"):
        share(5, 4)


def test_the_difference_is_that_of_newcombe_1998() -> None:
    """Newcombe, Interval estimation for the difference (1998), method 10 without continuity."""
    d, low, high = difference(share(56, 70), share(48, 80))
    assert (round(d, 4), round(low, 4), round(high, 4)) == (0.2, 0.0524, 0.3339)
    d, low, high = difference(share(9, 10), share(3, 10))
    assert (round(d, 4), round(low, 4), round(high, 4)) == (0.6, 0.1705, 0.8090)


def test_means_and_welch_agree_with_scipy() -> None:
    a, b = np.array([0.1, 0.4, -0.3, 0.9, 0.2]), np.array([-0.5, -0.1, 0.0, -0.4])
    found = mean(len(a), a.sum(), (a * a).sum())
    low, high = stats.t.interval(0.95, len(a) - 1, a.mean(), stats.sem(a))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    sums = [(len(x), x.sum(), (x * x).sum()) for x in (a, b)]
    assert welch(*sums) == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)
    assert welch((1, 0.5, 0.25), sums[1]) == 1.0


def test_p_values_are_corrected_as_benjamini_and_hochberg_did() -> None:
    """Their example of 15 comparisons (1995): four are rejected at 0.05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert sum(q <= 0.05 for q in adjusted(p)) == 4
    assert adjusted([]) == []


def test_a_rate_that_rose_is_seen_and_chance_is_not() -> None:
    assert more_than_before(30, 40, 1000, 4000) == pytest.approx(
        stats.binom.sf(29, 70, 0.2), rel=1e-9
    )
    assert more_than_before(30, 40, 1000, 4000) < 0.001
    assert more_than_before(10, 40, 1000, 4000) > 0.4
    assert more_than_before(0, 0, 1000, 4000) == 1.0


def test_totals_are_corrected_by_what_the_sample_shows() -> None:
    """A model that calls a third of the unhappy messages neutral."""
    confusion = {
        "negative": {"negative": 18, "neutral": 2, "positive": 0},
        "neutral": {"negative": 10, "neutral": 20, "positive": 0},
        "positive": {"negative": 0, "neutral": 5, "positive": 45},
    }
    found = {one.label: one for one in corrected([200, 300, 500], confusion)}
    assert found["negative"].counted == 0.2
    assert found["negative"].corrected == pytest.approx(0.2 * 0.9 + 0.3 / 3)
    assert sum(one.corrected for one in found.values()) == pytest.approx(1)
    assert found["negative"].low < 0.28 < found["negative"].high


def test_the_correction_equals_rogan_and_gladen_on_a_random_sample() -> None:
    """(apparent + specificity - 1) / (sensitivity + specificity - 1), with two labels."""
    confusion = {one: dict.fromkeys(LABELS, 0) for one in LABELS}
    confusion["negative"].update(negative=40, positive=10)
    confusion["positive"].update(negative=20, positive=130)
    found = {one.label: one for one in corrected([500, 0, 1500], confusion)}
    sensitivity, specificity = 40 / 60, 130 / 140
    rogan_gladen = (0.25 + specificity - 1) / (sensitivity + specificity - 1)
    assert found["negative"].corrected == pytest.approx(rogan_gladen)


def test_the_intervals_of_the_correction_hold_what_they_promise() -> None:
    """Over many samples from a known truth, about 95 % of the intervals hold it."""
    rng = np.random.default_rng(7)
    truth = np.array([0.3, 0.5, 0.2])
    errors = np.array([[0.75, 0.2, 0.05], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]])
    held = 0
    for _ in range(300):
        true = rng.choice(3, 4000, p=truth)
        said = (rng.random((4000, 1)) > errors[true].cumsum(axis=1)[:, :2]).sum(axis=1)
        sample = rng.choice(4000, 200, replace=False)
        confusion = {one: dict.fromkeys(LABELS, 0) for one in LABELS}
        for i in sample:
            confusion[LABELS[said[i]]][LABELS[true[i]]] += 1
        counts = [int((said == i).sum()) for i in range(3)]
        negative = corrected(counts, confusion)[0]
        held += negative.low <= (true == 0).mean() <= negative.high
    assert held / 300 > 0.91
