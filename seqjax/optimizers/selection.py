"""Which learning rate is an optimiser's best, and how wide its good rates reach.

All by training alone: the evaluation strings are left for the comparison.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from seqjax.lab.outcomes import Outcome, Rows, or_chance, outcome
from seqjax.tasks.palindromes import CHANCE

SUCCESS = 0.99
"""A seed has succeeded if its accuracy on the evaluation set is at least this."""

GOOD = 0.5
"""A rate is good if at least this share of its seeds solved the task in training."""


def by_rate(rows: Rows, steps: int) -> dict[float, Outcome]:
    """How the seeds of every learning rate of one optimiser fared."""
    groups: dict[float, Rows] = {}
    for row in rows:
        groups.setdefault(row["learning_rate"], []).append(row)
    return {
        rate: outcome(group, CHANCE, SUCCESS, steps) for rate, group in groups.items()
    }


def best_rate(tried: Mapping[float, Outcome]) -> float:
    """The rate at which most seeds solved the task in training.

    Ties go to the smallest mean of the updates needed, those of a failure counted as
    all there are; then to the largest mean training accuracy at the end, that of a
    diverged model counted as a guess; then to the smallest rate.
    """

    def order(rate: float) -> tuple[float, float, float, float]:
        found = tried[rate]
        accuracy = or_chance(found.rows, CHANCE, "train_accuracy").mean()
        return found.unsolved.mean(), found.updates.mean(), -accuracy, rate

    return min(tried, key=order)


class GoodRates(NamedTuple):
    """The unbroken run of good rates around the best one.

    Attributes:
        low: smallest of them; None if not even the best rate is good.
        high: largest of them, or None.
        decades: log10(high / low): 0 where one rate alone is good; None without any.
            The true width is up to one step of the grid larger at either end.
        at_edge: the best rate is the smallest or the largest of the grid, so that a
            better one may lie outside.
        open_ended: the run reaches an end of the grid, so that it may be wider.
    """

    low: float | None
    high: float | None
    decades: float | None
    at_edge: bool
    open_ended: bool


def good_rates(tried: Mapping[float, Outcome], best: float) -> GoodRates:
    """How far from its best rate an optimiser still solves the task."""
    grid = sorted(tried)
    good = [(~tried[rate].unsolved).mean() >= GOOD for rate in grid]
    first = last = grid.index(best)
    at_edge = first in (0, len(grid) - 1)
    if not good[first]:
        return GoodRates(None, None, None, at_edge, False)
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(grid) - 1 and good[last + 1]:
        last += 1
    return GoodRates(
        grid[first],
        grid[last],
        math.log10(grid[last] / grid[first]),
        at_edge,
        first == 0 or last == len(grid) - 1,
    )


def grid_step(rates: Sequence[float]) -> float | None:
    """Decades between neighbouring rates, at the widest gap; None for a single rate."""
    logs = np.log10(sorted(rates))
    return float(np.diff(logs).max()) if len(logs) > 1 else None
