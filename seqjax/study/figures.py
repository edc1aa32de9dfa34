"""Figures of a study of one's own: how it was learnt, and the test of every setting."""

import textwrap
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from seqjax.lab.outcomes import Rows
from seqjax.lab.reporting.curves import BOX, smoothed
from seqjax.lab.reporting.figures import PALETTE, shades
from seqjax.lab.reporting.plots import GREY, band, points_with_bars
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Results
from seqjax.study.experiment import Experiment
from seqjax.study.grid import Grid
from seqjax.study.results import column, mean_of, outcomes, untrained

_FAR = 10
"""Losses are drawn on a scale of powers where they differ by this factor."""

_LINE = 0.24
"""Inches of a line of text."""


def figures(grid: Grid, config: Experiment, results: Results) -> dict[str, Figure]:
    """Curves of the training, and the test of every setting.

    Args:
        grid: of the experiment.
        config: the experiment.
        results: what came out.
    """
    return {
        "training_curves": curves(grid, config, results),
        "test_by_setting": _by_setting(grid, config, results),
    }


def drawn(
    curves: Float[np.ndarray, "seeds updates"], rows: Rows, name: str, updates: int
) -> Float[np.ndarray, "some_seeds all_updates"]:
    """Curves of those seeds that have numbers.

    Args:
        curves: a value per seed and update.
        rows: of the same seeds.
        name: ``loss`` or ``score``.
        updates: of the training.

    Returns:
        From its end on a seed that diverged is where its untrained network is.
    """
    missing = np.full((len(rows), updates - curves.shape[1]), np.nan)
    whole = np.concatenate([curves, missing], axis=1)
    filled = np.where(np.isfinite(whole), whole, untrained(rows, name)[:, None])
    return filled[np.isfinite(filled).all(axis=1)]


def curves(grid: Grid, config: Experiment, results: Results) -> Figure:
    """How the settings were learnt: median of the seeds, band of their middle half.

    Args:
        grid: of the experiment.
        config: the experiment.
        results: what came out.
    """
    names, settings = grid.names, grid.settings(config)
    labels = _labels(grid, config)
    colors = PALETTE if len(settings) <= len(PALETTE) else shades(len(settings))
    height = 1.2 + 2.8 * len(names)
    figure = Figure(figsize=(7, height))
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    lines = []
    for axes, name in zip(panels, names, strict=True):
        later = []
        for setting, color in zip(settings, colors, strict=False):
            updates = grid.updates(config, setting)
            each = results.history[f"{grid.name(setting)}/{name}"]
            own = drawn(each, grid.rows_of(results, setting), name, updates)
            own = smoothed(own, max(BOX, updates // 50))
            if not len(own):
                own = np.full((1, updates), np.nan)
            lines.append(band(axes, own, color=color, center="median", lw=1.6))
            later.append(lines[-1].get_ydata()[updates // 20 :])
        axes.set_ylabel(f"{name} (training batches)")
        _scale(axes, name, np.concatenate(later))
    panels[-1].set_xlabel("updates")
    if len(settings) > 1:
        room = (height - 1.5) / _LINE / max(1 + label.count("\n") for label in labels)
        shown = np.unique(np.linspace(0, len(labels) - 1, max(2, int(room))).round())
        title = _heading(grid, config)
        if len(shown) < len(labels):
            title += f"\n({len(shown)} of {len(labels)})"
        figure.legend(
            [lines[int(i)] for i in shown],
            [labels[int(i)] for i in shown],
            loc="outside right center",
            title=title,
        )
    seeds = counted(config.seeds, "seed")
    said = f"Median of {seeds}, band: their middle half" if config.seeds > 1 else seeds
    figure.suptitle(said, fontsize=12)
    return figure


def _scale(axes: Any, name: str, later: Float[np.ndarray, " values"]) -> None:
    """An axis of powers for losses; else one that shows what comes after the start."""
    drawn_values = np.concatenate([line.get_ydata() for line in axes.lines])
    drawn_values = drawn_values[np.isfinite(drawn_values)]
    if not len(drawn_values):
        return
    if name == "loss" and drawn_values.max() > _FAR * drawn_values.min() > 0:
        axes.set_yscale("log")
        return
    low, high = np.nanmin(later), np.nanmax(later)
    room, (bottom, top) = 0.5 * (high - low), axes.get_ylim()
    if top - bottom > _FAR * room > 0:
        axes.set_ylim(max(bottom, low - room), min(top, high + room))


def _by_setting(grid: Grid, config: Experiment, results: Results) -> Figure:
    """A row per setting, so that names have room; the first one on top."""
    names, labels = grid.names, _labels(grid, config)
    found = outcomes(grid, config, results)
    longest = max(len(line) for label in labels for line in label.splitlines())
    lines = sum(1 + label.count("\n") for label in labels)
    size = (1.2 + 0.08 * longest + 3.4 * len(names), 1.6 + 1.4 * _LINE * max(3, lines))
    figure = Figure(figsize=size)
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    places = np.arange(len(found), dtype=float)
    for axes, name in zip(panels, names, strict=True):
        every = np.concatenate([column(each.rows, name) for each in found])
        every = every[np.isfinite(every)]
        if name == "loss" and len(every) and every.max() > _FAR * every.min() > 0:
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
    panels[0].set_ylabel(_heading(grid, config))
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


def _heading(grid: Grid, config: Experiment) -> str:
    """Names of what is varied, over the labels of the settings."""
    return textwrap.fill(", ".join(grid.varied(config)), 30, break_long_words=False)


def _labels(grid: Grid, config: Experiment) -> list[str]:
    """Values of what is varied, of every setting."""
    names = grid.varied(config)
    found = [
        ", ".join(str(getattr(setting, name)) for name in names) or "all"
        for setting in grid.settings(config)
    ]
    return [textwrap.fill(label, 40, break_long_words=False) for label in found]
