"""Contenders that do next to nothing, built by name inside worker processes."""

import os
from pathlib import Path

import numpy as np

from benchmarks.harness.workers import Contender


def honest(log: Path, name: str, value: float = 1.0) -> Contender:
    """Writes its name and repeats at every run; shows a constant."""

    def run(repeats: int) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{name} {repeats}\n")

    return Contender(run, lambda: {"x": np.full((2, 3), value)})


def environment(variable: str) -> Contender:
    """Shows whether a variable is set in its process, and the process's number."""
    found = np.array([float(os.environ.get(variable, "nan"))])
    return Contender(lambda repeats: None, lambda: {"x": found, "pid": _pid()})


def failing() -> Contender:
    """Fails when it runs."""

    def run(repeats: int) -> None:
        raise ValueError(f"no more than {repeats - 1}")

    return Contender(run, dict)


def dying() -> Contender:
    """Takes its process with it."""
    return Contender(lambda repeats: os._exit(7), dict)


def _pid() -> np.ndarray:
    return np.array([os.getpid()])
