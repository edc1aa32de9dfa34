"""Training curves of many seeds, made ready to be drawn."""

import numpy as np
from jaxtyping import Float

BOX = 10
"""Updates in the moving average, as report 003 has it."""


def held(
    curves: Float[np.ndarray, "seeds updates"], updates: int | None = None
) -> Float[np.ndarray, "seeds all_updates"]:
    """Fill the updates after a seed's end with the mean of its last `BOX` updates.

    Without it the average over seeds would be over the ones still running, which are
    the worst; a seed that stopped has kept its model.

    Args:
        curves: a seed's values per update, NaN from its end on.
        updates: how many updates to fill up to; by default as many as there are.
    """
    seeds, there = curves.shape
    filled = np.full((seeds, there if updates is None else updates), np.nan)
    filled[:, :there] = curves
    for curve in filled:
        tried = np.flatnonzero(np.isfinite(curve))
        if len(tried):
            last = curve[tried[-BOX:]].mean()
            curve[tried[-1] + 1 :] = last
            curve[~np.isfinite(curve)] = last
    return filled


def smoothed(
    curves: Float[np.ndarray, "seeds updates"], box: int = BOX
) -> Float[np.ndarray, "seeds updates"]:
    """Moving average over the last updates (fewer at the start).

    Args:
        curves: a value per seed and update, all finite.
        box: how many updates; default: `BOX`.
    """
    total = np.cumsum(curves, axis=1)
    total[:, box:] = total[:, box:] - total[:, :-box]
    return total / np.minimum(np.arange(1, curves.shape[1] + 1), box)
