"""What the claims are judged by: what has been run, and how it is found there."""

import csv
import functools
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from seqjax.lab.errors import UserError
from seqjax.lab.judging.claims import SEEDS, UNDECIDED, UPDATES, Claim, Finding
from seqjax.lab.judging.statements import Missing, Statement
from seqjax.lab.report.reading import FinishedRun
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Number


class Said(NamedTuple):
    """What a command printed.

    Attributes:
        command: as typed.
        status: with which it ended.
        output: what it printed on standard output.
        told: what it printed on standard error.
    """

    command: str
    status: int
    output: str
    told: str


class Source(NamedTuple):
    """A run that a claim rests on, as its row names it; None: it is not recorded.

    Attributes:
        folder: where it lies.
        commit: of the checkout that made it.
        clean: whether nothing was changed in that.
        machine: its processor.
        versions: of Python and of packages.
        seeds: that it has.
        updates: most of a model.
    """

    folder: str
    commit: str | None
    clean: bool | None
    machine: str | None
    versions: Mapping[str, str | None]
    seeds: int | None
    updates: int | None


@dataclass(frozen=True)
class Evidence:
    """What has been measured.

    Attributes:
        runs: finished runs by the names of their jobs.
        said: what commands printed, by the names of their jobs.
        reasons: why a job is not finished, by name.
        sources: the runs that each job's claims rest on, by its name; of a claim that
            rests on fewer, by its id.
        shown: the runs themselves by their folders, each once.
        texts: the report's own text that a job was given, by the job's name.
    """

    runs: Mapping[str, FinishedRun]
    said: Mapping[str, Sequence[Said]]
    reasons: Mapping[str, str]
    sources: Mapping[str, Sequence[Source]] = field(default_factory=dict)
    shown: Mapping[str, FinishedRun] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def rests_on(self, claim: str, job: str) -> Sequence[Source]:
        """The runs that a claim rests on.

        Args:
            claim: its id.
            job: its job.
        """
        return self.sources.get(claim, self.sources.get(job, ()))

    def run(self, job: str) -> FinishedRun:
        """The run of a job.

        Args:
            job: its name.

        Raises:
            Missing: it is not finished.
        """
        if job not in self.runs:
            raise Missing(self.reasons.get(job, "it was not run"))
        return self.runs[job]

    def printed(self, job: str) -> Sequence[Said]:
        """What the commands of a job printed.

        Args:
            job: its name.

        Raises:
            Missing: it is not finished.
        """
        if job not in self.said:
            raise Missing(self.reasons.get(job, "it was not run"))
        return self.said[job]


Judge = Callable[[Evidence], Finding]


@dataclass(frozen=True)
class Sentence(Statement[Evidence]):
    """One sentence of a report, with the run that answers it.

    Attributes:
        job: name of the job of that run; nothing: none answers it.
        updates: that the report gave its models, where a rule asks for them; else 0.
    """

    job: str
    updates: int = 0

    def finding(self, evidence: Evidence) -> Finding:
        """What becomes of it; why, where it is open.

        Args:
            evidence: what has been run.

        Raises:
            UserError: a run is of another version.
            JudgingError: its rule failed.
        """
        found = self.judged(evidence)
        if not found.verdict.is_open or found.why:
            return found
        if found.seeds is None:
            return found._replace(why="it has not been measured")
        why = f"what {counted(found.seeds, 'seed')} showed does not decide it"
        if found.lacks == UPDATES:
            why = "its models had fewer updates than the report's"
        return found._replace(why=why, lacks=found.lacks or SEEDS)


def short_of_updates(found: Finding) -> Finding:
    """A finding that lacks updates, where it has been left open for want of them.

    Args:
        found: by `seqjax.lab.judging.rules.provided`, with a reason.
    """
    is_open = found.verdict is UNDECIDED and found.why
    return found._replace(lacks=UPDATES) if is_open else found


def exact(compute: Callable[[], Finding]) -> Judge:
    """A claim that is judged by arithmetic alone, computed once.

    Args:
        compute: the finding; it needs no run.
    """
    once = functools.cache(compute)

    def judge(evidence: Evidence) -> Finding:
        return once()

    return judge


