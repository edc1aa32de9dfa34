"""What figures of many seeds have in common: bands, bars, the chance line, a legend."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Real

from seqjax.core.statistics import Estimate

DOTTED = (0, (2, 2))
GREY, LIGHT_GREY = "0.35", "0.78"
"""Of a line of reference, and of what lies behind that which a panel is about."""


def band(
    axes: Any,
    curves: Float[np.ndarray, "seeds updates"],
    *,
    color: str,
    alpha: int | float = 0.18,
    center: str = "mean",
    places: Real[np.ndarray, " updates"] | None = None,
    **line: Any,
) -> Any:
    """A line through the middle of all seeds, and a band over their middle half.

    Args:
        axes: of matplotlib.
        curves: a value per seed and update; what is not finite is not drawn.
        color: of line and band.
        alpha: opacity of the band.
        center: what the line is: mean or median.
        places: where on the horizontal axis; default: updates, from 1.
        **line: more of the line's look, and its label.

    Returns:
        The line, for a legend.
    """
    x = np.arange(1, curves.shape[1] + 1) if places is None else places
    low, middle, high = np.quantile(curves, [0.25, 0.5, 0.75], axis=0)
    shown = curves.mean(0) if center == "mean" else middle
    # Where seeds diverge: matplotlib's margins overflow at infinity.
    low, high, shown = (
        np.where(np.isfinite(each), each, np.nan) for each in (low, high, shown)
    )
    return line_in_band(axes, x, (low, shown, high), color=color, alpha=alpha, **line)


def line_in_band(
    axes: Any,
    places: Real[np.ndarray, " points"],
    curves: Sequence[Real[np.ndarray, " points"]],
    *,
    color: str,
    alpha: int | float = 0.18,
    **line: Any,
) -> Any:
    """A line in a band.

    Args:
        axes: of matplotlib.
        places: where on the horizontal axis.
        curves: lower end of the band, the line, upper end.
        color: of line and band.
        alpha: opacity of the band.
        **line: more of the line's look, and its label.

    Returns:
        The line, for a legend.
    """
    low, middle, high = curves
    axes.fill_between(places, low, high, color=color, alpha=alpha, linewidth=0)
    (drawn,) = axes.plot(places, middle, color=color, **line)
    return drawn


def estimates_in_band(
    axes: Any,
    places: Real[np.ndarray, " points"],
    estimates: Sequence[Estimate],
    **look: Any,
) -> None:
    """Estimates as a line, their intervals as a band.

    Args:
        axes: of matplotlib.
        places: where on the horizontal axis.
        estimates: one per place.
        **look: of `line_in_band`.
    """
    ends = np.array([(each.low, each.value, each.high) for each in estimates])
    line_in_band(axes, places, tuple(ends.T), **look)


def points_with_bars(
    axes: Any,
    places: Real[np.ndarray, " points"] | Sequence[int | float],
    estimates: Sequence[Estimate],
    *,
    capsize: int | float = 3,
    sideways: bool = False,
    **look: Any,
) -> None:
    """Estimates with their intervals as bars; one without an interval has no bar.

    Args:
        axes: of matplotlib.
        places: where on the horizontal axis.
        estimates: one per place.
        capsize: of the bars, in points.
        sideways: the places are on the vertical axis, the estimates on the other.
        **look: of ``errorbar``.
    """
    values = np.array([estimate.value for estimate in estimates])
    ends = np.array([estimate.interval for estimate in estimates])
    reach = np.nan_to_num(np.abs(ends - values[:, None])).T
    if sideways:
        axes.errorbar(values, places, xerr=reach, capsize=capsize, **look)
    else:
        axes.errorbar(places, values, yerr=reach, capsize=capsize, **look)


def panels(
    count: int,
    columns: int = 4,
    *,
    width: int | float = 2.4,
    height: int | float = 2.1,
    room: int | float = 0.6,
    least: int | float = 7.0,
) -> tuple[Any, list[Any]]:
    """A figure of panels that share their axes.

    Args:
        count: how many.
        columns: most in a row.
        width: of a panel, in inches.
        height: of a panel.
        room: of the figure beside the panels.
        least: width of the figure.

    Returns:
        The figure, and the axes, row by row.
    """
    from matplotlib.figure import Figure

    columns = min(count, columns)
    rows = -(-count // columns)
    figure = Figure(figsize=(max(least, room + width * columns), 0.9 + height * rows))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    places = list(grid.flat)
    for empty in places[count:]:
        empty.remove()
    return figure, places[:count]


def chance_line(axes: Any, level: int | float, label: str = "chance") -> None:
    """A dotted line at what a guess reaches.

    Args:
        axes: of matplotlib.
        level: accuracy, or loss.
        label: for the legend.
    """
    axes.axhline(level, color=GREY, lw=1, ls=DOTTED, label=label)


def legend(figure: Any, axes: Any, where: str = "outside lower center") -> None:
    """One legend of a figure, in a row, of what one of its axes shows.

    Args:
        figure: of matplotlib.
        axes: whose lines are named.
        where: as ``loc`` of ``Figure.legend``.
    """
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc=where, ncols=max(1, len(labels)))
