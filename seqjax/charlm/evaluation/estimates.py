"""Means over seeds, and ratios over texts, with their intervals."""

import numpy as np
from jaxtyping import Float64

from seqjax.core.statistics import Estimate, mean, success_rate

NOT_SHARES = ("run", "ngram_nats")
"""Measures of samples that are no shares of something."""


def estimate(values: list[float]) -> Estimate | None:
    """Mean with its interval; None of nothing.

    Args:
        values: one per model, finite.
    """
    if not values:
        return None
    return mean(np.array(values, float))


def ratio(
    hits: Float64[np.ndarray, " texts"],
    totals: Float64[np.ndarray, " texts"],
    measure: str,
) -> Estimate | None:
    """Ratio of two sums over texts, with an interval over the texts.

    That is the interval of the mean of r + (h_i - r t_i) / mean(t), which is r, and
    varies over samples of texts as the ratio does, to first order (Cochran 1977,
    section 2.11). A share of 0 or 1 does not vary: it has the exact interval of as
    many texts as have what it is a share of, all alike.

    Args:
        hits: h_i, for every text.
        totals: t_i, likewise.
        measure: what it is; a share stays between 0 and 1.
    """
    if not totals.sum():
        return None
    value, share = float(hits.sum() / totals.sum()), measure not in NOT_SHARES
    if share and value in (0.0, 1.0):
        return success_rate(np.full(int((totals > 0).sum()), value == 1.0))
    linear = value + (hits - value * totals) / totals.mean()
    found = mean(linear)
    low, high = np.clip(found.interval, 0.0, 1.0 if share else np.inf).tolist()
    return found._replace(value=value, low=low, high=high)
