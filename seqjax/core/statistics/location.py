"""Typical values over seeds, with bootstrap intervals."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from jaxtyping import Float64, Real

from seqjax.core.checks import check_integer
from seqjax.core.statistics.estimate import (
    Estimate,
    Interval,
    check_fraction,
    finite_values,
)

RESAMPLES = 9999
MOST_AT_ONCE = 2**22
"""Resampled values that are in memory at a time; of all at once, ten thousand seeds
would take gigabytes."""
# With two or three values the jackknife behind BCa's acceleration is mere noise.
SMALLEST_FOR_BCA = 4


def mean(
    values: Real[np.ndarray, " seeds"],
    *,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Mean over seeds with a bootstrap interval.

    The interval is bias-corrected and accelerated (BCa). It falls back to the plain
    percentile interval with fewer than four values and where BCa is undefined; it is
    the point itself where all values are equal; with a single value there is no
    interval and both ends are `nan`.

    The bootstrap is too short for few values: on normal data a nominal 95 % interval
    covers about 73 % at 3 seeds, 83 % at 5, 90 % at 10 and 92 % at 20. Where the values
    split into two groups, read `bimodality` and `success_rate` beside it.

    Args:
        values: (seeds,), finite.
        confidence: nominal coverage, in (0, 1).
        seed: of the resampling; the same seed gives the same interval.
        resamples: number of bootstrap samples, at least 1.

    Returns:
        The mean with its interval, in the unit of `values`.

    Raises:
        ValueError: `values` is not a vector of finite numbers (a diverged seed is never
            dropped: map it first), `confidence` is outside (0, 1), or `resamples` < 1.

    Source: Efron (1987), "Better bootstrap confidence intervals", JASA 82; computed by
    `scipy.stats.bootstrap`.
    """
    array = finite_values("values", values)
    return _bootstrap_estimate(array, np.mean, confidence, seed, resamples)


def interquartile_mean(
    values: Real[np.ndarray, " seeds"],
    *,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Mean of the middle half of the seeds (IQM) with a bootstrap interval.

    floor(n / 4) values are dropped at each end, so that a few failed or lucky seeds do
    not decide the number, and below four seeds it equals the mean. It describes the
    typical seed: where a quarter of the seeds or fewer fail, it does not see them, so
    the success rate belongs beside it. The interval is that of `mean`.

    Args:
        values: (seeds,), finite.
        confidence: nominal coverage, in (0, 1).
        seed: of the resampling; the same seed gives the same interval.
        resamples: number of bootstrap samples, at least 1.

    Returns:
        The inter-quartile mean with its interval, in the unit of `values`.

    Raises:
        ValueError: as for `mean`.

    Source: Agarwal et al. (2021), "Deep reinforcement learning at the edge of the
    statistical precipice", NeurIPS, section 4.3; they resample within tasks, here
    there is one task. Interval as in Efron (1987).
    """
    array = finite_values("values", values)
    return _bootstrap_estimate(array, _trimmed_mean, confidence, seed, resamples)


def _trimmed_mean(x: np.ndarray, axis: int = -1) -> Any:
    return scipy.stats.trim_mean(x, 0.25, axis=axis)


def _bootstrap_estimate(
    array: Float64[np.ndarray, " seeds"],
    statistic: Callable[..., Any],
    confidence: float,
    seed: int,
    resamples: int,
) -> Estimate:
    check_fraction("confidence", confidence)
    check_resamples(resamples)
    value = float(statistic(array, axis=-1))
    if array.size == 1:
        interval = Interval(float("nan"), float("nan"))
    elif np.ptp(array) == 0.0:
        interval = Interval(value, value)
    else:
        interval = _resampled(array, statistic, confidence, seed, resamples)
    return Estimate(value, *interval, confidence=confidence, n=array.size)


def _resampled(
    array: Float64[np.ndarray, " seeds"],
    statistic: Callable[..., Any],
    confidence: float,
    seed: int,
    resamples: int,
) -> Interval:
    """BCa interval, or the percentile interval where BCa is undefined."""

    def limits(method: str) -> Interval:
        result = scipy.stats.bootstrap(
            (array,),
            statistic,
            n_resamples=resamples,
            batch=at_once(array.size),
            vectorized=True,
            confidence_level=confidence,
            method=method,
            rng=np.random.default_rng(seed),
        )
        ends = result.confidence_interval
        return Interval(float(ends.low), float(ends.high))

    if array.size >= SMALLEST_FOR_BCA:
        with warnings.catch_warnings():
            # An undefined BCa (equal jackknife values) is answered below.
            warnings.simplefilter("ignore", RuntimeWarning)
            interval = limits("BCa")
        if np.all(np.isfinite(interval)):
            return interval
    return limits("percentile")


def at_once(seeds: int) -> int:
    """How many resamples of so many seeds are drawn at a time."""
    return max(1, MOST_AT_ONCE // seeds)


def check_resamples(resamples: int) -> None:
    """Raise a `ValueError` unless at least one resample is asked for."""
    check_integer("resamples", resamples, minimum=1, hint=f"try {RESAMPLES}")
