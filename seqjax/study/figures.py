"""Figures of a study of one's own: how it was learnt, and the test of every setting."""

import textwrap
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from seqjax.lab.measures import Rows
from seqjax.lab.reporting.curves import smoothed
from seqjax.lab.reporting.figures import PALETTE, shades
from seqjax.lab.reporting.plots import GREY, band, points_with_bars
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.study.experiment import Experiment
from seqjax.study.grid import Grid
from seqjax.study.results import column, mean_of, outcomes, untrained

MOST_NAMED = 16
"""Entries of a legend; of more settings only every so many is named."""

_FAR = 30
"""Losses are drawn on a scale of powers where they differ by this factor."""


def figures(grid: Grid, config: Experiment, results: Results) -> dict[str, Figure]:
    """Curves of the training, and the test of every setting.

    Args:
        grid: of the experiment.
        config: the experiment.
        results: what came out.
    """
    return {
        "training_curves": _curves(grid, config, results),
        "test_by_setting": _by_setting(grid, config, results),
    }


def drawn(
    curves: Float[np.ndarray, "seeds updates"], rows: Rows, name: str
) -> Float[np.ndarray, "seeds updates"]:
    """Curves of those seeds that have numbers.

    Args:
        curves: a value per seed and update.
        rows: of the same seeds.
        name: ``loss`` or ``score``.

    Returns:
        From its end on a seed that diverged is where its untrained network is.
    """
    filled = np.where(np.isfinite(curves), curves, untrained(rows, name)[:, None])
    return filled[np.isfinite(filled).all(axis=1)]


def _curves(grid: Grid, config: Experiment, results: Results) -> Figure:
    names = grid.names
    settings = grid.settings(config)
    colors = PALETTE if len(settings) <= len(PALETTE) else shades(len(settings))
    every = -(-len(settings) // MOST_NAMED)
    height = 1.2 + 2.8 * len(names)
    figure = Figure(figsize=(7, height))
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name in zip(panels, names, strict=True):
        for i, setting in enumerate(settings):
            curves = results.history[f"{grid.name(setting)}/{name}"]
            own = drawn(curves, grid.rows_of(results, setting), name)
            label = _wrapped(grid.title(config, setting), 28)
            look: dict[str, Any] = {} if i % every else {"label": label}
            if len(own):
                color = colors[i]
                band(axes, smoothed(own), color=color, center="median", lw=1.6, **look)
        axes.set_ylabel(f"{name} (training batches)")
        if name == "loss" and all((line.get_ydata() > 0).all() for line in axes.lines):
            axes.set_yscale("log")
    panels[-1].set_xlabel("updates")
    if len(settings) > 1:
        handles, texts = panels[0].get_legend_handles_labels()
        title = f"every {every}. setting" if every > 1 else None
        figure.legend(handles, texts, loc="outside right center", title=title)
    seeds = counted(config.seeds, "seed")
    said = f"Median of {seeds}, band: their middle half" if config.seeds > 1 else seeds
    figure.suptitle(said, fontsize=12)
    return figure


def _by_setting(grid: Grid, config: Experiment, results: Results) -> Figure:
    """A row per setting, so that names have room; the first one on top."""
    found = outcomes(grid, config, results)
    labels = [_wrapped(grid.title(config, each.setting), 36) for each in found]
    names = grid.names
    longest = max(len(line) for label in labels for line in label.splitlines())
    lines = sum(1 + label.count("\n") for label in labels)
    size = (1 + 0.08 * longest + 3.4 * len(names), 1.6 + 0.32 * max(3, lines))
    figure = Figure(figsize=size)
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    places = np.arange(len(found), dtype=float)
    for axes, name in zip(panels, names, strict=True):
        for place, each in zip(places, found, strict=True):
            values, lost = column(each.rows, name), each.diverged
            fan = place + np.linspace(-0.18, 0.18, len(values) + 2)[1:-1]
            for marker, chosen in (("o", ~lost), ("x", lost)):
                axes.scatter(
                    values[chosen],
                    fan[chosen],
                    s=14,
                    color=PALETTE[0 if marker == "o" else 3],
                    alpha=0.6,
                    lw=0 if marker == "o" else 1,
                    marker=marker,
                    label="a seed" if marker == "o" else "diverged",
                )
            before = mean_of(untrained(each.rows, name)).value
            axes.plot(before, place, "|", color=GREY, ms=14, mew=1.5, label="untrained")
        points_with_bars(
            axes,
            places,
            [mean_of(column(each.rows, name)) for each in found],
            sideways=True,
            color="black",
            ls="",
            lw=1.2,
            marker="o",
            label="mean, 95 % interval",
        )
        shown = np.concatenate([line.get_xdata() for line in axes.lines])
        shown = shown[np.isfinite(shown)]
        if name == "loss" and len(shown) and shown.max() > _FAR * shown.min() > 0:
            axes.set_xscale("log")
        axes.set_xlabel(f"{name} (test set)")
    panels[0].set_yticks(places, labels)
    panels[0].set_ylim(len(found) - 0.5, -0.5)
    handles, texts = panels[0].get_legend_handles_labels()
    named = dict(zip(texts, handles, strict=True))
    if not any(each.diverged.any() for each in found):
        del named["diverged"]
    figure.legend(named.values(), named, loc="outside lower center", ncols=len(named))
    return figure


def _wrapped(label: str, width: int) -> str:
    return textwrap.fill(label, width, break_long_words=False)
