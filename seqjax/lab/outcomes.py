"""How the seeds of a setting fared: the one meaning of a failed seed."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from seqjax.core.statistics import (
    Estimate,
    bounded_mean,
    interquartile_mean,
    median_time,
    success_rate,
)
from seqjax.lab.study import Results

Rows = list[dict[str, Any]]

ROUNDING = 1e-6
"""Accuracies come in single precision, in which 0.95 is a little less than 0.95."""


class Outcome(NamedTuple):
    """How the seeds of one setting fared: the one meaning of a failed seed.

    A seed that diverged is a failure throughout, whatever it got right before: its
    accuracy is that of a guess, its loss the baseline's, and it never solves the task.

    Attributes:
        setting: which.
        rows: of the results, one per seed.
        accuracy: on the evaluation set; that of a guess where a seed diverged.
        success: at least the accuracy wanted, without divergence.
        updates: needed to solve the task; all there were where it was not solved.
        unsolved: it was not solved at the end: never, or not any more, or the seed
            diverged. Where a study ends a seed's training once it is solved, that is
            its end.
        diverged: a loss or gradient was not finite.
    """

    setting: Any
    rows: Rows
    accuracy: Float64[np.ndarray, " seeds"]
    success: Bool[np.ndarray, " seeds"]
    updates: Float64[np.ndarray, " seeds"]
    unsolved: Bool[np.ndarray, " seeds"]
    diverged: Bool[np.ndarray, " seeds"]

    @property
    def rate(self) -> Estimate:
        """Share of seeds that succeed."""
        return success_rate(self.success)

    @property
    def mean(self) -> Estimate:
        """Mean accuracy, with an interval that covers whatever the seeds do."""
        return bounded_mean(self.accuracy, 0.0, 1.0)

    @property
    def middle(self) -> Estimate:
        """Mean accuracy of the middle half of the seeds, with its interval."""
        return interquartile_mean(self.accuracy, 0.0, 1.0)

    @property
    def time(self) -> Estimate:
        """Median updates to solve; infinite where fewer than half of the seeds do."""
        return median_time(self.updates, self.unsolved)


def rows_of(results: Results, setting: Any) -> Rows:
    """The rows of one setting, one per seed.

    Args:
        results: of a study.
        setting: a NamedTuple, whose fields are columns.
    """
    fields = setting._fields
    return [row for row in results.rows if tuple(row[f] for f in fields) == setting]


def outcome(
    rows: Rows,
    chance: float,
    least: float,
    steps: int | None = None,
    *,
    setting: Any = None,
    solved: str = "solved_step",
) -> Outcome:
    """Read the rows of one setting.

    Args:
        rows: one per seed, with ``accuracy``, ``diverged`` and, unless `steps` is None,
            when it was solved.
        chance: accuracy of a guess.
        least: accuracy of a success.
        steps: most updates of a seed; None: it is not told when a seed solves its
            task, so that all are unsolved, and the updates NaN.
        setting: which; for the measures that look at it.
        solved: column of the time at which the task was solved, in the unit of `steps`;
            None in it: never.
    """
    lost = np.array([row["diverged"] for row in rows], bool)
    never = steps is None
    # None becomes NaN.
    times = np.array([None if never else row[solved] for row in rows], float)
    most = np.nan if steps is None else steps
    accuracy = or_chance(rows, chance)
    success = (accuracy >= least - ROUNDING) & ~lost
    unsolved = ~success | np.isnan(times)
    return Outcome(
        setting,
        rows,
        accuracy,
        success,
        np.where(unsolved, most, times),
        unsolved,
        lost,
    )


def or_chance(
    rows: Rows, chance: float, column: str = "accuracy"
) -> Float64[np.ndarray, " seeds"]:
    """A column of every seed; that of a guess where it diverged or is not finite.

    Args:
        rows: one per seed.
        chance: accuracy, or loss, of an answer that knows nothing of the input.
        column: name of the column.
    """
    values = np.array(
        [np.nan if row[column] is None else row[column] for row in rows], float
    )
    lost = np.array([row["diverged"] for row in rows], bool) | ~np.isfinite(values)
    return np.where(lost, chance, values)
