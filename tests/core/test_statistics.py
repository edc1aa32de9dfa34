"""Statistics against hand-written formulas, enumeration, textbooks and simulation."""

import inspect
import itertools
import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from seqjax.core import statistics
from seqjax.core.statistics import (
    benjamini_hochberg,
    bimodality,
    bounded_mean,
    gini_difference,
    holm,
    interquartile_mean,
    mean,
    median_time,
    memory_horizon,
    pair_gaps,
    paired_comparison,
    paired_comparisons,
    performance_profile,
    probability_of_improvement,
    seeds_needed,
    seeds_needed_for_means,
    success_rate,
    with_confidence,
)
from seqjax.core.statistics.estimate import Estimate, Interval, flags
from tests.variants import and_slow

Z = 1.959963984540054  # the 97.5 % point of the normal distribution


def said_by(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """The one-line message that a user without run-time type checks gets."""
    with pytest.raises(ValueError, match=".") as caught:
        inspect.unwrap(function)(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    return message


def covers(estimate: Estimate, truth: float) -> bool:
    return estimate.low - 1e-12 <= truth <= estimate.high + 1e-12


def outcomes(successes: int, n: int) -> np.ndarray:
    return np.arange(n) < successes


# --- success rate -----------------------------------------------------------------


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (1, 1), (81, 263)])
def test_success_rate_is_the_beta_form_of_clopper_and_pearson(k: int, n: int) -> None:
    low = stats.beta.ppf(0.025, k, n - k + 1) if k else 0.0
    high = stats.beta.ppf(0.975, k + 1, n - k) if k < n else 1.0
    expected = (k / n, low, high, 0.95, n)
    assert success_rate(outcomes(k, n)) == pytest.approx(expected, abs=1e-9)


def test_success_rate_of_the_textbook() -> None:
    # 81 of 263: Newcombe (1998), Statistics in Medicine 17, table I, method 5.
    low, high = success_rate(outcomes(81, 263)).interval
    assert (round(low, 4), round(high, 4)) == (0.2527, 0.3676)


@pytest.mark.parametrize("n", [5, 10, 30])
def test_the_share_misses_with_half_the_error_on_each_side(n: int) -> None:
    estimates = [success_rate(outcomes(k, n)) for k in range(n + 1)]
    for p in np.linspace(0.005, 0.995, 199):
        chances = stats.binom.pmf(range(n + 1), n, p)
        above = sum(c for c, e in zip(chances, estimates, strict=True) if e.low > p)
        below = sum(c for c, e in zip(chances, estimates, strict=True) if e.high < p)
        assert max(above, below) <= 0.025 + 1e-9


@pytest.mark.parametrize(("n", "least"), [(5, None), (6, 6), (10, 9), (20, 15)])
def test_how_many_seeds_are_surely_most(n: int, least: int | None) -> None:
    most = [k for k in range(n + 1) if success_rate(outcomes(k, n)).low > 0.5]
    assert min(most, default=None) == least


def test_a_wider_confidence_widens_every_interval() -> None:
    x = np.random.default_rng(0).normal(size=12)
    for narrow, wide in (
        (success_rate(x > 0, confidence=0.8), success_rate(x > 0)),
        (mean(x, confidence=0.8), mean(x)),
        (bounded_mean(x, -9.0, 9.0, confidence=0.8), bounded_mean(x, -9.0, 9.0)),
    ):
        assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
        assert wide.interval == Interval(wide.low, wide.high)


# --- means ------------------------------------------------------------------------


def test_mean_has_students_interval() -> None:
    x = np.random.default_rng(4).normal(3.0, 2.0, size=7)
    low, high = stats.ttest_1samp(x, 0.0).confidence_interval(0.9)
    expected = (x.mean(), low, high, 0.9, 7)
    assert mean(x, confidence=0.9) == pytest.approx(expected)


def test_a_mean_is_told_at_another_confidence() -> None:
    values = np.array([0.3, 1.0, 2.5, 2.0])
    told = with_confidence(mean(values), 0.99)
    assert told == pytest.approx(mean(values, confidence=0.99))
    equal = with_confidence(mean(np.ones(3)), 0.99)
    assert np.isnan(equal.interval).all()
    assert equal.confidence == 0.99
    message = said_by(with_confidence, told, 1.0)
    assert message.startswith("confidence must lie strictly")


def test_values_that_are_all_equal_have_a_mean_but_no_interval() -> None:
    for x in (np.array([0.3]), np.full(10, 0.3)):
        found = mean(x)
        assert found.value == pytest.approx(0.3)
        assert np.isnan(found.interval).all()


@pytest.mark.parametrize("n", [1, 6, 10, 20])
def test_a_bounded_mean_of_equal_values_is_the_closed_form(n: int) -> None:
    found = bounded_mean(np.full(n, 0.25), 0.0, 1.0)
    part = 1 - 0.025 ** (1 / n)
    expected = (0.25, 0.25 * (1 - part), 0.25 + 0.75 * part)
    assert found[:3] == pytest.approx(expected, abs=1e-4)


