"""From what was measured to a verdict, by rules stated before the measurement.

A verdict is "holds" or "does not hold" only where the interval over seeds says so.
Where a report trained longer than the budget let us, a failure to learn proves nothing:
it is "undecided".
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from seqjax.core.statistics import (
    Estimate,
    mean,
    paired_comparison,
    spread_comparison,
    success_rate,
)
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.verdict import (
    DOES_NOT,
    HOLDS,
    UNDECIDED,
    Verdict,
    all_of,
    opposite,
)
from seqjax.reconcile.grid import Setting
from seqjax.tasks.palindromes import CHANCE

SUCCESS = 0.99
"""A seed has solved its task if its accuracy on the evaluation set is at least this."""

MARGIN = 0.05
"""Accuracies that differ by less are called equal, also to chance."""

FORM = "{:.2f}"
"""How accuracies and shares are written."""

LEVEL = 0.05
"""Level of the tests."""


class Sample(NamedTuple):
    """What was measured at one setting.

    Attributes:
        accuracy: on the evaluation set, one per seed; empty if it was left out.
        updates: most updates that a seed which did not stop was given.
        enough: no seed was cut short of what the report gave its own.
        left_chance: update at which a seed's accuracy rose above chance; NaN if never.
    """

    accuracy: np.ndarray
    updates: int
    enough: bool
    left_chance: np.ndarray


Evidence = dict[Setting, Sample]


def solved(sample: Sample) -> Verdict:
    """Most seeds solve the task: the success rate's interval lies above one half."""
    if not len(sample.accuracy):
        return _left_out()
    rate = success_rate(sample.accuracy >= SUCCESS)
    measured = f"{estimate_text(rate, FORM)} of seeds solve it{_so_far(sample)}"
    if rate.low > 0.5:
        return Verdict(HOLDS, measured)
    return Verdict(
        DOES_NOT if rate.high < 0.5 and sample.enough else UNDECIDED, measured
    )


def not_solved(sample: Sample) -> Verdict:
    """Most seeds do not solve the task."""
    return opposite(solved(sample))


def above_chance(sample: Sample) -> Verdict:
    """The mean accuracy lies above chance by more than `MARGIN`."""
    if not len(sample.accuracy):
        return _left_out()
    estimate = mean(sample.accuracy)
    measured = f"mean accuracy {estimate_text(estimate, FORM)}{_so_far(sample)}"
    low = estimate.value if np.isnan(estimate.low) else estimate.low
    high = estimate.value if np.isnan(estimate.high) else estimate.high
    if low > CHANCE + MARGIN:
        return Verdict(HOLDS, measured)
    below = high < CHANCE + MARGIN and sample.enough
    return Verdict(DOES_NOT if below else UNDECIDED, measured)


def at_chance(sample: Sample) -> Verdict:
    """The mean accuracy is at chance."""
    return opposite(above_chance(sample))


def higher(a: Sample, b: Sample) -> Verdict:
    """Setting a is more accurate than b on the same seeds, by more than chance.

    It holds only where b had all its updates, and fails only where a had them.
    """
    if not (len(a.accuracy) and len(b.accuracy)):
        return _left_out()
    found = paired_comparison(a.accuracy, b.accuracy)
    measured = _difference(a, b, found.difference, found.p_value)
    if found.difference.high < MARGIN:
        return Verdict(DOES_NOT if a.enough else UNDECIDED, measured)
    better = found.p_value <= LEVEL and found.difference.value > 0
    return Verdict(HOLDS if better and b.enough else UNDECIDED, measured)


def no_difference(a: Sample, b: Sample) -> Verdict:
    """The accuracies differ by less than `MARGIN`."""
    if not (len(a.accuracy) and len(b.accuracy)):
        return _left_out()
    found = paired_comparison(a.accuracy, b.accuracy)
    measured = _difference(a, b, found.difference, found.p_value)
    if not (a.enough and b.enough):
        return Verdict(UNDECIDED, measured)
    if abs(found.difference.low) < MARGIN and abs(found.difference.high) < MARGIN:
        return Verdict(HOLDS, measured)
    apart = found.p_value <= LEVEL and abs(found.difference.value) > MARGIN
    return Verdict(DOES_NOT if apart else UNDECIDED, measured)


def less_spread(a: Sample, b: Sample) -> Verdict:
    """The accuracies of a vary less over seeds than those of b."""
    if not (len(a.accuracy) and len(b.accuracy)):
        return _left_out()
    deviations = float(np.std(a.accuracy)), float(np.std(b.accuracy))
    p = spread_comparison(a.accuracy, b.accuracy).p_value
    measured = (
        f"standard deviations {deviations[0]:.3f} and {deviations[1]:.3f}, "
        f"p = {p:.2g}{_so_far(a)}"
    )
    if not (a.enough and b.enough) or p > LEVEL:
        return Verdict(UNDECIDED, measured)
    return Verdict(HOLDS if deviations[0] < deviations[1] else DOES_NOT, measured)


def varies(sample: Sample) -> Verdict:
    """The standard deviation over seeds is more than `MARGIN`."""
    if len(sample.accuracy) < 3:
        return _left_out() if not len(sample.accuracy) else _too_few(sample)
    deviation = float(np.std(sample.accuracy, ddof=1))
    low, high = stats.bootstrap(
        (sample.accuracy,),
        lambda values, axis: np.std(values, axis=axis, ddof=1),
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    estimate = Estimate(deviation, float(low), float(high), 0.95, len(sample.accuracy))
    measured = f"standard deviation {estimate_text(estimate, FORM)}{_so_far(sample)}"
    if estimate.low > MARGIN:
        return Verdict(HOLDS if sample.enough else UNDECIDED, measured)
    below = estimate.high < MARGIN and sample.enough
    return Verdict(DOES_NOT if below else UNDECIDED, measured)


def late(sample: Sample, update: int) -> Verdict:
    """Most seeds are still at chance after `update` updates."""
    if not len(sample.accuracy):
        return _left_out()
    early = sample.left_chance <= update
    rate = success_rate(~early)
    times = np.where(np.isnan(sample.left_chance), np.inf, sample.left_chance)
    middle = float(np.median(times))
    half = f"by {middle:.0f}" if np.isfinite(middle) else f"not by {sample.updates}"
    share = estimate_text(rate, FORM)
    measured = f"{share} of seeds leave chance after update {update}, half {half}"
    if rate.high < 0.5:
        return Verdict(DOES_NOT, measured)
    known = sample.enough or sample.updates >= update
    return Verdict(HOLDS if rate.low > 0.5 and known else UNDECIDED, measured)


def both(*verdicts: Verdict) -> Verdict:
    """All of several."""
    return Verdict(all_of(verdicts), "; ".join(v.measured for v in verdicts))


def _difference(a: Sample, b: Sample, difference: Estimate, p: float) -> str:
    return (
        f"accuracies {np.mean(a.accuracy):.2f} and {np.mean(b.accuracy):.2f}, "
        f"difference {estimate_text(difference, FORM)}, p = {p:.2g}{_so_far(a, b)}"
    )


def _so_far(*samples: Sample) -> str:
    short = [sample.updates for sample in samples if not sample.enough]
    return f" after {min(short)} updates (cut short)" if short else ""


def _too_few(sample: Sample) -> Verdict:
    return Verdict(UNDECIDED, f"{len(sample.accuracy)} seeds say nothing of a spread")


def _left_out() -> Verdict:
    return Verdict(UNDECIDED, "left out: the budget did not reach it")
