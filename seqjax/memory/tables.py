"""What a memory study prints: a row per setting, and how far each cell remembers."""

import numpy as np

from seqjax.core.statistics import Horizon, mean, success_rate
from seqjax.lab.reporting.text import estimate_text, time_text
from seqjax.lab.study import Results, Table
from seqjax.memory.config import Config
from seqjax.memory.summary import (
    LEVELS,
    accuracies,
    horizon,
    losses,
    select,
    settings,
    solving_time,
    successes,
)
from seqjax.tasks import MEMORY_TASKS


def tables(config: Config, results: Results) -> list[Table]:
    """The settings, then the horizons."""
    return [_settings(config, results), _horizons(config, results)]


def _settings(config: Config, results: Results) -> Table:
    body = []
    for task, cell, length in settings(config):
        rows, known = select(results, task, cell, length), MEMORY_TASKS[task]
        seen = "" if rows[0]["held_out"] else " (seen)"
        body.append(
            [
                task,
                cell,
                str(length),
                estimate_text(success_rate(successes(config, rows)), "{:.2f}"),
                estimate_text(mean(losses(rows)), "{:.2g}"),
                f"{known.baseline(length):.3g}",
                estimate_text(mean(accuracies(rows)), "{:.3f}") + seen,
                f"{known.chance:.3g}",
                time_text(solving_time(config, rows), config.steps),
                str(sum(row["diverged"] for row in rows)),
            ]
        )
    measures = "; ".join(f"{t}: {MEMORY_TASKS[t].measure}" for t in config.tasks)
    return Table(
        title=f"Memory: {config.seeds} seeds, {config.hidden_size} units",
        columns=(
            "task",
            "cell",
            "T",
            f"success (accuracy >= {config.success_accuracy:g})",
            "mean loss",
            "baseline",
            "mean accuracy",
            "chance",
            "median updates to solve",
            "diverged",
        ),
        rows=body,
        caption=(
            f"Loss in {measures}. Baseline and chance: loss and accuracy of the best "
            "answer that uses nothing of what was read. Brackets: 95 % intervals over "
            "seeds (success: Wilson; means: bootstrap; median: Kaplan-Meier, unsolved "
            f"seeds censored). Tested on {config.evaluation_size} sequences, never "
            "trained on unless marked seen."
        ),
    )


def _horizons(config: Config, results: Results) -> Table:
    body = [
        [
            task,
            cell,
            *(
                horizon_text(
                    horizon(config, results, task, cell, level), config.lengths(task)
                )
                for level in LEVELS
            ),
        ]
        for task in config.tasks
        for cell in config.cells
    ]
    return Table(
        title="Memory horizons: T at which the success rate falls to 0.5 and to 0.9",
        columns=("task", "cell", *(f"T{100 * level:.0f}" for level in LEVELS)),
        rows=body,
        caption=(
            f"After at most {config.steps} updates. Brackets: 95 % bootstrap intervals "
            "over seeds; they know nothing of the lengths between those tried. > and "
            "<: beyond the lengths tried."
        ),
    )


def horizon_text(horizon: Horizon, lengths: tuple[int, ...]) -> str:
    """A horizon and its interval; what lies beyond the lengths is marked."""

    def shown(length: float) -> str:
        return f"> {max(lengths)}" if np.isinf(length) else f"{length:.0f}"

    value = shown(horizon.estimate.value)
    if horizon.below_grid:
        value = f"< {min(lengths)}"
    if np.isnan(horizon.estimate.low) or horizon.estimate.low == horizon.estimate.high:
        return value
    return f"{value} [{shown(horizon.estimate.low)}, {shown(horizon.estimate.high)}]"