def test_a_bounded_mean_of_zeros_and_ones_is_clopper_and_pearsons() -> None:
    # Gaffke's bound generalises theirs: the weight of k of n + 1 is Beta(k, n + 1 - k).
    for k, n in ((0, 6), (3, 10), (19, 20)):
        x = outcomes(k, n)
        found = bounded_mean(x.astype(float), 0.0, 1.0)
        assert found == pytest.approx(success_rate(x), abs=0.006)


def test_a_bounded_mean_moves_and_scales_with_its_range() -> None:
    x = np.random.default_rng(2).random(9)
    found = bounded_mean(x, 0.0, 1.0)
    moved = bounded_mean(10 * x - 3, -3.0, 7.0)
    assert np.allclose(moved[:3], 10 * np.array(found[:3]) - 3)
    turned = bounded_mean(1 - x, 0.0, 1.0)
    ends = (1 - found.high, 1 - found.low)
    assert turned.interval == pytest.approx(ends, abs=0.006)


def test_no_interval_of_a_bounded_mean_is_a_point() -> None:
    for value in (0.0, 0.1, 1.0):
        found = bounded_mean(np.full(40, value), 0.0, 1.0)
        assert found.high - found.low > 0.05


def test_a_bounded_mean_of_many_seeds_takes_bounded_memory() -> None:
    x = np.random.default_rng(3).random(3000)
    tracemalloc.start()
    found = bounded_mean(x, 0.0, 1.0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.2e8  # of all weights at once it were 480 MB
    assert found.high - found.low == pytest.approx(mean(x).high - mean(x).low, rel=0.05)


# --- beyond the mean --------------------------------------------------------------


def middle_half(x: np.ndarray) -> float:
    """As rliable's `aggregate_iqm`: 25 % of the runs are dropped at each end."""
    drop = x.size // 4
    return float(np.mean(np.sort(x)[drop : x.size - drop]))


def test_interquartile_mean_does_not_see_a_quarter_of_outliers() -> None:
    x = np.array([0.0, 0.0, 0.1, 0.2, 0.3, 0.4, 1.0, 1.0])
    assert interquartile_mean(x, 0.0, 1.0).value == pytest.approx(0.25)
    few = interquartile_mean(x[3:6], 0.0, 1.0).value
    assert few == pytest.approx(x[3:6].mean())
    for n in (1, 6, 10, 15):
        y = np.random.default_rng(n).random(n)
        assert interquartile_mean(y, 0.0, 1.0).value == pytest.approx(middle_half(y))


def quantile_integral(x: np.ndarray, moved: float, bound: float) -> float:
    """Twice the integral of a moved quantile function over the middle half, by sums."""
    u = 0.25 + (np.arange(100_000) + 0.5) / 200_000
    place = np.ceil((u - moved) * x.size).astype(int) - 1
    inside = (place >= 0) & (place < x.size)
    return float(np.where(inside, np.sort(x)[place.clip(0, x.size - 1)], bound).mean())


@pytest.mark.parametrize("n", [1, 6, 10, 30])
def test_the_middle_half_lies_in_a_band_of_kolmogorov_and_smirnov(n: int) -> None:
    x = np.random.default_rng(n).random(n)
    found = interquartile_mean(x, 0.0, 1.0)
    moved = float(stats.ksone.isf(0.025, n))
    # By chance the two sides leave the band with one of forty each.
    assert found.low == pytest.approx(quantile_integral(x, moved, 0.0), abs=1e-4)
    assert found.high == pytest.approx(quantile_integral(x, -moved, 1.0), abs=1e-4)
    mirrored = interquartile_mean(1 - x, 0.0, 1.0)
    assert mirrored[:3] == pytest.approx(
        (1 - found.value, 1 - found.high, 1 - found.low)
    )


def test_no_middle_half_is_a_point_and_it_covers_two_groups() -> None:
    equal = interquartile_mean(np.ones(10), 0.0, 1.0)
    assert (equal.value, equal.high) == (1.0, 1.0)
    assert equal.low == pytest.approx(2 * (0.75 - stats.ksone.isf(0.025, 10)))
    # 70 % of all seeds solve it, the others guess: of the middle half, 0.9.
    rng, truth = np.random.default_rng(0), 0.9 * 1.0 + 0.1 * 0.1
    missed = 0
    for solved in rng.binomial(10, 0.7, size=400).tolist():
        x = np.where(outcomes(solved, 10), 1.0, 0.1)
        missed += not covers(interquartile_mean(x, 0.0, 1.0), truth)
    assert missed <= 400 * 0.05


def test_probability_of_improvement_is_mann_and_whitneys_u() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, size=9), rng.integers(0, 5, size=6)
    found = probability_of_improvement(a, b)
    assert found == pytest.approx(stats.mannwhitneyu(a, b).statistic / 54)
    assert found + probability_of_improvement(b, a) == pytest.approx(1)
    assert probability_of_improvement(a, a) == 0.5


