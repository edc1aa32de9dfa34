"""What becomes of a claim: it holds, does not hold, or is undecided."""

from collections.abc import Sequence
from typing import NamedTuple

HOLDS, DOES_NOT, UNDECIDED = "holds", "does not hold", "undecided"


class Verdict(NamedTuple):
    """A verdict, by a rule that was stated before the measurement.

    Attributes:
        verdict: `HOLDS`, `DOES_NOT` or `UNDECIDED`.
        measured: what it rests on.
    """

    verdict: str
    measured: str


def opposite(verdict: Verdict) -> Verdict:
    """The verdict on the contrary claim."""
    turned = {HOLDS: DOES_NOT, DOES_NOT: HOLDS, UNDECIDED: UNDECIDED}
    return verdict._replace(verdict=turned[verdict.verdict])


def all_of(verdicts: Sequence[Verdict]) -> str:
    """Whether all of several claims hold.

    One that does not hold decides; else one that is undecided leaves it open.
    """
    found = [verdict.verdict for verdict in verdicts]
    for decisive in (DOES_NOT, UNDECIDED):
        if decisive in found:
            return decisive
    return HOLDS
