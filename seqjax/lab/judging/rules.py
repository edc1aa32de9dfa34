"""The rules: from what was measured to a verdict."""

from collections.abc import Sequence

from seqjax.core.statistics import Adjusted, Comparison, Estimate
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding, Verdict
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Number

LEVEL = 0.05
"""Of the tests, after Holm where several are made."""

MARGIN = 0.02
"""Accuracies that differ by less are called equal."""

SHARE = 0.05
"""Updates that differ by less than this share of all that were allowed likewise."""

LEAST_SEEDS = 6
"""With fewer no test can reach `LEVEL`, and an interval means little."""

RULE = (
    f"With fewer than {LEAST_SEEDS} seeds all is undecided. A difference does not hold "
    "where its 95 % interval stays below what counts, "
    f"{MARGIN:g} of accuracy or {100 * SHARE:g} % of the updates; else it holds where "
    f"it has the claimed sign at p <= {LEVEL:g} (sign-flip test on the same seeds, "
    "Holm over the claims of a kind), and is undecided where not. A task is solved, or "
    "is not, where the interval of the success rate lies above, or below, one half."
)
"""`larger`, `sooner` and `most`, as `summary.json` and the tables state them."""


def between(
    low: Number, high: Number, limit: Number, measured: str, seeds: int
) -> Finding:
    """Holds where an interval lies above a limit, does not where it lies below.

    Args:
        low: lower end of the interval.
        high: upper end.
        limit: the limit.
        measured: the number with its interval.
        seeds: that it rests on.
    """
    verdict = HOLDS if low > limit else DOES_NOT if high < limit else UNDECIDED
    return Finding(verdict, measured, seeds)


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
    may_be = {HOLDS: holds, DOES_NOT: fails, UNDECIDED: True}
    if may_be[found.verdict]:
        return found
    return found._replace(verdict=UNDECIDED, why=why)


def most(rate: Estimate) -> Finding:
    """Most seeds do: the interval of the rate lies on one side of one half.

    Args:
        rate: share of seeds.
    """
    measured = f"{estimate_text(rate, '{:.2f}')} of {counted(rate.n, 'seed')}"
    enough = rate.n >= LEAST_SEEDS
    found = between(rate.low, rate.high, 0.5, measured, rate.n)
    return provided(found, holds=enough, fails=enough)


def signed(difference: Number, p_value: Number) -> Verdict:
    """Holds where a difference is above 0 at `LEVEL`, does not where it is below.

    Args:
        difference: of two settings on the same seeds.
        p_value: of "no difference".
    """
    if p_value > LEVEL or difference == 0:
        return UNDECIDED
    return HOLDS if difference > 0 else DOES_NOT


def larger(
    found: Comparison | Adjusted,
    margin: Number = MARGIN,
    least_seeds: int = LEAST_SEEDS,
) -> Finding:
    """The first of two settings has the larger numbers, or not by a margin.

    Args:
        found: the first less the second.
        margin: what counts as a difference; default: `MARGIN`.
        least_seeds: with fewer it is undecided; default: `LEAST_SEEDS`.
    """
    difference = found.difference
    verdict = _larger(difference, found.p_value, margin, least_seeds)
    return Finding(verdict, _told(found, "{:+.3f}"), difference.n)


def sooner(found: Comparison | Adjusted, steps: int, *, unsolved: bool) -> Finding:
    """The first of two settings needs fewer updates to solve the task, or so.

    Args:
        found: updates of the first less those of the second.
        steps: most updates of a seed; `SHARE` of them count as a difference.
        unsolved: no seed of either solves the task.
    """
    more = found.difference
    if unsolved:
        return Finding(UNDECIDED, "neither is solved by any seed", more.n)
    fewer = more._replace(value=-more.value, low=-more.high, high=-more.low)
    verdict = _larger(fewer, found.p_value, SHARE * steps, LEAST_SEEDS)
    return Finding(verdict, _told(found, "{:+.0f}"), more.n)


def _larger(
    difference: Estimate, p_value: Number, margin: Number, least_seeds: int
) -> Verdict:
    if difference.n < least_seeds:
        return UNDECIDED
    if difference.high < margin:
        return DOES_NOT
    return HOLDS if signed(difference.value, p_value) is HOLDS else UNDECIDED


def _told(found: Comparison | Adjusted, form: str) -> str:
    return f"{estimate_text(found.difference, form)}, p = {found.p_value:.2g}"


def all_of(findings: Sequence[Finding]) -> Finding:
    """All of several: one that does not hold decides, one undecided leaves it open.

    Args:
        findings: at least one.
    """
    return _together(findings, (DOES_NOT, UNDECIDED, HOLDS))


def either(findings: Sequence[Finding]) -> Finding:
    """One of several is enough: one that holds decides, one undecided leaves it open.

    Args:
        findings: at least one.
    """
    return _together(findings, (HOLDS, UNDECIDED, DOES_NOT))


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
    turned = {HOLDS: DOES_NOT, DOES_NOT: HOLDS, UNDECIDED: UNDECIDED}
    return found._replace(verdict=turned[found.verdict])
