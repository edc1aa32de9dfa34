"""What is read off a training curve."""

import numpy as np

from seqjax.lab.reporting.curves import BOX
from seqjax.tasks.palindromes import CHANCE

ABOVE = 0.1
"""More accuracy above chance than a `BOX` of batches of 128 shows by accident: 1280
answers have a standard error of 0.0084, ten thousand updates never reach 6 of it."""


def at_column(updates: int) -> str:
    """The column of the accuracy after so many updates."""
    return f"accuracy_at_{updates}"


def accuracy_at(curve: np.ndarray, step: int, stopped: bool) -> float | None:
    """Mean batch accuracy over the `BOX` updates up to `step`.

    A model that stopped before keeps its last value; one that was cut short before has
    none.
    """
    tried = np.flatnonzero(np.isfinite(curve))
    if not len(tried):
        return None
    last = min(step, int(tried[-1]) + 1)
    if last < step and not stopped:
        return None
    return float(np.mean(curve[max(0, last - BOX) : last]))


def left_chance_at(curve: np.ndarray) -> int | None:
    """First update up to which the accuracy, over a `BOX`, is clearly above chance."""
    if len(curve) < BOX:
        return None
    boxed = np.convolve(np.nan_to_num(curve), np.ones(BOX) / BOX, mode="valid")
    above = np.flatnonzero(boxed > CHANCE + ABOVE)
    return int(above[0]) + BOX if len(above) else None


def equal_losses_at(curve: np.ndarray) -> int | None:
    """First update whose loss equals the one before: one reading of convergence."""
    same = np.flatnonzero(curve[1:] == curve[:-1])
    return int(same[0]) + 2 if len(same) else None
