"""From what was measured to a verdict, by rules stated before the measurement.

A verdict is "holds" or "does not hold" only where the interval over seeds says so.
Where a report trained longer than the budget let us, a failure to learn proves nothing:
it is "undecided".
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from seqjax.core.statistics import bounded_mean
from seqjax.lab.judging import rules
from seqjax.lab.judging.claims import UNDECIDED, Finding, left_out
from seqjax.lab.judging.rules import (
    guess_limit,
    more_often,
    most,
    opposite,
    provided,
    varies_less,
)
from seqjax.lab.reporting.curves import BOX
from seqjax.lab.reporting.text import estimate_text
from seqjax.reconcile.grid import Setting
from seqjax.tasks.palindromes import CHANCE

SUCCESS = 0.99
"""A seed has solved its task if its accuracy on the evaluation set is at least this."""

MARGIN = 0.05
"""Accuracies that differ by less are called equal."""

LIMIT = guess_limit(CHANCE, BOX * 128)
"""An accuracy above this is no guess: of a box of batches of 128, the least answers by
which a seed is tested."""

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
        solved_at: update from which on it solved its task; NaN if never.
    """

    accuracy: np.ndarray
    updates: int
    enough: bool
    left_chance: np.ndarray
    solved_at: np.ndarray


Evidence = dict[Setting, Sample]


def solved(sample: Sample) -> Finding:
    """Most seeds solve the task: they have, after the report's updates."""
    if not len(sample.accuracy):
        return LEFT_OUT
    found = most(sample.accuracy >= SUCCESS, told="of seeds solve it")
    return _so_far(provided(found, fails=sample.enough), sample)


def not_solved(sample: Sample) -> Finding:
    """Most seeds do not solve the task."""
    return opposite(solved(sample))


def above_chance(sample: Sample) -> Finding:
    """Most seeds are better than a guess, beyond the noise of their own tests."""
    if not len(sample.accuracy):
        return LEFT_OUT
    mean = bounded_mean(sample.accuracy, 0.0, 1.0)
    told = f"of seeds are above chance, mean accuracy {estimate_text(mean, FORM)}"
    found = most(sample.accuracy > LIMIT, told=told)
    return _so_far(provided(found, fails=sample.enough), sample)


def at_chance(sample: Sample) -> Finding:
    """Most seeds are no better than a guess."""
    return opposite(above_chance(sample))


def higher(a: Sample, b: Sample) -> Finding:
    """Setting a is better than b on most of the seeds on which they differ.

    It is more accurate there by more than `MARGIN`, or, where both have solved the task
    and accuracy can tell no more, has solved it sooner. It holds only where b had all
    its updates, and fails only where a had them.
    """
    if not (len(a.accuracy) and len(b.accuracy)):
        return LEFT_OUT
    gained = a.accuracy - b.accuracy
    ceiling = (a.accuracy >= SUCCESS) & (b.accuracy >= SUCCESS)
    ahead = np.where(ceiling, sooner_by(a.solved_at, b.solved_at), gained)
    found = more_often(np.where(ceiling | (np.abs(gained) > MARGIN), ahead, 0.0))
    found = provided(found, holds=b.enough, fails=a.enough)
    measured = f"{_difference(a, b)}, {found.measured}"
    return _so_far(found._replace(measured=measured), a, b)


def sooner_by(
    first: Float64[np.ndarray, " seeds"], then: Float64[np.ndarray, " seeds"]
) -> Float64[np.ndarray, " seeds"]:
    """By how many updates something came sooner; NaN: never, of both it is 0.

    Args:
        first: updates of the one setting.
        then: of the other, on the same seeds.
    """
    one, other = (np.where(np.isnan(each), np.inf, each) for each in (first, then))
    return np.where(one == other, 0.0, other - np.where(one == other, 0.0, one))


def no_difference(a: Sample, b: Sample) -> Finding:
    """On most seeds the accuracies differ by less than `MARGIN`."""
    if not (len(a.accuracy) and len(b.accuracy)):
        return LEFT_OUT
    told = f"of seeds differ by less than {MARGIN}, {_difference(a, b)}"
    found = most(np.abs(a.accuracy - b.accuracy) < MARGIN, told=told)
    enough = a.enough and b.enough
    return _so_far(provided(found, holds=enough, fails=enough), a, b)


def less_spread(a: Sample, b: Sample) -> Finding:
    """Two seeds of a differ less than two of b, on most pairs of seeds."""
    if not (len(a.accuracy) and len(b.accuracy)):
        return LEFT_OUT
    enough = a.enough and b.enough
    found = varies_less(a.accuracy, b.accuracy, MARGIN)
    return _so_far(provided(found, holds=enough, fails=enough), a, b)


def varies(sample: Sample) -> Finding:
    """Two seeds differ by more than `MARGIN` on average (Gini's mean difference)."""
    if not len(sample.accuracy):
        return LEFT_OUT
    found = rules.varies(sample.accuracy, MARGIN)
    enough = sample.enough
    return _so_far(provided(found, holds=enough, fails=enough), sample)


def late(sample: Sample, update: int) -> Finding:
    """Most seeds are still at chance after `update` updates."""
    if not len(sample.left_chance):
        return LEFT_OUT
    early = sample.left_chance <= update
    times = np.where(np.isnan(sample.left_chance), np.inf, sample.left_chance)
    middle = float(np.median(times))
    half = f"by {middle:.0f}" if np.isfinite(middle) else f"not by {sample.updates}"
    told = f"of seeds leave chance after update {update}, half {half}"
    known = sample.enough or sample.updates >= update
    return provided(most(~early, told=told), holds=known)


def _difference(a: Sample, b: Sample) -> str:
    found = bounded_mean(a.accuracy - b.accuracy, -1.0, 1.0)
    return (
        f"accuracies {np.mean(a.accuracy):.2f} and {np.mean(b.accuracy):.2f}, "
        f"difference {estimate_text(found, FORM)}"
    )


def _so_far(found: Finding, *samples: Sample) -> Finding:
    """The finding with the updates of what was cut short, which is why it is open."""
    short = [sample.updates for sample in samples if not sample.enough]
    if not short:
        return found
    measured = f"{found.measured} after {min(short)} updates (cut short)"
    why = CUT_SHORT if found.verdict is UNDECIDED else ""
    return found._replace(measured=measured, why=why)
