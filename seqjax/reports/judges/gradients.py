"""Claims about gradients: derivations on paper, and the flow through time."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.core.statistics import Estimate, paired_comparison, with_confidence
from seqjax.lab.comparisons import SHARES
from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED, Finding, by_seeds
from seqjax.lab.judging.rules import between, error_spent, gains
from seqjax.lab.judging.statements import Missing
from seqjax.lab.report.reading import FinishedRun
from seqjax.lab.study import Number
from seqjax.reports.judging import (
    Evidence,
    Judge,
    found_in,
    seeds_of,
    with_interval,
)


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


def derived(
    report: str, names: Sequence[str], *, other: Mapping[str, str] | None = None
) -> Judge:
    """What ``seqjax.gradients check`` says of a report's derivations.

    Holds if all of them are accepted as they are transcribed; what is said of another
    reading is told beside it.

    Args:
        report: its number.
        names: of the derivations, all of which have to be accepted.
        other: another reading, as the fields of a `Reading`; default: there is none.
    """
    file = f"report_{report}.py"
    also = Reading(**other) if other else None

    def judge(evidence: Evidence) -> Finding:
        rows = _checked(evidence)
        wanted = [(file, name) for name in names]
        beside = [(also.file, also.name)] if also else []
        missing = [f"{n} of {f}" for f, n in wanted + beside if (f, n) not in rows]
        if missing:
            raise Missing(f"the check says nothing of {', '.join(missing)}")
        told = [_told(name, rows[file, name]) for name in names]
        if also:
            row = rows[also.file, also.name]
            told.append(f"{also.words}: {_told(also.name, row)}")
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


def flow_same(*, decades: Number) -> Judge:
    """Whether the curves of |dL/dh_t| of RNN and LSTM are the same.

    Args:
        decades: they lie less than so many apart at the first step.
    """

    def look(run: FinishedRun) -> Finding:
        row = found_in(run.summary["distance_of_curves"], step=0)
        apart = row["decades"]
        measured = f"{with_interval(apart, '{:.1f}')} decades apart"
        return _side(run, apart, decades, measured, above=False)

    return _flow(look)


def flow_higher(first: str, other: str) -> Judge:
    """Whether one cell's |dL/dh_1| is larger than another's.

    Args:
        first: the cell, rnn or lstm ...
        other: ... and what it is compared with.
    """

    def look(run: FinishedRun) -> Finding:
        rows = [row for row in run.summary["comparisons"] if row["step"] == 0]
        pair = sorted((first, other), reverse=True)  # rnn, lstm
        found_in(rows, cells=pair)
        by_measure = {row["of"]: row for row in rows if row["cells"] == pair}
        found = by_measure["log10 |dL/dh_1|"]["difference"]
        told = f"|dL/dh_1| of RNN over LSTM: {with_interval(found, '{:+.1f}')} decades"
        return _side(run, found, 0.0, told, above=pair[0] == first)

    return _flow(look)


def flow_spike(*, above: Number) -> Judge:
    """Whether the LSTM's curve rises again towards the first step.

    Args:
        above: |dL/dh_1| over the smallest of the curve is more than this.
    """

    def look(run: FinishedRun) -> Finding:
        decades = _row(run, "lstm")["log10_rise"]
        ends = ("value", "low", "high")
        rise = {n: None if decades[n] is None else 10 ** decades[n] for n in ends}
        measured = f"|dL/dh_1| over the smallest: {with_interval(rise, '{:.2f}')}"
        if decades["value"] == 0.0:  # None is below: no seed's curve rises at all.
            return by_seeds(Finding(DOES_NOT, measured, seeds_of(run)))
        return _side(run, decades, np.log10(float(above)), measured)

    return _flow(look)


def flow_factor(cell: str, *, factor: Number, grows: bool) -> Judge:
    """Whether a gradient shrinks, or grows, by a factor at every step back in time.

    Args:
        cell: whose gradient.
        factor: of one step back; 1 would leave it as it is.
        grows: whether the claim is that it is above, else that it is below.
    """

    def look(run: FinishedRun) -> Finding:
        row = _row(run, cell)
        told = with_interval(row["factor_per_step"], "{:.3f}")
        measured = f"factor of a step back: {told}"
        limit = np.log10(float(factor))
        return _side(run, row["log10_per_step"], limit, measured, above=grows)

    return _flow(look)


def _side(
    run: FinishedRun,
    row: Mapping[str, Any],
    limit: Number,
    measured: str,
    *,
    above: bool = True,
) -> Finding:
    """Of a claim that a mean over seeds lies above a limit, or below.

    By the interval that a look at so many seeds may have, which is wider than the one
    that is told. Where all seeds are equal there is none, and the claim stays open.
    """
    seeds = seeds_of(run)
    found = with_confidence(_estimate(row), 1.0 - error_spent(seeds))
    low, high = found.interval if above else (-found.high, -found.low)
    return between(low, high, limit if above else -limit, measured, seeds)


def _estimate(row: Mapping[str, Any]) -> Estimate:
    """Of a row of a summary, where None stands for what is not finite."""
    found: dict[str, Any] = {k: math.nan if v is None else v for k, v in row.items()}
    return Estimate(**found)


def _row(run: FinishedRun, cell: str) -> Mapping[str, Any]:
    return found_in(run.summary["settings"], cell=cell, step=0)


def _flow(look: Callable[[FinishedRun], Finding]) -> Judge:
    """A claim on |dL/dh_t| of untrained networks.

    Weights as in the course decide; orthogonal ones are told beside them.
    """

    def judge(evidence: Evidence) -> Finding:
        found = look(evidence.run("flow"))
        try:
            other = look(evidence.run("flow-orthogonal"))
        except Missing:
            return found._replace(measured=f"He weights: {found.measured}")
        measured = (
            f"He weights: {found.measured}; orthogonal ones: {other.measured} "
            f"({other.verdict})"
        )
        return found._replace(measured=measured)

    return judge


def clipping(*, margin: Number) -> Judge:
    """Whether SGD learns more where its gradient is clipped, at rates up to large ones.

    Per seed: accuracy over all rates, a diverged model counted as one that guesses.

    Args:
        margin: accuracies that differ by less are called equal.
    """

    def judge(evidence: Evidence) -> Finding:
        runs = [evidence.run(name) for name in ("clipped", "unclipped")]
        rows = [_tried(run) for run in runs]
        seeds = sorted({*rows[0]} & {*rows[1]})
        if not seeds:
            raise Missing("the two runs have no seed in common")
        means = [np.array([np.mean(each[s]) for s in seeds]) for each in rows]
        lost = [_diverged(run) for run in runs]
        compared = paired_comparison(means[0], means[1], bounds=SHARES)
        found = gains(compared, margin)
        measured = (
            f"mean accuracy over all rates, clipped less unclipped: {found.measured}; "
            f"diverged {lost[0]} and {lost[1]} models"
        )
        found = found._replace(measured=measured)
        if found.verdict == DOES_NOT and not lost[1]:
            why = "nothing exploded without clipping, so that there was nothing to gain"
            return found._replace(verdict=UNDECIDED, why=why)
        return found

    return judge


def _tried(run: FinishedRun) -> dict[int, list[float]]:
    """Accuracies of a run of one optimiser at all rates, by seed."""
    found: dict[int, list[float]] = {}
    chance = float(run.summary["chance_accuracy"])
    for row in csv.DictReader(io.StringIO(run.results, newline="")):
        if row["stage"] == "tune":
            lost = row["diverged"] == "true" or not row["accuracy"]
            accuracy = chance if lost else float(row["accuracy"])
            found.setdefault(int(row["seed"]), []).append(accuracy)
    return found


def _diverged(run: FinishedRun) -> int:
    rows = csv.DictReader(io.StringIO(run.results, newline=""))
    return sum(row["stage"] == "tune" and row["diverged"] == "true" for row in rows)
