"""The figures of a training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.figure import Figure

from seqjax.charlm.config import Config
from seqjax.charlm.summary import by_look, subject
from seqjax.lab.reporting.figures import PALETTE
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    Axes = Any

_CURVES = {
    "training": ("train_{}", PALETTE[0], "-"),
    "validation, carried": ("validation_{}", PALETTE[1], "-"),
    "validation, reset": ("validation_reset_{}", PALETTE[2], "--"),
}


def figures(config: Config, results: Results) -> Mapping[str, Figure]:
    """All figures, by name."""
    return {
        "training": training(config, results),
        "memorisation": memorisation(config, results),
    }


def training(config: Config, results: Results) -> Figure:
    """Accuracy, loss and learning rate against updates, as report 003 has them."""
    figure = Figure(figsize=(7.0, 8.0))
    upper, middle, lower = figure.subplots(3, 1, sharex=True, height_ratios=(3, 3, 1.4))
    for name, (column, color, line) in _CURVES.items():
        look = {"color": color, "linestyle": line, "label": name}
        _band(upper, results, column.format("accuracy"), look)
        _band(middle, results, column.format("loss"), look)
    upper.set_ylabel("accuracy")
    _legend(upper, "lower right")
    middle.set_ylabel("loss (nats per character)")
    _band(lower, results, "learning_rate", {"color": PALETTE[2]})
    lower.set_ylabel("learning rate")
    lower.set_ylim(bottom=0)
    lower.set_xlabel("updates")
    figure.suptitle(f"Training of {_subject(config)}", fontsize=12)
    return figure


def memorisation(config: Config, results: Results) -> Figure:
    """What samples repeat word for word, and the loss held out, over a training."""
    figure = Figure(figsize=(7.0, 5.6))
    upper, lower = figure.subplots(2, 1, sharex=True)
    _band(
        upper,
        results,
        "longest_run",
        {"color": PALETTE[0], "label": "samples at temperature 0.5"},
    )
    expected = results.rows[0]["expected_run"]
    if expected is not None:
        upper.axhline(
            expected, color=PALETTE[2], ls="--", label="held-out text (chance)"
        )
    upper.set_ylabel("longest run in the training\ntext (characters of 200)")
    upper.set_ylim(bottom=0)
    _legend(upper, "lower right")
    for name, (column, color, line) in _CURVES.items():
        look = {"color": color, "linestyle": line, "label": name}
        _band(lower, results, column.format("loss"), look)
    lower.set_ylabel("loss (nats per character)")
    lower.set_xlabel("updates")
    _legend(lower, "upper right")
    figure.suptitle(f"Memorisation by {_subject(config)}", fontsize=12)
    return figure


def _subject(config: Config) -> str:
    name = subject(config)
    title = f"{config.layers} x {config.hidden_size} {config.cell.upper()}: {name}"
    if config.seeds > 1:
        title += f"\nmean of {counted(config.seeds, 'seed')}; band: all of them"
    return title


def _band(axes: Axes, results: Results, column: str, look: Mapping[str, Any]) -> None:
    """Mean over seeds, and the range of all; a seed that stopped keeps its value."""
    looks = by_look(results)
    curves: list[list[float | None]] = []
    for rows in looks.values():
        now = [row[column] for row in rows]
        before = curves[-1] if curves else now
        curves.append(
            [old if new is None else new for old, new in zip(before, now, strict=True)]
        )
    values = np.array(curves, np.float64)
    there = np.isfinite(values).all(axis=1)
    if not there.any():
        return
    x, y = np.array(list(looks))[there], values[there]
    if y.shape[1] > 1:
        axes.fill_between(
            x, y.min(1), y.max(1), color=look["color"], alpha=0.2, linewidth=0
        )
    axes.plot(x, y.mean(1), **look)


def _legend(axes: Axes, place: Literal["lower right", "upper right"]) -> None:
    """What the lines are, if there are any: no seed may have come so far."""
    if axes.lines:
        axes.legend(loc=place)
