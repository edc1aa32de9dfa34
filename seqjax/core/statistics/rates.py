"""How often training succeeds."""

import numpy as np
import scipy
from jaxtyping import Bool

from seqjax.core.statistics.estimate import Estimate, check_fraction, flags


def success_rate(
    successes: Bool[np.ndarray, " seeds"], *, confidence: float = 0.95
) -> Estimate:
    """Share of seeds that succeed, with the Wilson score interval.

    The interval keeps a positive width at 0 of n and n of n, and its coverage is near
    nominal from a handful of seeds on, where the Wald interval collapses to a point.

    Args:
        successes: (seeds,), True where the seed succeeded; a diverged seed is False.
        confidence: nominal coverage, in (0, 1).

    Returns:
        The rate in [0, 1] with its interval.

    Raises:
        ValueError: `successes` is not a boolean vector with at least one seed, or
            `confidence` is outside (0, 1).

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical
    inference", JASA 22; computed by `scipy.stats.binomtest`.
    """
    array = flags("successes", successes)
    check_fraction("confidence", confidence)
    result = scipy.stats.binomtest(int(array.sum()), array.size)
    limits = result.proportion_ci(confidence_level=confidence, method="wilson")
    return Estimate(
        value=float(result.statistic),
        low=float(limits.low),
        high=float(limits.high),
        confidence=confidence,
        n=array.size,
    )
