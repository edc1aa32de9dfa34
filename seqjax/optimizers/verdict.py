"""Does RMSProp suit recurrent networks best, as report 001 says? By a rule set before.

The report compared SGD, momentum, Adagrad, RMSProp and Adam, so its claim is judged by
these alone, whatever else a study has.
"""

from collections.abc import Mapping
from typing import NamedTuple

from seqjax.lab.judging.claims import (
    DOES_NOT,
    HOLDS,
    UNDECIDED,
    Finding,
    Verdict,
    by_seeds,
)
from seqjax.lab.judging.rules import error_spent

RIVALS = ("sgd", "momentum", "adagrad", "adam")
"""What report 001 compared RMSProp with."""

RULE = (
    "Each optimiser at its own best rate, on seeds that did not choose it. One is "
    "sooner than another if it needs fewer updates to solve the task on most of the "
    "seeds on which they differ, a failure counting as all updates: sign test on the "
    "same seeds, 5 % over all optimisers compared (Bonferroni). Holds: rmsprop is "
    "sooner than each of sgd, momentum, adagrad and adam, and the best rate of none of "
    "them lies at an edge of the grid. Does not hold: one of them is sooner, and "
    "rmsprop's best rate does not lie at an edge. Undecided: anything else; fewer than "
    "six test seeds are an anecdote."
)
"""The rule as `summary.json` states it."""


class Rival(NamedTuple):
    """How an optimiser compares with RMSProp.

    Attributes:
        sooner: what becomes of the claim that it needs fewer updates.
        at_edge: its best rate lies at an edge of the grid.
    """

    sooner: Verdict
    at_edge: bool


def verdict(rivals: Mapping[str, Rival], at_edge: bool, test_seeds: int) -> Finding:
    """Judge the claim by `RULE`.

    Args:
        rivals: all optimisers that were compared with RMSProp, by name.
        at_edge: RMSProp's own best rate lies at an edge of the grid.
        test_seeds: seeds of each comparison.
    """

    def undecided(why: str) -> Finding:
        return by_seeds(Finding(UNDECIDED, why, test_seeds))

    missing = [name for name in RIVALS if name not in rivals]
    if missing:
        return undecided(f"not compared with rmsprop: {', '.join(missing)}")
    faster, slower = (
        [name for name in RIVALS if rivals[name].sooner is each]
        for each in (HOLDS, DOES_NOT)
    )
    equal = [name for name in RIVALS if rivals[name].sooner.is_open]
    if faster and at_edge:
        return undecided("the best rate of rmsprop lies at an edge")
    if faster:
        told = f"faster than rmsprop: {', '.join(faster)}"
        return Finding(DOES_NOT, told, test_seeds)
    smallest = min(1.0, len(rivals) * 2.0 ** (1 - test_seeds))
    if equal and smallest > error_spent(test_seeds):
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
