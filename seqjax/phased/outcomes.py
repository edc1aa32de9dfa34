"""Outcomes of seeds as statistics want them, from the rows of these studies."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from seqjax.core.statistics import Estimate, mean, median_time, success_rate
from seqjax.lab.reporting.text import estimate_text, time_text

Rows = list[dict[str, Any]]


class Outcome(NamedTuple):
    """All seeds of one setting.

    Attributes:
        accuracy: on the test set; that of a guess where a seed diverged.
        success: at least the accuracy wanted, without divergence.
        updates: needed to solve the task; all there were where it was not solved.
        unsolved: it was not solved, or the seed diverged.
    """

    accuracy: Float64[np.ndarray, " seeds"]
    success: Bool[np.ndarray, " seeds"]
    updates: Float64[np.ndarray, " seeds"]
    unsolved: Bool[np.ndarray, " seeds"]

    @property
    def rate(self) -> Estimate:
        """Share of seeds that succeed."""
        return success_rate(self.success)

    @property
    def time(self) -> Estimate:
        """Median updates to solve, those unsolved censored."""
        return median_time(self.updates, self.unsolved)


def outcome(rows: Rows, chance: float, least: float, steps: int) -> Outcome:
    """Read the rows of one setting.

    Args:
        rows: one per seed.
        chance: accuracy of a guess.
        least: accuracy of a success.
        steps: most updates of a seed.
    """
    lost = np.array([row["diverged"] for row in rows])
    accuracy = np.where(lost, chance, [row["accuracy"] for row in rows])
    unsolved = lost | np.array([row["solved_step"] is None for row in rows])
    times = [row["solved_step"] or steps for row in rows]
    return Outcome(
        accuracy.astype(float),
        (accuracy >= least) & ~lost,
        np.where(unsolved, steps, times).astype(float),
        unsolved,
    )


def numbers(found: Outcome, diverged: int, chance: float) -> dict[str, Any]:
    """What `summary.json` says of a setting.

    Args:
        found: its outcome.
        diverged: seeds that did.
        chance: accuracy of a guess.
    """
    return {
        "success_rate": found.rate._asdict(),
        "accuracy": mean(found.accuracy)._asdict(),
        "chance_accuracy": chance,
        "median_updates_to_solve": found.time._asdict(),
        "diverged": diverged,
    }


def cells(found: Outcome, steps: int) -> list[str]:
    """What a table says of a setting: success, mean accuracy, median updates.

    Args:
        found: its outcome.
        steps: most updates of a seed.
    """
    return [
        estimate_text(found.rate, "{:.2f}"),
        estimate_text(mean(found.accuracy), "{:.3f}"),
        time_text(found.time, steps),
    ]
