"""What a training prints at its end."""

from collections.abc import Sequence

from seqjax.charlm.config import Config
from seqjax.charlm.samples import chosen_samples, shown
from seqjax.charlm.summary import (
    Row,
    best_rows,
    by_look,
    last_rows,
    over_seeds,
    subject,
)
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table

LINES = 12
"""Most evaluations of a table; those nearest to even steps of the logarithm."""

_MEASURED = (
    ("train loss", "train_loss", "{:.3f}"),
    ("train accuracy", "train_accuracy", "{:.3f}"),
    ("validation loss", "validation_loss", "{:.3f}"),
    ("accuracy", "validation_accuracy", "{:.3f}"),
    ("reset loss", "validation_reset_loss", "{:.3f}"),
    ("accuracy", "validation_reset_accuracy", "{:.3f}"),
    ("longest run", "longest_run", "{:.1f}"),
)


def tables(config: Config, results: Results) -> list[Table]:
    """How it got on, what is best, and some of what it wrote."""
    return [_progress(config, results), _models(config, results), _samples(results)]


def _progress(config: Config, results: Results) -> Table:
    """Means over seeds at some of the evaluations."""
    looks = by_look(results)
    lines = [_line(f"{step}", looks[step]) for step in _spread(list(looks))]
    return Table(
        f"Training on {subject(config)}",
        ["updates", *[name for name, _, _ in _MEASURED]],
        lines,
        f"Losses in nats per character; means of {counted(config.seeds, 'seed')} with "
        "intervals (95 %, Student). Train: mean since the last evaluation. "
        "Validation: states carried through the text; reset: zeros every "
        f"{config.window} characters. Longest run: characters of a sample (200, "
        "temperature 0.5) that are in the text trained on; pieces of held-out text "
        f"have {_text(results.rows[0]['expected_run'], '{:.1f}')}.",
    )


def _models(config: Config, results: Results) -> Table:
    """The best and the last model of all seeds."""
    best, last = best_rows(results), last_rows(results)
    diverged = sum(row["diverged"] for row in last)
    return Table(
        "Models",
        ["model", *[name for name, _, _ in _MEASURED]],
        [_line("best", best), _line("last", last)],
        f"Best: lowest validation loss of each seed. {diverged} of "
        f"{counted(len(last), 'seed')} diverged.",
    )


def _samples(results: Results) -> Table:
    """What the first seed wrote, the longest texts only."""
    return Table(
        "Samples",
        ["updates", "temperature", "text"],
        [
            (str(sample.step), f"{sample.temperature:g}", shown(sample.text))
            for sample in chosen_samples(results)
        ],
        "Of the first seed, from a random first character; temperature 0 is greedy.",
        left=3,
    )


def _line(head: str, rows: Sequence[Row]) -> tuple[str, ...]:
    cells = []
    for _, column, form in _MEASURED:
        found = over_seeds(list(rows), column)
        cells.append("" if found is None else estimate_text(found, form))
    return (head, *cells)


def _text(value: float | None, form: str) -> str:
    return "none" if value is None else form.format(value)


def _spread(steps: list[int]) -> list[int]:
    """At most `LINES` of the steps, even on a logarithmic scale, with both ends."""
    if len(steps) <= LINES:
        return steps
    first, last = max(1, steps[1]), steps[-1]
    wanted = [first * (last / first) ** (i / (LINES - 2)) for i in range(LINES - 1)]
    nearest = {min(steps[1:], key=lambda s: abs(s - w)) for w in wanted}
    return sorted({steps[0], *nearest})
