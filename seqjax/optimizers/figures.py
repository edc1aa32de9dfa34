"""Figures of an optimiser study, drawn from its results alone."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from seqjax.lab.reporting.curves import held, smoothed
from seqjax.lab.reporting.figures import PALETTE, shades
from seqjax.lab.reporting.plots import LIGHT_GREY, band, chance_line, panels
from seqjax.lab.study import Results
from seqjax.optimizers.config import Config
from seqjax.optimizers.summary import chosen_rate, outcome_of, select, tuned
from seqjax.tasks.palindromes import CHANCE


def figures(config: Config, results: Results) -> dict[str, Figure]:
    """Training curves at the best rates, the grid of rates, and every seed's time."""
    return {
        "training_curves": training_curves(config, results),
        "rates": rates(config, results),
        "updates_to_solve": updates_to_solve(config, results),
    }


def training_curves(config: Config, results: Results) -> Figure:
    """A panel per optimiser: its accuracy in training, those of the others behind it.

    More than seven lines of different colours cannot be told apart.
    """
    figure, axes = panels(len(config.optimizers))
    curves = {
        name: smoothed(held(results.history[f"{name}/test_accuracy"]))
        for name in config.optimizers
    }
    updates = np.arange(1, config.steps + 1)
    last = max(row["steps"] for n in curves for row in select(results, n, "test"))
    for place, name in zip(axes, config.optimizers, strict=True):
        for other in curves.values():
            place.plot(updates, other.mean(0), color=LIGHT_GREY, lw=0.9)
        band(place, curves[name], color=PALETTE[0], alpha=0.25)
        chance_line(place, CHANCE)
        place.set_title(f"{name}, rate {chosen_rate(results, name):g}", fontsize=10)
        place.set_ylim(0, 1.04)
        place.set_xlim(0, last)
    figure.supxlabel("updates", fontsize=11)
    figure.supylabel("accuracy (training batches)", fontsize=11)
    figure.suptitle(
        f"Mean of {config.test_seeds} seeds at each one's best rate, band: middle half "
        "of seeds, grey: the others, dotted: chance",
        fontsize=11,
    )
    return figure


def rates(config: Config, results: Results) -> Figure:
    """Optimiser by learning rate: colour and first number are the mean accuracy.

    Below it how many seeds solved the task; a frame marks the chosen rate. The colours
    are of one hue and fall evenly in lightness, so they keep their order in grey.
    """
    from matplotlib.colors import ListedColormap

    grid = sorted(config.learning_rates)
    names = config.optimizers
    figure = Figure(figsize=(2.6 + 0.85 * len(grid), 1.8 + 0.55 * len(names)))
    axes = figure.add_subplot()
    values = np.zeros((len(names), len(grid)))
    for i, name in enumerate(names):
        tried = tuned(config, results, name)
        for j, rate in enumerate(grid):
            found = tried[rate]
            values[i, j] = found.accuracy.mean()
            text = f"{values[i, j]:.2f}\n{(~found.unsolved).sum()}/{len(found.rows)}"
            if found.diverged.any():
                text += f", {found.diverged.sum()} div."
            dark = values[i, j] > 0.55
            color = "white" if dark else "black"
            axes.text(j, i, text, ha="center", va="center", fontsize=8, color=color)
        best = grid.index(chosen_rate(results, name))
        frame = Rectangle((best - 0.46, i - 0.46), 0.92, 0.92, fill=False, lw=2.4)
        frame.set_edgecolor(PALETTE[1])
        axes.add_patch(frame)
    colors = ListedColormap(shades(64))
    image = axes.imshow(values, cmap=colors, vmin=0, vmax=1, aspect="auto")
    figure.colorbar(image, ax=axes, label="mean accuracy on evaluation strings")
    axes.grid(False)
    axes.set_xticks(range(len(grid)), [f"{rate:g}" for rate in grid])
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("learning rate")
    axes.set_title(
        f"Mean accuracy and seeds of {config.seeds} that solved the task; "
        "frame: best rate",
        fontsize=11,
    )
    return figure


def updates_to_solve(config: Config, results: Results) -> Figure:
    """Every test seed's time, fastest optimiser first; failures stand at the end."""
    found = {name: outcome_of(config, results, name) for name in config.optimizers}
    order = sorted(found, key=lambda name: float(found[name].updates.mean()))
    figure = Figure(figsize=(7, 1.4 + 0.38 * len(order)))
    axes = figure.add_subplot()
    for i, name in enumerate(order):
        times, failed = found[name].updates, found[name].unsolved
        fan = i + np.linspace(-0.25, 0.25, len(failed)) * (len(failed) > 1)
        _dots(axes, times, fan, ~failed, marker="o", color=PALETTE[0])
        _dots(axes, times, fan, failed, marker="x", color=PALETTE[3])
        axes.plot([times.mean()] * 2, [i - 0.36, i + 0.36], color="black", lw=2)
    axes.set_yticks(
        range(len(order)), [f"{n} ({chosen_rate(results, n):g})" for n in order]
    )
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel(f"updates to solve (cross: not within {config.steps})")
    axes.set_title("Seeds at each optimiser's best rate; bar: mean", fontsize=11)
    return figure


def _dots(
    axes: Axes,
    x: Float[np.ndarray, " seeds"],
    y: Float[np.ndarray, " seeds"],
    which: np.ndarray,
    *,
    marker: str,
    color: str,
) -> None:
    axes.scatter(x[which], y[which], s=18, marker=marker, color=color, alpha=0.7)
