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
from seqjax.core.statistics.rates import success_rate

# Pooled averages that should equal the level may miss it by rounding.
_ROUNDING = 1e-12


class Horizon(NamedTuple):
    """The length at which the success rate falls to a level.

    Attributes:
        estimate: the length with its interval over seeds.
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
) -> Horizon:
    """Length at which the success rate falls to `level`: T50, T90.

    The success rates are made non-increasing in the length by least squares (isotonic
    regression), and the horizon is where the line through them first comes down to
    `level`. Beyond the grid of lengths it is `inf`, below it the shortest length, and
    each is marked, since both only bound the truth; so do ends of the interval that
    are `inf` or the shortest length.

    The interval ends at lengths of the grid: above the last of the lengths, from the
    shortest on, whose success rate is surely above `level`, and below the first of
    those, up to the longest, whose rate is surely below it, by the exact intervals of
    `success_rate`. Where the rate does not rise with the length, it misses the horizon
    with at most half of 1 - `confidence` on each side: to end too far out it would have
    to be wrong at the first length beyond the horizon. It is (0, inf) where no rate is
    sure, as of five seeds or fewer at 1/2.

    Args:
        lengths: (lengths,), positive and increasing.
        successes: (lengths, seeds), True where the model of that seed succeeded; a
            diverged seed is False.
        level: the success rate to look for, in (0, 1).
        confidence: nominal coverage, in (0, 1).

    Returns:
        The horizon in the unit of `lengths`, its interval, bracket and marks.

    Raises:
        ValueError: `lengths` is not positive and increasing, `successes` is not boolean
            of shape (lengths, seeds) with at least one seed, or `level` or
            `confidence` is outside (0, 1).

    Source: Barlow et al. (1972), "Statistical inference under order restrictions", by
    `scipy.optimize.isotonic_regression`; Clopper & Pearson (1934) for the rates.
    """
    grid, table = _checked(lengths, successes)
    check_fraction("level", level)
    check_fraction("confidence", confidence)
    fitted = _fit(table.mean(axis=1))
    low, high = _interval(grid, table, level, confidence)
    first = _first_reached(fitted, level)
    edges = np.concatenate([[0.0], grid, [np.inf]])
    return Horizon(
        estimate=Estimate(
            _crossing(grid, fitted, level),
            low,
            high,
            confidence=confidence,
            n=table.shape[1],
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
    grid: np.ndarray, table: np.ndarray, level: float, confidence: float
) -> Interval:
    """The lengths of the grid between which the rate may be `level`."""
    rates = [success_rate(row, confidence=confidence) for row in table]
    above = np.cumprod([rate.low > level for rate in rates]).sum()
    below = np.cumprod([rate.high < level for rate in reversed(rates)]).sum()
    edges = np.concatenate([[0.0], grid, [np.inf]])
    return Interval(float(edges[above]), float(edges[grid.size + 1 - below]))


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
