"""The claims with their verdicts, as rows: for the page, for programs, as Markdown."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import LEAST_SEEDS, Verdict
from seqjax.lab.judging.rules import LEVEL
from seqjax.lab.run_directory import files
from seqjax.lab.study import Table
from seqjax.reports.claims import CLAIMS
from seqjax.reports.judging import Evidence, Sentence


class Row(NamedTuple):
    """A claim with what became of it.

    Attributes:
        id: of the claim.
        report: its number.
        section: of the report.
        claim: as stated.
        verdict: holds, does not hold, undecided, or an anecdote.
        measured: what that rests on.
        seeds: how many; None: it is exact, or nothing was measured.
        why: of one that is open, why.
        decide: of one that is open, a command that would decide it.
        job: whose run it rests on, or nothing.
        command: of that run, as typed; nothing where it is not finished.
    """

    id: str
    report: str
    section: str
    claim: str
    verdict: Verdict
    measured: str
    seeds: int | None
    why: str
    decide: str
    job: str
    command: str


def rows(evidence: Evidence, claims: Sequence[Sentence] = CLAIMS) -> list[Row]:
    """A row for every claim.

    Args:
        evidence: what has been run.
        claims: all there are.
    """
    return [_row(claim, evidence) for claim in claims]


def _row(claim: Sentence, evidence: Evidence) -> Row:
    found = claim.finding(evidence)
    run = evidence.runs.get(claim.job)
    return Row(
        claim.id,
        claim.report,
        claim.section,
        claim.text,
        found.verdict,
        found.measured,
        found.seeds,
        found.why,
        claim.decide if found.verdict.is_open else "",
        claim.job,
        run.command if run else "",
    )


def counts(found: Sequence[Row]) -> str:
    """How many claims have which verdict.

    Args:
        found: the rows.
    """
    number = Counter(row.verdict for row in found)
    return ", ".join(f"{name}: {number[name]}" for name in Verdict)


def expected_false(found: Sequence[Row]) -> str:
    """How many verdicts may be false: each has its level, and they are not adjusted.

    Args:
        found: the rows.
    """
    judged = sum((row.seeds or 0) >= LEAST_SEEDS for row in found)
    return (
        f"Judged over seeds: {judged}, each falsely with {LEVEL:.0%} at most, which "
        f"makes {LEVEL * judged:.1f} false verdicts to be expected at most."
    )


def table(found: Sequence[Row]) -> Table:
    """The claims for a terminal; what was measured is on the page.

    Args:
        found: the rows.
    """
    return Table(
        "The reports' claims",
        ("report", "claim", "verdict", "seeds"),
        [
            (
                row.report,
                row.claim,
                row.verdict,
                "" if row.seeds is None else f"{row.seeds}",
            )
            for row in found
        ],
        f"{counts(found)}. {expected_false(found)}",
        left=3,
    )


def stored(path: Path) -> list[Row]:
    """The rows of a ``claims.json``.

    Args:
        path: the file.

    Raises:
        UserError: there is none, or it is something else.
    """
    data = files.read_bytes(path) if not path.is_dir() else None
    if data is None:
        raise UserError(
            f"FILE must be the claims.json of seqjax report --all, but there is none "
            f"at {path}"
        )
    try:
        told: Mapping[str, Any] = json.loads(data)
        return [
            Row(**{**row, "verdict": Verdict(row["verdict"])}) for row in told["claims"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be understood ({error}); write it anew with seqjax report "
            "--all"
        ) from error


def markdown(found: Sequence[Row]) -> str:
    """The claims as a table in Markdown.

    Args:
        found: the rows.
    """
    lines = [
        "| report | claim | verdict | measured | seeds |",
        "| --- | --- | --- | --- | ---: |",
    ]
    for row in found:
        measured = row.measured
        if row.verdict.is_open:
            measured = "; ".join(part for part in (measured, row.why) if part)
            measured += f" (`{row.decide}`)" if row.decide else ""
        cells = (
            row.report,
            row.claim,
            f"**{row.verdict}**",
            measured,
            "" if row.seeds is None else str(row.seeds),
        )
        escaped = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
        lines.append(f"| {' | '.join(escaped)} |")
    return "\n".join(lines)
