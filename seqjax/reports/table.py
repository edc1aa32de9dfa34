"""The claims with their verdicts, as rows: for the page, for programs, as Markdown."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import LEAST_SEEDS, UNDECIDED, Finding, Verdict
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
        decide: of one that is open, a command that may decide it, or nothing.
        job: whose run it rests on, or nothing.
        command: of the first of its runs, as typed; nothing where there is none.
        runs: that it rests on, as `Source` has them.
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
    runs: Sequence[Mapping[str, Any]] = ()

    @property
    def told(self) -> str:
        """The verdict; of a claim that nothing here can judge, that it is untested."""
        untested = self.verdict == UNDECIDED and not self.job
        return UNTESTED if untested else self.verdict


UNTESTED = "untested"
"""What is told of a claim that no rule judges; its row says why."""

Decide = Callable[[Sentence, Finding], tuple[str, str]]
"""Of an undecided claim: why it is, and a command that may decide it, or nothing."""


def _as_found(claim: Sentence, found: Finding) -> tuple[str, str]:
    return found.why, ""


def rows(
    evidence: Evidence,
    claims: Sequence[Sentence] = CLAIMS,
    decide: Decide = _as_found,
) -> list[Row]:
    """A row for every claim.

    Args:
        evidence: what has been run.
        claims: all there are.
        decide: why an undecided one is, and what may decide it.
    """
    return [_row(claim, evidence, decide) for claim in claims]


def _row(claim: Sentence, evidence: Evidence, decide: Decide) -> Row:
    found = claim.finding(evidence)
    runs = evidence.rests_on(claim.id, claim.job)
    shown = [
        evidence.shown[each.folder] for each in runs if each.folder in evidence.shown
    ]
    run = shown[0] if shown else evidence.runs.get(claim.job)
    is_open = found.verdict.is_open
    why, command = decide(claim, found) if is_open else (found.why, "")
    return Row(
        claim.id,
        claim.report,
        claim.section,
        claim.text,
        found.verdict,
        found.measured,
        found.seeds,
        why,
        command,
        claim.job,
        run.command if run else "",
        [each._asdict() for each in runs],
    )


def counts(found: Sequence[Row]) -> str:
    """How many claims have which verdict.

    Args:
        found: the rows.
    """
    number = Counter(row.told for row in found)
    return ", ".join(f"{name}: {number[name]}" for name in (*Verdict, UNTESTED))


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
                row.told,
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
        "| report | claim | verdict | measured | seeds | rests on |",
        "| --- | --- | --- | --- | ---: | --- |",
    ]
    for row in found:
        measured = row.measured
        if row.verdict.is_open:
            measured = "; ".join(part for part in (measured, row.why) if part)
            measured += f" (`{row.decide}`)" if row.decide else ""
        cells = (
            row.report,
            row.claim,
            f"**{row.told}**",
            measured,
            "" if row.seeds is None else str(row.seeds),
            rests_on(row),
        )
        escaped = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
        lines.append(f"| {' | '.join(escaped)} |")
    return "\n".join(lines)


def rests_on(row: Row) -> str:
    """The runs of a claim in words; nothing where it is exact, or rests on none.

    Args:
        row: of the claim.
    """
    return "; ".join(_named(each) for each in row.runs)


def _named(run: Mapping[str, Any]) -> str:
    """A run by its folder, commit and numbers."""
    if run["commit"] is None:
        commit = "commit not recorded"
    else:
        state = "" if run["clean"] else ", changed"
        commit = f"commit {run['commit'][:7]}{state}"
    numbers = [
        f"{run[name]} {name}" for name in ("seeds", "updates") if run[name] is not None
    ]
    return f"{run['folder']} ({', '.join([commit, *numbers])})"
