"""The picture of a path: the graph, and the derivatives that answer the question."""

from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqjax.graphs.hops.config import HopsConfig
from seqjax.graphs.hops.results import DISTANCES, select
from seqjax.graphs.hops.summary import question
from seqjax.graphs.hops.tables import verdict
from seqjax.lab.reporting.figures import PALETTE, categories, shades
from seqjax.lab.study import Results


def path_figure(config: HopsConfig, results: Results) -> Figure:
    """The graph with the shortest paths, and influence against layers.

    Args:
        config: it asks for a path.
        results: of the study, on a graph that is small enough.
    """
    found = question(config, results)
    figure = Figure(figsize=(9.0, 4.6))
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _graph(left, results, found)
    _bars(right, config, results, found)
    figure.suptitle(
        f"From {found['from']} to {found['to']}: {verdict(found)}", fontsize=11
    )
    return figure


def circle(count: int) -> Float[np.ndarray, "nodes 2"]:
    """Places of nodes in a circle, the first at the top, clockwise."""
    angles = np.pi / 2 - 2 * np.pi * np.arange(count) / count
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _graph(axes: Axes, results: Results, found: dict[str, Any]) -> None:
    """Nodes as dark as they are far from the first, shortest paths as thick lines."""
    names = [str(name) for name in results.history[f"{DISTANCES}/node"]]
    edges = results.history[f"{DISTANCES}/edges"]
    sources = [str(name) for name in results.history[f"{DISTANCES}/source"]]
    hops = results.history[f"{DISTANCES}/distance"][sources.index(found["from"])]
    places = circle(len(names))
    for start, end in edges.T:
        axes.plot(*places[[start, end]].T, color="0.75", lw=1, zorder=1)
    listed = [each["path"].split(" ") for each in found["listed"]]
    number = {name: i for i, name in enumerate(names)}
    looks = categories([str(i) for i in range(min(len(listed), len(PALETTE)))])
    for path, look in zip(listed, looks.values(), strict=False):
        line = places[[number[name] for name in path]]
        style = {"color": look["color"], "linestyle": look["linestyle"]}
        axes.plot(*line.T, lw=3, zorder=2, label="-".join(path), **style)
    colors = shades(int(hops.max()) + 1, "0.5")
    for name, place, far in zip(names, places, hops.tolist(), strict=True):
        color = colors[far] if far >= 0 else "white"
        axes.plot(*place, "o", ms=22, color=color, mec="0.3", zorder=3)
        ink = "white" if far > len(colors) / 2 else "black"
        reach = str(far) if far >= 0 else "∞"
        axes.annotate(
            f"{name}\n{reach}", place, ha="center", va="center", fontsize=8, color=ink
        )
    axes.set_title(f"layers from {found['from']} to each node", fontsize=11)
    axes.set_aspect("equal")
    axes.margins(0.15)
    axes.set_axis_off()
    if listed:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3)


def _bars(
    axes: Axes, config: HopsConfig, results: Results, found: dict[str, Any]
) -> None:
    """|dh_v / dx_u| after each number of layers, mean over seeds."""
    width = 0.8 / len(config.models)
    looks = categories(config.models)
    for i, model in enumerate(config.models):
        for layers in range(1, config.layers + 1):
            rows = select(results, "influence", model=model, layers=layers)
            height = float(np.mean([row["influence"] for row in rows]))
            place = layers + width * (i - (len(config.models) - 1) / 2)
            label = model if layers == 1 else None
            axes.bar(place, height, width, color=looks[model]["color"], label=label)
            if height == 0:
                axes.text(place, 0, "0", ha="center", va="bottom", fontsize=8)
    axes.set_xticks(range(1, config.layers + 1))
    axes.set_xlabel("layers")
    axes.set_ylabel(f"$|dh_v/dx_u|$, u = {found['from']}, v = {found['to']}")
    axes.set_title(f"mean of {config.seeds} seeds", fontsize=11)
    axes.legend(fontsize=9)
