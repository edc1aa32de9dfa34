"""First agree, then take turns.

All contenders show the same result before anything is timed. Then they take turns, one
sample each per round, so that a machine that changes its speed changes it for all; the
order is turned by one place every round, so that none always follows the same. Ratios
are taken within a round. Compilation and warm-up come before, every sample is kept.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.harness.workers import Result, Worker

AGREED = 3
"""Repeats of the run that is compared: the third update depends on the moments of the
first two, which one update of RMSProp alone would not show."""

WARM_UP = 2
"""Runs after the first one that are not counted."""


class Entrant(NamedTuple):
    """A contender in a race.

    Attributes:
        name: as the worker and the tables call it.
        worker: the process that has built it.
        repeats: how often a sample does the work.
        units: work of one repeat, in the unit that the table counts by.
    """

    name: str
    worker: Worker
    repeats: int = 1
    units: float = 1.0


class Timing(NamedTuple):
    """What was measured of one contender.

    Attributes:
        seconds: of every sample, one per round.
        units: work in one sample.
        first: seconds of the very first run, which traces and compiles.
        first_units: work in the first run.
    """

    seconds: list[float]
    units: float
    first: float
    first_units: float

    @property
    def per_unit(self) -> np.ndarray:
        """Seconds per unit of work, one per round."""
        return np.array(self.seconds) / self.units

    @property
    def median(self) -> float:
        """Median seconds per unit of work."""
        return float(np.median(self.per_unit))

    @property
    def quartiles(self) -> tuple[float, float]:
        """Quartiles of the seconds per unit of work."""
        low, high = np.quantile(self.per_unit, [0.25, 0.75])
        return float(low), float(high)

    @property
    def compiling(self) -> float:
        """Seconds that the first run took beyond its work: tracing and compiling."""
        return max(0.0, self.first - self.first_units * self.median)


def agree(
    entrants: Sequence[Entrant], *, tolerance: float, rows: int | None = None
) -> dict[str, float]:
    """Run everyone for the first time, and compare what has come out.

    Returns:
        Seconds of each contender's first run.

    Raises:
        Disagreement: if two contenders do not show the same result.
    """
    for entrant in entrants:
        entrant.worker.settle()
    firsts = {e.name: e.worker.run(e.name, AGREED) for e in entrants}
    results = {e.name: e.worker.result(e.name) for e in entrants}
    check_equal(results, tolerance=tolerance, rows=rows)
    return firsts


def race(
    entrants: Sequence[Entrant],
    *,
    rounds: int,
    tolerance: float,
    rows: int | None = None,
) -> dict[str, Timing]:
    """Agree, warm up, and take `rounds` samples of each in turn.

    Args:
        entrants: who takes part, of different names.
        rounds: samples of each.
        tolerance: see `check_equal`.
        rows: compare only so many leading rows (seeds), which all have in common.

    Raises:
        Disagreement: if two contenders do not show the same result.
    """
    firsts = agree(entrants, tolerance=tolerance, rows=rows)
    for entrant in entrants:
        for _ in range(WARM_UP):
            entrant.worker.run(entrant.name, entrant.repeats)
    samples: dict[str, list[float]] = {entrant.name: [] for entrant in entrants}
    for turn in range(rounds):
        start = turn % len(entrants)
        for entrant in [*entrants[start:], *entrants[:start]]:
            seconds = entrant.worker.run(entrant.name, entrant.repeats)
            samples[entrant.name].append(seconds)
    return {
        e.name: Timing(
            samples[e.name], e.units * e.repeats, firsts[e.name], e.units * AGREED
        )
        for e in entrants
    }


class Disagreement(Exception):
    """Two contenders do not compute the same thing."""


def check_equal(
    results: Mapping[str, Result], *, tolerance: float, rows: int | None = None
) -> None:
    """Hold all results against the first one's; empty ones have nothing to show.

    Two arrays are equal if the norm of their difference is at most `tolerance` times
    the norm of the first. Single elements would be too strict: RMSProp divides a
    gradient by its own size, and where that is all rounding error the sign is too.

    Raises:
        Disagreement: naming the two, the array, and how far they are apart.
    """
    shown = {name: result for name, result in results.items() if result}
    if not shown:
        return
    (first, reference), *others = shown.items()
    for name, result in others:
        if set(result) != set(reference):
            odd = sorted(set(result) ^ set(reference))
            raise Disagreement(f"only one of {first} and {name} shows {', '.join(odd)}")
        for key in reference:
            a, b = reference[key][:rows], result[key][:rows]
            if a.shape != b.shape:
                raise Disagreement(
                    f"{first} and {name} show {key} as {a.shape} and {b.shape}"
                )
            scale = float(np.linalg.norm(a)) or 1.0
            apart = float(np.linalg.norm(a - b)) / scale
            if not apart <= tolerance:  # NaN is no agreement
                raise Disagreement(
                    f"{first} and {name} differ in {key} by {apart:.2g} of its norm, "
                    f"more than {tolerance:g}"
                )


def ratio(slow: Timing, fast: Timing) -> float:
    """How many times longer `slow` takes: median over rounds of the two's quotient."""
    return float(np.median(slow.per_unit / fast.per_unit))
