"""The numbers of a memory study that are worth quoting."""

import math
from typing import Any

import numpy as np

from seqjax.core.cells import CELLS
from seqjax.core.counting import count_parameters
from seqjax.core.statistics import (
    Estimate,
    Horizon,
    mean,
    median_time,
    memory_horizon,
    success_rate,
)
from seqjax.lab.study import Results
from seqjax.memory.config import Config
from seqjax.tasks import MEMORY_TASKS

LEVELS = (0.5, 0.9)
"""Success rates of the memory horizons, T50 and T90."""

Rows = list[dict[str, Any]]


def settings(config: Config) -> list[tuple[str, str, int]]:
    """Task, cell and length of every block: tasks outside, lengths inside."""
    return [
        (task, cell, length)
        for task in config.tasks
        for cell in config.cells
        for length in config.lengths(task)
    ]


def block_name(task: str, cell: str, length: int) -> str:
    """The name of one block."""
    return f"{task}-{cell}-{length:03d}"


def select(results: Results, task: str, cell: str, length: int) -> Rows:
    """The rows of one task, cell and length."""
    wanted = (task, cell, length)
    return [r for r in results.rows if (r["task"], r["cell"], r["length"]) == wanted]


def successes(config: Config, rows: Rows) -> np.ndarray:
    """Which seeds succeeded; a diverged one did not, whatever it got right."""
    least = config.success_accuracy
    return np.array([r["accuracy"] >= least and not r["diverged"] for r in rows])


def accuracies(rows: Rows) -> np.ndarray:
    """Accuracy of every seed; that of the baseline where it diverged."""
    chance = MEMORY_TASKS[rows[0]["task"]].chance
    return np.array([chance if r["diverged"] else r["accuracy"] for r in rows])


def losses(rows: Rows) -> np.ndarray:
    """Loss of every seed; the baseline's where it diverged."""
    baseline = MEMORY_TASKS[rows[0]["task"]].baseline(rows[0]["length"])
    failed = [r["diverged"] or not math.isfinite(r["loss"]) for r in rows]
    return np.where(failed, baseline, [r["loss"] for r in rows])


def solving_time(config: Config, rows: Rows) -> Estimate:
    """Median updates to solve.

    A seed that did not is censored at its last update; one that diverged never will,
    and is censored at the last update of all.
    """

    def time(row: dict[str, Any]) -> tuple[int, bool]:
        if row["diverged"]:
            return config.steps, True
        solved = row["solved_step"]
        return (row["steps"], True) if solved is None else (solved, False)

    times, censored = zip(*map(time, rows), strict=True)
    return median_time(np.array(times, float), np.array(censored))


def horizon(
    config: Config, results: Results, task: str, cell: str, level: float
) -> Horizon:
    """The length at which a cell's success rate on a task falls to `level`."""
    lengths = sorted(config.lengths(task))
    table = [successes(config, select(results, task, cell, n)) for n in lengths]
    return memory_horizon(np.array(lengths, float), np.stack(table), level)


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates per setting beside the baseline's, and horizons."""
    return {
        "success_accuracy": config.success_accuracy,
        "tasks": {
            task: {
                "title": MEMORY_TASKS[task].title,
                "loss": MEMORY_TASKS[task].measure,
                "chance_accuracy": MEMORY_TASKS[task].chance,
            }
            for task in config.tasks
        },
        "parameters": {
            task: {cell: _parameters(config, task, cell) for cell in config.cells}
            for task in config.tasks
        },
        "settings": [
            _setting(config, select(results, *setting)) for setting in settings(config)
        ],
        "horizons": [
            _horizon(config, results, task, cell, level)
            for task in config.tasks
            for cell in config.cells
            for level in LEVELS
        ],
    }


def _parameters(config: Config, task: str, cell: str) -> int:
    return count_parameters(
        CELLS[cell],
        MEMORY_TASKS[task].in_features,
        config.hidden_size,
        MEMORY_TASKS[task].outputs,
        num_layers=config.layers,
    ).total


def _setting(config: Config, rows: Rows) -> dict[str, Any]:
    task, cell, length = (rows[0][key] for key in ("task", "cell", "length"))
    return {
        "task": task,
        "cell": cell,
        "length": length,
        "success_rate": success_rate(successes(config, rows))._asdict(),
        "loss": mean(losses(rows))._asdict(),
        "baseline_loss": MEMORY_TASKS[task].baseline(length),
        "accuracy": mean(accuracies(rows))._asdict(),
        "chance_accuracy": MEMORY_TASKS[task].chance,
        "median_steps_to_solve": solving_time(config, rows)._asdict(),
        "diverged": sum(row["diverged"] for row in rows),
        "held_out": rows[0]["held_out"],
    }


def _horizon(
    config: Config, results: Results, task: str, cell: str, level: float
) -> dict[str, Any]:
    found = horizon(config, results, task, cell, level)
    numbers = {**found._asdict(), "estimate": found.estimate._asdict()}
    return {"task": task, "cell": cell, **numbers, "bracket": [*found.bracket]}
