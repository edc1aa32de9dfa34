"""Fills a run directory of the toy without JAX; may kill itself at a system call.

``worker.py DIR BLOCKS PAUSE [CALL]``: kills itself just before the CALL-th call of
``os.fsync`` or ``os.replace``, counted together.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqjax.lab.run_directory import rundir
from seqjax.lab.study import SilentReporter
from tests.lab.toy_study import STUDY, ToyConfig


def kill_at(call: int) -> None:
    """Makes the process end at the given system call, as a power cut would."""
    count = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any) -> Any:
            nonlocal count
            count += 1
            if count == call:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args)

        return wrapper

    os.fsync, os.replace = counted(os.fsync), counted(os.replace)


def fill(path: Path, blocks: int, pause: float) -> None:
    """All that the driver does, but for the environment and the figures."""
    config = ToyConfig(lengths=tuple(range(1, blocks + 1)), pause=pause)
    with rundir.open_run(STUDY, config, path) as run:
        print("open", flush=True)
        for block in STUDY.run(config, run.saved, SilentReporter()):
            run.save(block)
        run.finish(STUDY.summarise(config, run.results))


if __name__ == "__main__":
    if len(sys.argv) > 4:
        kill_at(int(sys.argv[4]))
    fill(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
