"""Who breaks a training off, and keeps what there is to go on from."""

from collections.abc import Mapping

import numpy as np

from seqjax.lab.study import Number, SilentReporter


class Breaking(SilentReporter):
    """Keeps whenever it can, and interrupts after more than so much work.

    Args:
        after: work, in the study's unit.
        often: whether a checkpoint is always due; else it never is.
    """

    def __init__(self, after: Number, *, often: bool = True) -> None:
        self.arrays: dict[str, np.ndarray] | None = None
        self.after: Number = after
        self.done: Number = 0
        self.often = often

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        self.done += work
        if self.done > self.after:
            raise KeyboardInterrupt

    def is_due(self) -> bool:
        return self.often

    def keep(self, updates: int, arrays: Mapping[str, np.ndarray]) -> None:
        self.arrays = {name: np.array(array) for name, array in arrays.items()}

    def kept(self) -> dict[str, np.ndarray] | None:
        return self.arrays

    def going_on(self) -> "Breaking":
        """The next process, which finds what this one has kept, and is left alone."""
        following = Breaking(float("inf"))
        following.arrays = self.arrays
        return following
