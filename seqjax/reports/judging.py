"""What a claim is, and how it is judged from what has been run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from seqjax.lab.errors import one_line
from seqjax.lab.report.reading import FinishedRun
from seqjax.lab.reporting.text import counted
from seqjax.lab.study import Number
from seqjax.lab.verdict import DOES_NOT, HOLDS, UNDECIDED

SHORT = "cut short"
"""In what was measured: a time limit came before the report's own number of updates."""


class Missing(Exception):
    """What a claim rests on has not been measured; says why."""


class Finding(NamedTuple):
    """What becomes of a claim.

    Attributes:
        verdict: as in `seqjax.lab.verdict`.
        measured: the numbers that it rests on, with intervals where there are seeds.
        seeds: how many it rests on; None: it is exact, or nothing was measured.
        why: of an undecided one, why; or a remark.
    """

    verdict: str
    measured: str
    seeds: int | None = None
    why: str = ""


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


@dataclass(frozen=True)
class Evidence:
    """What has been measured.

    Attributes:
        runs: finished runs by the names of their jobs.
        said: what commands printed, by the names of their jobs.
        reasons: why a job is not finished, by name.
    """

    runs: Mapping[str, FinishedRun]
    said: Mapping[str, Sequence[Said]]
    reasons: Mapping[str, str]

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
class Claim:
    """One sentence of a report.

    Attributes:
        id: short name, unique.
        report: its number.
        section: of the report.
        text: the claim as stated.
        job: name of the job whose run answers it; nothing: none does.
        judge: from what was run to a finding; may raise `Missing`.
        decide: command that would decide it where this one has not.
    """

    id: str
    report: str
    section: str
    text: str
    job: str
    judge: Judge
    decide: str

    def finding(self, evidence: Evidence) -> Finding:
        """What becomes of it.

        Args:
            evidence: what has been run.
        """
        try:
            found = self.judge(evidence)
        except Missing as missing:
            return Finding(UNDECIDED, "", None, str(missing))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            why = f"its run is not as this version leaves one ({one_line(error)})"
            return Finding(UNDECIDED, "", None, why)
        if found.verdict == UNDECIDED and not found.why:
            return found._replace(why=_why(found))
        return found


def _why(found: Finding) -> str:
    """Why a finding is undecided."""
    if SHORT in found.measured:
        return "the budget ended the training before the report's number of updates"
    if found.seeds is None:
        return "it has not been measured"
    return f"what {counted(found.seeds, 'seed')} showed does not decide it"


def nobody(why: str) -> Judge:
    """A claim that nothing here can decide.

    Args:
        why: the reason.
    """

    def judge(evidence: Evidence) -> Finding:
        raise Missing(why)

    return judge


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


def found_in(rows: Sequence[Mapping[str, Any]], **where: Any) -> Mapping[str, Any]:
    """The only row of a list with these values.

    Args:
        rows: of a summary.
        where: values by name.

    Raises:
        Missing: there is none, as of a run with other options.
    """
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


def seeds_of(run: FinishedRun) -> int:
    """How many seeds a run has.

    Args:
        run: the run.
    """
    return int(run.header["config"].get("seeds", 1))
