"""Figures of a study of hops, drawn from its results alone."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqjax.core.statistics import mean
from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.path_figure import path_figure
from seqjax.graphs.hops.results import (
    DISTANCES,
    DRAWN,
    MEMORY,
    PATH,
    WAYS,
    select,
    values,
)
from seqjax.lab.reporting.figures import categories, shades
from seqjax.lab.reporting.plots import band, legend
from seqjax.lab.study import Results

NAMED = 16
"""In a larger table, nodes are not named."""


def figures(config: HopsConfig, results: Results) -> dict[str, Figure]:
    """Influence, smoothing and memory; the path where one is asked for."""
    found = {"influence_by_distance": by_distance(config, results)}
    distance = results.history[f"{DISTANCES}/distance"]
    if len(distance) == distance.shape[1] <= DRAWN:
        found["influence"] = influence(config, results)
    if f"{DISTANCES}/edges" in results.history and config.asked:
        found[PATH] = path_figure(config, results)
    return found | {
        "smoothing": smoothing(config, results),
        "memory": memory(config, results),
    }


def influence(config: HopsConfig, results: Results) -> Figure:
    """A table of pairs for every model and number of layers; white is exactly 0."""
    names = [str(name) for name in results.history[f"{DISTANCES}/source"]]
    rows, columns = len(config.models), config.layers
    figure = Figure(figsize=(1.5 + 2.1 * columns, 0.9 + 2.1 * rows))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    image = None
    for i, model in enumerate(config.models):
        table = results.history[f"influence-{model}/influence"]
        within = results.history[f"influence-{model}/within"]
        # Of all that reaches a node: columns add up to 1 (Xu et al. 2018).
        total = table.sum(axis=1, keepdims=True)
        share = table / np.where(total > 0, total, 1)
        for k in range(columns):
            axes = grid[i, k]
            shown = np.ma.masked_equal(share[k], 0)
            image = axes.imshow(shown, cmap="viridis_r", vmin=0, vmax=1)
            axes.grid(visible=False)
            if len(names) <= NAMED:
                source, node = np.nonzero(within[k])
                axes.plot(node, source, ".", color="0.55", ms=3)
                axes.set_xticks(range(len(names)), names)
                axes.set_yticks(range(len(names)), names)
            if i == 0:
                axes.set_title(f"{k + 1} layer" + "s" * (k > 0))
            if i == rows - 1:
                axes.set_xlabel("on node $v$")
        grid[i, 0].set_ylabel(f"{model}\nof node $u$")
    if image is not None:
        figure.colorbar(image, ax=grid, shrink=0.6, label="share of all influence on v")
    dots = "; dots: within reach by the edges" if len(names) <= NAMED else ""
    figure.suptitle(
        f"Influence $|dh_v/dx_u|$, mean of {config.seeds} seeds; white: exactly 0"
        f"{dots}",
        fontsize=11,
    )
    return figure


def by_distance(config: HopsConfig, results: Results) -> Figure:
    """Mean influence at each distance, a line per number of layers."""
    distance = results.history[f"{DISTANCES}/distance"]
    # One further than anything can reach, to show that nothing does.
    hops = range(min(int(distance.max()), 3 * config.layers + 1) + 1)
    figure = Figure(figsize=(1.0 + 2.5 * len(config.models), 3.4))
    grid = figure.subplots(1, len(config.models), sharey=True, squeeze=False)[0]
    for axes, model in zip(grid, config.models, strict=True):
        table = results.history[f"influence-{model}/influence"]
        for k, color in enumerate(shades(config.layers)):
            level = [_mean(table[k][distance == d]) for d in hops]
            shown = np.array([value if value > 0 else np.nan for value in level])
            axes.plot(hops, shown, "o-", color=color, ms=4, label=f"{k + 1}")
        axes.set_title(model, fontsize=11)
        axes.set_xlabel("distance in hops")
        axes.set_yscale("log")
        axes.set_xlim(-0.4, max(hops) + 0.4)
    grid[0].set_ylabel("mean $|dh_v/dx_u|$")
    grid[-1].legend(title="layers", loc="center left", bbox_to_anchor=(1.02, 0.5))
    figure.suptitle("Influence by distance; a line ends where it is exactly 0")
    return figure


def _mean(found: np.ndarray) -> float:
    return float(found.mean()) if len(found) else 0.0


def smoothing(config: HopsConfig, results: Results) -> Figure:
    """Both measures against the number of layers; bands are the middle half."""
    figure = Figure(figsize=(8.4, 4.2))
    looks = categories(config.models)
    shown = {"energy": "Dirichlet energy", "cosine_distance": "mean cosine distance"}
    for axes, (metric, title) in zip(figure.subplots(1, 2), shown.items(), strict=True):
        for model in config.models:
            curves = results.history[f"smoothing-{model}/{metric}"]
            layers = np.arange(curves.shape[1])
            band(
                axes,
                curves,
                alpha=0.2,
                center="median",
                places=layers,
                label=model,
                markevery=max(1, len(layers) // 8),
                **looks[model],
            )
        axes.set_yscale("symlog", linthresh=1e-12)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("layers")
        axes.set_title(title)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    figure.suptitle(
        f"Smoothing on {config.dataset}: median of {config.seeds} seeds; band: middle "
        "half",
        fontsize=11,
    )
    return figure


def memory(config: HopsConfig, results: Results) -> Figure:
    """Nodes read, and bytes: predicted as lines, measured as marks."""
    figure = Figure(figsize=(8.4, 4.0))
    left, right = figure.subplots(1, 2)
    layers = np.arange(1, config.layers + 1)
    for way, look in categories(WAYS).items():
        rows = [select(results, MEMORY, way=way, layers=int(k)) for k in layers]
        nodes = [mean(values(each, "nodes")).value for each in rows]
        predicted = [
            float(each[0]["expected_nodes"] or each[0]["nodes"]) for each in rows
        ]
        _both(left, layers, predicted, nodes, way, look)
        bytes_ = [each[0]["predicted_bytes"] / 1e6 for each in rows]
        measured = [
            next(
                (r["measured_bytes"] / 1e6 for r in each if r["measured_bytes"]), np.nan
            )
            for each in rows
        ]
        _both(right, layers, bytes_, measured, way, look)
    left.set_ylabel("nodes read by a step")
    right.set_ylabel("memory of a step (MB)")
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_xlabel("layers")
        axes.set_xticks(layers)
    legend(figure, left)
    graph = str(results.history[f"{MEMORY}/graph"])
    figure.suptitle(
        f"One training step on {graph}: lines predicted, marks measured", fontsize=11
    )
    return figure


def _both(
    axes: Axes,
    layers: np.ndarray,
    predicted: list[float],
    measured: list[float],
    way: str,
    look: dict[str, Any],
) -> None:
    line = {k: v for k, v in look.items() if k != "marker"}
    mark = {k: v for k, v in look.items() if k != "linestyle"}
    axes.plot(layers, predicted, **line)
    axes.plot(layers, measured, linestyle="none", label=way, **mark)
