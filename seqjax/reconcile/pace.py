"""Which of two settings learns first, seed by seed: by when each leaves chance."""

import numpy as np

from seqjax.core.statistics import success_rate
from seqjax.lab.judging.claims import UNDECIDED, Finding
from seqjax.lab.judging.rules import LEAST_SEEDS, between, provided
from seqjax.lab.reporting.text import estimate_text
from seqjax.reconcile.verdicts import CUT_SHORT, FORM, LEFT_OUT, Sample


def sooner(a: Sample, b: Sample) -> Finding:
    """Most seeds leave chance under setting a before they do under b.

    A seed that never leaves it is the later one; where all never do, nothing is learnt
    and nothing decided. Which is the sooner of two is known once one of them has left
    chance, or both had all their updates.

    Args:
        a: the setting that is to be sooner.
        b: the other, of the same seeds.
    """
    if not (len(a.left_chance) and len(b.left_chance)):
        return LEFT_OUT
    first, then = (
        np.where(np.isnan(each.left_chance), np.inf, each.left_chance)
        for each in (a, b)
    )
    if not np.isfinite([first, then]).any():
        return Finding(UNDECIDED, "no seed of either leaves chance", len(first))
    rate = success_rate(first < then)
    ties = int((first == then).sum())
    middles = ", ".join(
        f"{middle:.0f}" if np.isfinite(middle) else f"not by {each.updates}"
        for middle, each in ((np.median(first), a), (np.median(then), b))
    )
    measured = (
        f"sooner on {estimate_text(rate, FORM)} of seeds, {ties} at once; half leave "
        f"chance by {middles}"
    )
    limit = min((each.updates for each in (a, b) if not each.enough), default=np.inf)
    known = limit == np.inf or bool((np.minimum(first, then) <= limit).all())
    enough = rate.n >= LEAST_SEEDS and known
    found = between(rate.low, rate.high, 0.5, measured, rate.n)
    return provided(found, holds=enough, fails=enough, why="" if known else CUT_SHORT)
