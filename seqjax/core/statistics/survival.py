"""Time to solve, where some seeds never solve."""

import warnings

import numpy as np
import scipy
from jaxtyping import Bool, Real

from seqjax.core.statistics.estimate import (
    Estimate,
    check_fraction,
    finite_values,
    flags,
)

# A product of fractions that should be 1/2 may miss it by rounding.
_ROUNDING = 1e-12


def median_time(
    times: Real[np.ndarray, " seeds"],
    censored: Bool[np.ndarray, " seeds"],
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Median time to solve with unsolved seeds counted as censored.

    The median is the first time t at which the Kaplan-Meier share of unsolved seeds
    S(t) is 1/2 or less, and `inf` where that never happens: where fewer than half of
    the seeds solve and all are watched equally long. With an even number of solved
    seeds this is the lower of the two middle times, not their average.

    The interval is the set of times at which the pointwise interval of S(t) contains
    1/2 (Brookmeyer and Crowley). That pointwise interval is scipy's log-log Greenwood
    interval; where it is undefined, at S = 1 and S = 0, the exact binomial limit for
    no event among the seeds at risk, and for no survivor among the solved, stands in.
    `high` is `inf` where the data cannot bound the median from above; `low` is 0 where
    they cannot bound it from below, and never exceeds the longest time watched. For
    five seeds or fewer nothing bounds a median at 95 %: the interval is then 0 to inf.

    Args:
        times: (seeds,), not negative: when the seed solved, or, if censored, how long
            it was watched. Usually training steps.
        censored: (seeds,), True where the seed had not solved by its time; a diverged
            seed is censored at the last step of the budget, since it never solves.
        confidence: nominal coverage, in (0, 1).

    Returns:
        The median with its interval, in the unit of `times`.

    Raises:
        ValueError: `times` is not a vector of finite numbers of at least 0, `censored`
            is not a boolean vector of the same length, or `confidence` is outside
            (0, 1).

    Source: Kaplan & Meier (1958), "Nonparametric estimation from incomplete
    observations", JASA 53, by `scipy.stats.ecdf`; Brookmeyer & Crowley (1982), "A
    confidence interval for the median survival time", Biometrics 38.
    """
    t = finite_values("times", times)
    lost = flags("censored", censored)
    check_fraction("confidence", confidence)
    if t.size != lost.size:
        raise ValueError(
            "censored must have one entry per entry of times, not"
            f" {lost.size} for {t.size}; pass both for the same seeds"
        )
    if t.min() < 0.0:
        raise ValueError(
            f"times must be at least 0, not {t.min()}; a seed that never solved is"
            " marked in censored, with the time it was watched"
        )
    points, unsolved, lower, upper = _survival(t, lost, confidence)
    low = _first_at_half(points, lower)
    return Estimate(
        value=_first_at_half(points, unsolved),
        low=min(low, float(t.max())),
        high=_first_at_half(points, upper),
        confidence=confidence,
        n=t.size,
    )


def _survival(
    times: np.ndarray, censored: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points of time, share unsolved from each on, and its two pointwise limits."""
    sample = scipy.stats.CensoredData(
        uncensored=times[~censored], right=times[censored]
    )
    curve = scipy.stats.ecdf(sample).sf
    with warnings.catch_warnings():
        # Undefined limits (at S = 1 and S = 0) are replaced below.
        warnings.simplefilter("ignore", RuntimeWarning)
        limits = curve.confidence_interval(confidence, method="log-log")
    # The curve begins at time 0 with every seed unsolved.
    points = np.concatenate([[0.0], curve.quantiles])
    unsolved = np.concatenate([[1.0], curve.probabilities])
    lower = np.concatenate([[np.nan], limits.low.probabilities])
    upper = np.concatenate([[np.nan], limits.high.probabilities])
    at_risk = (times >= points[:, None]).sum(axis=1)
    tail = (1.0 - confidence) / 2.0
    lower = np.where(unsolved == 1.0, tail ** (1.0 / at_risk), lower)
    upper = np.where(unsolved == 1.0, 1.0, upper)
    solved = max(int((~censored).sum()), 1)
    lower = np.where(unsolved == 0.0, 0.0, lower)
    upper = np.where(unsolved == 0.0, 1.0 - tail ** (1.0 / solved), upper)
    return points, unsolved, lower, upper


def _first_at_half(points: np.ndarray, curve: np.ndarray) -> float:
    """The first point at which a survival curve is 1/2 or less, else `inf`."""
    reached = np.flatnonzero(curve <= 0.5 + _ROUNDING)
    return float(points[reached[0]]) if reached.size else float("inf")
