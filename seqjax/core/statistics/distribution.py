"""What the seeds of a setting tell beyond their mean."""

import numpy as np
import scipy
from jaxtyping import Float64, Real

from seqjax.core.statistics.estimate import (
    Estimate,
    check_fraction,
    check_range,
    finite_values,
)


def interquartile_mean(
    values: Real[np.ndarray, " seeds"],
    low: float,
    high: float,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Mean of the middle half of the seeds (IQM), of numbers that lie in a known range.

    floor(n / 4) values are dropped at each end, so that a few failed or lucky seeds do
    not decide the number, and below four seeds it equals the mean. It describes the
    typical seed: where a quarter of the seeds or fewer fail, it does not see them, so
    the success rate belongs beside it.

    The interval is that of 2 times the integral of the quantile function from 1/4 to
    3/4. Every quantile of the population lies, all at once, between those of two
    distribution functions: the seeds' own, moved down and up by the limits of
    Kolmogorov and Smirnov, with what that leaves over at `low` and `high`. It assumes
    nothing of the numbers but their range, and is never a point: ten equal seeds at 1
    give 0.68 to 1.

    Args:
        values: (seeds,), finite, from `low` to `high`.
        low: what no value can be below: 0 of an accuracy.
        high: what no value can exceed.
        confidence: nominal coverage, in (0, 1).

    Returns:
        The inter-quartile mean with its interval, in the unit of `values`.

    Raises:
        ValueError: as `bounded_mean` does.

    Source: Agarwal et al. (2021), "Deep reinforcement learning at the edge of the
    statistical precipice", NeurIPS, section 4.3, for one task, by `scipy.stats`; its
    bootstrap is too short of few seeds. The interval: Anderson (1969), "Confidence
    limits for the expected value of an arbitrary bounded random variable with a
    continuous distribution function", Bulletin of the ISI 43, applied to this mean;
    the limits: `scipy.stats.ksone`.
    """
    array = np.sort(finite_values("values", values))
    check_range(array, low, high)
    check_fraction("confidence", confidence)
    value = float(scipy.stats.trim_mean(array, 0.25))
    moved = float(scipy.stats.ksone.isf((1.0 - confidence) / 2.0, array.size))
    least = _middle_half(np.concatenate([[low], array]), moved)
    # The upper end is the lower end of the mirrored numbers.
    most = -_middle_half(np.concatenate([[-high], -array[::-1]]), moved)
    # Whole seeds are dropped, which may leave what the integral does not.
    return Estimate(
        value, min(least, value), max(most, value), confidence, n=array.size
    )


def _middle_half(steps: Float64[np.ndarray, " steps"], moved: float) -> float:
    """Mean from 1/4 to 3/4 of the least quantile function, which has these steps.

    Args:
        steps: its values: the bound, up to `moved`, then a seed for every 1 / n.
        moved: by how much the seeds' shares are moved.
    """
    seeds = len(steps) - 1
    ends = np.clip(moved + np.arange(seeds) / seeds, 0.25, 0.75)
    widths = np.diff(ends, prepend=0.25, append=0.75)
    return float(2.0 * widths @ steps)


def probability_of_improvement(
    a: Real[np.ndarray, " seeds"], b: Real[np.ndarray, " others"]
) -> float:
    """How likely a seed of one setting lies above a seed of another; ties count half.

    Over all pairs of a seed of the one and a seed of the other. 1/2 where neither is
    better; it does not tell by how much. Where seeds fall into two groups it says more
    than a difference of means, which no pair of seeds may show.

    Args:
        a: (seeds,), finite; results of the one setting.
        b: (others,), finite; of the other, of as many seeds or not.

    Returns:
        A share of pairs, in [0, 1].

    Raises:
        ValueError: `a` or `b` is not a vector of finite numbers.

    Source: Agarwal et al. (2021), section 4.3, for one task; it is the statistic of
    Mann & Whitney (1947) over the number of pairs.
    """
    gaps = finite_values("a", a)[:, None] - finite_values("b", b)
    return float(np.mean((np.sign(gaps) + 1.0) / 2.0))


def performance_profile(
    values: Real[np.ndarray, " seeds"], levels: Real[np.ndarray, " levels"]
) -> Float64[np.ndarray, " levels"]:
    """Share of seeds above each of some levels.

    Args:
        values: (seeds,), finite.
        levels: (levels,), finite; accuracies from chance to 1, say.

    Returns:
        (levels,) shares in [0, 1].

    Raises:
        ValueError: `values` or `levels` is not a vector of finite numbers.

    Source: Agarwal et al. (2021), section 4.3, "score distributions", for one task.
    """
    x, tau = finite_values("values", values), finite_values("levels", levels)
    return np.asarray((x > tau[:, None]).mean(axis=1))


def gini_difference(values: Real[np.ndarray, " seeds"]) -> float:
    """Gini's mean difference: how far two seeds lie apart, on average.

    Over all pairs, 0 of a single seed. Unlike a standard deviation it is a mean, of
    what two seeds differ by, so that a claim about it is one about pairs of seeds.

    Args:
        values: (seeds,), finite.

    Returns:
        The mean of |x_i - x_j|, in the unit of `values`.

    Raises:
        ValueError: `values` is not a vector of finite numbers.

    Source: Gini (1912), "Variabilità e mutabilità"; Yitzhaki (2003), "Gini's mean
    difference: a superior measure of variability for non-normal distributions".
    """
    x = finite_values("values", values)
    gaps = np.abs(x[:, None] - x)
    return float(gaps.sum() / max(1, x.size * (x.size - 1)))


def pair_gaps(
    values: Real[np.ndarray, " seeds"],
) -> Float64[np.ndarray, " pairs"]:
    """|x_1 - x_2|, |x_3 - x_4| and so on: gaps of pairs that have no seed in common.

    They are independent of each other, which those of all pairs are not, so that exact
    tests and bounds apply to them; their expectation is that of `gini_difference`.

    Args:
        values: (seeds,), finite, in an order that does not depend on them.

    Returns:
        (pairs,), a pair for every two seeds; the last of an odd number is in none.

    Raises:
        ValueError: `values` is not a vector of finite numbers.

    Source: Hoeffding (1963), "Probability inequalities for sums of bounded random
    variables", section 5a.
    """
    x = finite_values("values", values)
    whole = x.size - x.size % 2
    return np.asarray(np.abs(x[0:whole:2] - x[1:whole:2]))
