"""The figures of surveys, against scipy and against figures that statsmodels 0.15.0 gave."""

import math

import numpy as np
import pytest
from scipy import stats

from bot.surveys import statistics
from bot.surveys.statistics import Z

EFFORT = [7, 6, 5, 7, 3, 2, 6, 7, 5, 4]
OTHER_EFFORT = [5, 4, 4, 6, 2, 3, 5]


def test_nps_is_promoters_minus_detractors_of_those_who_answered() -> None:
    found = statistics.nps([10] * 25 + [9] * 25 + [8] * 15 + [7] * 15 + [6] * 10 + [0] * 10)
    assert found.value == 30 and found.n == 100
    # DescrStatsW([1, 0, -1], weights=[50.75, 31.5, 20.75]): the interval of the adjusted sample
    assert (found.low, found.high) == pytest.approx((14.0511302, 44.2012970), abs=1e-6)
    assert statistics.nps([]) is None


def test_the_nps_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Three distributions, 30 answers each: coverage near 95 %, also when nearly all agree."""
    generator = np.random.default_rng(7)
    for shares in ([0.2, 0.3, 0.5], [0.05, 0.1, 0.85], [0.6, 0.3, 0.1]):
        truth, hits = 100 * (shares[2] - shares[0]), 0
        for _ in range(2000):
            drawn = generator.choice([3, 7, 10], size=30, p=shares)
            found = statistics.nps(list(drawn))
            hits += found.low <= truth <= found.high
        assert 0.92 <= hits / 2000 <= 0.985, (shares, hits)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [  # statsmodels: proportion_confint(count, n, method="wilson")
        (17, 20, 0.639581135259243, 0.9476312541037833),
        (0, 8, 0.0, 0.32440756488388034),
        (81, 263, 0.2552885198782742, 0.36620957698280004),
        (5, 5, 0.5655175352168252, 1.0),
    ],
)
def test_shares_have_wilsons_interval(count: int, n: int, low: float, high: float) -> None:
    found = statistics.share(count, n)
    assert (found.low / 100, found.high / 100) == pytest.approx((low, high), abs=1e-9)
    theirs = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert (found.low / 100, found.high / 100) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_csat_is_the_share_of_fours_and_fives() -> None:
    found = statistics.csat([5] * 10 + [4] * 7 + [3, 1, 2])
    assert found.value == 85 and found.low == pytest.approx(63.9581135)


def test_a_mean_keeps_its_scale_and_has_students_interval() -> None:
    found = statistics.mean(EFFORT)
    theirs = stats.t.interval(0.95, len(EFFORT) - 1, np.mean(EFFORT), stats.sem(EFFORT))
    assert found.value == pytest.approx(5.2)
    assert (found.low, found.high) == pytest.approx(theirs)
    assert (found.low, found.high) == pytest.approx((3.947274088655292, 6.452725911344708))
    assert math.isnan(statistics.mean([4]).low)


def test_differences_of_means_are_welchs() -> None:
    found = statistics.compare("mean", EFFORT, OTHER_EFFORT)
    theirs = stats.ttest_ind(OTHER_EFFORT, EFFORT, equal_var=False)
    assert found.p == pytest.approx(theirs.pvalue) and found.p == pytest.approx(0.1803197266087761)
    assert (found.low, found.high) == pytest.approx((-2.661437026489815, 0.5471513122041012))


def test_differences_of_shares_are_newcombes() -> None:
    found = statistics.compare_shares(56, 70, 48, 80)
    # statsmodels: confint_proportions_2indep(48, 80, 56, 70, method="newcomb")
    assert (found.low, found.high) == pytest.approx((-33.387265, -5.243147), abs=1e-5)
    assert found.p == pytest.approx(stats.fisher_exact([[56, 14], [48, 32]])[1])


def test_differences_of_nps_have_the_sign_of_the_change_and_no_false_alarm() -> None:
    better = statistics.compare("nps", [3] * 40 + [10] * 40, [3] * 10 + [10] * 70)
    assert better.value == pytest.approx(75) and better.low > 0 and better.p < 0.001
    same = statistics.compare("nps", [3, 10, 8] * 20, [3, 10, 8] * 20)
    assert same.value == 0 and same.low < 0 < same.high and same.p == pytest.approx(1)
    assert statistics.compare("nps", [9], [3, 4]) is None


def test_tables_are_tested_by_what_fits_their_size() -> None:
    large = statistics.association([[20, 30, 10], [25, 15, 25]])
    assert large.method == "Pearson's chi-square"
    assert large.p == pytest.approx(0.0027353225893052002) and large.significant
    assert large.effect == pytest.approx(math.sqrt(11.803011803011804 / 125))
    small = statistics.association([[8, 2], [1, 5]])
    assert small.method == "Fisher's exact test"
    assert small.p == pytest.approx(stats.fisher_exact([[8, 2], [1, 5]])[1])
    assert any("16 answers" in caveat for caveat in small.caveats)
    alike = statistics.association([[20, 30], [21, 30]])
    assert alike.p > 0.9 and alike.caveats[0] == "Chance alone does this often: it shows nothing."
    apart = statistics.association([[50, 10], [10, 50]])
    assert apart.p < 0.001 and apart.caveats == (
        "The two go together; that one causes the other isn't shown.",
    )


def test_sparse_tables_are_permuted_and_agree_with_chi_square_where_that_holds() -> None:
    sparse = statistics.association([[3, 1, 0, 4], [0, 3, 2, 1], [2, 0, 3, 0]])
    assert sparse.method.startswith("permutation") and 0 < sparse.p <= 1
    assert sparse == statistics.association([[3, 1, 0, 4], [0, 3, 2, 1], [2, 0, 3, 0]])
    table = np.array([[20, 30, 10], [25, 15, 25]])
    chi2, p, _, _ = stats.chi2_contingency(table, correction=False)
    assert statistics._permutation_p(table, chi2) == pytest.approx(p, abs=0.003)


def test_a_table_without_two_rows_and_columns_says_nothing() -> None:
    assert statistics.association([[5, 5]]) is None
    assert statistics.association([[5, 0], [7, 0]]) is None
    assert statistics.ranked_association([[3, 3], [3]]) is None


def test_scores_in_groups_are_ranked() -> None:
    groups = [EFFORT, OTHER_EFFORT, [7, 7, 6, 7, 6]]
    assert statistics.ranked_association(groups).p == pytest.approx(stats.kruskal(*groups).pvalue)


def test_many_tests_are_adjusted() -> None:
    # statsmodels: multipletests([0.01, 0.04, 0.03, 0.2], method="holm")
    assert statistics.holm([0.01, 0.04, 0.03, 0.2]) == pytest.approx([0.04, 0.09, 0.09, 0.2])
    assert statistics.holm([]) == []


def test_a_trend_needs_six_points() -> None:
    assert statistics.trend([1, 2, 3, 4, 5]) is None
    assert statistics.trend([1, 2, 3, 4, 5, 6, 7]) < 0.01
    assert pytest.approx(1.959963984540054) == Z
