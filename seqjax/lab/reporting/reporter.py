"""Where a study reports to while it runs: who is told, and what is kept."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import numpy as np

from seqjax.core.signals import stop_if_signalled
from seqjax.lab.reporting.profiler import Profiler
from seqjax.lab.reporting.progress import Progress, progress
from seqjax.lab.reporting.tensorboard import Logbook
from seqjax.lab.run_directory import checkpoints, layout, rundir
from seqjax.lab.study import Number

LOGS = ("none", "tensorboard")


class ReportingOptions(NamedTuple):
    """What is kept and shown of a run while it lasts; nothing of it changes results.

    Attributes:
        checkpoint_every: Seconds between two checkpoints of a training.
        progress: One of `seqjax.lab.reporting.progress.FORMS`.
        log: One of `LOGS`.
        profile: Seconds of training to record; 0: none.
    """

    checkpoint_every: Number = 30.0
    progress: str = "auto"
    log: str = "none"
    profile: Number = 0.0


DEFAULT_REPORTING = ReportingOptions()


@contextmanager
def run_reporter(
    run: rundir.RunDirectory[Any], reporting: ReportingOptions
) -> Iterator["RunReporter"]:
    """The reporter of a run that is open.

    Args:
        run: the run directory.
        reporting: what is kept and shown.
    """
    study = run.study
    work = study.work(run.config)
    with ExitStack() as stack:
        watchers: list[Progress] = [
            stack.enter_context(
                progress(work, run.saved, study.unit, form=reporting.progress)
            )
        ]
        if reporting.log == "tensorboard":
            logbook = Logbook(run.path / layout.TENSORBOARD)
            stack.callback(logbook.close)
            watchers.append(logbook)
        if reporting.profile:
            profiler = Profiler(run.path / layout.TRACE, reporting.profile)
            stack.callback(profiler.close)
            watchers.append(profiler)
        yield RunReporter(run, watchers, reporting.checkpoint_every)


class RunReporter:
    """The `seqjax.lab.study.Reporter` of a run.

    Args:
        run: the run directory, which keeps things.
        watchers: who is told.
        every: seconds between two checkpoints.
    """

    def __init__(
        self,
        run: rundir.RunDirectory[Any],
        watchers: Sequence[Progress],
        every: Number,
    ) -> None:
        self._run, self._watchers, self._block = run, watchers, ""
        self._every, self._kept_at = every, time.monotonic()

    def block(self, name: str, description: str, work: Number) -> None:
        """Tells that a block begins; here the program can stop."""
        stop_if_signalled()
        self._block, self._kept_at = name, time.monotonic()
        for watcher in self._watchers:
            watcher.block(name, description, work)

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Tells how it gets on; here the program can stop."""
        stop_if_signalled()
        for watcher in self._watchers:
            watcher.advance(work, metrics)

    def saved(self, name: str) -> None:
        """Tells that a block is finished and on disk."""
        for watcher in self._watchers:
            watcher.saved(name)

    def is_due(self) -> bool:
        """Whether the last checkpoint, or the block's beginning, is long ago."""
        return time.monotonic() - self._kept_at >= self._every

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Writes a checkpoint of the present block."""
        checkpoints.save(self._run.path, self._block, updates, arrays)
        self._kept_at = time.monotonic()

    def kept(self) -> dict[str, np.ndarray] | None:
        """Reads its newest checkpoint."""
        return checkpoints.load(self._run.path, self._block)

    def model(self, name: str, model: Any) -> None:
        """Writes a model, in place of the one of that name."""
        model.save(self._run.path / layout.MODELS / name)
