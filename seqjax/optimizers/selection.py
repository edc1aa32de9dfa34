"""Which learning rate is an optimiser's best, and how wide its good rates reach.

All by training alone: the evaluation strings are left for the comparison.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Row = dict[str, Any]

GOOD = 0.5
"""A rate is good if at least this share of its seeds solved the task in training."""


def solved(row: Row) -> bool:
    """Whether a model solved the task in training, and did not diverge later."""
    return row["solved_step"] is not None and not row["diverged"]


def updates_needed(row: Row, steps: int) -> int:
    """Updates until the task was solved; the most there are, where it was not."""
    return row["solved_step"] if solved(row) else steps


def at_rate(rows: Sequence[Row], rate: float) -> list[Row]:
    """The rows of one learning rate."""
    return [row for row in rows if row["learning_rate"] == rate]


def best_rate(rows: Sequence[Row], rates: Sequence[float], steps: int) -> float:
    """The rate at which most seeds solved the task in training.

    Ties go to the smallest mean of the updates needed, those of a failure counted as
    `steps`; then to the largest mean training accuracy at the end, a diverged model
    counted as 0; then to the smallest rate.

    Args:
        rows: models of one optimiser: all seeds at all rates.
        rates: to choose from.
        steps: most updates of a model.
    """

    def order(rate: float) -> tuple[float, float, float, float]:
        mine = at_rate(rows, rate)
        needed = np.mean([updates_needed(row, steps) for row in mine])
        accuracy = np.mean([_training_accuracy(row) for row in mine])
        return -float(sum(map(solved, mine))), float(needed), -float(accuracy), rate

    return min(rates, key=order)


def _training_accuracy(row: Row) -> float:
    accuracy: float = row["train_accuracy"]
    return 0.0 if row["diverged"] or math.isnan(accuracy) else accuracy


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


def good_rates(rows: Sequence[Row], rates: Sequence[float], best: float) -> GoodRates:
    """How far from its best rate an optimiser still solves the task.

    Args:
        rows: models of one optimiser: all seeds at all rates.
        rates: the grid, in any order.
        best: from `best_rate`.
    """
    grid = sorted(rates)
    good = [np.mean(list(map(solved, at_rate(rows, r)))) >= GOOD for r in grid]
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
