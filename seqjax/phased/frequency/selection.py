"""What was measured, by regime and model: accuracies, successes, epochs, gates."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64

from seqjax.core.statistics import Estimate, median_time
from seqjax.lab.study import Results
from seqjax.phased.frequency.config import FrequencyConfig, block_name
from seqjax.tasks.frequency import CHANCE, RANGE

Rows = list[dict[str, Any]]


def select(results: Results, regime: str, model: str) -> Rows:
    """The rows of one training, a row per seed."""
    return [r for r in results.rows if (r["regime"], r["model"]) == (regime, model)]


def accuracies(rows: Rows) -> Float64[np.ndarray, " seeds"]:
    """Accuracy on the test set; that of a constant answer where a seed diverged."""
    return np.array([CHANCE if r["diverged"] else r["accuracy"] for r in rows], float)


def successes(rows: Rows) -> Bool[np.ndarray, " seeds"]:
    """Which seeds succeeded; a diverged one did not, whatever it got right."""
    return np.array([r["solved"] for r in rows])


def solving_time(rows: Rows) -> Estimate:
    """Median epochs until a test is first passed; censored at the last epoch.

    A seed that diverged has not passed, even if it once had.
    """
    lost = np.array([r["solved_epoch"] is None or r["diverged"] for r in rows])
    times = [
        r["epochs"] if gone else r["solved_epoch"]
        for r, gone in zip(rows, lost, strict=True)
    ]
    return median_time(np.array(times, float), lost)


def trained_epochs(results: Results) -> int:
    """Epochs of every training, as many as the budget allowed."""
    return int(results.rows[0]["epochs"])


def curves_of_tests(
    config: FrequencyConfig, results: Results, regime: str, model: str
) -> Float[np.ndarray, "seeds epochs"]:
    """Test accuracy before the first epoch and after each; chance once diverged."""
    name = block_name(regime, model)
    curves = np.array(results.history[f"{name}/test_accuracy"], float)
    for curve, row in zip(curves, select(results, regime, model), strict=True):
        if row["diverged"]:
            curve[-(-row["steps"] // config.updates_per_epoch) :] = CHANCE
    return curves


def in_range(
    periods: Float[np.ndarray, "*seeds units"],
) -> Float64[np.ndarray, "*seeds"]:
    """Share of units whose period lies in the task's range."""
    inside = (periods >= RANGE[0]) & (periods <= RANGE[1])
    return inside.mean(axis=-1)


def gates_of(results: Results, regime: str) -> dict[str, np.ndarray]:
    """Gates of the phased model in a regime, and its share of open units."""
    name = block_name(regime, "phased")
    fields = ("period", "shift", "open_ratio", "share_open")
    return {field: results.history[f"{name}/{field}"] for field in fields}
