"""The rules: from what was measured to a verdict.

Nearly all of them count seeds. A claim is about most of them, "most seeds solve it",
"most of those on which two settings differ are higher with the first", and holds, or
does not, where the exact interval of that share lies on one side of one half: whatever
the seeds do, each of the two is false with at most half of `LEVEL`
(`benchmarks/verdicts.py` measures it).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Real
from scipy import stats

from seqjax.core.statistics import (
    Adjusted,
    Comparison,
    Estimate,
    bounded_mean,
    gini_difference,
    pair_gaps,
    success_rate,
)
from seqjax.lab.judging.claims import (
    ANECDOTE,
    DOES_NOT,
    HOLDS,
    LEAST_SEEDS,
    UNDECIDED,
    Finding,
    Verdict,
    by_seeds,
)
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Number

LEVEL = 0.05
"""Of a verdict, both sides together; where several are a family, of all of them."""

FIRST_SEEDS, MOST_SEEDS = 10, 20
"""Seeds at which a claim is judged: at the first, and again where that did not decide.
"""

MARGIN = 0.02
"""Accuracies that differ by less are called equal."""

RULE = (
    f"Fewer than {LEAST_SEEDS} seeds are an anecdote. A claim is about most seeds: it "
    "holds, or does not, where the exact (Clopper-Pearson) interval of their share "
    "lies above, or below, one half, 95 % over the claims of a kind (Bonferroni) and "
    f"over two looks, at {FIRST_SEEDS} seeds and at {MOST_SEEDS}, and is undecided "
    f"else. A setting is more accurate, by more than {MARGIN:g}, or sooner to solve "
    "the task, where most of the seeds on which the two differ say so (sign test on "
    "the same seeds; neither solved is no difference)."
)
"""`larger`, `sooner` and `most`, as `summary.json` and the tables state them."""


def error_spent(seeds: int, level: Number = LEVEL) -> float:
    """The part of a level that a look at so many seeds may spend.

    A claim that is judged at `FIRST_SEEDS`, and at `MOST_SEEDS` where that did not
    decide it, may be wrong at either. By Bonferroni's inequality the parts of the two
    looks add up to the level, also where they share seeds. The first has two thirds,
    with which 6 of 6, or 9 of 10, decide as with all of it; the second has the rest,
    with which 16 of 20 do, as they would with one half.

    Args:
        seeds: of the look; the first is at `FIRST_SEEDS` or fewer.
        level: of both looks together; default: `LEVEL`.

    Source: Lan & DeMets (1983), "Discrete sequential boundaries for clinical trials",
    Biometrika 70: the error is spent by how much has been seen.
    """
    return float(level) * (2 if seeds <= FIRST_SEEDS else 1) / 3


def between(
    low: Number, high: Number, limit: Number, measured: str, seeds: int
) -> Finding:
    """Holds where an interval lies above a limit, does not where it lies below.

    Args:
        low: lower end of the interval.
        high: upper end.
        limit: the limit.
        measured: the number with its interval.
        seeds: that it rests on; of fewer than `LEAST_SEEDS` it is an anecdote.
    """
    verdict = HOLDS if low > limit else DOES_NOT if high < limit else UNDECIDED
    return by_seeds(Finding(verdict, measured, seeds))


def provided(
    found: Finding, *, holds: bool = True, fails: bool = True, why: str = ""
) -> Finding:
    """The finding, left open where its verdict may not be given.

    Args:
        found: by a rule.
        holds: whether it may hold.
        fails: whether it may not hold.
        why: the reason where it is left open.
    """
    may_be = {HOLDS: holds, DOES_NOT: fails}
    if may_be.get(found.verdict, True):
        return found
    return found._replace(verdict=UNDECIDED, why=why)


def most(
    such: Bool[np.ndarray, " seeds"], *, told: str = "", level: Number | None = None
) -> Finding:
    """Most seeds are such: the exact interval of their share lies above one half.

    Args:
        such: of every seed, whether it is.
        told: what the share is of; default: of so many seeds.
        level: of the verdict; default: `error_spent`.
    """
    rate = success_rate(such)
    of = told or f"of {counted(rate.n, 'seed')}"
    measured = f"{estimate_text(rate, '{:.2f}')} {of}"
    return _by_share(such, measured, rate.n, level)


def _by_share(
    such: Bool[np.ndarray, " some"], measured: str, seeds: int, level: Number | None
) -> Finding:
    """Most of some seeds are such, by what a look at all of them may spend."""
    spent = error_spent(seeds) if level is None else float(level)
    share = success_rate(such, confidence=1.0 - spent)
    return between(share.low, share.high, 0.5, measured, seeds)


def more_often(
    differences: Real[np.ndarray, " seeds"],
    margin: Number = 0.0,
    level: Number | None = None,
    noun: str = "seed",
) -> Finding:
    """Differences above a margin outnumber those below its negative: the sign test.

    Those within the margin are ties, which say nothing; where all are, it is undecided.

    Args:
        differences: of two settings, one per seed; may be infinite.
        margin: what counts as a difference.
        level: of the verdict; default: `error_spent`.
        noun: what there is one of for each difference.
    """
    above, below = differences > margin, differences < -margin
    measured = (
        f"{above.sum()} of {counted(len(differences), noun)} for it, {below.sum()} "
        "against"
    )
    apart = above[above | below]
    if not len(apart):
        return by_seeds(Finding(UNDECIDED, measured, len(differences)))
    return _by_share(apart, measured, len(differences), level)


def larger(found: Comparison | Adjusted, margin: Number = MARGIN) -> Finding:
    """The first of two settings has the larger numbers on most seeds that differ.

    Args:
        found: the first less the second; of a family, each has its share of the level.
        margin: what counts as a difference; default: `MARGIN`.
    """
    return _signed(found, 1, margin, "{:+.3f}")


def gains(
    found: Comparison, margin: Number = MARGIN, level: Number | None = None
) -> Finding:
    """Most seeds have more with the first of two settings, by more than a margin.

    Stricter than `larger`: seeds on which the two do not differ speak against it.

    Args:
        found: the first less the second.
        margin: what counts as more; default: `MARGIN`.
        level: of the verdict; default: `error_spent`.
    """
    difference = estimate_text(found.difference, "{:+.3f}")
    told = f"of {counted(len(found.each), 'seed')} gain, {difference} on average"
    return most(np.array(found.each) > margin, told=told, level=level)


def sooner(found: Comparison | Adjusted, *, unsolved: bool) -> Finding:
    """The first of two settings needs fewer updates to solve the task, on most seeds.

    Seeds that solve it with neither are no difference: both need all updates.

    Args:
        found: updates of the first less those of the second, as that of `larger`.
        unsolved: no seed of either solves the task.
    """
    if unsolved:
        n = found.difference.n
        return by_seeds(Finding(UNDECIDED, "neither is solved by any seed", n))
    return _signed(found, -1, 0.0, "{:+.0f}")


def _signed(
    found: Comparison | Adjusted, sign: int, margin: Number, form: str
) -> Finding:
    comparison, family = (
        (found.comparison, found.family) if isinstance(found, Adjusted) else (found, 1)
    )
    each = sign * np.array(comparison.each)
    judged = more_often(each, margin, error_spent(len(each)) / family)
    difference = estimate_text(comparison.difference, form)
    return judged._replace(measured=f"{difference}, {judged.measured}")


def spread(values: Real[np.ndarray, " seeds"], *, confidence: float = 0.95) -> Estimate:
    """How far two seeds' accuracies lie apart, with an interval that covers.

    Gini's mean difference over all pairs; its interval is that of the mean over pairs
    that have no seed in common, `pair_gaps`, widened to the number itself where that is
    outside.

    Args:
        values: accuracies, at least two.
        confidence: nominal coverage, in (0, 1).
    """
    value = gini_difference(values)
    gaps = bounded_mean(pair_gaps(values), 0.0, 1.0, confidence=confidence)
    return Estimate(
        value, min(gaps.low, value), max(gaps.high, value), gaps.confidence, len(values)
    )


def varies(values: Real[np.ndarray, " seeds"], margin: Number = MARGIN) -> Finding:
    """Two seeds differ by more than a margin on average (Gini's mean difference).

    Args:
        values: accuracies.
        margin: that they differ by more than; default: `MARGIN`.
    """
    seeds = len(values)
    if seeds < 2:
        return by_seeds(Finding(UNDECIDED, "one seed says nothing of a spread", seeds))
    limits = spread(values, confidence=1.0 - error_spent(seeds))
    told = estimate_text(spread(values), "{:.2f}")
    measured = f"two seeds differ by {told} on average"
    return between(limits.low, limits.high, margin, measured, seeds)


def varies_less(
    a: Real[np.ndarray, " seeds"],
    b: Real[np.ndarray, " seeds"],
    margin: Number = MARGIN,
) -> Finding:
    """Two seeds differ less with the first of two settings than with the second.

    On most pairs of seeds, none of which is in two pairs, that differ by more than the
    margin: 12 seeds are the least that can decide it. So a look at `FIRST_SEEDS` spends
    nothing, and the second has the whole level.

    Args:
        a: accuracies of the first.
        b: of the second, on the same seeds.
        margin: gaps that differ by less are called equal; default: `MARGIN`.
    """
    found = more_often(pair_gaps(b) - pair_gaps(a), margin, LEVEL, "pair")
    apart = [gini_difference(each) for each in (a, b)]
    measured = (
        f"two seeds differ by {apart[0]:.3f} and {apart[1]:.3f} on average; "
        f"{found.measured}"
    )
    verdict = UNDECIDED if found.verdict is ANECDOTE else found.verdict
    return by_seeds(Finding(verdict, measured, len(a)))


def guess_limit(chance: float, answers: int) -> float:
    """The accuracy that a guess exceeds in one of forty tests at most.

    Args:
        chance: its accuracy.
        answers: of a test.
    """
    return float(stats.binom.isf(0.025, answers, chance)) / answers


def all_of(findings: Sequence[Finding]) -> Finding:
    """All of several: one that does not hold decides, one undecided leaves it open.

    Args:
        findings: at least one.
    """
    return _together(findings, (DOES_NOT, UNDECIDED, ANECDOTE, HOLDS))


def either(findings: Sequence[Finding]) -> Finding:
    """One of several is enough: one that holds decides, one undecided leaves it open.

    Args:
        findings: at least one.
    """
    return _together(findings, (HOLDS, UNDECIDED, ANECDOTE, DOES_NOT))


def _together(findings: Sequence[Finding], order: Sequence[Verdict]) -> Finding:
    """Several as one, by the first verdict of the order that there is."""
    first = min(findings, key=lambda found: order.index(found.verdict))
    measured = "; ".join(found.measured for found in findings)
    seeds = max((f.seeds for f in findings if f.seeds is not None), default=None)
    why = (found.why for found in findings if found.verdict is first.verdict)
    return Finding(first.verdict, measured, seeds, next(filter(None, why), ""))


def opposite(found: Finding) -> Finding:
    """What becomes of the contrary claim.

    Args:
        found: what became of the claim.
    """
    turned = {HOLDS: DOES_NOT, DOES_NOT: HOLDS}
    return found._replace(verdict=turned.get(found.verdict, found.verdict))
