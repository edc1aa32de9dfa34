"""The mean over seeds of what has no known range."""

import math

import numpy as np
import scipy
from jaxtyping import Real

from seqjax.core.statistics.estimate import Estimate, check_fraction, finite_values


def mean(values: Real[np.ndarray, " seeds"], *, confidence: float = 0.95) -> Estimate:
    """Mean over seeds with Student's interval.

    For losses, times and other numbers without a range: of numbers that cannot leave
    one, such as accuracies, `bounded_mean` covers also where they fall into two groups
    or are at the range's end, which this does not. It covers at its nominal rate where
    values are about normal, at any number of seeds.

    Of a single value, and of values that are all equal, there is no interval, and both
    ends are `nan`: they say nothing of how far others would lie.

    Args:
        values: (seeds,), finite.
        confidence: nominal coverage, in (0, 1).

    Returns:
        The mean with its interval, in the unit of `values`.

    Raises:
        ValueError: `values` is not a vector of finite numbers (a diverged seed is never
            dropped: map it first), or `confidence` is outside (0, 1).

    Source: Student (1908), "The probable error of a mean", Biometrika 6; the quantile
    is that of `scipy.stats.t`.
    """
    array = finite_values("values", values)
    check_fraction("confidence", confidence)
    value, half = float(array.mean()), math.nan
    if np.ptp(array) > 0.0:
        quantile = _quantile(confidence, array.size)
        half = float(quantile * array.std(ddof=1) / math.sqrt(array.size))
    return Estimate(
        value, value - half, value + half, confidence=confidence, n=array.size
    )


def with_confidence(found: Estimate, confidence: float) -> Estimate:
    """A `mean` with its interval at another confidence.

    Args:
        found: by `mean`, not a number that was made of it.
        confidence: nominal coverage, in (0, 1).

    Returns:
        The same mean; without an interval where it had none.

    Raises:
        ValueError: `confidence` is outside (0, 1).

    Source: that of `mean`.
    """
    check_fraction("confidence", confidence)
    if math.isnan(found.low):
        return found._replace(confidence=confidence)
    wider = _quantile(confidence, found.n) / _quantile(found.confidence, found.n)
    half = wider * (found.high - found.low) / 2.0
    return found._replace(
        low=found.value - half, high=found.value + half, confidence=confidence
    )


def _quantile(confidence: float, n: int) -> float:
    """Standard errors from the mean to an end."""
    return float(scipy.stats.t.isf((1.0 - confidence) / 2.0, n - 1))
