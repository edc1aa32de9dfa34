"""The numbers of a memory study that are worth quoting, and their tables."""

from itertools import product
from typing import Any, NamedTuple

import numpy as np

from seqjax.core.cells import CELLS
from seqjax.core.counting import count_parameters
from seqjax.core.statistics import mean
from seqjax.lab import horizons, measures
from seqjax.lab.horizons import Reach
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Outcome, or_chance, outcome, rows_of
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.study import Results, Table
from seqjax.memory.config import Config
from seqjax.tasks import MEMORY_TASKS


class Setting(NamedTuple):
    """What one block trains, for all seeds."""

    task: str
    cell: str
    length: int

    @property
    def name(self) -> str:
        """The block's: ``copying-lstm-005``."""
        return f"{self.task}-{self.cell}-{self.length:03d}"

    @classmethod
    def all(cls, config: Config) -> list["Setting"]:
        """In the order of the results: tasks outside, then cells, then lengths."""
        return [
            cls(task, cell, length)
            for task in config.tasks
            for cell in config.cells
            for length in config.lengths(task)
        ]


class Reader(NamedTuple):
    """A cell on a task, at all lengths."""

    task: str
    cell: str


def outcome_of(
    config: Config, results: Results, task: str, cell: str, length: int
) -> Outcome:
    """How the seeds of one task, cell and length fared."""
    setting = Setting(task, cell, length)
    rows = rows_of(results, setting)
    chance, least = MEMORY_TASKS[task].chance, config.success_accuracy
    return outcome(rows, chance, least, config.steps, setting=setting)


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
        measures.accuracy(measures.seen)._replace(
            interval="accuracy: Gaffke, loss: Student"
        ),
        measures.MIDDLE,
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


def reaches(config: Config, results: Results) -> list[Reach]:
    """How far every cell remembers on every task."""
    return [
        Reach(
            Reader(task, cell),
            {
                length: outcome_of(config, results, task, cell, length)
                for length in config.lengths(task)
            },
        )
        for task, cell in product(config.tasks, config.cells)
    ]


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
            for setting in Setting.all(config)
        ],
        "horizons": horizons.rows(reaches(config, results)),
    }


def _parameters(config: Config, task: str, cell: str) -> int:
    return count_parameters(
        CELLS[cell],
        MEMORY_TASKS[task].in_features,
        config.hidden_size,
        MEMORY_TASKS[task].outputs,
        num_layers=config.layers,
    ).total


def tables(config: Config, results: Results) -> list[Table]:
    """The settings, then the horizons."""
    far = horizons.table(
        reaches(config, results),
        title="Memory horizons",
        axes=("task", "cell"),
        steps=config.steps,
    )
    return [_settings(config, results), far]


def _settings(config: Config, results: Results) -> Table:
    told = "; ".join(f"{t}: {MEMORY_TASKS[t].measure}" for t in config.tasks)
    return measures.table(
        measured(config),
        [outcome_of(config, results, *setting) for setting in Setting.all(config)],
        title=f"Memory: {config.seeds} seeds, {config.hidden_size} units",
        axes=("task", "cell", "T"),
        caption=(
            f"Loss in {told}. Baseline and chance: loss and accuracy of the best "
            "answer that uses nothing of what was read. Brackets: 95 % intervals over "
            f"seeds ({{intervals}}). Tested on {config.evaluation_size} sequences, "
            "never trained on unless marked seen."
        ),
    )
