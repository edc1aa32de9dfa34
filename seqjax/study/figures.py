"""Figures of a study of one's own: how it was learnt, and the test of every setting."""

import textwrap
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from seqjax.lab.measures import Rows
from seqjax.lab.reporting.curves import BOX, smoothed
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
    names, settings = grid.names, grid.settings(config)
    colors = PALETTE if len(settings) <= len(PALETTE) else shades(len(settings))
    every = -(-len(settings) // MOST_NAMED)
    figure = Figure(figsize=(7, 1.2 + 2.8 * len(names)))
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name in zip(panels, names, strict=True):
        later = []
        for i, setting in enumerate(settings):
            curves = results.history[f"{grid.name(setting)}/{name}"]
            own = drawn(curves, grid.rows_of(results, setting), name)
            if not len(own):
                continue
            updates = own.shape[1]
            label = "" if i % every else _wrapped(grid.title(config, setting), 28)
            line = band(
                axes,
                smoothed(own, max(BOX, updates // 50)),
                color=colors[i],
                center="median",
                lw=1.6,
                label=label or None,
            )
            later.append(line.get_ydata()[updates // 20 :])
        axes.set_ylabel(f"{name} (training batches)")
        if name == "loss" and all((line.get_ydata() > 0).all() for line in axes.lines):
            axes.set_yscale("log")
        elif later:
            _without_the_start(axes, np.concatenate(later))
    panels[-1].set_xlabel("updates")
    if len(settings) > 1:
        title = f"every {every}. setting" if every > 1 else None
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right center", title=title)
    seeds = counted(config.seeds, "seed")
    said = f"Median of {seeds}, band: their middle half" if config.seeds > 1 else seeds
    figure.suptitle(said, fontsize=12)
    return figure


def _without_the_start(axes: Any, later: Float[np.ndarray, " values"]) -> None:
    """Cut the axis where the first updates would make all others a flat line."""
    low, high = later.min(), later.max()
    room = 0.5 * (high - low)
    bottom, top = axes.get_ylim()
    if top - bottom > _FAR * room / 4 > 0:
        axes.set_ylim(max(bottom, low - room), min(top, high + room))


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
        every = np.concatenate([column(each.rows, name) for each in found])
        every = every[np.isfinite(every)]
        in_powers = name == "loss" and len(every) and every.max() > _FAR * every.min()
        if in_powers and every.min() > 0:
            axes.set_xscale("log")
        for place, each in zip(places, found, strict=True):
            values, lost = column(each.rows, name), each.diverged
            fan = place + np.linspace(-0.18, 0.18, len(values) + 2)[1:-1]
            _dots(axes, values[~lost], fan[~lost], "a seed", color=PALETTE[0], lw=0)
            _dots(axes, values[lost], fan[lost], "diverged", color=PALETTE[3], lw=1)
            before = mean_of(untrained(each.rows, name)).value
            # Far away it would make all others one dot; the table has it.
            if len(every) and abs(before - every.mean()) <= 4 * np.ptp(every):
                look = {"color": GREY, "ms": 14, "mew": 1.5, "label": "untrained"}
                axes.plot(before, place, "|", **look)
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
        axes.set_xlabel(f"{name} (test set)")
    panels[0].set_yticks(places, labels)
    panels[0].set_ylim(len(found) - 0.5, -0.5)
    named = {
        text: handle
        for axes in panels
        for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        named.values(), named.keys(), loc="outside lower center", ncols=len(named)
    )
    return figure


def _dots(axes: Any, values: Any, places: Any, label: str, **look: Any) -> None:
    if len(values):
        marker = "x" if label == "diverged" else "o"
        axes.scatter(
            values, places, s=14, alpha=0.6, marker=marker, label=label, **look
        )


def _wrapped(label: str, width: int) -> str:
    return textwrap.fill(label, width, break_long_words=False)
