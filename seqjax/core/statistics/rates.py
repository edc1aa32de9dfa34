"""How often training succeeds."""

import numpy as np
import scipy
from jaxtyping import Bool

from seqjax.core.statistics.estimate import Estimate, check_fraction, flags


def success_rate(
    successes: Bool[np.ndarray, " seeds"], *, confidence: float = 0.95
) -> Estimate:
    """Share of seeds that succeed, with the exact interval.

    Whatever the true share, the interval misses it with at most half of 1 -
    `confidence` on each side. It lies on one side of 1/2 where the sign test says so:
    at 95 % for 6 of 6, 9 of 10 or 15 of 20 seeds, and never for 5.

    Args:
        successes: (seeds,), True where the seed succeeded; a diverged seed is False.
        confidence: nominal coverage, in (0, 1).

    Returns:
        The rate in [0, 1] with its interval.

    Raises:
        ValueError: `successes` is not a boolean vector with at least one seed, or
            `confidence` is outside (0, 1).

    Source: Clopper & Pearson (1934), "The use of confidence or fiducial limits
    illustrated in the case of the binomial", Biometrika 26; computed by
    `scipy.stats.binomtest`.
    """
    array = flags("successes", successes)
    check_fraction("confidence", confidence)
    result = scipy.stats.binomtest(int(array.sum()), array.size)
    limits = result.proportion_ci(confidence_level=confidence, method="exact")
    return Estimate(
        value=float(result.statistic),
        low=float(limits.low),
        high=float(limits.high),
        confidence=confidence,
        n=array.size,
    )
