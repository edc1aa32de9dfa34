"""Figures of a study of gradients, drawn from its results alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqjax.core.cells import CELLS
from seqjax.gradients.config import Config
from seqjax.gradients.probe import SMALLEST, has_memory
from seqjax.lab.reporting.figures import categories
from seqjax.lab.reporting.plots import chance_line, line_in_band
from seqjax.lab.study import Results


def figures(config: Config, results: Results) -> dict[str, Figure]:
    """Norms, singular values, what single precision loses, and norms in training."""
    drawn = {
        "gradient_norms": gradient_norms(config, results),
        "singular_values": singular_values(config, results),
        "single_precision": single_precision(config, results),
    }
    if config.at[-1]:
        drawn["training_norms"] = training_norms(config, results)
    return drawn


def gradient_norms(config: Config, results: Results) -> Figure:
    """|dL/dh_t| against t, and |dL/dc_t| where there is one; a panel per step."""
    figure, grid = _panels(config)
    with_memory = [cell for cell in config.cells if has_memory(CELLS[cell])]
    looks = categories([*config.cells, *(f"{cell} c" for cell in with_memory)])
    lowest = np.inf
    for k, axes in enumerate(grid):
        for name, look in looks.items():
            cell, _, memory = name.partition(" ")
            norms = results.history[f"{cell}/{memory or 'h'}_norm"][k]
            label = f"{cell.upper()}, |dL/d{memory or 'h'}_t|"
            _band(axes, np.arange(norms.shape[1]), norms, look, label)
            lowest = min(lowest, norms[norms > 0].min(initial=np.inf))
        axes.set_yscale("log")
    if lowest < SMALLEST:
        for axes in grid:
            chance_line(axes, SMALLEST, "end of single precision")
    grid[0].set_ylabel("norm of the gradient, mean over examples")
    _legend(figure, grid[0])
    return figure


def singular_values(config: Config, results: Results) -> Figure:
    """Singular values of ds_{T-1}/ds_t against t: a row per cell, a panel per step."""
    figure, grid = _panels(config, rows=len(config.cells))
    chosen: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "largest": lambda values: values[..., 0],
        "90 % quantile": lambda values: values[..., values.shape[-1] // 10],
        "median": lambda values: values[..., values.shape[-1] // 2],
        "smallest above rounding": lambda values: np.fmin.reduce(values, axis=-1),
    }
    looks = categories(list(chosen))
    for row, cell in enumerate(config.cells):
        found = results.history[f"{cell}/singular_values"]
        for k in range(len(config.at)):
            axes = grid[row * len(config.at) + k]
            for name, choose in chosen.items():
                # (seed, time, example): every seed and example is a line of the band.
                lines = np.moveaxis(choose(found[k]), 1, -1)
                lines = lines.reshape(-1, len(config.times))
                # The median of those above rounding alone would be too large.
                lines[:, np.isnan(lines).any(0)] = np.nan
                _band(axes, np.array(config.times), lines, looks[name], name, mark=True)
            axes.set_yscale("log")
            chance_line(axes, 1.0, "")
        state = "(c, h)" if has_memory(CELLS[cell]) else "h"
        grid[row * len(config.at)].set_ylabel(f"{cell.upper()}: values, state {state}")
    _legend(figure, grid[0], of="seeds and examples")
    return figure


def single_precision(config: Config, results: Results) -> Figure:
    """Share of dL/dh_t that single precision takes for zero, against t."""
    figure, grid = _panels(config)
    looks = categories(
        [f"{cell} {kind}" for kind in ("zeros", "underflows") for cell in config.cells]
    )
    for k, axes in enumerate(grid):
        for name, look in looks.items():
            cell, kind = name.split()
            shares = results.history[f"{cell}/{kind}"][k]
            label = f"{cell.upper()}, {kind}"
            _band(axes, np.arange(shares.shape[1]), shares, look, label)
        axes.set_ylim(-0.02, 1.02)
    grid[0].set_ylabel("share of the entries of dL/dh_t")
    _legend(figure, grid[0])
    return figure


def training_norms(config: Config, results: Results) -> Figure:
    """Norm of the whole gradient at every update, before clipping."""
    figure = Figure(figsize=(7, 4.5))
    axes = figure.add_subplot()
    for cell, look in categories(config.cells).items():
        norms = results.history[f"{cell}/gradient_norm"]
        _band(axes, np.arange(1, norms.shape[1] + 1), norms, look, cell.upper())
    if np.isfinite(config.clip_norm):
        chance_line(axes, config.clip_norm, "clipped above")
    axes.set_yscale("log")
    axes.set_xlabel("update")
    axes.set_ylabel("norm of the gradient of all weights")
    _legend(figure, axes)
    return figure


def _panels(config: Config, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A grid with a column per training step."""
    columns = len(config.at)
    figure = Figure(figsize=(2.6 + 3.2 * columns, 1.2 + 2.9 * rows))
    grid = figure.subplots(rows, columns, sharex=True, sharey="row", squeeze=False)
    for axes, step in zip(grid[0], config.at, strict=True):
        axes.set_title("untrained" if step == 0 else f"after {step} updates")
    for axes in grid[-1]:
        axes.set_xlabel(f"t (h_t; the last is h_{config.length - 1})")
    return figure, list(grid.flat)


def _band(
    axes: Axes,
    x: np.ndarray,
    lines: Float[np.ndarray, "lines points"],
    look: dict[str, Any],
    label: str,
    *,
    mark: bool = False,
) -> None:
    """The median of some lines, and the range of all of them.

    A line counts where it is a number; a norm of zero has no place on a log scale.
    """
    some = ~np.isnan(lines).all(0)
    low, middle, high = np.full((3, len(x)), np.nan)
    if some.any():
        low[some], middle[some], high[some] = np.nanquantile(
            lines[:, some], [0.0, 0.5, 1.0], axis=0
        )
    look = look if mark else {**look, "marker": None}
    line_in_band(axes, x, (low, middle, high), label=label, **look)


def _legend(figure: Figure, axes: Axes, of: str = "seeds") -> None:
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="outside right center",
        title=f"median of {of};\nband: all of them",
    )
