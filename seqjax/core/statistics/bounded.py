"""The mean of numbers that cannot leave a range, such as accuracies."""

import numpy as np
from jaxtyping import Float64, Real

from seqjax.core.statistics.estimate import (
    Estimate,
    check_fraction,
    check_range,
    finite_values,
)

DRAWS = 20_000
"""Of the weights: what an end of an interval is off by is far below its width."""

MOST_AT_ONCE = 2**22
"""Weights that are in memory at a time."""


def bounded_mean(
    values: Real[np.ndarray, " seeds"],
    low: float,
    high: float,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Mean of numbers that lie in a known range, with Gaffke's interval.

    The upper end is the 1 - alpha / 2 quantile of sum_i w_i x_i + w_0 `high`, where the
    weights (w_0, .., w_n) are uniform on the simplex, which is Dirichlet(1, .., 1); the
    lower end is the alpha / 2 quantile with `low` in the place of `high`. Nothing is
    assumed of the numbers but their range: seeds that fall into two groups, that are at
    a ceiling, or that are all equal are covered as well. **The interval is never a
    point**: of n equal values x it ends at x + (`high` - x) (1 - (alpha / 2)^(1 / n)),
    31 % of the way to the bound for 10 seeds and 95 %.

    That it covers is proved for some cases and has been refuted for none: no
    distribution is known that it does not cover (Learned-Miller & Thomas), nor are
    those of `tests/lab/test_error_rates.py`, which are like what seeds show here. The
    quantiles are those of 20 000 draws, the same ones at every call.

    Args:
        values: (seeds,), finite, from `low` to `high`.
        low: what no value can be below: 0 of an accuracy, -1 of the difference of two.
        high: what no value can exceed.
        confidence: nominal coverage, in (0, 1).

    Returns:
        The mean with its interval, in the unit of `values`.

    Raises:
        ValueError: `values` is not a vector of finite numbers in the range, the range
            is empty or not finite, or `confidence` is outside (0, 1).

    Source: Gaffke (2005), "Three test statistics for a nonparametric one-sided
    hypothesis on the mean of a nonnegative variable", Mathematical Methods of
    Statistics 14; Learned-Miller & Thomas (2020), "A new confidence interval for the
    mean of a bounded random variable", arXiv 1905.06208.
    """
    array = finite_values("values", values)
    check_fraction("confidence", confidence)
    check_range(array, low, high)
    # Gamma variables over their sum are uniform on the simplex; the weight of the end
    # is Beta(1, n), taken at its quantiles so that equal values have the closed form.
    inner, ends = _weighted(np.sort(array)), (np.arange(DRAWS) + 0.5) / DRAWS
    of_end = 1.0 - (1.0 - ends) ** (1.0 / array.size)
    least, most = ((1.0 - of_end) * inner + of_end * end for end in (low, high))
    tail = (1.0 - confidence) / 2.0
    return Estimate(
        value=float(array.mean()),
        # Rounding may take a mean of numbers at an end beyond it.
        low=max(float(np.quantile(least, tail)), float(low)),
        high=min(float(np.quantile(most, 1.0 - tail)), float(high)),
        confidence=confidence,
        n=array.size,
    )


def _weighted(values: np.ndarray) -> Float64[np.ndarray, " draws"]:
    """Means of the values under weights that are uniform on the simplex."""
    rng = np.random.default_rng(0)
    at_once = max(1, MOST_AT_ONCE // values.size)
    found = []
    for done in range(0, DRAWS, at_once):
        size = (min(at_once, DRAWS - done), values.size)
        weights = rng.standard_exponential(size)
        found.append((weights @ values) / weights.sum(axis=1))
    return np.concatenate(found)
