"""Running what is planned, one after the other, until the minutes are over."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from seqjax.core.processes import clock
from seqjax.lab.reporting.progress_estimate import duration
from seqjax.lab.run_directory import files
from seqjax.lab.study import Number
from seqjax.reports import folder
from seqjax.reports.jobs import HERE, JOBS, Job
from seqjax.reports.judging import Said
from seqjax.reports.plan import Step, plan, shares, too_dear
from seqjax.reports.starting import LATE, Ended, execute

GRACE = 0.05
"""Share of all minutes by which the last of them may be late."""

AROUND = 0.25
"""Minutes that a study with a time limit takes before and after it."""

RESERVE = 0.3
"""Share of all minutes that no study of known cost may touch, if it is slower here."""

Execute = Callable[[Sequence[str], Number, Path, bool], Ended]


class Conductor:
    """Runs jobs, each in a folder of its own.

    Attributes:
        reasons: why each job that is not finished is not, by name.
    """

    def __init__(
        self,
        place: Path,
        budget: Number,
        tell: Callable[[str], None],
        *,
        jobs: Sequence[Job] = JOBS,
        run: Execute = execute,
        time: Callable[[], float] = clock,
    ) -> None:
        """Looks at what there is.

        Args:
            place: the folder of all runs.
            budget: minutes for all.
            tell: takes a line on the progress.
            jobs: all there are.
            run: starts a command.
            time: seconds, never going back.
        """
        self.reasons: dict[str, str] = {}
        self._place, self._budget, self._tell = place, budget, tell
        self._jobs, self._run, self._time = jobs, run, time
        self._begun = folder.begun(place)
        self._end = time() + 60 * budget

    @property
    def minutes_left(self) -> float:
        """Minutes until the budget is spent; below zero after that."""
        return (self._end - self._time()) / 60

    def conduct(self) -> None:
        """Runs all that fits; what is finished already is taken as it is."""
        done = folder.finished(self._place, self._jobs)
        steps = plan(self._budget, self._jobs, done)
        if done:
            self._tell(f"finished already: {', '.join(done)}")
        for number, step in enumerate(steps, 1):
            given = self._given(step, steps[number:])
            if given is None:
                self._tell(f"{step.job.name}: {self.reasons[step.job.name]}")
                continue
            self._tell(
                f"{number} of {len(steps)}: {step.job.name}, {given:.1f} of "
                f"{self.minutes_left:.1f} minutes left"
            )
            began = self._time()
            self._conduct(step, given)
            spent = duration(self._time() - began)
            how = self.reasons.get(step.job.name, "finished")
            self._tell(f"{step.job.name}: {how} after {spent}")

    def _given(self, step: Step, later: Sequence[Step]) -> float | None:
        """Minutes of a step by the time left now; None, with a reason: none."""
        job, left = step.job, self.minutes_left
        minutes = float(step.minutes)
        if step.size is None:
            self.reasons[job.name] = step.why
            return None
        if job.after and not folder.is_finished(self._place, self._job(job.after)):
            self.reasons[job.name] = f"{job.after}, which it needs, is not finished"
            return None
        if job.name in self._begun:
            minutes = float(self._begun[job.name]["minutes"])
        elif job.option:
            wanting = [s.job for s in (step, *later) if s.job.option and s.size]
            promised = sum(s.minutes for s in later if s.size and s.job.after)
            given = shares(wanting, left - promised)
            minutes = given.get(job.name, float(job.least) + left)
        reserve = 0.0 if job.option or job.after else RESERVE * self._budget
        if minutes > max(0.0, left - reserve) + GRACE * self._budget:
            self.reasons[job.name] = (
                f"broken off: to go on it needs {minutes:.1f} minutes; give the same "
                "command again"
                if job.name in self._begun
                else too_dear(job, self._budget)
            )
            return None
        return minutes

    def _job(self, name: str) -> Job:
        return next(job for job in self._jobs if job.name == name)

    def _conduct(self, step: Step, minutes: float) -> None:
        """Runs the commands of a job."""
        job = step.job
        commands = self._commands(step, minutes)
        place = self._place / job.name
        with files.explained("write", place):
            place.mkdir(exist_ok=True)
        for name, text in job.files:
            files.write_atomic(place / name, text.encode())
        most = max(3 * minutes, minutes + 3) if not job.option else minutes + 1
        end = self._time() + 60 * most
        end = min(end, self._end + 60 * GRACE * self._budget)
        said = []
        for words in commands:
            log = self._place / f"{job.name}.log"
            left = max(1.0, end - self._time())
            ended = self._run(words, left, log, job.is_run)
            command = shlex.join(["python", "-m", *words])
            said.append(Said(command, ended.status, ended.output, ended.told))
            if ended.status not in ((0,) if job.is_run else (0, 1)):
                self.reasons[job.name] = _failure(ended)
                return
        if not job.is_run:
            folder.keep_said(self._place, job, said)
        elif not folder.is_finished(self._place, job):
            self.reasons[job.name] = "it left no summary"

    def _commands(self, step: Step, minutes: float) -> list[list[str]]:
        """The commands of a job: as it was begun, else as planned, written down."""
        job = step.job
        if job.name in self._begun:
            return [list(command) for command in self._begun[job.name]["commands"]]
        assert step.size is not None
        commands = [self._filled(job, words) for words in step.size.commands]
        if job.option:
            limit = max(minutes - AROUND, 0.8 * minutes)
            commands[0] += [job.option, f"{limit:.2f}"]
        if job.is_run:
            commands[0] += ["--out", str(self._place / job.name)]
        entry: dict[str, Any] = {"minutes": minutes, "commands": commands}
        self._begun[job.name] = entry
        folder.keep_begun(self._place, self._begun)
        return commands

    def _filled(self, job: Job, words: Sequence[str]) -> list[str]:
        """The words of a command with the folders that they name."""
        places = {f"{{{other.name}}}": self._place / other.name for other in self._jobs}
        places[HERE] = self._place / job.name
        filled = []
        for word in words:
            for mark, place in places.items():
                word = word.replace(mark, str(place))
            filled.append(word)
        return filled


def _failure(ended: Ended) -> str:
    """Why a command has not done what it was to do."""
    if ended.status == LATE:
        return "its time was over before it was finished; give more --budget"
    lines = [line for line in ended.told.splitlines() if line.strip()]
    last = f": {lines[-1].strip()}" if lines else ""
    return f"it ended with status {ended.status}{last}"
