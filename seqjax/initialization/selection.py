"""What was measured, by setting: accuracies, solving times, spectra."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from seqjax.core.cells import CELLS
from seqjax.core.spectra import Spectrum
from seqjax.core.statistics import Estimate, median_time
from seqjax.initialization.config import Config
from seqjax.initialization.verdicts import SUCCESS
from seqjax.lab.study import Results
from seqjax.tasks.palindromes import CHANCE

Row = dict[str, Any]


def select(
    results: Results, cell: str, encoding: str, length: int, initializer: str
) -> list[Row]:
    """The rows of one training, a row per seed."""
    wanted = (cell, encoding, length, initializer)
    keys = ("cell", "encoding", "length", "initializer")
    return [row for row in results.rows if tuple(row[k] for k in keys) == wanted]


def accuracies(rows: list[Row]) -> Float64[np.ndarray, " seeds"]:
    """Accuracy on the evaluation set; a model that diverged has that of a guess."""
    return np.array([CHANCE if r["diverged"] else r["accuracy"] for r in rows], float)


def successes(rows: list[Row]) -> Bool[np.ndarray, " seeds"]:
    """Which seeds solved the task; a diverged one did not, whatever it got right."""
    return np.array([r["accuracy"] >= SUCCESS and not r["diverged"] for r in rows])


def unsolved(rows: list[Row]) -> Bool[np.ndarray, " seeds"]:
    """Which seeds did not solve the task in training, or diverged."""
    return np.array([r["solved_step"] is None or r["diverged"] for r in rows])


def needed(config: Config, rows: list[Row]) -> Float64[np.ndarray, " seeds"]:
    """Updates that every seed needed to solve the task; a failure needed all."""
    times = [
        config.steps if lost else row["solved_step"]
        for row, lost in zip(rows, unsolved(rows), strict=True)
    ]
    return np.array(times, float)


def solving_time(config: Config, rows: list[Row]) -> Estimate:
    """Median updates to solve; failures are censored at the last update there is."""
    return median_time(needed(config, rows), unsolved(rows))


def spread(rows: list[Row]) -> float:
    """Standard deviation of the accuracy over seeds; NaN of one seed."""
    return float(np.std(accuracies(rows), ddof=1)) if len(rows) > 1 else float("nan")


def spectra(
    config: Config, results: Results, cell: str, initializer: str
) -> dict[str, list[Spectrum]]:
    """Spectra of the initial recurrent matrices by gate, one per seed."""
    block = f"{cell}-weights-{initializer}"
    singular = results.history[f"{block}/singular_values"]
    eigen = results.history[f"{block}/eigenvalues"]
    return {
        gate: [Spectrum(singular[i, g], eigen[i, g]) for i in range(config.seeds)]
        for g, gate in enumerate(CELLS[cell].gates)
    }
