"""What report 001 claims of orthogonal weights, judged by rules set before.

"Orthogonal W_hh converges in a few iterations to accuracy 1.0, also at T = 20, and is
more stable than normal": three claims, each at the report's own lengths. A verdict is
"holds" or "does not hold" only where the interval over seeds says so.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from seqjax.core.statistics import mean, spread_comparison
from seqjax.lab.judging.claims import (
    DOES_NOT,
    HOLDS,
    UNDECIDED,
    Claim,
    Finding,
    left_out,
)
from seqjax.lab.judging.rules import all_of, between, provided, signed
from seqjax.lab.measures import Outcome
from seqjax.lab.reporting.text import counted, estimate_text, time_text
from seqjax.tasks.palindromes import CHANCE

LENGTHS = (5, 10, 20)
"""The lengths of the report's figure."""

SUCCESS = 0.99
"""A seed has reached "accuracy 1.0" at this accuracy on the evaluation set."""

UPDATES = 10_000
"""Of the report's trainings: with fewer, a length that is not solved proves nothing."""

MARGIN = 0.05
"""A mean accuracy within this of chance shows nothing learnt."""

SMALL = 0.01
"""Standard deviations below this are both called small, and not told apart."""


def judged(
    ours: Mapping[int, Outcome],
    base: Mapping[int, Outcome],
    first: str,
    steps: int,
    few: int,
) -> list[Claim]:
    """The three claims at each length of the report that was trained, and at all.

    Where there is none of them, each claim is left out once.

    Args:
        ours: of orthogonal weights, by length.
        base: of the weights that they are compared with, by length.
        first: name of the latter.
        steps: most updates that a model was given.
        few: what "a few iterations" is taken to be.
    """
    present = [length for length in LENGTHS if length in ours]
    stated = {
        "orthogonal-one": (
            f"reaches accuracy 1.0 (within {steps} updates)",
            [reached(ours[length], enough=steps >= UPDATES) for length in present],
        ),
        "orthogonal-quick": (
            f"in a few iterations (at most {few} updates)",
            [quick(ours[length], steps, few) for length in present],
        ),
        "orthogonal-stable": (
            f"is more stable than {first}",
            [steadier(ours[length], base[length], first) for length in present],
        ),
    }
    missing = left_out("orthogonal weights were trained at none of T = 5, 10, 20")
    found = []
    for name, (text, findings) in stated.items():
        for length, finding in zip(present, findings, strict=True):
            found.append(Claim(name, text, finding, {"lengths": (length,)}))
        if len(present) != 1:
            whole = together(findings) if present else missing
            found.append(Claim(name, text, whole, {"lengths": tuple(present)}))
    return found


def reached(sample: Outcome, *, enough: bool) -> Finding:
    """Most seeds do: the success rate's interval lies on one side of one half.

    It is not refuted by a training that was not long `enough`.
    """
    rate, accuracy = sample.rate, mean(sample.accuracy)
    measured = (
        f"{int(sample.success.sum())} of {counted(rate.n, 'seed')} at {SUCCESS} or "
        f"more; mean {estimate_text(accuracy, '{:.3f}')}"
    )
    return provided(between(rate.low, rate.high, 0.5, measured, rate.n), fails=enough)


def quick(sample: Outcome, steps: int, few: int) -> Finding:
    """The interval of the median updates to solve ends at `few`, or begins beyond."""
    time = sample.time
    measured = f"median {time_text(time, steps)} updates to solve"
    if time.high <= few:
        return Finding(HOLDS, measured, time.n)
    return Finding(DOES_NOT if time.low > few else UNDECIDED, measured, time.n)


def steadier(sample: Outcome, base: Outcome, first: str) -> Finding:
    """The accuracy varies less over seeds: it lies less far from its median.

    Only between models that learn something: those that all guess agree very well.
    """
    pair, seeds = (sample, base), len(sample.accuracy)
    if sample is base or first == "orthogonal":
        why = "nothing to compare with: orthogonal is the first"
        return Finding(UNDECIDED, why, seeds)
    if seeds < 3:
        return Finding(UNDECIDED, f"{counted(seeds, 'seed')}: no spread", seeds)
    ours, theirs = (float(np.std(each.accuracy, ddof=1)) for each in pair)
    measured = f"standard deviations {ours:.3f} and {theirs:.3f}"
    for name, each in zip(("orthogonal", first), pair, strict=True):
        if mean(each.accuracy).high < CHANCE + MARGIN:
            return Finding(UNDECIDED, f"{measured}; {name} learns nothing", seeds)
    if max(ours, theirs) < SMALL:
        return Finding(UNDECIDED, f"{measured}; both below {SMALL}", seeds)
    difference, p, _ = spread_comparison(sample.accuracy, base.accuracy)
    return Finding(signed(-difference.value, p), f"{measured}, p = {p:.2g}", seeds)


def together(findings: Sequence[Finding]) -> Finding:
    """All of several; what was measured is how many have which verdict."""
    found = [finding.verdict for finding in findings]
    counts = ", ".join(
        f"{found.count(name)} {name}"
        for name in (HOLDS, DOES_NOT, UNDECIDED)
        if name in found
    )
    return all_of(findings)._replace(measured=counts)