def test_a_performance_profile_is_a_tail() -> None:
    x = np.array([0.1, 0.1, 0.5, 1.0])
    levels = np.array([0.0, 0.1, 0.7, 1.0])
    assert performance_profile(x, levels).tolist() == [1.0, 0.5, 0.25, 0.0]


def test_they_are_rliables_own() -> None:
    pytest.importorskip("rliable")
    from rliable import metrics

    rng = np.random.default_rng(5)
    a, b = rng.random((2, 12)).round(1)
    one = a[:, None]  # runs x tasks
    found = interquartile_mean(a, 0.0, 1.0).value
    assert found == pytest.approx(metrics.aggregate_iqm(one))
    improved = metrics.probability_of_improvement(one, b[:, None])
    assert probability_of_improvement(a, b) == pytest.approx(improved)


def test_rliables_profile_is_ours() -> None:
    pytest.importorskip("rliable")
    from rliable import library

    x, levels = np.random.default_rng(6).random(9).round(1), np.linspace(0, 1, 11)
    theirs = library.score_distributions(x[:, None], levels)
    np.testing.assert_allclose(performance_profile(x, levels), theirs)


def test_ginis_difference_is_that_of_every_two_seeds() -> None:
    x = np.random.default_rng(8).random(7)
    gaps = [abs(p - q) for p, q in itertools.combinations(x.tolist(), 2)]
    assert gini_difference(x) == pytest.approx(np.mean(gaps))
    assert gini_difference(x[:1]) == 0
    # Of two groups, the chance that two seeds are of different ones.
    assert gini_difference(np.repeat([0.0, 1.0], 5)) == pytest.approx(5 / 9)


def test_pairs_have_no_seed_in_common() -> None:
    x = np.array([1.0, 4.0, 9.0, 7.0, 100.0])
    assert pair_gaps(x).tolist() == [3.0, 2.0]
    assert pair_gaps(x[:1]).tolist() == []


# --- time to solve ----------------------------------------------------------------


def kaplan_meier(times: np.ndarray, lost: np.ndarray) -> list[tuple[float, ...]]:
    """(t, S, lower, upper) at the times of events; log-log Greenwood interval."""
    rows: list[tuple[float, ...]] = []
    share, greenwood = 1.0, 0.0
    for t in sorted(set(times[~lost].tolist())):
        at_risk = sum(1 for s in times if s >= t)
        events = sum(1 for s, c in zip(times, lost, strict=True) if s == t and not c)
        share *= 1 - events / at_risk
        if share == 0.0:
            exact = 1 - 0.025 ** (1 / int((~lost).sum()))
            rows.append((t, 0.0, 0.0, exact))
            continue
        greenwood += events / (at_risk * (at_risk - events))
        spread = math.exp(Z * math.sqrt(greenwood) / abs(math.log(share)))
        rows.append((t, share, share**spread, share ** (1 / spread)))
    return rows


def first(rows: list[tuple[float, ...]], column: int) -> float:
    return next((row[0] for row in rows if row[column] <= 0.5 + 1e-9), math.inf)


@pytest.mark.parametrize("case", range(20))
def test_median_time_is_the_brute_force_kaplan_meier(case: int) -> None:
    rng = np.random.default_rng(case)
    n = int(rng.integers(8, 25))
    times = rng.integers(1, 12, size=n).astype(float)  # many ties
    lost = rng.random(n) < rng.choice([0.0, 0.3, 0.7])
    rows = kaplan_meier(times, lost)
    low = min(first(rows, 2), float(times.max()))
    expected = (first(rows, 1), low, first(rows, 3), 0.95, n)
    assert median_time(times, lost) == pytest.approx(expected)


def test_median_time_of_the_leukaemia_trial() -> None:
    # Freireich et al. (1963); medians 23 and 8 weeks in every textbook.
    drug = [
        6,
        6,
        6,
        7,
        10,
        13,
        16,
        22,
        23,
        6,
        9,
        10,
        11,
        17,
        19,
        20,
        25,
        32,
        32,
        34,
        35,
    ]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    treated = median_time(np.array(drug), np.arange(21) >= 9)
    control = median_time(np.array(placebo), np.zeros(21, dtype=bool))
    assert treated.value == 23
    assert math.isinf(treated.high)
    assert control.value == 8
    assert treated.low > control.high


def test_median_time_with_few_or_no_solved_seeds() -> None:
    budget = np.full(10, 1000)
    never = median_time(budget, np.ones(10, dtype=bool))
    assert never[:3] == (math.inf, 1000.0, math.inf)
    half = median_time(np.where(outcomes(5, 10), 70, 1000), ~outcomes(5, 10))
    assert half.value == 70
    assert median_time(budget, ~outcomes(4, 10)).value == math.inf
    assert median_time(budget, ~outcomes(10, 10))[:3] == (1000.0, 1000.0, 1000.0)


