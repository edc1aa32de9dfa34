"""The newest metrics of every block, for TensorBoard to show while a study runs.

Each block is a run of TensorBoard's; its curves have a point per look at the training.
"""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqjax.lab.errors import UserError
from seqjax.lab.run_directory import files
from seqjax.lab.study import Number

STEPS = ("step", "epoch")
"""Metrics that say how far a block is; without one, its looks are counted."""


def check() -> None:
    """Raises a UserError where the package that writes the files is not installed."""
    if importlib.util.find_spec("tensorboardX") is None:
        raise UserError(
            "--log tensorboard must find the package tensorboardX, which is not "
            "installed; give pip install tensorboardX"
        )


class Logbook:
    """What `seqjax.lab.reporting.progress.Progress` is told of, as files of events.

    Args:
        folder: where to; made if need be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: Any = None
        self._looks = 0

    def block(self, name: str, description: str, work: Number) -> None:
        """A block begins: a writer of its own."""
        from tensorboardX import SummaryWriter

        self.close()
        self._looks = 0
        with files.explained("write", self._folder):
            self._writer = SummaryWriter(str(self._folder / name))

    def advance(self, work: Number, metrics: Mapping[str, Number | str]) -> None:
        """A point on every curve."""
        if self._writer is None:
            return
        steps = [metrics[name] for name in STEPS if name in metrics]
        at = int(steps[0]) if steps else self._looks
        self._looks += 1
        for name, value in metrics.items():
            if name not in STEPS and not isinstance(value, str):
                self._writer.add_scalar(name, value, at)

    def saved(self, name: str) -> None:
        """The block is finished."""
        self.close()

    def close(self) -> None:
        """Writes what is still to be written."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None
