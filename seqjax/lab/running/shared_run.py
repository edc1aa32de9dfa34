"""A run of several processes: the first one's files, and what all learn of them.

In a run of one process nothing of this costs anything.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import numpy as np

from seqjax.core.processes import agreed, are_several, is_first, led
from seqjax.lab.reporting.reporter import ReportingOptions, RunReporter, run_reporter
from seqjax.lab.run_directory import rundir
from seqjax.lab.study import Number

T = TypeVar("T")


class SharedRun(AbstractContextManager["SharedRun"]):
    """A run directory that the first process has open, and all go by.

    Attributes:
        directory: in the first process; None in the others.
        is_finished: whether it was complete as it was opened.
        saved: the blocks that were saved as it was opened, in order.

    Args:
        opening: opens it.

    Raises:
        UserError: in all processes, what `opening` raised in the first.
    """

    def __init__(self, opening: Callable[[], rundir.RunDirectory[Any]]) -> None:
        self.directory: rundir.RunDirectory[Any] | None = None

        def begin() -> tuple[bool, list[str]]:
            self.directory = run = opening()
            return run.is_finished, run.saved

        self.is_finished, self.saved = led(begin)

    def __exit__(self, *_: object) -> None:
        """Lets others open it again."""
        if self.directory is not None:
            self.directory.__exit__()

    def do(self, action: Callable[[rundir.RunDirectory[Any]], T]) -> T:
        """What the first process does with it; failing, it fails in all.

        Args:
            action: what is to be done; its result, which all have, can be pickled.
        """

        def act() -> T:
            assert self.directory is not None
            return action(self.directory)

        return led(act)


@contextmanager
def reporting_to(
    run: SharedRun, reporting: ReportingOptions
) -> Iterator["RunReporter | SharedReporter"]:
    """What a study reports to: the first process has the only real reporter.

    Args:
        run: that is open.
        reporting: what is kept and shown.
    """
    if run.directory is None:
        yield SharedReporter(None)
        return
    with run_reporter(run.directory, reporting) as reporter:
        yield SharedReporter(reporter) if are_several() else reporter


class SharedReporter:
    """The `seqjax.lab.study.Reporter` of one of several processes.

    Args:
        reporter: in the first process; None in the others.
    """

    def __init__(self, reporter: RunReporter | None) -> None:
        self._reporter = reporter

    def _first(self, action: Callable[[RunReporter], T]) -> T:
        def act() -> T:
            assert self._reporter is not None
            return action(self._reporter)

        return led(act)

    def block(self, name: str, description: str, work: Number) -> None:
        """Tells that a block begins."""
        if self._reporter is not None:
            self._reporter.block(name, description, work)

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Tells how it gets on."""
        if self._reporter is not None:
            self._reporter.advance(work, metrics)

    def saved(self, name: str) -> None:
        """Tells that a block is finished and on disk."""
        if self._reporter is not None:
            self._reporter.saved(name)

    def is_due(self) -> bool:
        """Whether the first process finds that a checkpoint is due."""
        due = is_first() and self._reporter is not None and self._reporter.is_due()
        return bool(agreed(float(due)))

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Has the first process write a checkpoint."""
        self._first(lambda reporter: reporter.keep(updates, arrays))

    def kept(self) -> dict[str, np.ndarray] | None:
        """What the first process reads from the newest one."""
        return self._first(lambda reporter: reporter.kept())

    def model(self, name: str, model: Any) -> None:
        """Has the first process write a model."""
        self._first(lambda reporter: reporter.model(name, model))
