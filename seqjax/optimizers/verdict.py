"""Does RMSProp suit recurrent networks best, as report 001 says? By a rule set before.

The report compared SGD, momentum, Adagrad, RMSProp and Adam, so its claim is judged by
these alone, whatever else a study has.
"""

from collections.abc import Mapping
from typing import NamedTuple

from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding
from seqjax.lab.judging.rules import LEVEL, signed

RIVALS = ("sgd", "momentum", "adagrad", "adam")
"""What report 001 compared RMSProp with."""

RULE = (
    "Each optimiser at its own best rate, on seeds that did not choose it; updates "
    "needed to solve the task, a failure counting as all of them; sign-flip test on "
    "the same seeds, Holm over all optimisers compared, 5 %. Holds: sgd, momentum, "
    "adagrad and adam each need significantly more updates than rmsprop, and the best "
    "rate of none of them lies at an edge of the grid. Does not hold: one of them "
    "needs significantly fewer, and rmsprop's best rate does not lie at an edge. "
    "Undecided: anything else."
)
"""The rule as `summary.json` states it."""


class Rival(NamedTuple):
    """How an optimiser compares with RMSProp.

    Attributes:
        more_updates: mean of its updates minus RMSProp's; above 0 RMSProp is faster.
        p_value: of "no difference", adjusted.
        at_edge: its best rate lies at an edge of the grid.
    """

    more_updates: float
    p_value: float
    at_edge: bool


def verdict(rivals: Mapping[str, Rival], at_edge: bool, test_seeds: int) -> Finding:
    """Judge the claim by `RULE`.

    Args:
        rivals: all optimisers that were compared with RMSProp, by name.
        at_edge: RMSProp's own best rate lies at an edge of the grid.
        test_seeds: seeds of each comparison.
    """

    def undecided(why: str) -> Finding:
        return Finding(UNDECIDED, why, test_seeds)

    missing = [name for name in RIVALS if name not in rivals]
    if missing:
        return undecided(f"not compared with rmsprop: {', '.join(missing)}")
    needs_more = {
        name: signed(rivals[name].more_updates, rivals[name].p_value) for name in RIVALS
    }
    slower, faster, equal = (
        [name for name in RIVALS if needs_more[name] is each]
        for each in (HOLDS, DOES_NOT, UNDECIDED)
    )
    if faster and at_edge:
        return undecided("the best rate of rmsprop lies at an edge")
    if faster:
        told = f"faster than rmsprop: {', '.join(faster)}"
        return Finding(DOES_NOT, told, test_seeds)
    smallest = min(1.0, len(rivals) * 2.0 ** (1 - test_seeds))
    if equal and smallest > LEVEL:
        return undecided(
            f"with {test_seeds} test seeds no adjusted p-value can be below "
            f"{smallest:.2g}"
        )
    if equal:
        return undecided(f"no clear difference from: {', '.join(equal)}")
    edge = [name for name in RIVALS if rivals[name].at_edge]
    if edge:
        return undecided(f"slower, but at an edge of the grid: {', '.join(edge)}")
    return Finding(HOLDS, f"slower than rmsprop: {', '.join(slower)}", test_seeds)
