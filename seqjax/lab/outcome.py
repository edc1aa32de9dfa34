"""What the arrays of a training become in a row, and in the line of progress."""

import numpy as np


def step_or_none(step: int) -> int | None:
    """The number of an update; None for -1, which stands for never."""
    return step if step >= 0 else None


def last_mean(metric: np.ndarray) -> float:
    """Mean over seeds of a chunk's last update; NaN once all have stopped.

    Args:
        metric: (seeds, updates of the chunk), NaN where a seed had stopped.
    """
    last = metric[:, -1]
    return float(np.nanmean(last)) if np.isfinite(last).any() else float("nan")