def test_median_time_of_five_seeds_has_no_interval_but_of_six_has() -> None:
    # min..max of n values misses the median with probability 2^(1 - n): 1/16, 1/32.
    def solved(n: int) -> Estimate:
        return median_time(np.arange(1, n + 1), np.zeros(n, dtype=bool))

    assert solved(5)[:3] == (3.0, 0.0, math.inf)
    assert solved(6)[:3] == (3.0, 1.0, 6.0)
    assert median_time(np.full(3, 9), np.ones(3, dtype=bool)).low == 0.0


def test_median_time_limits_count_those_at_risk_and_those_solved() -> None:
    # Four of eight are lost before any is solved. With 5 at risk at time 4, no event
    # leaves S as low as 0.025^(1/5) = 0.478 possible; with 6 at time 3, 0.541.
    late = median_time(np.arange(1, 9), outcomes(4, 8))
    assert late.low == 4.0
    # Four solved: S = 0 at the end leaves 1 - 0.025^(1/4) = 0.602 possible.
    assert late.high == math.inf


def test_median_time_forgives_rounding() -> None:
    # S(10) = (14/15 13/14 ... 9/10) 5/6 = 1/2, which floating point makes a bit more.
    times = np.arange(1, 16)
    assert median_time(times, np.isin(times, [7, 8, 9, 12])).value == 10.0


def test_median_time_covers_at_its_nominal_rate() -> None:
    rng = np.random.default_rng(5)
    hits = []
    for _ in range(500):
        times = rng.exponential(size=20)
        estimate = median_time(np.minimum(times, 1.2), times > 1.2)
        hits.append(covers(estimate, math.log(2)))
    assert 0.925 <= np.mean(hits) <= 0.98


# --- comparison -------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 9])
def test_paired_comparison_enumerates_the_sign_flips(n: int) -> None:
    a, b = np.random.default_rng(n).integers(0, 9, size=(2, n)) + np.array([[2], [0]])
    d = (a - b).tolist()
    flips = itertools.product((1, -1), repeat=n)
    far = [
        abs(sum(s * x for s, x in zip(signs, d, strict=True))) >= abs(sum(d))
        for signs in flips
    ]
    result = paired_comparison(a, b)
    assert result.exact
    assert result.p_value == pytest.approx(sum(far) / 2**n, abs=1e-12)
    assert result.difference == mean(a.astype(float) - b)
    assert result.each == tuple(map(float, d))
    assert result.improvement == probability_of_improvement(a, b)
    within = paired_comparison(a, b, bounds=(0.0, 10.0))
    assert within.difference == bounded_mean(a.astype(float) - b, -10.0, 10.0)
    assert within[1:] == result[1:]


def test_paired_comparison_of_one_way_differences_has_the_smallest_p() -> None:
    x = np.arange(1.0, 7.0)
    assert paired_comparison(x[:5], -x[:5]).p_value == 2 / 32
    assert paired_comparison(x, -x).p_value == 2 / 64
    assert paired_comparison(x, x).p_value == 1.0
    alone = paired_comparison(x[:1], -x[:1])
    assert (alone.p_value, alone.exact, alone.difference.n) == (1.0, True, 1)
    assert math.isnan(alone.difference.low)


def test_paired_comparison_samples_where_it_cannot_enumerate() -> None:
    d = np.random.default_rng(2).normal(0.4, 1.0, size=40)
    result = paired_comparison(d, np.zeros(40))
    assert not result.exact
    # For 40 nearly normal differences the t test is a good approximation.
    assert result.p_value == pytest.approx(stats.ttest_1samp(d, 0).pvalue, abs=0.01)
    assert paired_comparison(d[:13], np.zeros(13)).exact
    assert paired_comparison(d[:13], np.zeros(13), resamples=8192).exact
    assert not paired_comparison(d[:13], np.zeros(13), resamples=8191).exact


def test_pairing_keeps_the_level_under_no_difference() -> None:
    rng = np.random.default_rng(11)
    pairs = rng.normal(size=(300, 2, 8)) + rng.normal(0, 5, size=(300, 1, 8))
    p = [paired_comparison(a, b, resamples=256).p_value for a, b in pairs]
    assert 0.025 <= np.mean(np.array(p) <= 0.05) <= 0.075


