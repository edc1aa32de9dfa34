"""The numbers of a memory study that are worth quoting."""

from typing import Any, NamedTuple

import numpy as np

from seqjax.core.cells import CELLS
from seqjax.core.counting import count_parameters
from seqjax.core.statistics import Horizon, mean, memory_horizon
from seqjax.lab import measures
from seqjax.lab.measures import Measure, Outcome, or_chance
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.study import Results
from seqjax.memory.config import Config
from seqjax.tasks import MEMORY_TASKS

LEVELS = (0.5, 0.9)
"""Success rates of the memory horizons, T50 and T90."""


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    task: str
    cell: str
    length: int

    @property
    def name(self) -> str:
        """The block's."""
        return f"{self.task}-{self.cell}-{self.length:03d}"


def settings(config: Config) -> list[Setting]:
    """Task, cell and length of every block: tasks outside, lengths inside."""
    return [
        Setting(task, cell, length)
        for task in config.tasks
        for cell in config.cells
        for length in config.lengths(task)
    ]


def outcome_of(
    config: Config, results: Results, task: str, cell: str, length: int
) -> Outcome:
    """How the seeds of one task, cell and length fared."""
    setting = Setting(task, cell, length)
    rows = measures.rows_of(results, setting)
    chance, least = MEMORY_TASKS[task].chance, config.success_accuracy
    return measures.outcome(rows, chance, least, config.steps, setting=setting)


def losses(o: Outcome) -> np.ndarray:
    """Loss of every seed; the baseline's where it diverged."""
    return or_chance(o.rows, baseline(o.setting), "loss")


def baseline(setting: Setting) -> float:
    """Loss of the best answer that uses nothing of what was read."""
    return MEMORY_TASKS[setting.task].baseline(setting.length)


def measured(config: Config) -> list[Measure]:
    """What is told of a setting."""
    return [
        measures.success(config.success_accuracy),
        Measure(
            "loss",
            "mean loss",
            lambda o: mean(losses(o)),
            lambda value, _: estimate_text(value, "{:.2g}"),
        ),
        Measure(
            "baseline_loss",
            "baseline",
            lambda o: baseline(o.setting),
            lambda value, _: f"{value:.3g}",
        ),
        measures.accuracy(measures.seen)._replace(interval="means: bootstrap"),
        Measure(
            "chance_accuracy",
            "chance",
            lambda o: MEMORY_TASKS[o.setting.task].chance,
            lambda value, _: f"{value:.3g}",
        ),
        measures.solving(config.steps),
        measures.DIVERGED,
        measures.HELD_OUT,
    ]


def horizon(
    config: Config, results: Results, task: str, cell: str, level: float
) -> Horizon:
    """The length at which a cell's success rate on a task falls to `level`."""
    lengths = sorted(config.lengths(task))
    table = [outcome_of(config, results, task, cell, n).success for n in lengths]
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
            measures.numbers(measured(config), outcome_of(config, results, *setting))
            for setting in settings(config)
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


def _horizon(
    config: Config, results: Results, task: str, cell: str, level: float
) -> dict[str, Any]:
    found = horizon(config, results, task, cell, level)
    numbers = {**found._asdict(), "estimate": found.estimate._asdict()}
    return {"task": task, "cell": cell, **numbers, "bracket": [*found.bracket]}
