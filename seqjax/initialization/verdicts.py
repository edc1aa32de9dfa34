"""What report 001 claims of orthogonal weights, judged by rules set before.

"Orthogonal W_hh converges in a few iterations to accuracy 1.0, also at T = 20, and is
more stable than normal": three claims, each at the report's own lengths. A verdict is
"holds" or "does not hold" only where the interval over seeds says so.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from seqjax.core.statistics import mean, median_time, spread_comparison, success_rate
from seqjax.lab.reporting.text import counted, estimate_text, time_text
from seqjax.lab.verdict import DOES_NOT, HOLDS, UNDECIDED, Verdict, all_of
from seqjax.tasks.palindromes import CHANCE

LENGTHS = (5, 10, 20)
"""The lengths of the report's figure."""

SUCCESS = 0.99
"""A seed has reached "accuracy 1.0" at this accuracy on the evaluation set."""

MARGIN = 0.05
"""A mean accuracy within this of chance shows nothing learnt."""

SMALL = 0.01
"""Standard deviations below this are both called small, and not told apart."""

LEVEL = 0.05
"""Level of the test for spreads."""


class Sample(NamedTuple):
    """What was measured of one initialiser at one length, seed by seed.

    Attributes:
        accuracy: on the evaluation set.
        success: it is at least `SUCCESS`, without divergence.
        updates: needed to solve the task; all there are where it was not solved.
        unsolved: the task was not solved.
    """

    accuracy: Float[np.ndarray, " seeds"]
    success: Bool[np.ndarray, " seeds"]
    updates: Float[np.ndarray, " seeds"]
    unsolved: Bool[np.ndarray, " seeds"]


class Claim(NamedTuple):
    """One line of the table.

    Attributes:
        claim: in the report's words, made definite.
        lengths: at which it is judged: one, or all together.
        verdict: holds, does not hold, or undecided.
        measured: the numbers that it rests on.
        seeds: how many it rests on.
    """

    claim: str
    lengths: tuple[int, ...]
    verdict: str
    measured: str
    seeds: int


def judged(
    ours: Mapping[int, Sample],
    base: Mapping[int, Sample],
    first: str,
    steps: int,
    few: int,
) -> list[Claim]:
    """The three claims at each length of the report that was trained, and at all.

    Args:
        ours: of orthogonal weights, by length.
        base: of the weights that they are compared with, by length.
        first: name of the latter.
        steps: most updates that a model was given.
        few: what "a few iterations" is taken to be.
    """
    present = [length for length in LENGTHS if length in ours]
    if not present:
        return []
    seeds = len(ours[present[0]].accuracy)
    by_claim = {
        f"reaches accuracy 1.0 (within {steps} updates)": [
            reached(ours[length], enough=steps >= few) for length in present
        ],
        f"in a few iterations (at most {few} updates)": [
            quick(ours[length], steps, few) for length in present
        ],
        f"is more stable than {first}": [
            steadier(ours[length], base[length], first) for length in present
        ],
    }
    found = []
    for claim, verdicts in by_claim.items():
        for length, verdict in zip(present, verdicts, strict=True):
            found.append(Claim(claim, (length,), *verdict, seeds))
        if len(present) > 1:
            found.append(Claim(claim, tuple(present), *together(verdicts), seeds))
    return found


def reached(sample: Sample, *, enough: bool) -> Verdict:
    """Most seeds do: the success rate's interval lies on one side of one half.

    It is not refuted by a training that was not long `enough`.
    """
    rate, accuracy = success_rate(sample.success), mean(sample.accuracy)
    measured = (
        f"{int(sample.success.sum())} of {counted(rate.n, 'seed')} at {SUCCESS} or "
        f"more; mean {estimate_text(accuracy, '{:.3f}')}"
    )
    if rate.low > 0.5:
        return Verdict(HOLDS, measured)
    refuted = rate.high < 0.5 and enough
    return Verdict(DOES_NOT if refuted else UNDECIDED, measured)


def quick(sample: Sample, steps: int, few: int) -> Verdict:
    """The interval of the median updates to solve ends at `few`, or begins beyond."""
    time = median_time(sample.updates, sample.unsolved)
    measured = f"median {time_text(time, steps)} updates to solve"
    if time.high <= few:
        return Verdict(HOLDS, measured)
    return Verdict(DOES_NOT if time.low > few else UNDECIDED, measured)


def steadier(sample: Sample, base: Sample, first: str) -> Verdict:
    """The accuracy varies less over seeds: it lies less far from its median.

    Only between models that learn something: those that all guess agree very well.
    """
    pair = (sample, base)
    if sample is base or first == "orthogonal":
        return Verdict(UNDECIDED, "nothing to compare with: orthogonal is the first")
    if len(sample.accuracy) < 3:
        return Verdict(UNDECIDED, f"{counted(len(sample.accuracy), 'seed')}: no spread")
    ours, theirs = (float(np.std(each.accuracy, ddof=1)) for each in pair)
    measured = f"standard deviations {ours:.3f} and {theirs:.3f}"
    for name, each in zip(("orthogonal", first), pair, strict=True):
        if mean(each.accuracy).high < CHANCE + MARGIN:
            return Verdict(UNDECIDED, f"{measured}; {name} learns nothing")
    if max(ours, theirs) < SMALL:
        return Verdict(UNDECIDED, f"{measured}; both below {SMALL}")
    difference, p, _ = spread_comparison(sample.accuracy, base.accuracy)
    measured += f", p = {p:.2g}"
    if p > LEVEL:
        return Verdict(UNDECIDED, measured)
    return Verdict(HOLDS if difference.value < 0 else DOES_NOT, measured)


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """All of several: one that does not hold decides, one undecided leaves it open."""
    found = [verdict.verdict for verdict in verdicts]
    counts = ", ".join(
        f"{found.count(name)} {name}"
        for name in (HOLDS, DOES_NOT, UNDECIDED)
        if name in found
    )
    return Verdict(all_of(verdicts), counts)
