"""Checks of what a gated recurrence is given; numbers not known yet (traced) pass."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from seqjax.core.boundary import Size, is_known

Numbers = Any  # an array, or a number or a sequence of them


def check_gate(
    period: Numbers, open_ratio: Numbers, *, largest_ratio: float = 1.0
) -> None:
    """Raise ValueError unless periods are above 0, and open ratios in (0, 1].

    Args:
        period: of every unit.
        open_ratio: likewise.
        largest_ratio: an open ratio may be this at most; default: 1, from which on a
            gate never closes.
    """
    check_range(
        "period", period, above=0.0, hint="give the time from opening to opening"
    )
    check_range(
        "open_ratio",
        open_ratio,
        above=0.0,
        at_most=largest_ratio,
        hint="give the share of a period for which the gate is open",
    )


def check_bounds(name: str, bounds: Sequence[float]) -> None:
    """Raise ValueError unless `bounds` are a lower and an upper one, or equal."""
    if len(bounds) != 2 or not bounds[0] <= bounds[1]:
        raise ValueError(
            f"{name} must be a lower and an upper bound, not {tuple(bounds)}; "
            "give the smaller number first"
        )


def check_times(times: Any, time: Size, batch: Size, lengths: Any = None) -> None:
    """Raise ValueError unless time stamps fit the inputs, and increase.

    Args:
        times: (time, batch), or (time, 1) where all sequences share them.
        time: steps of the inputs.
        batch: sequences of the inputs.
        lengths: steps of each sequence; what stands past them is not looked at.
    """
    if times.ndim != 2 or len(times) != time or times.shape[1] not in (1, batch):
        raise ValueError(
            f"times must be of shape ({time}, {batch}), or ({time}, 1) for all "
            f"sequences, not {times.shape}; give one time stamp to every step"
        )
    if not (is_known(times) and is_known(lengths)):
        return
    stamps = np.broadcast_to(np.asarray(times), (time, batch))
    ends = np.full(batch, time) if lengths is None else np.asarray(lengths)
    # Not <=, which NaN would slip past.
    wrong = ~(stamps[1:] > stamps[:-1]) & (np.arange(1, time)[:, None] < ends)
    if wrong.any():
        sequence, step = np.argwhere(wrong.T)[0]
        before, after = stamps[step : step + 2, sequence]
        raise ValueError(
            f"times must increase along a sequence, not go from {before:g} to "
            f"{after:g} (sequence {sequence}, step {step + 1}); sort the samples and "
            "keep one of each time"
        )


def check_range(
    name: str,
    values: Numbers,
    *,
    above: float,
    at_most: float = float("inf"),
    hint: str,
) -> None:
    """Raise ValueError unless all `values` are finite, above one number, up to another.

    Args:
        name: what is checked.
        values: what must lie within.
        above: they must be above it.
        at_most: they may be this at most; default: infinity.
        hint: the way out.
    """
    if not all(map(is_known, jax.tree.leaves(values))):
        return
    numbers = np.asarray(values, np.float64).ravel()
    wrong = ~((numbers > above) & (numbers <= at_most) & np.isfinite(numbers))
    if wrong.any():
        limit = f" and at most {at_most:g}" if at_most < float("inf") else ""
        raise ValueError(
            f"{name} must be above {above:g}{limit}, not {numbers[wrong][0]:g}; {hint}"
        )
