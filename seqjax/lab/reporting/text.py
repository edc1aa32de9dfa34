"""Numbers with their intervals, as words of a table."""

from collections.abc import Collection

import numpy as np

from seqjax.core.statistics import Estimate, Horizon


def counted(number: int, noun: str) -> str:
    """``1 seed``, ``2 seeds``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def estimate_text(value: Estimate, form: str) -> str:
    """A number with its interval, where it has one."""
    if not np.isfinite([value.low, value.high]).all():
        return form.format(value.value)
    low, high = form.format(value.low), form.format(value.high)
    return f"{form.format(value.value)} [{low}, {high}]"


def percent(share: Estimate) -> Estimate:
    """A share with its interval in per cent."""
    value, low, high = (100 * each for each in share[:3])
    return share._replace(value=value, low=low, high=high)


def time_text(value: Estimate, last: int) -> str:
    """A censored median: infinite ends lie beyond the update `last`."""
    if np.isinf(value.value):
        return f"> {last}"
    ends = [
        f"> {last}" if np.isinf(end) else f"{end:.0f}"
        for end in value.interval
        if not np.isnan(end)
    ]
    return f"{value.value:.0f}" + (f" [{', '.join(ends)}]" if ends else "")


def horizon_text(horizon: Horizon, lengths: Collection[int]) -> str:
    """A horizon and its interval; what lies beyond the lengths tried is marked."""

    def shown(length: float) -> str:
        if np.isinf(length):
            return f"> {max(lengths)}"
        return f"{length:.0f}" if length else f"< {min(lengths)}"

    value = 0.0 if horizon.below_grid else horizon.estimate.value
    low, high = horizon.estimate.interval
    return f"{shown(value)} [{shown(low)}, {shown(high)}]"
