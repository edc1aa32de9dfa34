"""Figures of a study of trees, drawn from its results alone."""

import numpy as np
from matplotlib.figure import Figure

from seqjax.graphs.trees.config import TreesConfig
from seqjax.graphs.trees.summary import outcome_of
from seqjax.lab.reporting.curves import BOX
from seqjax.lab.reporting.figures import categories
from seqjax.lab.reporting.plots import DOTTED, GREY, band, legend, points_with_bars
from seqjax.lab.study import Results


def figures(config: TreesConfig, results: Results) -> dict[str, Figure]:
    """Accuracy against depth, and the training curves."""
    return {
        "accuracy_vs_depth": accuracy_vs_depth(config, results),
        "training_curves": training_curves(config, results),
    }


def accuracy_vs_depth(config: TreesConfig, results: Results) -> Figure:
    """A panel per task; grey: depths that are trained on."""
    columns = len(config.tasks)
    figure = Figure(figsize=(max(5.5, 1.0 + 3.8 * columns), 4.4))
    grid = figure.subplots(1, columns, sharey=True, squeeze=False)[0]
    looks, depths = categories(config.models), np.array(config.depths)
    for axes, task in zip(grid, config.tasks, strict=True):
        axes.axvspan(0.5, config.train_depth + 0.5, color="0.93", lw=0, zorder=0)
        for i, model in enumerate(config.models):
            found = [
                outcome_of(config, results, task, model, depth)
                for depth in config.depths
            ]
            # Side by side, or equal ones hide each other.
            places = depths + 0.08 * (i - (len(config.models) - 1) / 2)
            means = [each.mean for each in found]
            points_with_bars(axes, places, means, label=model, **looks[model])
        # They are the task's, and the same for all models.
        for column, label, style in (
            ("chance", "chance", DOTTED),
            ("from_root", "root alone", (0, (5, 2))),
        ):
            line = [each.rows[0][column] for each in found]
            axes.plot(depths, line, color=GREY, lw=1, ls=style, label=label)
        axes.set_title(task)
        axes.set_xlabel("depth")
        axes.set_xticks(depths)
        axes.set_xlim(0.5, config.test_depth + 0.5)
        axes.set_ylim(0, 1.04)
    grid[0].set_ylabel("mean accuracy")
    legend(figure, grid[0])
    figure.suptitle(
        f"{config.seeds} seeds, bars: 95 % intervals (Gaffke); grey: trained on",
        fontsize=11,
    )
    return figure


def training_curves(config: TreesConfig, results: Results) -> Figure:
    """Training loss against updates: median over seeds, means of `BOX` updates."""
    columns = len(config.tasks)
    figure = Figure(figsize=(max(5.5, 1.0 + 3.8 * columns), 3.8))
    grid = figure.subplots(1, columns, squeeze=False)[0]
    looks = categories(config.models)
    for axes, task in zip(grid, config.tasks, strict=True):
        for model in config.models:
            curves = averaged(results.history[f"{task}-{model}/loss"])
            band(
                axes,
                curves,
                color=looks[model]["color"],
                alpha=0.2,
                center="median",
                places=BOX * np.arange(1, curves.shape[1] + 1),
                ls=looks[model]["linestyle"],
                label=model,
            )
        axes.set_title(task)
        axes.set_xlabel("updates")
        axes.set_ylim(bottom=0)
    grid[0].set_ylabel("training loss (nats)")
    legend(figure, grid[0])
    figure.suptitle(
        f"Median of {config.seeds} seeds, band: middle half; a seed that has stopped "
        "keeps its last value",
        fontsize=11,
    )
    return figure


def averaged(curves: np.ndarray) -> np.ndarray:
    """Means of every `BOX` updates; a seed's last one goes on after its end.

    Args:
        curves: (seeds, updates), not finite where a seed diverged, and NaN after its
            end.
    """
    boxes = -(-curves.shape[1] // BOX)
    padded = np.full((len(curves), boxes * BOX), np.nan)
    padded[:, : curves.shape[1]] = np.where(np.isfinite(curves), curves, np.nan)
    parts = padded.reshape(len(curves), boxes, BOX)
    counts = np.isfinite(parts).sum(axis=2)
    found = np.nansum(parts, axis=2) / np.maximum(counts, 1)
    for box in range(boxes):
        gone = counts[:, box] == 0
        found[gone, box] = found[gone, box - 1] if box else np.nan
    # Lost in its first updates: at the top of what the others show.
    top = float(np.nanmax(found)) if np.isfinite(found).any() else 0.0
    return np.nan_to_num(found, nan=top)
