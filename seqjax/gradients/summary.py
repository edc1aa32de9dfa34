"""The numbers of a study of gradients that are worth quoting."""

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np
from jaxtyping import Float

from seqjax.core.statistics import Estimate, mean, paired_comparisons
from seqjax.gradients.config import Config
from seqjax.gradients.probe import Probe
from seqjax.lab.study import Results
from seqjax.tasks.palindromes import CHANCE

FLOOR = 1e-300
"""Stands for a norm of 0 where its logarithm is wanted."""

ESTIMATED = (
    "log10_ratio",
    "log10_per_step",
    "log10_rise",
    "log10_largest_singular",
    "zeros",
    "underflows",
    "clipped",
    "loss",
    "accuracy",
)
"""Columns whose means over seeds are in the summary."""


COMPARED: dict[str, Callable[[dict[str, Any]], float]] = {
    "log10 |dL/dh_1|": lambda row: float(log10(np.array([row["first"]]))[0]),
    "log10 |dL/dh_1| / |dL/dh_last|": lambda row: float(row["log10_ratio"]),
    "log10 rise towards h_1": lambda row: float(row["log10_rise"]),
}
"""What cells are compared in."""


def facts(probe: Probe) -> dict[str, float]:
    """What a probe comes to, as columns of `results.csv`.

    `first` and `last` are |dL/dh_1| and |dL/dh_{T-1}|, `log10_ratio` is of the one to
    the other. `log10_per_step` is what a step back in time adds to log10 |dL/dh_t|: the
    slope of a line through all t >= 1 by least squares, below 0 where gradients vanish.
    `log10_rise` is of |dL/dh_1| to the smallest |dL/dh_t|, t >= 1: 0 where gradients
    fall all the way to the first step, more where they rise again towards it. `zeros`
    and `underflows` are over all steps and units, `log10_largest_singular` is of
    ds_{T-1}/ds_0, mean over examples.
    """
    log = log10(probe.h_norm[1:])
    line = np.polynomial.Polynomial.fit(np.arange(len(log)), log, 1).convert()
    largest = np.nan_to_num(probe.singular_values[0, :, 0])
    return {
        "first": float(probe.h_norm[1]),
        "last": float(probe.h_norm[-1]),
        "log10_ratio": float(log[0] - log[-1]),
        "log10_per_step": -float(line.coef[1]),
        "log10_rise": float(log[0] - log.min()),
        "zeros": float(probe.zeros.mean()),
        "underflows": float(probe.underflows.mean()),
        "log10_largest_singular": float(log10(largest).mean()),
    }


def log10(x: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """Decimal logarithm, with `FLOOR` for what is below it."""
    return np.log10(np.maximum(x, FLOOR))


def select(results: Results, cell: str, step: int) -> list[dict[str, Any]]:
    """The rows of one cell after so many updates."""
    return [row for row in results.rows if (row["cell"], row["step"]) == (cell, step)]


def estimate(rows: list[dict[str, Any]], column: str) -> Estimate | None:
    """Mean over seeds with its bootstrap interval; None where there is nothing."""
    values = np.array([row[column] for row in rows], float)
    return mean(values) if np.isfinite(values).all() else None


def as_factor(log: Estimate) -> Estimate:
    """The geometric mean that a mean of decimal logarithms stands for."""
    value, low, high = (10.0**end for end in (log.value, log.low, log.high))
    return log._replace(value=value, low=low, high=high)


def distance(config: Config, results: Results, a: str, b: str, at: int) -> Estimate:
    """Mean over time of |log10 of the ratio of two cells' gradients|, per seed."""
    one, other = (
        log10(results.history[f"{cell}/h_norm"][config.at.index(at)]) for cell in (a, b)
    )
    return mean(np.abs(one - other)[:, 1:].mean(1))


def comparisons(config: Config, results: Results) -> list[dict[str, Any]]:
    """Every two cells on the same seeds, at every step; p-values adjusted together."""
    family = list(product(config.at, combinations(config.cells, 2), COMPARED))

    def values(step: int, cell: str, what: str) -> np.ndarray:
        return np.array([COMPARED[what](row) for row in select(results, cell, step)])

    adjusted = paired_comparisons(
        [
            (values(step, a, what), values(step, b, what))
            for step, (a, b), what in family
        ]
    )
    return [
        {
            "step": step,
            "cells": list(cells),
            "of": what,
            "difference": comparison.difference._asdict(),
            "p_value": comparison.p_value,
            "p_value_holm": p_value,
        }
        for (step, cells, what), (comparison, p_value) in zip(
            family, adjusted, strict=True
        )
    ]


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates per cell and training step, and cells compared."""
    return {
        "averaged": (
            "euclidean norm over hidden units of the gradient of each example's own "
            f"cross-entropy, mean over {config.examples} examples; the last hidden "
            f"state is h_{config.length - 1}; factor_per_step is of a step back"
        ),
        "chance_accuracy": CHANCE,
        "settings": [
            _setting(cell, step, select(results, cell, step))
            for cell in config.cells
            for step in config.at
        ],
        "comparisons": comparisons(config, results),
        "distance_of_curves": [
            {
                "step": step,
                "cells": [a, b],
                "decades": distance(config, results, a, b, step)._asdict(),
            }
            for step in config.at
            for a, b in combinations(config.cells, 2)
        ],
    }


def _setting(cell: str, step: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    estimates = {column: estimate(rows, column) for column in ESTIMATED}
    per_step = estimates["log10_per_step"]
    return {
        "cell": cell,
        "step": step,
        **{name: e and e._asdict() for name, e in estimates.items()},
        "factor_per_step": per_step and as_factor(per_step)._asdict(),
        "diverged": sum(row["diverged"] for row in rows),
        "held_out": rows[0]["held_out"],
    }
