"""What report 001 claims of orthogonal weights, judged by rules set before.

"Orthogonal W_hh converges in a few iterations to accuracy 1.0, also at T = 20, and is
more stable than normal": three claims, each at the report's own lengths. A verdict is
"holds" or "does not hold" only where the interval over seeds says so.
"""

from collections.abc import Mapping, Sequence

from seqjax.lab.judging.claims import (
    UNDECIDED,
    Claim,
    Finding,
    Verdict,
    by_seeds,
    left_out,
)
from seqjax.lab.judging.rules import all_of, most, provided, varies_less
from seqjax.lab.outcomes import Outcome
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
"""Gaps between two seeds that differ by less than this are not told apart."""


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
    """Most seeds do, at the end of their training.

    It is not refuted by a training that was not long `enough`.
    """
    told = (
        f"of {counted(len(sample.success), 'seed')} at {SUCCESS} or more; mean "
        f"{estimate_text(sample.mean, '{:.3f}')}"
    )
    return provided(most(sample.success, told=told), fails=enough)


def quick(sample: Outcome, steps: int, few: int) -> Finding:
    """Most seeds solve it within `few` updates, if there were as many."""
    soon = ~sample.unsolved & (sample.updates <= few)
    told = f"of seeds by then; median {time_text(sample.time, steps)} updates to solve"
    return provided(most(soon, told=told), fails=steps >= few)


def steadier(sample: Outcome, base: Outcome, first: str) -> Finding:
    """Two seeds differ less: their accuracies lie less far apart.

    Only between models that learn something: those that all guess agree very well.
    """
    pair, seeds = (sample, base), len(sample.accuracy)

    def left_open(why: str) -> Finding:
        return by_seeds(Finding(UNDECIDED, why, seeds))

    if sample is base or first == "orthogonal":
        return left_open("nothing to compare with: orthogonal is the first")
    if seeds < 2:
        return left_open(f"{counted(seeds, 'seed')}: no spread")
    found = varies_less(sample.accuracy, base.accuracy, SMALL)
    for name, each in zip(("orthogonal", first), pair, strict=True):
        if each.accuracy.mean() < CHANCE + MARGIN:
            return left_open(f"{found.measured}; {name} learns nothing")
    return found


def together(findings: Sequence[Finding]) -> Finding:
    """All of several; what was measured is how many have which verdict."""
    found = [finding.verdict for finding in findings]
    counts = ", ".join(
        f"{found.count(name)} {name}" for name in Verdict if name in found
    )
    return all_of(findings)._replace(measured=counts)
