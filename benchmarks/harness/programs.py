"""Whole programs, from start to end, in an environment of nobody's making."""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.harness import report
from benchmarks.harness.workers import CPU


class Ended(NamedTuple):
    """What a program took.

    Attributes:
        seconds: from its start to its end; of several, until the last has ended.
        memory: most bytes that it ever had in memory; of several, of the largest.
    """

    seconds: float
    memory: int


def run(*programs: Sequence[str], pinned: bool = False) -> Ended:
    """Run programs side by side, each the words after ``python``.

    Args:
        programs: to run.
        pinned: each on a core of its own, where the system can do that.

    Raises:
        RuntimeError: one of them ended with a status other than 0.
    """
    changed = {**CPU, "JAX_ENABLE_COMPILATION_CACHE": None}
    kept = {name: value for name, value in os.environ.items() if name not in changed}
    given = {name: value for name, value in changed.items() if value is not None}
    began = time.perf_counter()
    memory = 0
    with tempfile.TemporaryFile("w+") as errors:
        running = [
            subprocess.Popen(
                [sys.executable, *words],
                cwd=report.ROOT,
                env={**kept, **given},
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            for words in programs
        ]
        if pinned and hasattr(os, "sched_setaffinity"):
            # Python has not begun to start, let alone threads, which inherit it.
            cores = sorted(os.sched_getaffinity(0))
            for process, core in zip(running, itertools.cycle(cores), strict=False):
                os.sched_setaffinity(process.pid, {core})
        for process, words in zip(running, programs, strict=True):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            memory = max(memory, 1024 * usage.ru_maxrss)
            if process.returncode:
                errors.seek(0)
                raise RuntimeError(
                    f"{' '.join(words)} ended with status {process.returncode}:\n"
                    f"{errors.read()}"
                )
    return Ended(time.perf_counter() - began, memory)
