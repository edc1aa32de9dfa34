"""A run of several processes: the first one's files, and what all learn of them.

In a run of one process nothing of this costs anything.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import numpy as np

from seqjax.core.processes import agreed, are_several, is_first, led
from seqjax.lab import rundir
from seqjax.lab.desk import Desk, Manner, desk_of
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
def reporting(run: SharedRun, manner: Manner) -> Iterator["Desk | SharedDesk"]:
    """What a study reports to: the desk, of which the first process has the only one.

    Args:
        run: that is open.
        manner: what is kept and shown.
    """
    if run.directory is None:
        yield SharedDesk(None)
        return
    with desk_of(run.directory, manner) as desk:
        yield SharedDesk(desk) if are_several() else desk


class SharedDesk:
    """The `seqjax.lab.study.Reporter` of one of several processes.

    Args:
        desk: in the first process; None in the others.
    """

    def __init__(self, desk: Desk | None) -> None:
        self._desk = desk

    def _first(self, action: Callable[[Desk], T]) -> T:
        def act() -> T:
            assert self._desk is not None
            return action(self._desk)

        return led(act)

    def block(self, name: str, description: str, work: Number) -> None:
        """Tells that a block begins."""
        if self._desk is not None:
            self._desk.block(name, description, work)

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """Tells how it gets on."""
        if self._desk is not None:
            self._desk.advance(work, metrics)

    def saved(self, name: str) -> None:
        """Tells that a block is finished and on disk."""
        if self._desk is not None:
            self._desk.saved(name)

    def is_due(self) -> bool:
        """Whether the first process finds that a checkpoint is due."""
        due = is_first() and self._desk is not None and self._desk.is_due()
        return bool(agreed(float(due)))

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Has the first process write a checkpoint."""
        self._first(lambda desk: desk.keep(updates, arrays))

    def kept(self) -> dict[str, np.ndarray] | None:
        """What the first process reads from the newest one."""
        return self._first(lambda desk: desk.kept())

    def model(self, name: str, model: Any) -> None:
        """Has the first process write a model."""
        self._first(lambda desk: desk.model(name, model))
