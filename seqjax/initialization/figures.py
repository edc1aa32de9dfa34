"""Figures of the study, drawn from its results alone."""

from typing import Any

import numpy as np
from jaxtyping import Complex, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqjax.core.spectral_laws import ISOMETRIES, entry_deviation, quarter_circle
from seqjax.initialization.config import Config
from seqjax.initialization.selection import Setting, Weights, spectra
from seqjax.lab.reporting.curves import BOX, held, smoothed
from seqjax.lab.reporting.figures import categories
from seqjax.lab.reporting.plots import GREY, band, chance_line, legend, line_in_band
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.tasks.palindromes import CHANCE


def figures(config: Config, results: Results) -> dict[str, Figure]:
    """The training curves, and the spectra of every cell."""
    drawn = {"accuracy_vs_updates": accuracy_vs_updates(config, results)}
    for cell in config.cells:
        drawn[f"spectra_{cell}"] = spectra_figure(config, results, cell)
    return drawn


def accuracy_vs_updates(config: Config, results: Results) -> Figure:
    """A column per length, a row per cell and encoding, a look per initialiser."""
    kinds = [(cell, encoding) for cell in config.cells for encoding in config.encodings]
    rows, columns = len(kinds), len(config.lengths)
    figure = Figure(figsize=(1.6 + 2.7 * columns, 1.4 + 2.3 * rows))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    looks = categories(config.initializers)
    # Markers evenly along the logarithmic axis.
    places = np.geomspace(min(BOX, config.steps), config.steps, 6).astype(int)
    marked = list(np.unique(places) - 1)
    for row, (cell, encoding) in enumerate(kinds):
        for column, length in enumerate(config.lengths):
            axes = grid[row, column]
            for name in config.initializers:
                setting = Setting(cell, encoding, length, name)
                curves = results.history[f"{setting.name}/accuracy"]
                band(
                    axes,
                    smoothed(held(curves, config.steps)),
                    lw=1.4,
                    label=name,
                    markevery=marked,
                    **looks[name],
                )
            chance_line(axes, CHANCE)
            if row == 0:
                axes.set_title(f"T = {length}")
        grid[row, 0].set_ylabel(f"{cell.upper()}, {encoding}\naccuracy")
    grid[0, 0].set_ylim(0, 1.04)
    if config.steps > BOX:
        # Half of what is to be seen happens in the first tenth of the updates.
        grid[0, 0].set_xscale("log")
        grid[0, 0].set_xlim(BOX, config.steps)
        grid[0, 0].xaxis.set_major_formatter("{x:g}")
    for axes in grid[-1]:
        axes.set_xlabel("updates")
    seeds = counted(config.seeds, "seed")
    figure.suptitle(
        f"Training accuracy: mean of {seeds}, band: their middle half", fontsize=12
    )
    legend(figure, grid[0, 0])
    return figure


def spectra_figure(config: Config, results: Results, cell: str) -> Figure:
    """Eigenvalues in the complex plane above, singular values below."""
    names = config.initializers
    figure = Figure(figsize=(1.4 + 2.5 * len(names), 5.8))
    above, below = figure.subplots(
        2, len(names), sharex="row", sharey="row", squeeze=False
    )
    looks = categories(names)
    for column, name in enumerate(names):
        by_gate = spectra(config, results, Weights(cell, name))
        found = [each for gate in by_gate.values() for each in gate]
        _eigenvalues(
            above[column],
            np.concatenate([each.eigenvalues for each in found]),
            looks[name]["color"],
        )
        _singular_values(
            below[column],
            np.array([each.singular_values[::-1] for each in found]),
            looks[name]["color"],
        )
        if name not in ISOMETRIES:
            size = config.hidden_size
            scale = entry_deviation(name, size) * np.sqrt(size)
            _circle(above[column], scale, color="black", lw=1.2, ls="--")
            r = np.linspace(0, 1, 200)
            below[column].plot(
                quarter_circle(r), 2 * scale * r, color="black", lw=1.2, ls="--"
            )
        above[column].set_title(name)
        below[column].set_xlabel("share of singular values")
    above[0].set_ylabel("imaginary part of eigenvalues")
    below[0].set_ylabel("singular value")
    below[0].set_ylim(bottom=0)
    for axes in above:
        axes.set_xlabel("real part")
    figure.suptitle(
        f"{cell.upper()}: recurrent matrices before training, "
        f"{counted(config.hidden_size, 'unit')}, {counted(config.seeds, 'seed')}; "
        "grey: 1; dashed: theory",
        fontsize=12,
    )
    return figure


def _eigenvalues(axes: Axes, values: Complex[np.ndarray, " all"], color: str) -> None:
    axes.scatter(
        values.real, values.imag, s=8, color=color, alpha=0.5, linewidths=0, zorder=3
    )
    _circle(axes, 1.0, color=GREY, lw=0.9)
    axes.set_aspect("equal")


def _circle(axes: Axes, radius: float, **look: Any) -> None:
    angle = np.linspace(0, 2 * np.pi, 181)
    axes.plot(radius * np.cos(angle), radius * np.sin(angle), zorder=2, **look)


def _singular_values(
    axes: Axes, values: Float[np.ndarray, "matrices hidden"], color: str
) -> None:
    """Smallest to largest: the mean over matrices, and the range of all of them."""
    share = (np.arange(values.shape[1]) + 0.5) / values.shape[1]
    axes.axhline(1, color=GREY, lw=0.9)
    curves = values.min(0), values.mean(0), values.max(0)
    line_in_band(axes, share, curves, color=color, alpha=0.25, lw=3.5)
