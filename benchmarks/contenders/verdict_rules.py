"""The rules of verdicts as they were, to be measured beside those that are.

By intervals of a bootstrap and sign-flip tests; each of them is a claim about means,
not about most seeds, so that its errors are counted by what is true of the means.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import stats

from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Verdict

LEVEL = 0.05
RESAMPLES = 999


class Seeds(NamedTuple):
    """What the seeds of two settings show; the second is empty where there is none.

    Attributes:
        accuracy: of the first, one per seed.
        other: of the second.
        updates: until the first solves its task, all there were where it does not.
        others: of the second.
    """

    accuracy: np.ndarray
    other: np.ndarray
    updates: np.ndarray
    others: np.ndarray


def _interval(
    values: np.ndarray, statistic: Callable[..., np.ndarray], method: str
) -> tuple[float, float]:
    if np.ptp(values) == 0.0:
        point = float(statistic(values, axis=-1))
        return point, point
    with np.errstate(all="ignore"):
        for each in (method, "percentile"):
            found = stats.bootstrap(
                (values,),
                statistic,
                n_resamples=RESAMPLES,
                vectorized=True,
                method=each,
                rng=np.random.default_rng(0),
            ).confidence_interval
            if np.isfinite(found).all():
                break
    return float(found.low), float(found.high)


def _mean(values: np.ndarray) -> tuple[float, float]:
    return _interval(values, np.mean, "BCa" if len(values) > 3 else "percentile")


def _flipped(differences: np.ndarray) -> float:
    zeros = np.zeros_like(differences)
    return float(
        stats.permutation_test(
            (differences, zeros),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=RESAMPLES if len(differences) > 10 else np.inf,
            rng=np.random.default_rng(0),
        ).pvalue
    )


def between(low: float, high: float, limit: float) -> Verdict:
    """By the side of a limit on which an interval lies."""
    return HOLDS if low > limit else DOES_NOT if high < limit else UNDECIDED


def solved(seeds: Seeds) -> Verdict:
    """Wilson's interval of the share of seeds that solve the task, and one half."""
    n = len(seeds.accuracy)
    found = stats.binomtest(int((seeds.accuracy >= 0.99).sum()), n)
    ends = found.proportion_ci(method="wilson")
    return between(ends.low, ends.high, 0.5)


def at_chance(seeds: Seeds) -> Verdict:
    """The bootstrap interval of the mean, and chance with 0.05 added."""
    low, high = _mean(seeds.accuracy)
    return between(-high, -low, -0.15)


def no_difference(seeds: Seeds) -> Verdict:
    """The bootstrap interval of the difference within 0.05, or p and one above it."""
    differences = seeds.accuracy - seeds.other
    low, high = _mean(differences)
    if max(abs(low), abs(high)) < 0.05:
        return HOLDS
    if abs(differences.mean()) > 0.05 and _flipped(differences) <= LEVEL:
        return DOES_NOT
    return UNDECIDED


def _larger(differences: np.ndarray, margin: float) -> Verdict:
    _, high = _mean(differences)
    if high < margin:
        return DOES_NOT
    if differences.mean() > 0 and _flipped(differences) <= LEVEL:
        return HOLDS
    return UNDECIDED


def larger(seeds: Seeds) -> Verdict:
    """The sign-flip test, or all of the bootstrap interval below 0.05."""
    return _larger(seeds.accuracy - seeds.other, 0.05)


def sooner(seeds: Seeds) -> Verdict:
    """The same of updates, and 5 % of a thousand."""
    return _larger(seeds.others - seeds.updates, 50.0)


def varies(seeds: Seeds) -> Verdict:
    """The bootstrap interval of the standard deviation, and 0.05."""

    def deviation(values: np.ndarray, axis: int) -> np.ndarray:
        return np.asarray(np.std(values, axis=axis, ddof=1))

    low, high = _interval(seeds.accuracy, deviation, "percentile")
    return between(low, high, 0.05)


def varies_less(seeds: Seeds) -> Verdict:
    """Brown and Forsythe's deviations from the median, and the sign-flip test."""
    ours, theirs = (
        np.abs(each - np.median(each)) for each in (seeds.accuracy, seeds.other)
    )
    if _flipped(theirs - ours) > LEVEL:
        return UNDECIDED
    return HOLDS if theirs.mean() > ours.mean() else DOES_NOT
