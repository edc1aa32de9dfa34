"""From what was measured to a verdict, by rules stated before the measurement.

A verdict is "holds" or "does not hold" only where the interval over seeds says so.
Where a report trained longer than the budget let us, a failure to learn proves nothing:
it is "undecided".
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from seqjax.core.statistics import (
    Comparison,
    Estimate,
    mean,
    paired_comparison,
    spread_comparison,
    success_rate,
)
from seqjax.lab.judging.claims import (
    DOES_NOT,
    HOLDS,
    UNDECIDED,
    Finding,
    left_out,
)
from seqjax.lab.judging.rules import (
    LEVEL,
    between,
    larger,
    opposite,
    provided,
    signed,
)
from seqjax.lab.reporting.text import estimate_text
from seqjax.reconcile.grid import Setting
from seqjax.tasks.palindromes import CHANCE

SUCCESS = 0.99
"""A seed has solved its task if its accuracy on the evaluation set is at least this."""

MARGIN = 0.05
"""Accuracies that differ by less are called equal, also to chance."""

FORM = "{:.2f}"
"""How accuracies and shares are written."""

LEFT_OUT = left_out("the budget did not reach it")
"""What becomes of a claim of which a setting was not trained."""

CUT_SHORT = "the budget ended the training before the report's number of updates"
"""Why a claim is undecided of which a setting was not trained to its end."""


class Sample(NamedTuple):
    """What was measured at one setting.

    Attributes:
        accuracy: on the evaluation set, one per seed; empty if it was left out.
        updates: most updates that a seed which did not stop was given.
        enough: no seed was cut short of what the report gave its own.
        left_chance: update at which a seed's accuracy rose above chance; NaN if never;
            empty where that was not kept.
    """

    accuracy: np.ndarray
    updates: int
    enough: bool
    left_chance: np.ndarray


Evidence = dict[Setting, Sample]


def solved(sample: Sample) -> Finding:
    """Most seeds solve the task: the success rate's interval lies above one half."""
    if not len(sample.accuracy):
        return LEFT_OUT
    rate = success_rate(sample.accuracy >= SUCCESS)
    measured = f"{estimate_text(rate, FORM)} of seeds solve it"
    found = between(rate.low, rate.high, 0.5, measured, rate.n)
    return _so_far(provided(found, fails=sample.enough), sample)


def not_solved(sample: Sample) -> Finding:
    """Most seeds do not solve the task."""
    return opposite(solved(sample))


def above_chance(sample: Sample) -> Finding:
    """The mean accuracy lies above chance by more than `MARGIN`."""
    if not len(sample.accuracy):
        return LEFT_OUT
    estimate = mean(sample.accuracy)
    measured = f"mean accuracy {estimate_text(estimate, FORM)}"
    low = estimate.value if np.isnan(estimate.low) else estimate.low
    high = estimate.value if np.isnan(estimate.high) else estimate.high
    found = between(low, high, CHANCE + MARGIN, measured, estimate.n)
    return _so_far(provided(found, fails=sample.enough), sample)


def at_chance(sample: Sample) -> Finding:
    """The mean accuracy is at chance."""
    return opposite(above_chance(sample))


def higher(a: Sample, b: Sample) -> Finding:
    """Setting a is more accurate than b on the same seeds, by more than chance.

    It holds only where b had all its updates, and fails only where a had them.
    """
    if not (len(a.accuracy) and len(b.accuracy)):
        return LEFT_OUT
    compared = paired_comparison(a.accuracy, b.accuracy)
    found = provided(
        larger(compared, MARGIN, least_seeds=1), holds=b.enough, fails=a.enough
    )
    return _so_far(found._replace(measured=_difference(a, b, compared)), a, b)


def no_difference(a: Sample, b: Sample) -> Finding:
    """The accuracies differ by less than `MARGIN`."""
    if not (len(a.accuracy) and len(b.accuracy)):
        return LEFT_OUT
    compared = paired_comparison(a.accuracy, b.accuracy)
    value, low, high, _, seeds = compared.difference
    verdict = UNDECIDED
    if abs(low) < MARGIN and abs(high) < MARGIN:
        verdict = HOLDS
    elif compared.p_value <= LEVEL and abs(value) > MARGIN:
        verdict = DOES_NOT
    enough = a.enough and b.enough
    found = Finding(verdict, _difference(a, b, compared), seeds)
    return _so_far(provided(found, holds=enough, fails=enough), a, b)


def less_spread(a: Sample, b: Sample) -> Finding:
    """The accuracies of a vary less over seeds than those of b."""
    if not (len(a.accuracy) and len(b.accuracy)):
        return LEFT_OUT
    deviations = float(np.std(a.accuracy)), float(np.std(b.accuracy))
    p = spread_comparison(a.accuracy, b.accuracy).p_value
    measured = (
        f"standard deviations {deviations[0]:.3f} and {deviations[1]:.3f}, p = {p:.2g}"
    )
    enough = a.enough and b.enough
    verdict = signed(deviations[1] - deviations[0], p)
    found = Finding(verdict, measured, len(a.accuracy))
    return _so_far(provided(found, holds=enough, fails=enough), a)


def varies(sample: Sample) -> Finding:
    """The standard deviation over seeds is more than `MARGIN`."""
    seeds = len(sample.accuracy)
    if not seeds:
        return LEFT_OUT
    if seeds < 3:
        return Finding(UNDECIDED, f"{seeds} seeds say nothing of a spread", seeds)
    deviation = float(np.std(sample.accuracy, ddof=1))
    low, high = stats.bootstrap(
        (sample.accuracy,),
        lambda values, axis: np.std(values, axis=axis, ddof=1),
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    estimate = Estimate(deviation, float(low), float(high), 0.95, seeds)
    measured = f"standard deviation {estimate_text(estimate, FORM)}"
    found = between(estimate.low, estimate.high, MARGIN, measured, seeds)
    enough = sample.enough
    return _so_far(provided(found, holds=enough, fails=enough), sample)


def late(sample: Sample, update: int) -> Finding:
    """Most seeds are still at chance after `update` updates."""
    if not len(sample.left_chance):
        return LEFT_OUT
    early = sample.left_chance <= update
    rate = success_rate(~early)
    times = np.where(np.isnan(sample.left_chance), np.inf, sample.left_chance)
    middle = float(np.median(times))
    half = f"by {middle:.0f}" if np.isfinite(middle) else f"not by {sample.updates}"
    share = estimate_text(rate, FORM)
    measured = f"{share} of seeds leave chance after update {update}, half {half}"
    known = sample.enough or sample.updates >= update
    return provided(between(rate.low, rate.high, 0.5, measured, rate.n), holds=known)


def _difference(a: Sample, b: Sample, found: Comparison) -> str:
    return (
        f"accuracies {np.mean(a.accuracy):.2f} and {np.mean(b.accuracy):.2f}, "
        f"difference {estimate_text(found.difference, FORM)}, p = {found.p_value:.2g}"
    )


def _so_far(found: Finding, *samples: Sample) -> Finding:
    """The finding with the updates of what was cut short, which is why it is open."""
    short = [sample.updates for sample in samples if not sample.enough]
    if not short:
        return found
    measured = f"{found.measured} after {min(short)} updates (cut short)"
    why = CUT_SHORT if found.verdict is UNDECIDED else ""
    return found._replace(measured=measured, why=why)
