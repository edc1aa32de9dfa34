"""Claims and what becomes of them: the types, and their rows and table."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Table

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Verdict(StrEnum):
    """What becomes of a claim; the values are the words of tables and of JSON."""

    HOLDS = "holds"
    DOES_NOT = "does not hold"
    UNDECIDED = "undecided"
    ANECDOTE = "anecdote"

    @property
    def is_open(self) -> bool:
        """Whether the claim may still turn out either way."""
        return self in (UNDECIDED, ANECDOTE)


HOLDS, DOES_NOT, UNDECIDED, ANECDOTE = Verdict

LEAST_SEEDS = 6
"""What fewer seeds show is an anecdote: not even if all agree is a share of them surely
above one half."""


class Finding(NamedTuple):
    """A verdict and what it rests on.

    Attributes:
        verdict: by a rule that was set before.
        measured: the numbers, with intervals where there are seeds.
        seeds: how many it rests on; 0: the run has not judged it, see `left_out`; None:
            it is exact, or nothing was measured.
        why: of an undecided one, why; or a remark.
        lacks: what would decide an undecided one: more `UPDATES`, more `SEEDS`, or the
            report's own `TEXT`; nothing where that is not known.
    """

    verdict: Verdict
    measured: str
    seeds: int | None = None
    why: str = ""
    lacks: str = ""


UPDATES, SEEDS, TEXT = "updates", "seeds", "text"
"""What an undecided claim may lack."""


_MAY_LACK = ("why", "lacks")
"""What a row has only where there is something to say."""


def by_seeds(found: Finding) -> Finding:
    """The finding, an anecdote where it rests on fewer than `LEAST_SEEDS`.

    Args:
        found: of seeds; one that is exact, or left out, stays as it is.
    """
    if found.seeds and found.seeds < LEAST_SEEDS:
        return found._replace(verdict=ANECDOTE)
    return found


def left_out(why: str) -> Finding:
    """What becomes of a claim that a run does not judge.

    Args:
        why: the reason.
    """
    return Finding(UNDECIDED, f"left out: {why}", 0, why)


@dataclass(frozen=True)
class Claim:
    """A claim with what became of it.

    Attributes:
        id: in kebab-case; it stays when the words change.
        text: the words, made definite.
        finding: what became of it.
        at: what else its row says, by name: the settings that it is judged at, which
            tell it from others of its id, ``{"lengths": (5, 10)}``, its rule, the place
            where it was stated.
    """

    id: str
    text: str
    finding: Finding
    at: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses an id that is not in kebab-case."""
        check_id(self.id)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Claim":
        """The claim of a row of ``summary.json``.

        Args:
            row: as `claim_rows` makes them.

        Raises:
            KeyError: It lacks what every row has.
            ValueError: Its id or its verdict is none.
        """
        at = dict(row)
        name, text, verdict, measured, seeds = (
            at.pop(key) for key in ("id", "claim", "verdict", "measured", "seeds")
        )
        told = {key: at.pop(key, "") for key in _MAY_LACK}
        found = Finding(Verdict(verdict), measured, seeds, **told)
        return cls(name, text, found, at)

    @property
    def is_judged(self) -> bool:
        """Whether the run has judged it."""
        return self.finding.seeds != 0

    @property
    def told(self) -> str:
        """The verdict; of one that is open with the number of seeds."""
        verdict, seeds = self.finding.verdict, self.finding.seeds
        if verdict.is_open and seeds is not None:
            return f"{verdict} at {counted(seeds, 'seed')}"
        return verdict


def stated(texts: Mapping[str, str], found: Mapping[str, Finding]) -> list[Claim]:
    """All claims of a study that compares settings: first those that were judged.

    Args:
        texts: of all that it has, by id.
        found: what became of those whose settings were trained, by id.

    Raises:
        KeyError: One was judged that is not among all.
    """
    missing = left_out("what it compares was not trained")
    judged = [Claim(name, texts[name], each) for name, each in found.items()]
    others = [name for name in texts if name not in found]
    return judged + [Claim(name, texts[name], missing) for name in others]


def claim_rows(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """The claims for ``summary.json``.

    Args:
        claims: all of a study.

    Raises:
        ValueError: Two cannot be told apart.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for claim in claims:
        key = claim.id, str(claim.at)
        if key in found:
            raise ValueError(
                f"claims must differ in id or settings, got {claim.id} at {claim.at} "
                "twice; give each an id of its own"
            )
        row = {"id": claim.id, "claim": claim.text, **claim.at}
        told = claim.finding._asdict()
        found[key] = row | {n: v for n, v in told.items() if n not in _MAY_LACK or v}
    return list(found.values())


Cells = Mapping[str, Callable[[Claim], str]]

TOLD: Cells = {
    "claim": lambda claim: claim.text,
    "measured": lambda claim: claim.finding.measured,
    "verdict": lambda claim: claim.told,
}
"""The columns of a table of claims: heading, and what stands in a cell."""


def claim_table(
    title: str,
    claims: Iterable[Claim],
    caption: str,
    columns: Cells = TOLD,
    left: int = 3,
) -> Table:
    """The table of claims with their verdicts.

    Args:
        title: heading.
        claims: its lines.
        caption: the rules.
        columns: by heading; default: `TOLD`.
        left: so many columns are aligned to the left.
    """
    return Table.of(claims, columns, title=title, caption=caption, left=left)


def check_id(name: str) -> None:
    """Raise a `ValueError` for an id that is not in kebab-case.

    Args:
        name: the id of a claim.
    """
    if not _ID.fullmatch(name):
        raise ValueError(
            f"id of a claim must be in kebab-case, got {name!r}; use small letters and "
            "digits, with '-' between words"
        )
