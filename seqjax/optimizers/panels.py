"""Small multiples: a panel per optimiser, all with the same axes."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLUMNS = 4

OTHERS = "0.78"
"""Grey of the other optimisers behind the one that a panel is about."""


def panels(
    count: int, *, width: float = 2.4, height: float = 2.1
) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels of `width` by `height` inches, `COLUMNS` in a row."""
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    figure = Figure(figsize=(max(7.0, 0.6 + width * columns), 0.9 + height * rows))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    places = list(grid.flat)
    for empty in places[count:]:
        empty.remove()
    return figure, places[:count]
