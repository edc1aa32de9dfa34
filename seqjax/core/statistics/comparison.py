"""Do two settings differ, and do they still when many pairs are compared?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float64, Real

from seqjax.core.checks import check_integer
from seqjax.core.statistics.bounded import bounded_mean
from seqjax.core.statistics.distribution import probability_of_improvement
from seqjax.core.statistics.estimate import Estimate, finite_values
from seqjax.core.statistics.location import mean

RESAMPLES = 9999
MOST_AT_ONCE = 2**22
"""Flipped values that are in memory at a time; of all at once, ten thousand seeds
would take gigabytes."""


class Comparison(NamedTuple):
    """Two settings on the same seeds.

    Attributes:
        difference: mean of a - b over the seeds, with its interval.
        p_value: two-sided, of the sign-flip test of "no difference".
        exact: whether all sign flips were enumerated (else sampled).
        each: a - b of every seed.
        improvement: `probability_of_improvement` of a over b.
    """

    difference: Estimate
    p_value: float
    exact: bool
    each: tuple[float, ...]
    improvement: float


def paired_comparison(
    a: Real[np.ndarray, " seeds"],
    b: Real[np.ndarray, " seeds"],
    *,
    bounds: tuple[float, float] | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Compare two settings that were trained on the same seeds.

    Under the hypothesis that the setting makes no difference, a and b of one seed may
    be exchanged: the p-value is the share of the 2^n exchanges whose mean difference is
    at least as far from 0 as the observed one. All are enumerated where 2^n is at most
    `resamples` (13 seeds by default); beyond that they are sampled, and the p-value
    counts the observed one among them.

    The exact p-value cannot be smaller than 2^(1 - n): **five seeds can never reach
    0.05 (0.0625 at best), six can (0.031)**. For one seed it is 1, and the difference
    has no interval.

    Args:
        a: (seeds,), finite; results of the first setting.
        b: (seeds,), finite; results of the second, same seeds in the same order.
        bounds: that no result can leave, (0, 1) of accuracies: the interval is then
            that of `bounded_mean`, which covers whatever the results; default: that of
            `mean`.
        confidence: nominal coverage of the difference's interval, in (0, 1).
        seed: of the sampling of sign flips.
        resamples: the most sign flips evaluated.

    Returns:
        Mean difference with interval, p-value, and whether it is exact.

    Raises:
        ValueError: `a` or `b` is not a vector of finite numbers, their lengths differ,
            a result is outside `bounds`, `confidence` is outside (0, 1), or `resamples`
            < 1.

    Source: Fisher (1935), "The design of experiments", section 21; computed by
    `scipy.stats.permutation_test`.
    """
    first, second = finite_values("a", a), finite_values("b", b)
    if first.size != second.size:
        raise ValueError(
            "b must have one entry per entry of a, not"
            f" {second.size} for {first.size}; pair the settings by seed"
        )
    check_integer("resamples", resamples, minimum=1, hint=f"try {RESAMPLES}")
    gained = first - second
    if bounds is None:
        difference = mean(gained, confidence=confidence)
    else:
        width = bounds[1] - bounds[0]
        difference = bounded_mean(gained, -width, width, confidence=confidence)
    exact = 2**first.size <= resamples or first.size == 1
    more = tuple(gained.tolist()), probability_of_improvement(first, second)
    if first.size == 1:
        return Comparison(difference, 1.0, exact, *more)
    result = scipy.stats.permutation_test(
        (first, second),
        _mean_difference,
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, MOST_AT_ONCE // first.size),
        rng=np.random.default_rng(seed),
    )
    return Comparison(difference, float(result.pvalue), exact, *more)


def _mean_difference(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    return np.asarray(np.mean(x - y, axis=axis))


def holm(p_values: Real[np.ndarray, " tests"]) -> Float64[np.ndarray, " tests"]:
    """Adjust p-values for multiplicity so that the family-wise error is controlled.

    Rejecting where the adjusted value is at most alpha makes even one false rejection
    in the family no likelier than alpha, however the tests depend on each other.

    Args:
        p_values: (tests,), each in [0, 1].

    Returns:
        (tests,) adjusted p-values in the order given.

    Raises:
        ValueError: not a vector of numbers in [0, 1].

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6.
    """
    p = _probabilities(p_values)
    order = np.argsort(p, kind="stable")
    remaining = np.arange(p.size, 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(remaining * p[order]), 1.0)
    return adjusted


class Adjusted(NamedTuple):
    """One comparison of a family of them.

    Attributes:
        comparison: of the two settings, as if it were the only one.
        p_value: its p-value, adjusted by `holm` over the family.
        family: how many comparisons it has.
    """

    comparison: Comparison
    p_value: float
    family: int = 1

    @property
    def difference(self) -> Estimate:
        """That of the comparison."""
        return self.comparison.difference


def paired_comparisons(
    pairs: Sequence[tuple[Real[np.ndarray, " seeds"], Real[np.ndarray, " seeds"]]],
    *,
    bounds: tuple[float, float] | None = None,
) -> list[Adjusted]:
    """Compare several pairs of settings by `paired_comparison`, as one family.

    Args:
        pairs: of each comparison, what to pass as `a` and `b`; may be empty.
        bounds: as in `paired_comparison`.

    Returns:
        The comparisons in the order given, each with its p-value after `holm`.

    Raises:
        ValueError: as `paired_comparison` does.

    Source: those of `paired_comparison` and `holm`.
    """
    found = [paired_comparison(a, b, bounds=bounds) for a, b in pairs]
    if not found:
        return []
    adjusted = holm(np.array([comparison.p_value for comparison in found]))
    return [
        Adjusted(comparison, p_value, len(found))
        for comparison, p_value in zip(found, adjusted.tolist(), strict=True)
    ]


def benjamini_hochberg(
    p_values: Real[np.ndarray, " tests"],
) -> Float64[np.ndarray, " tests"]:
    """Adjust p-values for multiplicity so that the false discovery rate is controlled.

    Rejecting where the adjusted value is at most alpha keeps the expected share of
    false rejections among the rejections below alpha, for independent or positively
    dependent tests. Weaker than `holm`; for screening many settings.

    Args:
        p_values: (tests,), each in [0, 1].

    Returns:
        (tests,) adjusted p-values in the order given.

    Raises:
        ValueError: not a vector of numbers in [0, 1].

    Source: Benjamini & Hochberg (1995), "Controlling the false discovery rate", JRSS B
    57; computed by `scipy.stats.false_discovery_control`.
    """
    adjusted = scipy.stats.false_discovery_control(
        _probabilities(p_values), method="bh"
    )
    return np.asarray(adjusted, dtype=np.float64)


def _probabilities(p_values: Real[np.ndarray, " tests"]) -> np.ndarray:
    p = finite_values("p_values", p_values)
    outside = p[(p < 0.0) | (p > 1.0)]
    if outside.size:
        raise ValueError(
            f"p_values must lie in [0, 1], not {outside[0]}; pass p-values, not"
            " statistics or percentages"
        )
    return p
