"""What a memory study prints: a row per setting, and how far each cell remembers."""

from seqjax.lab import measures
from seqjax.lab.reporting.text import horizon_text
from seqjax.lab.study import Results, Table
from seqjax.memory.config import Config
from seqjax.memory.summary import LEVELS, horizon, measured, outcome_of, settings
from seqjax.tasks import MEMORY_TASKS


def tables(config: Config, results: Results) -> list[Table]:
    """The settings, then the horizons."""
    return [_settings(config, results), _horizons(config, results)]


def _settings(config: Config, results: Results) -> Table:
    told = "; ".join(f"{t}: {MEMORY_TASKS[t].measure}" for t in config.tasks)
    return measures.table(
        measured(config),
        [outcome_of(config, results, *setting) for setting in settings(config)],
        title=f"Memory: {config.seeds} seeds, {config.hidden_size} units",
        axes=("task", "cell", "T"),
        caption=(
            f"Loss in {told}. Baseline and chance: loss and accuracy of the best "
            "answer that uses nothing of what was read. Brackets: 95 % intervals over "
            f"seeds ({{intervals}}). Tested on {config.evaluation_size} sequences, "
            "never trained on unless marked seen."
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
