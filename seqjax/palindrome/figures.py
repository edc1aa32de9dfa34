"""Figures of a palindrome study, drawn from its results alone."""

import numpy as np
from jaxtyping import Int
from matplotlib.figure import Figure

from seqjax.lab.reporting.curves import held, smoothed
from seqjax.lab.reporting.figures import categories, shades
from seqjax.lab.reporting.plots import band, chance_line, estimates_in_band
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.palindrome.config import Config
from seqjax.palindrome.summary import Setting, outcome_of
from seqjax.tasks.palindromes import CHANCE


def figures(config: Config, results: Results) -> dict[str, Figure]:
    """Accuracy against length, and the training curves."""
    return {
        "accuracy_vs_length": accuracy_vs_length(config, results),
        "training_curves": training_curves(config, results),
    }


def accuracy_vs_length(config: Config, results: Results) -> Figure:
    """Mean accuracy with its band over seeds; every seed is a dot; chance is marked."""
    figure = Figure(figsize=(7, 4.5))
    axes = figure.add_subplot()
    lengths = np.array(sorted(config.lengths))
    gaps = np.diff(lengths)
    spread = 0.05 * (gaps.min() if len(gaps) else 1)
    looks = categories(config.cells)
    for i, cell in enumerate(config.cells):
        groups = [outcome_of(config, results, cell, int(n)) for n in lengths]
        estimates = [group.mean for group in groups]
        look = looks[cell]
        estimates_in_band(axes, lengths, estimates, label=cell.upper(), **look)
        # Cells side by side and seeds fanned out, or equal accuracies hide each other.
        shift = (i - (len(config.cells) - 1) / 2) * 2 * spread
        for length, group in zip(lengths, groups, strict=True):
            fan = spread * np.linspace(-0.6, 0.6, len(group.rows))
            axes.scatter(
                length + shift + fan - fan.mean(),  # one alone would stand at its edge
                group.accuracy,
                s=12,
                color=look["color"],
                marker=look["marker"],
                alpha=0.55,
                linewidths=0,
            )
    chance_line(axes, CHANCE)
    axes.set_xticks(lengths, minor=True)
    axes.set_xticks(with_room(lengths))
    axes.set_xlabel("palindrome length T (digits; the network reads T - 1)")
    axes.set_ylabel("accuracy on evaluation strings")
    axes.set_ylim(0, 1.04)
    seeds = counted(config.seeds, "seed")
    axes.set_title(f"Mean of {seeds}, 95 % band (Gaffke), dots: single seeds")
    figure.legend(loc="outside upper center", ncols=len(config.cells) + 1)
    return figure


def with_room(lengths: Int[np.ndarray, " lengths"], share: float = 0.035) -> list[int]:
    """Lengths whose numbers fit beside each other on the axis, the first among them.

    Args:
        lengths: in ascending order.
        share: of the axis that a number needs; default fits two digits on the figure.
    """
    room = share * float(lengths[-1] - lengths[0])
    taken: list[int] = []
    for length in lengths.tolist():
        if not taken or length - taken[-1] >= room:
            taken.append(length)
    return taken


def training_curves(config: Config, results: Results) -> Figure:
    """Accuracy above, loss below, one column per cell; darker is longer."""
    columns = len(config.cells)
    figure = Figure(figsize=(2.2 + 3.1 * columns, 5.4))
    grid = figure.subplots(2, columns, sharex=True, sharey="row", squeeze=False)
    lengths = sorted(config.lengths)
    colors = dict(zip(lengths, shades(len(lengths)), strict=True))
    handles = []
    for column, cell in enumerate(config.cells):
        for row, metric in enumerate(("accuracy", "loss")):
            for length in lengths:
                curves = results.history[f"{Setting(cell, length).name}/{metric}"]
                line = band(
                    grid[row, column],
                    smoothed(held(curves)),
                    color=colors[length],
                    alpha=0.15,
                    lw=1.6,
                    label=f"T = {length}",
                )
                if row == column == 0:
                    handles.append(line)
        grid[0, column].set_title(cell.upper())
        grid[1, column].set_xlabel("updates")
        chance_line(grid[0, column], CHANCE)
        chance_line(grid[1, column], np.log(10))
    grid[0, 0].set_ylabel("accuracy (training batches)")
    grid[1, 0].set_ylabel("cross-entropy (nats)")
    grid[0, 0].set_ylim(0, 1.04)
    grid[1, 0].set_ylim(0, 2.8)
    figure.legend(
        handles=handles,
        loc="outside right center",
        title=f"mean of\n{counted(config.seeds, 'seed')},\nband: middle\nhalf of seeds",
    )
    return figure
