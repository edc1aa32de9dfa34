"""Which of two settings leaves chance first, from made-up seeds."""

import numpy as np

from seqjax.lab.judging.claims import ANECDOTE, DOES_NOT, HOLDS, UNDECIDED
from seqjax.reconcile.pace import sooner
from seqjax.reconcile.verdicts import CUT_SHORT, LEFT_OUT, Sample

NOTHING = Sample(np.array([]), 0, False, np.array([]), np.array([]))


def seeds(*left: float, enough: bool = True, updates: int = 3000) -> Sample:
    times = np.array(left, float)
    return Sample(np.ones(len(left)), updates, enough, times, times)


NEVER = float("nan")
SOON, LATE = [100.0] * 6, [900.0] * 6


def test_the_sooner_of_two() -> None:
    assert sooner(seeds(*SOON), seeds(*LATE)).verdict == HOLDS
    assert sooner(seeds(*LATE), seeds(*SOON)).verdict == DOES_NOT
    assert sooner(seeds(*SOON), seeds(*[NEVER] * 6)).verdict == HOLDS
    assert sooner(seeds(*[NEVER] * 6), seeds(*[NEVER] * 6)).verdict == UNDECIDED
    mixed = seeds(*SOON[:3], *[2000.0] * 3)
    assert sooner(mixed, seeds(*LATE)).verdict == UNDECIDED
    assert sooner(seeds(*SOON[:4]), seeds(*LATE[:4])).verdict == ANECDOTE
    assert sooner(seeds(*SOON), NOTHING) == LEFT_OUT
    assert sooner(seeds(*SOON), seeds(*[NEVER] * 6)).measured == (
        "sooner: 6 of 6 seeds for it, 0 against; half leave chance by 100, not by 3000"
    )


def test_what_was_cut_short_may_yet_be_the_sooner() -> None:
    cut = seeds(*[NEVER] * 6, enough=False, updates=500)
    assert sooner(seeds(*SOON), cut).verdict == HOLDS
    assert sooner(cut, seeds(*SOON)).verdict == DOES_NOT
    open_ = sooner(seeds(*LATE), cut)
    assert (open_.verdict, open_.why) == (UNDECIDED, CUT_SHORT)
