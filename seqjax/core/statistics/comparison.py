"""Do two settings differ, and do they still when many pairs are compared?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float64, Real

from seqjax.core.statistics.estimate import Estimate, finite_values
from seqjax.core.statistics.location import RESAMPLES, at_once, mean


class Comparison(NamedTuple):
    """Two settings on the same seeds.

    Attributes:
        difference: mean of a - b over the seeds, with its bootstrap interval.
        p_value: two-sided, of the sign-flip test of "no difference".
        exact: whether all sign flips were enumerated (else sampled).
    """

    difference: Estimate
    p_value: float
    exact: bool


def paired_comparison(
    a: Real[np.ndarray, " seeds"],
    b: Real[np.ndarray, " seeds"],
    *,
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
        confidence: nominal coverage of the difference's interval, in (0, 1).
        seed: of the resampling.
        resamples: number of bootstrap samples, and the most sign flips evaluated.

    Returns:
        Mean difference with interval (as in `mean`), p-value, and whether it is exact.

    Raises:
        ValueError: `a` or `b` is not a vector of finite numbers, their lengths differ,
            `confidence` is outside (0, 1), or `resamples` < 1.

    Source: Fisher (1935), "The design of experiments", section 21; computed by
    `scipy.stats.permutation_test`.
    """
    first, second = finite_values("a", a), finite_values("b", b)
    if first.size != second.size:
        raise ValueError(
            "b must have one entry per entry of a, not"
            f" {second.size} for {first.size}; pair the settings by seed"
        )
    difference = mean(
        first - second, confidence=confidence, seed=seed, resamples=resamples
    )
    exact = 2**first.size <= resamples or first.size == 1
    if first.size == 1:
        return Comparison(difference, p_value=1.0, exact=exact)
    result = scipy.stats.permutation_test(
        (first, second),
        _mean_difference,
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=at_once(first.size),
        rng=np.random.default_rng(seed),
    )
    return Comparison(difference, p_value=float(result.pvalue), exact=exact)


def _mean_difference(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    return np.asarray(np.mean(x - y, axis=axis))


def spread_comparison(
    a: Real[np.ndarray, " seeds"], b: Real[np.ndarray, " seeds"]
) -> Comparison:
    """Compare how far two settings lie from their medians, on the same seeds.

    Absolute deviations from the median under the sign-flip test of `paired_comparison`:
    accuracies of few seeds, many of them equal, are no case for an F distribution.

    Source: Brown & Forsythe (1974), for the deviations.

    Args:
        a: (seeds,), finite; results of the first setting.
        b: (seeds,), finite; results of the second, same seeds in the same order.

    Returns:
        Mean difference of the deviations: below 0 where the first setting varies less.

    Raises:
        ValueError: `a` or `b` is not a vector of finite numbers, or their lengths
            differ.
    """
    away = (np.abs(side - np.median(side)) for side in (a, b))
    return paired_comparison(*away)


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
    """

    comparison: Comparison
    p_value: float

    @property
    def difference(self) -> Estimate:
        """That of the comparison."""
        return self.comparison.difference


def paired_comparisons(
    pairs: Sequence[tuple[Real[np.ndarray, " seeds"], Real[np.ndarray, " seeds"]]],
) -> list[Adjusted]:
    """Compare several pairs of settings by `paired_comparison`, as one family.

    Args:
        pairs: of each comparison, what to pass as `a` and `b`; may be empty.

    Returns:
        The comparisons in the order given, each with its p-value after `holm`.

    Raises:
        ValueError: as `paired_comparison` does.

    Source: those of `paired_comparison` and `holm`.
    """
    found = [paired_comparison(a, b) for a, b in pairs]
    if not found:
        return []
    adjusted = holm(np.array([comparison.p_value for comparison in found]))
    return [Adjusted(*each) for each in zip(found, adjusted.tolist(), strict=True)]


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
