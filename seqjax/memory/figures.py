"""Figures of a memory study, drawn from its results alone."""

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view

from seqjax.lab.reporting.curves import BOX
from seqjax.lab.reporting.figures import categories, shades
from seqjax.lab.reporting.plots import band, chance_line, legend, points_with_bars
from seqjax.lab.study import Results
from seqjax.memory.config import Config
from seqjax.memory.summary import Setting, outcome_of
from seqjax.tasks import MEMORY_TASKS

FLOOR, CEILING = 1e-3, 10.0
"""Relative losses beyond these are drawn on the edge of the figure."""


def figures(config: Config, results: Results) -> dict[str, Figure]:
    """Success and accuracy against length, and the training curves."""
    return {
        "success_vs_length": success_vs_length(config, results),
        "training_curves": training_curves(config, results),
    }


def success_vs_length(config: Config, results: Results) -> Figure:
    """Success rate above, mean accuracy below; a column per task, a look per cell."""
    columns = len(config.tasks)
    figure = Figure(figsize=(max(5.5, 1.2 + 3.0 * columns), 5.8))
    grid = figure.subplots(2, columns, sharex="col", sharey="row", squeeze=False)
    looks = categories(config.cells)
    for column, task in enumerate(config.tasks):
        above, below = grid[:, column]
        lengths = sorted(config.lengths(task))
        for i, cell in enumerate(config.cells):
            groups = [outcome_of(config, results, task, cell, n) for n in lengths]
            # Side by side, or equal rates hide each other; a share of T on a log axis.
            shift = 1 + 0.04 * (i - (len(config.cells) - 1) / 2)
            places = shift * np.array(lengths, float)
            look = {"label": cell.upper(), **looks[cell]}
            rates = [group.rate for group in groups]
            points_with_bars(above, places, rates, **look)
            means = [group.mean for group in groups]
            points_with_bars(below, places, means, **look)
        chance_line(below, MEMORY_TASKS[task].chance)
        above.set_title(task)
        below.set_xscale("log")
        below.set_xticks(lengths, [str(length) for length in lengths])
        below.minorticks_off()
        below.set_xlabel("T")
    grid[0, 0].set_ylabel(f"success rate (accuracy ≥ {config.success_accuracy:g})")
    grid[1, 0].set_ylabel("mean accuracy")
    for axes in grid[:, 0]:
        axes.set_ylim(-0.04, 1.04)
    legend(figure, grid[1, 0])
    figure.suptitle(
        f"{config.seeds} seeds; bars: 95 % intervals (above Clopper-Pearson, "
        "below Gaffke)",
        fontsize=11,
    )
    return figure


def training_curves(config: Config, results: Results) -> Figure:
    """Loss over the baseline's against updates: task by cell; darker is longer."""
    rows, columns = len(config.tasks), len(config.cells)
    figure = Figure(figsize=(2.4 + 2.7 * columns, 1.0 + 2.3 * rows))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for i, task in enumerate(config.tasks):
        lengths = sorted(config.lengths(task))
        colors = shades(len(lengths))
        for j, cell in enumerate(config.cells):
            axes = grid[i, j]
            for length, color in zip(lengths, colors, strict=True):
                losses = results.history[f"{Setting(task, cell, length).name}/loss"]
                band(
                    axes,
                    relative(task, length, losses),
                    color=color,
                    alpha=0.2,
                    center="median",
                    lw=1.6,
                    label=f"T = {length}",
                )
            chance_line(axes, 1, "baseline")
            if i == 0:
                axes.set_title(cell.upper())
            if i == rows - 1:
                axes.set_xlabel("updates")
        grid[i, 0].set_ylabel(f"{task}\nloss / baseline")
        grid[i, -1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    grid[0, 0].set_yscale("log")
    grid[0, 0].set_ylim(FLOOR, CEILING)
    figure.suptitle(
        f"Training loss over that of the best answer that reads nothing: median of "
        f"{config.seeds} seeds; band: middle half",
        fontsize=11,
    )
    return figure


def relative(
    task: str, length: int, losses: Float[np.ndarray, "seeds updates"]
) -> Float[np.ndarray, "seeds updates"]:
    """Losses over the baseline's, averaged over the last `BOX` updates.

    After a seed's end its last average goes on: what is shown of the seeds would else
    be of those still training, which are the worst.
    """
    # A seed whose very first batch was not finite stays at the top.
    shown = np.full(losses.shape, np.inf)
    for seed, curve in enumerate(np.asarray(losses, float)):
        tried = curve[np.isfinite(curve)]
        if len(tried):
            padded = np.concatenate([np.zeros(BOX - 1), tried])
            counts = np.minimum(np.arange(1, len(tried) + 1), BOX)
            means = sliding_window_view(padded, BOX).sum(axis=1) / counts
            shown[seed, : len(tried)] = means
            shown[seed, len(tried) :] = means[-1]
    return np.clip(shown / MEMORY_TASKS[task].baseline(length), FLOOR, CEILING)
