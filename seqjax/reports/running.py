"""Running what is planned, one after the other, until the minutes are over."""

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqjax.core.processes import clock
from seqjax.lab.reporting.progress_estimate import duration
from seqjax.lab.reporting.text import counted
from seqjax.lab.run_directory import files
from seqjax.lab.study import Number
from seqjax.reports import folder, gathering
from seqjax.reports.claims import CLAIMS
from seqjax.reports.jobs import HERE, JOBS, Job
from seqjax.reports.judging import Evidence, Said, Sentence
from seqjax.reports.plan import Planner, Step
from seqjax.reports.starting import LATE, Ended, execute
from seqjax.reports.store import Store

GRACE = 0.05
"""Share of all minutes by which the last of them may be late."""

AROUND = 0.25
"""Minutes that a study with a time limit takes before and after it."""

SLOWER = 2.0
"""A study whose minutes are expected by its arithmetic may take so many times these."""

Execute = Callable[[Sequence[str], Number, Path, bool], Ended]


class Conductor:
    """Runs jobs, each run in a folder of its own.

    Attributes:
        reasons: why each job that is not finished is not, by name.
        planner: says what is next.
        place: the folder of all runs.
        budget: minutes for all.
    """

    def __init__(
        self,
        place: Path,
        budget: Number,
        tell: Callable[[str], None],
        store: Store,
        *,
        jobs: Sequence[Job] = JOBS,
        claims: Sequence[Sentence] = CLAIMS,
        chosen: Collection[str] = (),
        texts: Mapping[str, str] | None = None,
        run: Execute = execute,
        time: Callable[[], float] = clock,
    ) -> None:
        """Looks at what there is.

        Args:
            place: the folder of all runs.
            budget: minutes for all.
            tell: takes a line on the progress.
            store: finished runs, those of that folder among them.
            jobs: all there are.
            claims: all there are.
            chosen: ids of those that are to be decided; default: all.
            texts: the reports' own texts that were given, by name.
            run: starts a command.
            time: seconds, never going back.
        """
        self.reasons: dict[str, str] = {}
        self.place, self.budget, self._tell = place, budget, tell
        self._jobs, self._run, self._time = jobs, run, time
        self._claims, self._store, self._texts = claims, store, texts
        wanted = [each for each in claims if not chosen or each.id in chosen]
        self.planner = Planner(place, store, jobs, wanted)
        self._begun = folder.begun(place)
        self._failed: set[tuple[Any, ...]] = set()
        self._broken_off: set[str] = set()
        self._end = time() + 60 * budget

    @property
    def minutes_left(self) -> float:
        """Minutes until the budget is spent; below zero after that."""
        return (self._end - self._time()) / 60

    def evidence(self) -> Evidence:
        """All that is finished by now."""
        return gathering.gather(
            self.place,
            self._store,
            self._jobs,
            self._claims,
            self.reasons,
            self._texts,
        )

    def conduct(self) -> None:
        """Runs what fits, the most telling first; what is finished is not run again."""
        done = folder.finished(self.place, self._jobs)
        if done:
            self._tell(f"finished already: {', '.join(done)}")
        self._go_on()
        while True:
            steps = self.planner.steps(self.evidence())
            steps = [
                step
                for step in steps
                if step.job.name not in self._broken_off
                and self._key(step) not in self._failed
            ]
            step = next((each for each in steps if self._fits(each)), None)
            if step is None:
                break
            left = self.minutes_left
            step = self.planner.together(steps, step, left)
            count = len(step.claims)
            given = self._given(step)
            self._tell(
                f"{step.job.name}, for {counted(count, 'claim')}: {given:.1f} of "
                f"{left:.1f} minutes left"
            )
            place = folder.next_place(self.place, step.job)
            if not self._conduct(step.job, place, given, self._commands(step, place)):
                self._failed.add(self._key(step))
        for step in steps:
            if step.job.name not in self.reasons:
                self.reasons[step.job.name] = too_dear(step, self.budget)
        for job in self._jobs:
            said = gathering.last_said(self.place, self._store, job)
            if job.after and said is None and job.name not in self.reasons:
                self.reasons[job.name] = self.reasons.get(
                    job.after, f"{job.after}, which it needs, has kept no model"
                )

    def _key(self, step: Step) -> tuple[Any, ...]:
        return step.job.name, step.size, step.claims if step.job.in_parts else ()

    def _least(self, step: Step) -> float:
        timed = step.job.option and not step.job.in_parts
        return float(step.job.least if timed else step.minutes)

    def _fits(self, step: Step) -> bool:
        return self._least(step) <= self.minutes_left

    def _given(self, step: Step) -> float:
        """Minutes of a step by the time left now."""
        if step.job.in_parts:
            wanted = SLOWER * float(step.minutes) + 2 * AROUND
            return max(float(step.job.least), min(self.minutes_left, wanted))
        return min(self.minutes_left, float(step.minutes))

    def _go_on(self) -> None:
        """Runs to its end what was broken off, by the command that began it."""
        by_name = {job.name: job for job in self._jobs}
        for name, entry in list(self._begun.items()):
            place, job = self.place / name, by_name.get(entry.get("job", name))
            if job is None or folder.is_finished(place, job):
                continue
            minutes = float(entry["minutes"])
            if minutes > self.minutes_left + GRACE * self.budget:
                self.reasons[job.name] = (
                    f"broken off: to go on it needs {minutes:.1f} minutes; give the "
                    "same command again"
                )
                self._broken_off.add(job.name)
                continue
            self._tell(f"{name}: goes on, {minutes:.1f} minutes")
            commands = [list(command) for command in entry["commands"]]
            if not self._conduct(job, place, minutes, commands):
                self._broken_off.add(job.name)

    def _conduct(
        self, job: Job, place: Path, minutes: float, commands: list[list[str]]
    ) -> bool:
        """Runs the commands of a job; whether it is finished then."""
        began = self._time()
        reason = self._try(job, place, minutes, commands)
        self._store.look_again()
        self.reasons.pop(job.name, None)
        if reason:
            self.reasons[job.name] = reason
        spent = duration(self._time() - began)
        self._tell(f"{place.name}: {reason or 'finished'} after {spent}")
        return not reason

    def _try(
        self, job: Job, place: Path, minutes: float, commands: list[list[str]]
    ) -> str:
        """Runs the commands of a job; nothing, or why it is not finished."""
        with files.explained("write", place):
            place.mkdir(exist_ok=True)
        for name, text in job.files:
            files.write_atomic(place / name, text.encode())
        most = max(3 * minutes, minutes + 3) if not job.option else minutes + 1
        end = self._time() + 60 * most
        end = min(end, self._end + 60 * GRACE * self.budget)
        said = []
        for words in commands:
            log = self.place / f"{place.name}.log"
            left = max(1.0, end - self._time())
            ended = self._run(words, left, log, job.is_run)
            command = shlex.join(["python", "-m", *words])
            said.append(Said(command, ended.status, ended.output, ended.told))
            if ended.status not in ((0,) if job.is_run else (0, 1)):
                return _failure(ended)
        if not job.is_run:
            model = self._begun[place.name].get("model", "")
            folder.keep_said(place, job.sizes[0].commands, model, said)
        return "" if folder.is_finished(place, job) else "it left no summary"

    def _commands(self, step: Step, place: Path) -> list[list[str]]:
        """The commands of a step, written down with its minutes."""
        job, minutes = step.job, self._given(step)
        model = str(step.model or "")
        marks = {HERE: str(place), f"{{{job.after}}}": model}
        commands = [_filled(words, marks) for words in step.size.commands]
        commands[0] += step.words
        if job.option:
            limit = max(minutes - AROUND, 0.8 * minutes)
            commands[0] += [job.option, f"{limit:.2f}"]
        if job.is_run:
            commands[0] += ["--out", str(place)]
        self._begun[place.name] = {
            "job": job.name,
            "minutes": minutes,
            "commands": commands,
            "model": model,
        }
        folder.keep_begun(self.place, self._begun)
        return commands


def _filled(words: Sequence[str], marks: Mapping[str, str]) -> list[str]:
    """The words of a command with the folders that they name."""
    filled = []
    for word in words:
        for mark, place in marks.items():
            word = word.replace(mark, place)
        filled.append(word)
    return filled


def too_dear(step: Step, budget: Number) -> str:
    """Why a job is left out.

    Args:
        step: the job and its minutes.
        budget: minutes of all.
    """
    job = step.job
    least = job.least if job.option and not job.in_parts else step.minutes
    return (
        f"left out: of {budget:g} minutes there are not {float(least):.2g} for "
        f"{job.name}; give more --budget"
    )


def _failure(ended: Ended) -> str:
    """Why a command has not done what it was to do."""
    if ended.status == LATE:
        return "its time was over before it was finished; give more --budget"
    lines = [line for line in ended.told.splitlines() if line.strip()]
    last = f": {lines[-1].strip()}" if lines else ""
    return f"it ended with status {ended.status}{last}"
