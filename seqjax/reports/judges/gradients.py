"""Claims about gradients: derivations on paper, and the flow through time."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding
from seqjax.lab.judging.rules import between
from seqjax.lab.judging.statements import Missing
from seqjax.lab.report.reading import FinishedRun
from seqjax.reports.judging import (
    Evidence,
    Judge,
    found_in,
    seeds_of,
    with_interval,
)

SAME = 1.0
"""Curves are called the same where they lie less than so many decades apart."""


class Reading(NamedTuple):
    """Another way to read what a report derives.

    Attributes:
        file: that has it, see `seqjax.reports.derivations`.
        name: of the derivation.
        words: how it is read.
    """

    file: str
    name: str
    words: str


def derived(report: str, *names: str, other: Reading | None = None) -> Judge:
    """What ``seqjax.gradients check`` says of a report's derivations.

    Holds if all of them are accepted as they are transcribed; what is said of another
    reading is told beside it.

    Args:
        report: its number.
        names: of the derivations, all of which have to be accepted.
        other: another reading; default: there is none.
    """
    file = f"report_{report}.py"

    def judge(evidence: Evidence) -> Finding:
        rows = _checked(evidence)
        wanted = [(file, name) for name in names]
        also = [(other.file, other.name)] if other else []
        missing = [f"{n} of {f}" for f, n in wanted + also if (f, n) not in rows]
        if missing:
            raise Missing(f"the check says nothing of {', '.join(missing)}")
        told = [_told(name, rows[file, name]) for name in names]
        if other:
            row = rows[other.file, other.name]
            told.append(f"{other.words}: {_told(other.name, row)}")
        right = all(rows[key]["accepted"] for key in wanted)
        return Finding(HOLDS if right else DOES_NOT, "; ".join(told))

    return judge


def _checked(evidence: Evidence) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What the check says, by the file's name and the derivation's.

    Raises:
        UserError: It is not the JSON that ``check --json`` prints.
    """
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    for said in evidence.printed("derivations"):
        try:
            told = json.loads(said.output)
            file = Path(told["file"]).name
            for row in told["derivations"]:
                rows[file, row["name"]] = {
                    "accepted": bool(row["accepted"]),
                    "says": str(row["says"]),
                }
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{said.command} must have printed verdicts as JSON, but that cannot "
                f"be understood ({error!r}); remove the folder derivations and give "
                "the same command, to run it with this version"
            ) from error
    return rows


def _told(name: str, row: Mapping[str, Any]) -> str:
    if row["accepted"]:
        return f"{name} accepted" + (f" ({row['says']})" if row["says"] else "")
    return f"{name} rejected: {row['says']}"


def flow(what: str) -> Judge:
    """A claim of report 000 on |dL/dh_t| of untrained networks.

    Weights as in the course decide; orthogonal ones are told beside them.

    Args:
        what: "same", "higher" or "spike".
    """

    def judge(evidence: Evidence) -> Finding:
        found = _FLOWS[what](evidence.run("flow"))
        try:
            other = _FLOWS[what](evidence.run("flow-orthogonal"))
        except Missing:
            return found._replace(measured=f"He weights: {found.measured}")
        measured = (
            f"He weights: {found.measured}; orthogonal ones: {other.measured} "
            f"({other.verdict})"
        )
        return found._replace(measured=measured)

    return judge


def _same(run: FinishedRun) -> Finding:
    row = found_in(run.summary["distance_of_curves"], step=0)
    apart = row["decades"]
    measured = f"{with_interval(apart, '{:.1f}')} decades apart"
    # The claim is that the distance lies below the limit.
    return between(-apart["high"], -apart["low"], -SAME, measured, seeds_of(run))


def _higher(run: FinishedRun) -> Finding:
    rows = [row for row in run.summary["comparisons"] if row["step"] == 0]
    found_in(rows, cells=["rnn", "lstm"])
    by_measure = {row["of"]: row for row in rows if row["cells"] == ["rnn", "lstm"]}
    found = by_measure["log10 |dL/dh_1|"]["difference"]
    measured = f"|dL/dh_1| of RNN over LSTM: {with_interval(found, '{:+.1f}')} decades"
    return between(found["low"], found["high"], 0.0, measured, seeds_of(run))


def _spike(run: FinishedRun) -> Finding:
    row = found_in(run.summary["settings"], cell="lstm", step=0)
    decades = row["log10_rise"]
    rise = {name: 10 ** decades[name] for name in ("value", "low", "high")}
    measured = f"|dL/dh_1| over the smallest: {with_interval(rise, '{:.2f}')}"
    if rise["high"] <= 1:
        return Finding(DOES_NOT, measured, seeds_of(run))
    return between(rise["low"], rise["high"], 1.0, measured, seeds_of(run))


_FLOWS = {"same": _same, "higher": _higher, "spike": _spike}


def clipping(evidence: Evidence) -> Finding:
    """All trainings are clipped; what that does, one without it would have to show."""
    run = evidence.run("optimizers")
    diverged = sum(each["diverged_in_tuning"] for each in run.summary["optimizers"])
    models = sum(each["models_in_tuning"] for each in run.summary["optimizers"])
    measured = (
        f"clipped at norm 10, {diverged} of {models} models diverged at rates up to "
        f"{max(run.header['config']['learning_rates']):g}"
    )
    why = "no training here goes without clipping"
    return Finding(UNDECIDED, measured, seeds_of(run), why)
