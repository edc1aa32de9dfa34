"""Figures of a landscape study: the paths over contours, and the loss along them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqjax.core.landscapes import LANDSCAPES, Landscape
from seqjax.lab.reporting.figures import PALETTE
from seqjax.lab.reporting.plots import LIGHT_GREY, chance_line, panels
from seqjax.lab.study import Results
from seqjax.optimizers.config import LandscapeConfig

TITLES = {
    "fastest": "each at its fastest rate",
    "given": "all at the same rate",
    "limit": "at the same rate, near the limit of gradient descent",
}

FAR = 5
"""So far out of the picture (in its widths or heights) a path is drawn no more."""


def figures(config: LandscapeConfig, results: Results) -> dict[str, Figure]:
    """For each landscape and rule of the rate: the paths, and the losses."""
    drawn: dict[str, Figure] = {}
    for name in config.landscapes:
        rows = [row for row in results.rows if row["block"] == name]
        for rule in dict.fromkeys(row["rule"] for row in rows):
            which = [i for i, row in enumerate(rows) if row["rule"] == rule]
            mine = [rows[i] for i in which]
            points = results.history[f"{name}/points"][which]
            losses = results.history[f"{name}/loss"][which]
            drawn[f"{name}_{rule}_paths"] = _paths(name, rule, mine, points)
            drawn[f"{name}_{rule}_losses"] = _losses(
                name, rule, mine, losses, config.target
            )
    return drawn


def _paths(
    name: str, rule: str, rows: list[dict[str, Any]], points: np.ndarray
) -> Figure:
    """A panel per optimiser: contours, every point of its path, start and minima."""
    landscape = LANDSCAPES[name]
    figure, axes = panels(len(rows))
    x, y, values = _surface(landscape)
    for place, row, path in zip(axes, rows, points, strict=True):
        place.contour(
            x, y, values, levels=_levels(values), colors="0.75", linewidths=0.6
        )
        inside = path[: _until_lost(landscape, path)]
        place.plot(*inside.T, "-", color=PALETTE[0], lw=0.9)
        place.plot(*inside.T, ".", color=PALETTE[0], ms=3)
        place.plot(*landscape.start, "o", color="black", ms=6)
        for point in landscape.minimisers:
            place.plot(*point, "*", color=PALETTE[3], ms=10)
        needed = row["steps_needed"]
        steps = f"> {len(path) - 1}" if needed is None else str(needed)
        place.set_title(
            f"{row['optimizer']}, rate {row['learning_rate']:.3g}: {steps} steps",
            fontsize=9,
        )
        place.set_xlim(*landscape.extent[:2])
        place.set_ylim(*landscape.extent[2:])
        place.grid(False)
    figure.supxlabel("x", fontsize=11)
    figure.supylabel("y", fontsize=11)
    figure.suptitle(
        f"{name.capitalize()}: {landscape.formula}; dot: start, star: minimum\n"
        f"{TITLES[rule]}",
        fontsize=11,
    )
    return figure


def _until_lost(landscape: Landscape, path: np.ndarray) -> int:
    """Number of points before the path is `FAR` widths or heights outside."""
    low_x, high_x, low_y, high_y = landscape.extent
    low, high = np.array([low_x, low_y]), np.array([high_x, high_y])
    span = FAR * (high - low)
    with np.errstate(invalid="ignore"):
        near = (path > low - span) & (path < high + span)
    lost = np.flatnonzero(~near.all(axis=1))
    return int(lost[0]) if lost.size else len(path)


def _losses(
    name: str, rule: str, rows: list[dict[str, Any]], losses: np.ndarray, target: float
) -> Figure:
    """A panel per optimiser: its loss above the minimum, those of the others behind."""
    figure, axes = panels(len(rows))
    landscape = LANDSCAPES[name]
    gaps = np.where(np.isfinite(losses), losses, np.nan) - landscape.minimum
    gaps = gaps / gaps[:, :1]
    steps = np.arange(gaps.shape[1])
    for place, row, gap in zip(axes, rows, gaps, strict=True):
        for other in gaps:
            place.plot(steps, other, color=LIGHT_GREY, lw=0.9)
        place.plot(steps, gap, color=PALETTE[0])
        chance_line(place, target, "target")
        place.set_title(f"{row['optimizer']}, {row['learning_rate']:.3g}", fontsize=9)
        _log_scales(place, target)
    figure.supxlabel("steps", fontsize=11)
    figure.supylabel("share of the first loss left", fontsize=11)
    figure.suptitle(
        f"{name.capitalize()}; grey: the others, dotted: target\n{TITLES[rule]}",
        fontsize=11,
    )
    return figure


def _log_scales(axes: Axes, target: float) -> None:
    """Both logarithmic; the first ten steps linear, so that step 0 is there."""
    axes.set_xscale("symlog", linthresh=10)
    axes.set_yscale("log")
    axes.set_ylim(max(target, 1e-6) / 30, 3)


def _surface(landscape: Landscape) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grid and values over the extent."""
    low_x, high_x, low_y, high_y = landscape.extent
    x, y = np.meshgrid(np.linspace(low_x, high_x, 161), np.linspace(low_y, high_y, 161))
    points = jnp.asarray(np.stack([x, y], -1).reshape(-1, 2), jnp.float32)
    values = np.asarray(jax.vmap(landscape.value)(points)).reshape(x.shape)
    return x, y, values


def _levels(values: np.ndarray) -> np.ndarray:
    """Levels that are dense near the minimum: squares of equal steps."""
    low, high = float(values.min()), float(values.max())
    return low + (high - low) * np.linspace(0.04, 1, 14) ** 2
