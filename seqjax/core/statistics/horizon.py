"""How far a network remembers: the length at which training stops to succeed."""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float64, Real
from numpy.typing import ArrayLike

from seqjax.core.statistics.estimate import (
    Estimate,
    Interval,
    boolean,
    check_fraction,
    finite_values,
)
from seqjax.core.statistics.location import RESAMPLES, at_once, check_resamples

# Pooled averages that should equal the level may miss it by rounding.
_ROUNDING = 1e-12


class Horizon(NamedTuple):
    """The length at which the success rate falls to a level.

    Attributes:
        estimate: the length with its bootstrap interval over seeds.
        level: the success rate that is looked for (0.5 gives T50, 0.9 gives T90).
        bracket: the two neighbouring lengths of the grid that `estimate.value` lies
            between; (longest, inf) beyond the grid, (0, shortest) below it.
        beyond_grid: True where even the longest length succeeds more often than
            `level`; `estimate.value` is then `inf`, to be read as "> longest".
        below_grid: True where even the shortest length succeeds less often than
            `level`; `estimate.value` is then the shortest length, to be read as "<".
    """

    estimate: Estimate
    level: float
    bracket: Interval
    beyond_grid: bool
    below_grid: bool


def memory_horizon(
    lengths: Real[np.ndarray, " lengths"],
    successes: Bool[np.ndarray, "lengths seeds"],
    level: float = 0.5,
    *,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Horizon:
    """Length at which the success rate falls to `level`: T50, T90.

    The success rates are made non-increasing in the length by least squares (isotonic
    regression), and the horizon is where the line through them first comes down to
    `level`. Beyond the grid of lengths it is `inf`, below it the shortest length, and
    each is marked, since both only bound the truth; so do ends of the interval that
    are `inf` or the shortest length.

    The interval is the percentile bootstrap over seeds, a seed being drawn with all its
    lengths; it is `nan` for a single seed. **It knows of seeds only**: where all seeds
    succeed at one length and none at the next, it has no width and the grid is what
    limits the answer; `bracket` says between which lengths.

    Args:
        lengths: (lengths,), positive and increasing.
        successes: (lengths, seeds), True where the model of that seed succeeded; a
            diverged seed is False.
        level: the success rate to look for, in (0, 1).
        confidence: nominal coverage, in (0, 1).
        seed: of the resampling; the same seed gives the same interval.
        resamples: number of bootstrap samples, at least 1.

    Returns:
        The horizon in the unit of `lengths`, its interval, bracket and marks.

    Raises:
        ValueError: `lengths` is not positive and increasing, `successes` is not boolean
            of shape (lengths, seeds) with at least one seed, `level` or `confidence` is
            outside (0, 1), or `resamples` < 1.

    Source: Barlow et al. (1972), "Statistical inference under order restrictions", by
    `scipy.optimize.isotonic_regression`; Efron & Tibshirani (1993), "An introduction to
    the bootstrap", section 13.3.
    """
    grid, table = _checked(lengths, successes)
    check_fraction("level", level)
    check_fraction("confidence", confidence)
    check_resamples(resamples)
    seeds = table.shape[1]
    fitted = _fit(table.mean(axis=1))
    low = high = float("nan")
    if seeds > 1:
        low, high = _interval(grid, table, level, confidence, seed, resamples)
    first = _first_reached(fitted, level)
    edges = np.concatenate([[0.0], grid, [np.inf]])
    return Horizon(
        estimate=Estimate(
            _crossing(grid, fitted, level), low, high, confidence=confidence, n=seeds
        ),
        level=level,
        bracket=Interval(float(edges[first]), float(edges[first + 1])),
        beyond_grid=first == grid.size,
        below_grid=bool(fitted[0] < level - _ROUNDING),
    )


def _fit(rates: Float64[np.ndarray, " lengths"]) -> Float64[np.ndarray, " lengths"]:
    """The non-increasing sequence nearest to `rates` in least squares."""
    fitted: np.ndarray = scipy.optimize.isotonic_regression(rates, increasing=False).x
    return fitted


def _first_reached(fitted: Float64[np.ndarray, " lengths"], level: float) -> int:
    """Index of the first rate that is `level` or less; their number if none is."""
    return int(np.sum(fitted > level + _ROUNDING))


def _crossing(
    grid: Float64[np.ndarray, " lengths"],
    fitted: Float64[np.ndarray, " lengths"],
    level: float,
) -> float:
    """Where the line through `fitted` first comes down to `level`."""
    i = _first_reached(fitted, level)
    if i == grid.size:
        return float("inf")
    if i == 0:
        return float(grid[0])
    share = (fitted[i - 1] - level) / (fitted[i - 1] - fitted[i])
    return float(grid[i - 1] + min(share, 1.0) * (grid[i] - grid[i - 1]))


def _interval(
    grid: np.ndarray,
    table: np.ndarray,
    level: float,
    confidence: float,
    seed: int,
    resamples: int,
) -> Interval:
    """Percentile bootstrap over the columns of `table`.

    Not `scipy.stats.bootstrap`: its quantiles interpolate, and between a length and
    infinity there is nothing to interpolate.
    """
    rng = np.random.default_rng(seed)
    seeds = table.shape[1]
    evenly = np.full(seeds, 1.0 / seeds)
    most = at_once(seeds)
    rates = np.concatenate(
        [
            # How often each seed is drawn, (resamples, seeds), by its successes.
            rng.multinomial(seeds, evenly, size=min(most, resamples - done)) @ table.T
            for done in range(0, resamples, most)
        ]
    )
    rates = rates / seeds
    distinct, which = np.unique(rates, axis=0, return_inverse=True)
    horizons = np.array([_crossing(grid, _fit(row), level) for row in distinct])[which]
    tail = (1.0 - confidence) / 2.0
    low = np.quantile(horizons, tail, method="inverted_cdf")
    high = np.quantile(horizons, 1.0 - tail, method="inverted_cdf")
    return Interval(float(low), float(high))


def _checked(lengths: ArrayLike, successes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    grid = finite_values("lengths", lengths)
    if grid[0] <= 0.0 or np.any(np.diff(grid) <= 0.0):
        raise ValueError(
            f"lengths must be positive and increasing, not {grid.tolist()}; sort them"
            " and name each once"
        )
    table = boolean("successes", np.asarray(successes))
    if table.ndim != 2 or table.shape[0] != grid.size or table.shape[1] == 0:
        raise ValueError(
            f"successes must have shape (lengths, seeds) = ({grid.size}, at least 1),"
            f" not {table.shape}; a row per length, a column per seed"
        )
    return grid, table