def nobody(why: str) -> Judge:
    """A claim that nothing here can decide.

    Args:
        why: the reason.
    """

    def judge(evidence: Evidence) -> Finding:
        raise Missing(why)

    return judge


@dataclass(frozen=True)
class Told:
    """The rule of what a study has judged itself: its verdict is taken.

    Attributes:
        job: name of the study's job.
        id: of the claim, as the study states it.
    """

    job: str
    id: str

    def __call__(self, evidence: Evidence) -> Finding:
        """The study's finding, with the setting where it names one.

        Args:
            evidence: what has been run.
        """
        (claim,) = claims_of(evidence.run(self.job), self.id)
        found = claim.finding
        if "setting" not in claim.at:
            return found
        return found._replace(measured=f"{claim.at['setting']}: {found.measured}")


def claims_of(run: FinishedRun, name: str, **at: Any) -> list[Claim]:
    """The claims of an id that a study has judged.

    Args:
        run: of the study.
        name: the id.
        at: settings by name, as the rows of its summary have them.

    Raises:
        UserError: The study has not stated it, as one of another version.
        Missing: It says that it has not judged it.
    """
    found = [
        Claim.of(row)
        for row in run.summary.get("claims", [])
        if row.get("id") == name and at.items() <= row.items()
    ]
    if not found:
        where = "".join(f", {key} {value}" for key, value in at.items())
        raise UserError(
            f"summary.json of run {run.label} must have the claim {name}{where}, but "
            "has not; remove the run's folder and give the same command, to run it "
            "with this version"
        )
    judged = [claim for claim in found if claim.is_judged]
    if not judged:
        raise Missing(found[0].finding.why)
    return judged


def found_in(rows: Sequence[Mapping[str, Any]], **where: Any) -> Mapping[str, Any]:
    """The only row of a list with these values.

    Args:
        rows: of a summary.
        where: values by name.

    Raises:
        KeyError: No row has such a name.
        Missing: There is none, as of a run with other options.
    """
    for name in where:
        if rows and not any(name in row for row in rows):
            raise KeyError(name)
    for row in rows:
        if all(row.get(name) == value for name, value in where.items()):
            return row
    told = ", ".join(f"{name} {value}" for name, value in where.items())
    raise Missing(f"the run has nothing on {told}")


def with_interval(estimate: Mapping[str, Any], form: str = "{:.2f}") -> str:
    """An estimate of a summary as words.

    Args:
        estimate: with value, low and high.
        form: of a number.
    """
    value, low, high = (estimate[name] for name in ("value", "low", "high"))
    if value is None:
        raise Missing("its number is not finite")
    if low is None or high is None or not isfinite(low) or not isfinite(high):
        return form.format(value)
    return f"{form.format(value)} [{form.format(low)}, {form.format(high)}]"


def accuracies(
    run: FinishedRun, chance: Number | str, **where: Any
) -> Float64[np.ndarray, " seeds"]:
    """Accuracy of every seed of a setting, in their order, from ``results.csv``.

    Args:
        run: of a study.
        chance: accuracy of a guess, or the column that has it: that of a seed that
            diverged.
        where: the setting: values by column.

    Raises:
        Missing: The run has no such setting.
    """
    found = {
        int(row["seed"]): float(
            (row[chance] if isinstance(chance, str) else chance)
            if row["diverged"] == "true" or not row["accuracy"]
            else row["accuracy"]
        )
        for row in csv.DictReader(io.StringIO(run.results, newline=""))
        if all(row[name] == str(value) for name, value in where.items())
    }
    if not found:
        told = ", ".join(f"{name} {value}" for name, value in where.items())
        raise Missing(f"the run has no model of {told}")
    return np.array([found[seed] for seed in sorted(found)])


def seeds_of(run: FinishedRun) -> int:
    """How many seeds a run has.

    Args:
        run: the run.
    """
    return int(run.header["config"].get("seeds", 1))
