"""Which of two settings learns first, seed by seed: by when each leaves chance."""

import numpy as np

from seqjax.lab.judging.claims import UNDECIDED, Finding, by_seeds
from seqjax.lab.judging.rules import more_often, provided
from seqjax.reconcile.verdicts import CUT_SHORT, LEFT_OUT, Sample, sooner_by


def sooner(a: Sample, b: Sample) -> Finding:
    """Setting a leaves chance before b on most of the seeds on which they differ.

    A seed that never leaves it is the later one; where all never do, nothing is learnt
    and nothing decided. Which is the sooner of two is known once one of them has left
    chance, or both had all their updates.

    Args:
        a: the setting that is to be sooner.
        b: the other, of the same seeds.
    """
    if not (len(a.left_chance) and len(b.left_chance)):
        return LEFT_OUT
    lead = sooner_by(a.left_chance, b.left_chance)
    earliest = np.fmin(a.left_chance, b.left_chance)
    if np.isnan(earliest).all():
        why = "no seed of either leaves chance"
        return by_seeds(Finding(UNDECIDED, why, len(lead)))
    middles = ", ".join(
        f"by {middle:.0f}" if np.isfinite(middle) else f"not by {each.updates}"
        for each in (a, b)
        for middle in [np.median(np.nan_to_num(each.left_chance, nan=np.inf))]
    )
    limit = min((each.updates for each in (a, b) if not each.enough), default=np.inf)
    known = limit == np.inf or bool((earliest <= limit).all())
    found = more_often(lead)
    measured = f"sooner: {found.measured}; half leave chance {middles}"
    found = provided(found, holds=known, fails=known, why="" if known else CUT_SHORT)
    return found._replace(measured=measured)
