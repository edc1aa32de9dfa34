"""What to run next: what may decide the most claims in a minute.

Only claims count that are undecided by what is finished: a job that has none is not
run. A job that is not finished comes in the first of its sizes that fits. One that is
comes again where its claims lack seeds, or updates, in a size that gives more of these.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.lab.judging.claims import SEEDS, UPDATES, Finding
from seqjax.lab.judging.rules import FIRST_SEEDS, MOST_SEEDS
from seqjax.lab.study import Number
from seqjax.reports import gathering
from seqjax.reports.jobs import Job, Size
from seqjax.reports.judging import Evidence, Sentence
from seqjax.reports.store import Store

ENOUGH = 0.8
"""Share of the minutes of which a study has use, after which it is not run again."""

ENDLESS = 1e6
"""Minutes for which no expected work is cut."""


class Step(NamedTuple):
    """A job that may be run next.

    Attributes:
        job: the job.
        size: in which it comes.
        minutes: expected, or given to it.
        claims: ids of the undecided claims that it may decide.
        words: of the command, beside those of the size.
        model: folder of the model that it needs, or None.
        seeds: of one that runs a part of the job.
    """

    job: Job
    size: Size
    minutes: Number
    claims: tuple[str, ...]
    words: tuple[str, ...] = ()
    model: Path | None = None
    seeds: range = range(0)

    @property
    def rate(self) -> float:
        """Claims per minute."""
        return len(self.claims) / max(float(self.minutes), 0.01)


@dataclass(frozen=True)
class Planner:
    """What is planned by, and for.

    Attributes:
        place: the folder of all runs.
        store: finished runs.
        jobs: all there are.
        claims: all there are, or those that are to be decided.
    """

    place: Path
    store: Store
    jobs: Sequence[Job]
    claims: Sequence[Sentence]

    def steps(self, found: Evidence) -> list[Step]:
        """All that may decide a claim, the best first.

        Of the sizes to begin with, the one that is preferred comes before the others.

        Args:
            found: by which the claims are judged.
        """
        names = {job.name for job in self.jobs}
        undecided = {
            each.id: (each, finding)
            for each in self.claims
            if each.job in names and (finding := each.finding(found)).verdict.is_open
        }
        steps = [
            step for job in self.jobs for step in self._of_job(job, found, undecided)
        ]
        return sorted(steps, key=lambda step: -step.rate)

    def _of_job(
        self,
        job: Job,
        found: Evidence,
        undecided: Mapping[str, tuple[Sentence, Finding]],
    ) -> list[Step]:
        if job.in_parts:
            return self._parts(job, found, [*undecided])
        readers = [other for other in self.jobs if other.after == job.name]
        names = {job.name, job.beside, *(each.name for each in readers)} - {""}
        own = {
            name: (claim, finding)
            for name, (claim, finding) in undecided.items()
            if claim.job in names
        }
        if not own:
            return []
        if job.after:
            return self._reading(job, found, tuple(own))
        # Sources are those of what lies beside it, too.
        finished = job.name in found.runs or job.name in found.said
        if not finished or (readers and self._needs_model(job, readers, found, [*own])):
            beginning = [size for size in job.sizes if not size.gives]
            return [
                Step(job, size, job.most if job.option else size.minutes, tuple(own))
                for size in beginning
            ]
        if job.option:
            return self._longer(job, own)
        return [
            Step(job, size, size.minutes, claims)
            for gives in (SEEDS, UPDATES)
            for size in self._larger(job, gives)
            if (
                claims := tuple(
                    name
                    for name, (claim, finding) in own.items()
                    if finding.lacks == gives
                    and (gives == SEEDS or claim.updates <= size.updates)
                )
            )
        ]

    def _longer(
        self, job: Job, own: Mapping[str, tuple[Sentence, Finding]]
    ) -> list[Step]:
        """All the minutes that are of use to a job, where it has had fewer of them."""
        claims = tuple(n for n, (_, found) in own.items() if found.lacks == UPDATES)
        had = self.store.best(job)
        given = had.config.get(job.option.removeprefix("--"), 0) if had else 0
        if not claims or given >= ENOUGH * float(job.most):
            return []
        whole = replace(job, least=job.most)
        return [Step(whole, job.sizes[0], job.most, claims)]

    def _needs_model(
        self, job: Job, readers: Sequence[Job], found: Evidence, own: Sequence[str]
    ) -> bool:
        """Whether what reads a job's model cannot be run for want of one."""
        asked = any(reader.name not in found.said for reader in readers)
        return asked and gathering.model(self.store, job) is None

    def _reading(
        self, job: Job, found: Evidence, claims: tuple[str, ...]
    ) -> list[Step]:
        """A job that needs another's model: where there is one that it has not read."""
        (of,) = [other for other in self.jobs if other.name == job.after]
        model = gathering.model(self.store, of)
        if model is None:
            return []
        last = gathering.last_said(self.place, self.store, job)
        if last is not None and Path(last[1].model).resolve() == model.resolve():
            return []
        size = job.sizes[0]
        return [Step(job, size, size.minutes, claims, model=model)]

    def _larger(self, job: Job, gives: str) -> list[Size]:
        """The next size that gives more of something, if there is one."""
        if not job.is_run or self.store.best(job) is None:
            return []
        for size in job.sizes:
            if size.gives == gives and not self.store.answers(job, size):
                return [size]
        return []

    def _parts(
        self, job: Job, found: Evidence, undecided: Collection[str]
    ) -> list[Step]:
        """A step for each claim of a job whose runs are of parts of it."""
        ids = [claim.id for claim in self.claims if claim.job == job.name]
        if not ids:
            return []
        run = found.runs.get(job.name)
        summary = run.summary if run else self.store.parts(job, ids)
        rows = {row["id"]: row for row in summary["claims"]}
        steps = []
        for name in ids:
            if name in undecided:
                steps += self._part(job, rows[name])
        return steps

    def _part(self, job: Job, row: Mapping[str, Any]) -> list[Step]:
        """What a claim lacks: settings that were not trained to the end, or seeds."""
        had = int(row["seeds"] or 0) if row["lacks"] == SEEDS else 0
        most = FIRST_SEEDS if had < FIRST_SEEDS else MOST_SEEDS
        if had >= most:
            return []
        seeds, claims = range(had, most), (row["id"],)
        minutes, _ = self._work(job, claims, row["lacking"], seeds)
        (size,) = job.sizes
        return [Step(job, size, minutes, claims, seeds=seeds)]

    def _work(
        self,
        job: Job,
        claims: tuple[str, ...],
        lacking: Collection[str],
        seeds: range,
    ) -> tuple[float, tuple[str, ...]]:
        """Expected minutes of the settings that claims lack, and those left out."""
        study = self.store.study(job)
        options: dict[str, Any] = {"claims": claims, "budget": ENDLESS}
        options |= {"seeds": len(seeds), "first_seed": seeds.start}
        names = study.block_names(study.configure(options))
        without = tuple(name for name in names if name not in lacking)
        config = study.configure({**options, "without": without})
        return float(sum(study.work(config).values())), without

    def together(self, steps: Sequence[Step], first: Step, minutes: Number) -> Step:
        """A step with others of the same job and seeds that come as soon, as one run.

        Each setting is trained once for all of its claims.

        Args:
            steps: all, the best first.
            first: the one that is run.
            minutes: that it may take.
        """
        job = first.job
        if not job.in_parts:
            return first
        ids = [claim.id for claim in self.claims if claim.job == job.name]
        rows = {row["id"]: row for row in self.store.parts(job, ids)["claims"]}
        other = max((s.rate for s in steps if s.job.name != job.name), default=0.0)
        alike = [s for s in steps if s.job.name == job.name and s.seeds == first.seeds]
        alike = [s for s in alike if s is not first and s.rate >= other]
        taken = first
        for step in (first, *alike):
            claims = tuple(dict.fromkeys((*taken.claims, *step.claims)))
            lacking = {name for each in claims for name in rows[each]["lacking"]}
            work, without = self._work(job, claims, lacking, first.seeds)
            if work <= minutes or step is first:
                words = ["--claims", *claims, "--seeds", str(len(first.seeds))]
                words += ["--first-seed", str(first.seeds.start)]
                words += ["--without", *without] if without else []
                taken = Step(job, first.size, work, claims, tuple(words))
        return taken

    def minutes(self, claim: Sentence, steps: Sequence[Step]) -> float | None:
        """Minutes that may decide a claim; None where nothing that is run can.

        Args:
            claim: one that is undecided.
            steps: all that there are.
        """
        own = [step for step in steps if claim.id in step.claims]
        if not own:
            return None
        (job,) = [each for each in self.jobs if each.name == claim.job]
        first = min(own, key=lambda step: step.minutes)
        reading = job.sizes[0].minutes if first.job.name == job.after else 0.0
        return float(first.minutes) + float(reading)
