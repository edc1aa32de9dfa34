"""Do the seeds split into two groups?"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Real

from seqjax.core.statistics.estimate import finite_values

# Sarle's coefficient of the uniform distribution.
UNIFORM_COEFFICIENT = 5.0 / 9.0


class Bimodality(NamedTuple):
    """Two independent signs of a split into two groups.

    Attributes:
        coefficient: Sarle's coefficient, `nan` below four seeds or for equal values.
        low_share: share of the seeds in the lowest quarter of the range.
        high_share: share of the seeds in the highest quarter of the range.
        two_ends: whether each of these two quarters holds at least two seeds and more
            seeds than the whole middle half of the range.
        n: number of seeds.
    """

    coefficient: float
    low_share: float
    high_share: float
    two_ends: bool
    n: int

    @property
    def note(self) -> str:
        """One sentence for a reader of the results."""
        if self.two_ends:
            return (
                f"two groups: {self.low_share:.0%} of {self.n} seeds at the low end,"
                f" {self.high_share:.0%} at the high end; the mean describes neither"
            )
        if self.coefficient > UNIFORM_COEFFICIENT:
            return (
                f"coefficient {self.coefficient:.2f} above 0.56 without mass at both"
                f" ends of the range ({self.n} seeds): skewed or with outliers"
            )
        return f"no sign of two groups among {self.n} seeds, which does not exclude it"


def bimodality(
    values: Real[np.ndarray, " seeds"],
    *,
    ends: tuple[float, float] | None = None,
) -> Bimodality:
    """Tell whether the results of the seeds look like two groups: solved and failed.

    Sarle's coefficient (g^2 + 1) / (k + 3 (n - 1)^2 / ((n - 2) (n - 3))), with sample
    skewness g and sample excess kurtosis k, is 1/3 for a normal and 5/9 for a uniform
    distribution and tends to 1 for two points. What it can tell: a value above 5/9
    hints at more weight in the ends than a uniform distribution has. What it cannot: it
    exceeds 5/9 for a skewed single group as well (1/2 - 1/2 is not needed: one outlier
    does it), and the finite-sample correction keeps it *below* 5/9 for a perfect half
    and half split of nine seeds or fewer. It is a description, not a test. Therefore
    the share of seeds near each end is given beside it, and `two_ends` looks at these
    alone; a group of a single seed does not count as one.

    Args:
        values: (seeds,), finite; a final accuracy, usually.
        ends: the two ends that a group may sit at, (chance level, 1.0) say; the least
            and the largest value by default. Values outside count to the nearer end.

    Returns:
        The coefficient, the shares and the verdict; `.note` puts them into words.

    Raises:
        ValueError: `values` is not a vector of finite numbers, or `ends` is not a
            finite, increasing pair.

    Source: Pfister et al. (2013), "Good things peak in pairs: a note on the bimodality
    coefficient", Frontiers in Psychology 4, equation 1.
    """
    x = finite_values("values", values)
    low, high = (x.min(), x.max()) if ends is None else ends
    if ends is not None and not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(
            f"ends must be a finite pair in increasing order, not {ends}; pass"
            " (chance level, 1.0) for accuracies"
        )
    quarter = (high - low) / 4.0
    at_low = int((x <= low + quarter).sum()) if high > low else 0
    at_high = int((x >= high - quarter).sum()) if high > low else 0
    middle = x.size - at_low - at_high
    return Bimodality(
        coefficient=_sarle(x),
        low_share=at_low / x.size,
        high_share=at_high / x.size,
        two_ends=min(at_low, at_high) >= max(2, middle + 1),
        n=x.size,
    )


def _sarle(x: np.ndarray) -> float:
    n = x.size
    if n < 4 or np.ptp(x) == 0.0:
        return float("nan")
    skewness = float(scipy.stats.skew(x, bias=False))
    kurtosis = float(scipy.stats.kurtosis(x, bias=False))
    correction = 3.0 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    return (skewness**2 + 1.0) / (kurtosis + correction)
