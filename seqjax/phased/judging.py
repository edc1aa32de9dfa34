"""Verdicts on what report 001 claims of its time gate, by rules set before.

A verdict is "holds" or "does not hold" only where the interval over seeds says so.
"""

from typing import Any, NamedTuple

from seqjax.core.statistics import Adjusted, Estimate
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Table
from seqjax.lab.verdict import DOES_NOT, HOLDS, UNDECIDED, Verdict
from seqjax.phased.outcomes import Outcome

LEVEL = 0.05
"""Of the tests, after Holm."""

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
"""The rule as `summary.json` and the tables state it."""


class Claim(NamedTuple):
    """One line of a table of verdicts.

    Attributes:
        claim: in the report's words, made definite.
        verdict: holds, does not hold, or undecided.
        measured: the numbers that it rests on.
        seeds: how many it rests on.
    """

    claim: str
    verdict: str
    measured: str
    seeds: int


def larger(found: Adjusted, margin: float = MARGIN) -> Verdict:
    """The first of two settings has the larger numbers, or not by a margin.

    Args:
        found: the first less the second.
        margin: what counts as a difference; default: `MARGIN`.
    """
    return _larger(found.difference, found.p_value, margin)


def _larger(difference: Estimate, p_value: float, margin: float) -> Verdict:
    measured = f"{estimate_text(difference, '{:+.3f}')}, p = {p_value:.2g}"
    if difference.n < LEAST_SEEDS:
        return Verdict(UNDECIDED, measured)
    if difference.high < margin:
        return Verdict(DOES_NOT, measured)
    holds = p_value <= LEVEL and difference.value > 0
    return Verdict(HOLDS if holds else UNDECIDED, measured)


def sooner(found: Adjusted, first: Outcome, second: Outcome, steps: int) -> Verdict:
    """The first of two settings needs fewer updates to solve the task, or so.

    Args:
        found: updates of the first less those of the second.
        first: how the seeds of the first fared.
        second: how those of the second did.
        steps: most updates of a seed; `SHARE` of them count as a difference.
    """
    value, (low, high) = found.difference.value, found.difference.interval
    measured = f"{estimate_text(found.difference, '{:+.0f}')}, p = {found.p_value:.2g}"
    if first.unsolved.all() and second.unsolved.all():
        return Verdict(UNDECIDED, "neither is solved by any seed")
    fewer = found.difference._replace(value=-value, low=-high, high=-low)
    verdict = _larger(fewer, found.p_value, SHARE * steps)
    return verdict._replace(measured=measured)


def most(rate: Estimate) -> Verdict:
    """Most seeds do: the interval of the rate lies on one side of one half.

    Args:
        rate: share of seeds.
    """
    measured = f"{estimate_text(rate, '{:.2f}')} of {counted(rate.n, 'seed')}"
    if rate.n < LEAST_SEEDS:
        return Verdict(UNDECIDED, measured)
    if rate.low > 0.5:
        return Verdict(HOLDS, measured)
    return Verdict(DOES_NOT if rate.high < 0.5 else UNDECIDED, measured)


def claim_table(title: str, claims: list[Claim], steps: int) -> Table:
    """The table of verdicts.

    Args:
        title: heading.
        claims: its lines.
        steps: most updates of a seed.
    """
    return Table(
        title=f"{title}, within {counted(steps, 'update')}",
        columns=("claim", "measured", "verdict"),
        rows=[[claim.claim, claim.measured, _verdict(claim)] for claim in claims],
        caption=RULE,
        left=3,
    )


def as_rows(claims: list[Claim]) -> list[dict[str, Any]]:
    """The claims for `summary.json`.

    Args:
        claims: all of them.
    """
    return [claim._asdict() for claim in claims]


def _verdict(claim: Claim) -> str:
    if claim.verdict == UNDECIDED:
        return f"{UNDECIDED} at {counted(claim.seeds, 'seed')}"
    return claim.verdict