def test_holm_of_the_textbook() -> None:
    p = np.array([0.01, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(holm(p), [0.03, 0.06, 0.06, 0.02], rtol=1e-12)
    np.testing.assert_allclose(holm(np.array([0.9, 0.6])), [1.0, 1.0])
    assert holm(np.array([0.2])) == 0.2


def test_comparisons_of_a_family_pay_for_each_other() -> None:
    gain, nothing = np.arange(1.0, 9.0), np.array([1.0, -1.0] * 4)
    zero = np.zeros(8)
    (alone,) = paired_comparisons([(gain, zero)])
    assert alone.p_value == 2 / 2**8  # all signs alike, and their mirror
    first, second = paired_comparisons([(gain, zero), (nothing, zero)])
    assert first.comparison == alone.comparison == paired_comparison(gain, zero)
    assert first.difference == alone.difference
    assert first.p_value == 2 * 2 / 2**8
    assert second.p_value == 1
    assert paired_comparisons([]) == []


def test_holm_rejects_what_the_sequential_procedure_rejects() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        p = rng.beta(0.3, 3.0, size=7)
        rejected = set()
        for step, i in enumerate(np.argsort(p)):
            if p[i] > 0.05 / (7 - step):
                break
            rejected.add(int(i))
        assert set(np.flatnonzero(holm(p) <= 0.05)) == rejected


def test_benjamini_hochberg_of_the_original_article() -> None:
    # Benjamini & Hochberg (1995), section 4: four rejections, Holm would make three.
    p = "1 4 19 95 201 278 298 344 459 3240 4262 5719 6528 7590 10000"
    values = np.array([int(x) for x in p.split()]) / 10000
    assert (benjamini_hochberg(values[::-1]) <= 0.05).sum() == 4
    assert (holm(values[::-1]) <= 0.05).sum() == 3


# --- bimodality -------------------------------------------------------------------


def test_coefficient_is_the_sas_formula() -> None:
    x = np.random.default_rng(4).gamma(2.0, size=23)
    n, d = x.size, x - x.mean()
    s = math.sqrt((d**2).sum() / (n - 1))
    skewness = n / ((n - 1) * (n - 2)) * ((d / s) ** 3).sum()
    tail = 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    kurtosis = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * ((d / s) ** 4).sum() - tail
    expected = (skewness**2 + 1) / (kurtosis + tail)
    assert bimodality(x).coefficient == pytest.approx(expected, rel=1e-10)


def test_coefficient_of_known_distributions() -> None:
    rng = np.random.default_rng(6)
    uniform = bimodality(rng.random(200_000))
    assert uniform.coefficient == pytest.approx(5 / 9, abs=0.005)
    normal = bimodality(rng.normal(size=200_000))
    assert normal.coefficient == pytest.approx(1 / 3, abs=0.01)
    assert not uniform.two_ends
    assert not normal.two_ends
    # Half and half: (n - 2)(n - 3) / (n^2 - 1), below 5/9 for small n.
    half = bimodality(np.repeat([0.0, 1.0], 5))
    assert half.coefficient == pytest.approx(56 / 99)
    small = bimodality(np.repeat([0.1, 1.0], 4))
    assert small.coefficient == pytest.approx(30 / 63)
    assert small.two_ends


def test_two_ends_need_two_seeds_each_and_an_emptier_middle() -> None:
    split = bimodality(np.array([0.1, 0.12, 0.5, 0.98, 1.0, 1.0]))
    assert (split.low_share, split.high_share) == (2 / 6, 3 / 6)
    assert split.two_ends
    assert split.note == (
        "two groups: 33% of 6 seeds at the low end, 50% at the high end; the mean"
        " describes neither"
    )
    outlier = bimodality(np.array([0.1] + [0.99, 1.0, 0.98, 1.0, 0.97, 0.99, 1.0] * 2))
    assert not outlier.two_ends
    assert outlier.coefficient > 5 / 9
    assert "above 0.56 without mass at both ends" in outlier.note
    assert not bimodality(np.array([0.0, 0.0, 0.4, 0.6, 1.0, 1.0])).two_ends
    crowded = bimodality(np.array([0.0, 0.0, 0.4, 0.5, 0.6, 1.0, 1.0]))
    assert not crowded.two_ends
    assert (
        crowded.note == "no sign of two groups among 7 seeds, which does not exclude it"
    )


def test_ends_fix_the_scale() -> None:
    solved = np.array([0.96, 0.96, 0.97, 1.0, 1.0])
    assert bimodality(solved).two_ends
    fixed = bimodality(solved, ends=(0.1, 1.0))
    assert (fixed.low_share, fixed.high_share, fixed.two_ends) == (0.0, 1.0, False)


def test_bimodality_of_equal_and_few_values() -> None:
    equal = bimodality(np.ones(8))
    assert math.isnan(equal.coefficient)
    assert (equal.low_share, equal.high_share, equal.two_ends) == (0.0, 0.0, False)
    assert math.isnan(bimodality(np.array([0.0, 1.0, 1.0])).coefficient)


# --- planning ---------------------------------------------------------------------


def fisher_power(n: int, p1: float, p2: float) -> float:
    total = 0.0
    for i, j in itertools.product(range(n + 1), repeat=2):
        if stats.fisher_exact([[i, n - i], [j, n - j]]).pvalue <= 0.05:
            total += stats.binom.pmf(i, n, p1) * stats.binom.pmf(j, n, p2)
    return float(total)


@pytest.mark.parametrize(
    ("p1", "p2"), [(0.0, 1.0), (0.1, 0.9), (1.0, 0.5), (0.05, 0.6), (0.95, 0.45)]
)
def test_seeds_needed_give_fishers_test_its_power(p1: float, p2: float) -> None:
    n = seeds_needed(p1, p2)
    assert fisher_power(n, p1, p2) >= 0.8
    assert fisher_power(math.floor(0.7 * n), p1, p2) < 0.8
    assert seeds_needed(p2, p1) == n


def test_seeds_needed_of_the_textbook() -> None:
    # R's power.prop.test(p1 = .50, p2 = .75, power = .90) documents 76.7, uncorrected;
    # the correction (1 + sqrt(1 + 4 / (76.7 / 4)))^2 / 4 = 1.102 makes it 84.5.
    assert seeds_needed(0.5, 0.75, power=0.9) == 85
    assert seeds_needed(0.5, 0.75) < 85 < seeds_needed(0.5, 0.75, power=0.9, alpha=0.01)


@pytest.mark.parametrize(("effect", "n"), [(0.2, 394), (0.5, 64), (0.8, 26)])
def test_seeds_needed_for_means_of_the_textbook(effect: float, n: int) -> None:
    # Cohen (1988), table 2.4.1 (0.2: 393 by interpolation there, 394 exactly).
    assert seeds_needed_for_means(3 * effect, 3.0) == n
    assert seeds_needed_for_means(-effect, 1.0) == n


def test_seeds_needed_for_means_give_the_t_test_its_power() -> None:
    n = seeds_needed_for_means(2.0, 1.0)
    rng = np.random.default_rng(8)

    def power(n: int) -> float:
        a, b = rng.normal(size=(2, 20000, n)) + np.array([2.0, 0.0])[:, None, None]
        return float(np.mean(stats.ttest_ind(a, b, axis=1).pvalue <= 0.05))

    assert power(n) > 0.79
    assert power(n - 1) < 0.8
    assert seeds_needed_for_means(1e6, 1.0) == 2


@pytest.mark.parametrize(("effect", "wanted"), [(0.1, 0.055), (0.3, 0.2), (1.0, 0.9)])
def test_seeds_needed_for_means_agree_with_the_f_test(
    effect: float, wanted: float
) -> None:
    # t^2 is F: both tails of the t test at once, which matters where power is low.
    n = next(
        n
        for n in itertools.count(2)
        if stats.ncf.sf(
            stats.f.isf(0.05, 1, 2 * n - 2), 1, 2 * n - 2, n * effect**2 / 2
        )
        >= wanted
    )
    assert seeds_needed_for_means(effect, 1.0, power=wanted) == n


@pytest.mark.parametrize("effect", [1e-3, 1e-9])
def test_seeds_needed_for_tiny_differences_are_the_normal_ones(effect: float) -> None:
    expected = 2 * (stats.norm.isf(0.025) + stats.norm.isf(0.2)) ** 2 / effect**2
    # Less a millionth for the other tail.
    assert seeds_needed_for_means(effect, 1.0) == pytest.approx(expected, rel=1e-5)


# --- memory horizon ---------------------------------------------------------------


def decreasing_fit(rates: list[float]) -> list[float]:
    """Isotonic regression by its min-max formula."""
    n = len(rates)
    return [
        min(
            max(float(np.mean(rates[k : j + 1])) for j in range(i, n))
            for k in range(i + 1)
        )
        for i in range(n)
    ]


def horizon_by_walking(grid: list[float], rates: list[float], level: float) -> float:
    fit = decreasing_fit(rates)
    if fit[0] <= level:
        return grid[0]
    for i in range(1, len(grid)):
        if fit[i] <= level + 1e-9:
            return float(np.interp(-level, [-fit[i - 1], -fit[i]], grid[i - 1 : i + 1]))
    return math.inf


@pytest.mark.parametrize("level", [0.5, 0.9])
@pytest.mark.parametrize("case", range(8))
def test_memory_horizon_is_the_brute_force_one(case: int, level: float) -> None:
    rng = np.random.default_rng(case)
    grid = [5.0, 10.0, 15.0, 20.0, 30.0]
    table = rng.random((5, 3)) < np.array([[0.95], [0.9], [0.5], [0.6], [0.2]])
    result = memory_horizon(np.array(grid), table, level)
    expected = horizon_by_walking(grid, table.mean(axis=1).tolist(), level)
    assert result.estimate.value == pytest.approx(expected)
    assert (result.level, result.estimate.n) == (level, 3)
    # Three seeds are sure only of what none can do, and of that only at 0.9.
    high = math.inf
    for length, row in reversed([*zip(grid, table, strict=True)]):
        if row.any() or level == 0.5:
            break
        high = length
    assert result.estimate.interval == (0.0, high)


def test_memory_horizon_interpolates_and_smooths() -> None:
    grid = np.array([5, 10, 15, 20])

    def rates(*counts: int) -> np.ndarray:
        return np.stack([outcomes(k, 10) for k in counts])

    steady = memory_horizon(grid, rates(10, 8, 4, 0))
    assert steady.estimate.value == pytest.approx(10 + 5 * 3 / 4)
    assert steady.bracket == (10.0, 15.0)
    # A dip at 10 is pooled with 15: 1.0, 0.6, 0.6, 0.2.
    dip = memory_horizon(grid, rates(10, 4, 8, 2))
    assert dip.estimate.value == pytest.approx(15 + 5 / 4)
    # Exactly at the level over two lengths: the first of them.
    assert memory_horizon(grid, rates(10, 5, 5, 0)).estimate.value == 10.0
    # The same where rounding makes the pooled average a little more than the level.
    pooled = memory_horizon(grid, rates(6, 3, 4, 8))
    assert pooled.estimate.value == 10.0
    assert not pooled.beyond_grid
    # All or nothing: the seeds agree, only the grid is coarse.
    cliff = memory_horizon(grid, rates(10, 10, 0, 0))
    assert cliff.estimate[:3] == (12.5, 10.0, 15.0)
    assert cliff.bracket == (10.0, 15.0)
    # 9 of 10 are surely most, 8 are not; 1 of 10 is surely few, 2 are not.
    slope = memory_horizon(grid, rates(9, 8, 2, 1))
    assert slope.estimate.interval == (5.0, 20.0)
    # Nothing is sure beyond the first length that is not.
    gap = memory_horizon(grid, rates(9, 8, 9, 9))
    assert gap.estimate.interval == (5.0, math.inf)


def test_memory_horizon_beyond_and_below_the_grid_is_marked() -> None:
    grid = np.array([5, 10])
    beyond = memory_horizon(grid, np.ones((2, 4), dtype=bool))
    assert beyond.estimate[:3] == (math.inf, 0.0, math.inf)
    sure = memory_horizon(grid, np.ones((2, 6), dtype=bool))
    assert sure.estimate[:3] == (math.inf, 10.0, math.inf)
    assert (beyond.beyond_grid, beyond.below_grid) == (True, False)
    assert beyond.bracket == (10.0, math.inf)
    below = memory_horizon(grid, np.zeros((2, 4), dtype=bool))
    assert below.estimate[:3] == (5.0, 0.0, math.inf)
    sure = memory_horizon(grid, np.zeros((2, 6), dtype=bool))
    assert sure.estimate[:3] == (5.0, 0.0, 5.0)
    assert (below.beyond_grid, below.below_grid) == (False, True)
    assert below.bracket == (0.0, 5.0)
    exact = memory_horizon(grid, np.array([[True, False], [False, False]]))
    assert exact.estimate.value == 5.0
    assert not exact.below_grid
    mixed = memory_horizon(grid, np.stack([outcomes(10, 10), outcomes(4, 10)]))
    assert mixed.estimate.value == pytest.approx(5 + 5 * 5 / 6)
    assert mixed.estimate.interval == (5.0, math.inf)
    single = memory_horizon(grid, np.array([[True], [False]]))
    assert single.estimate[:3] == (7.5, 0.0, math.inf)


@pytest.mark.parametrize("n", and_slow([10], [6, 30]))
def test_memory_horizon_covers(n: int) -> None:
    grid = np.array([5, 10, 15, 20, 25])
    rates = np.array([[0.98], [0.8], [0.55], [0.3], [0.1]])
    truth = 15 + 5 * 0.05 / 0.25
    rng = np.random.default_rng(9)
    found = [memory_horizon(grid, rng.random((5, n)) < rates) for _ in range(200)]
    assert np.mean([covers(each.estimate, truth) for each in found]) >= 0.95


# --- errors -----------------------------------------------------------------------


def test_many_seeds_are_flipped_in_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In pieces it is the same sampling, of all seeds at once it were 240 MB."""
    values, others = np.random.default_rng(3).normal(size=(2, 30))
    whole = paired_comparison(values, others)
    monkeypatch.setattr("seqjax.core.statistics.comparison.MOST_AT_ONCE", 1000)
    assert paired_comparison(values, others) == whole


def test_a_diverged_seed_is_never_dropped_silently() -> None:
    bad = np.array([0.1, np.nan, 0.3])
    assert said_by(mean, bad) == (
        "values must be finite, not nan at index 1; a diverged seed counts: map it to"
        " the value of a failure (chance level, say) first"
    )
    good, yes = np.zeros(3), np.ones(3, dtype=bool)
    assert said_by(interquartile_mean, np.array([-np.inf]), 0.0, 1.0).startswith(
        "values must be finite, not -inf at index 0"
    )
    assert said_by(bimodality, bad).startswith("values must be finite, not nan")
    assert said_by(median_time, bad, yes).startswith("times must be finite, not nan")
    assert said_by(paired_comparison, good, bad).startswith("b must be finite, not nan")
    assert said_by(holm, bad).startswith("p_values must be finite, not nan")


def test_wrong_arrays_are_named() -> None:
    yes = np.ones(3, dtype=bool)
    assert said_by(flags, "successes", np.array([0.99, 0.1])) == (
        "successes must be boolean, not dtype float64; compare first, as in"
        " accuracy >= 0.99"
    )
    assert said_by(success_rate, np.ones(0, dtype=bool)) == (
        "successes must be a vector with at least one entry, not of shape (0,); pass"
        " one entry per seed"
    )
    assert "not of shape (2, 2)" in said_by(mean, np.ones((2, 2)))
    assert said_by(mean, yes) == (
        "values must hold real numbers, not dtype bool; convert it with astype(float)"
        " if that is what you mean"
    )
    assert said_by(median_time, np.ones(2), yes) == (
        "censored must have one entry per entry of times, not 3 for 2; pass both for"
        " the same seeds"
    )
    assert said_by(median_time, np.array([1, -2, 3]), yes) == (
        "times must be at least 0, not -2.0; a seed that never solved is marked in"
        " censored, with the time it was watched"
    )
    assert said_by(paired_comparison, np.ones(3), np.ones(2)) == (
        "b must have one entry per entry of a, not 2 for 3; pair the settings by seed"
    )
    assert said_by(holm, np.array([0.5, 1.5])) == (
        "p_values must lie in [0, 1], not 1.5; pass p-values, not statistics or"
        " percentages"
    )
    assert said_by(memory_horizon, np.array([5, 5]), np.ones((2, 2), dtype=bool)) == (
        "lengths must be positive and increasing, not [5.0, 5.0]; sort them and name"
        " each once"
    )
    assert said_by(memory_horizon, np.array([5, 9]), np.ones((3, 2), dtype=bool)) == (
        "successes must have shape (lengths, seeds) = (2, at least 1), not (3, 2); a"
        " row per length, a column per seed"
    )
    assert said_by(memory_horizon, np.array([5]), np.ones((1, 2))).startswith(
        "successes must be boolean, not dtype float64"
    )


def test_wrong_numbers_are_named() -> None:
    x, yes = np.arange(4.0), np.ones((1, 3), dtype=bool)
    assert said_by(mean, x, confidence=95.0) == (
        "confidence must lie strictly between 0 and 1, not 95.0; give a fraction, not a"
        " percentage"
    )
    assert said_by(success_rate, yes[0], confidence=0.0).startswith("confidence must")
    assert said_by(median_time, x[:3], yes[0], confidence=1.0).startswith("confidence")
    assert said_by(memory_horizon, x[1:2], yes, 1.0).startswith("level must lie")
    assert said_by(memory_horizon, x[1:2], yes, confidence=2.0).startswith("confidence")
    assert said_by(paired_comparison, x, x, resamples=0).startswith(
        "resamples must be an integer of"
    )
    assert said_by(bounded_mean, x, 0.0, 2.5) == (
        "values must lie in [0.0, 2.5], not 3.0; give the range that they cannot leave"
    )
    assert said_by(bounded_mean, x, 3.0, 3.0) == (
        "high must exceed low = 3.0, not 3.0; give the range that values cannot leave"
    )
    assert said_by(bounded_mean, x, 0.0, math.inf).startswith("high must be ")
    assert said_by(bounded_mean, x, 0.0, 3.0, confidence=95.0).startswith("confidence")
    assert said_by(bimodality, x, ends=(1.0, 0.1)) == (
        "ends must be a finite pair in increasing order, not (1.0, 0.1); pass (chance"
        " level, 1.0) for accuracies"
    )
    assert said_by(seeds_needed, 0.5, 0.5) == (
        "p2 must differ from p1, not 0.5 for both; no number of seeds separates equal"
        " rates"
    )
    assert said_by(seeds_needed, 50.0, 0.5).startswith("p1 must be ")
    assert said_by(seeds_needed, 0.5, math.nan).startswith("p2 must be ")
    assert said_by(seeds_needed, 0.1, 0.5, power=0.05) == (
        "power must exceed alpha = 0.05, not 0.05; a test without any data has power"
        " alpha"
    )
    assert said_by(seeds_needed_for_means, 0.0, 1.0) == (
        "difference must differ from 0, not 0.0; no number of seeds separates equal"
        " means"
    )
    assert said_by(seeds_needed_for_means, 1.0, 0.0).startswith("sd must be ")
    assert said_by(seeds_needed_for_means, 1.0, 1.0, alpha=1.0).startswith("alpha must")


def test_results_are_plain_numbers_and_the_public_names_are_documented() -> None:
    grid, table = np.array([5, 10]), np.array([[True, True], [True, False]])
    for result in (
        success_rate(table[0]),
        mean(np.arange(5)),
        median_time(np.arange(1, 5), np.zeros(4, dtype=bool)),
        memory_horizon(grid, table).estimate,
    ):
        assert [type(x) for x in result] == [float, float, float, float, int]
    horizon = memory_horizon(grid, table)
    assert [type(x) for x in (horizon.beyond_grid, horizon.below_grid)] == [bool, bool]
    assert type(bimodality(np.arange(9)).two_ends) is bool
    assert type(seeds_needed(0.1, 0.9)) is int
    for name in statistics.__all__:
        member = getattr(statistics, name)
        assert "Source:" in member.__doc__ or inspect.isclass(member)
