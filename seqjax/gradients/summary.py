"""The numbers of a study of gradients that are worth quoting, and their table."""

import math
from collections.abc import Callable
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from seqjax.core.statistics import Estimate, bounded_mean, mean
from seqjax.gradients.config import Config
from seqjax.gradients.probe import Probe
from seqjax.lab import measures
from seqjax.lab.comparisons import Against, against
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Rows, or_chance
from seqjax.lab.reporting.text import counted, estimate_text
from seqjax.lab.study import Results, Table
from seqjax.tasks.palindromes import CHANCE, NUM_CLASSES

FLOOR = 1e-300
"""Stands for a norm of 0 where its logarithm is wanted."""

GUESS = {"accuracy": CHANCE, "loss": math.log(NUM_CLASSES)}
"""What a seed that has diverged counts with: as if it knew nothing of the digits."""

SHARES = ("accuracy", "zeros", "underflows", "clipped")
"""Columns that cannot leave the range from 0 to 1."""

COMPARED: dict[str, Callable[[dict[str, Any]], float]] = {
    "log10 |dL/dh_1|": lambda row: float(log10(np.array([row["first"]]))[0]),
    "log10 |dL/dh_1| / |dL/dh_last|": lambda row: float(row["log10_ratio"]),
    "log10 rise towards h_1": lambda row: float(row["log10_rise"]),
}
"""What cells are compared in."""

TOLD = [*measures.difference("difference", "difference", "{:.3g}"), measures.ALONE]
"""What is told of two cells."""


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
    slope = np.nan
    if np.isfinite(log).all():
        line = np.polynomial.Polynomial.fit(np.arange(len(log)), log, 1).convert()
        slope = float(line.coef[1])
    largest = np.nan_to_num(probe.singular_values[0, :, 0])
    return {
        "first": float(probe.h_norm[1]),
        "last": float(probe.h_norm[-1]),
        "log10_ratio": float(log[0] - log[-1]),
        "log10_per_step": -slope,
        "log10_rise": float(log[0] - log.min()),
        "zeros": float(probe.zeros.mean()),
        "underflows": float(probe.underflows.mean()),
        "log10_largest_singular": float(log10(largest).mean()),
    }


def log10(x: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """Decimal logarithm, with `FLOOR` for what is below it."""
    return np.log10(np.maximum(x, FLOOR))


def select(results: Results, cell: str, step: int) -> Rows:
    """The rows of one cell after so many updates."""
    return [row for row in results.rows if (row["cell"], row["step"]) == (cell, step)]


class Moment(NamedTuple):
    """One cell after so many updates."""

    cell: str
    step: int


class Pair(NamedTuple):
    """Two cells after so many updates, and what they are compared in."""

    step: int
    cells: tuple[str, str]
    of: str


class Seen(NamedTuple):
    """What is measured: the seeds of one cell at one moment."""

    setting: Moment
    rows: Rows


def seen(config: Config, results: Results) -> list[Seen]:
    """Every cell at every moment, in the order of the tables."""
    moments = [Moment(cell, step) for cell in config.cells for step in config.at]
    return [Seen(moment, select(results, *moment)) for moment in moments]


def estimate(rows: Rows, column: str) -> Estimate | None:
    """Mean over seeds with its interval; None where there is nothing.

    Gradients of a seed that has diverged are those at its last finite weights.
    """
    values = np.array([row[column] for row in rows], float)
    if column in GUESS:
        values = or_chance(rows, GUESS[column], column)
    if not np.isfinite(values).all():
        return None
    return bounded_mean(values, 0.0, 1.0) if column in SHARES else mean(values)


def as_factor(log: Estimate | None) -> Estimate | None:
    """The geometric mean that a mean of decimal logarithms stands for."""
    if log is None:
        return None
    value, low, high = (10.0**end for end in (log.value, log.low, log.high))
    return log._replace(value=value, low=low, high=high)


def _text(found: Estimate | None, form: str) -> str:
    """With the interval where that tells more."""
    if found is None:
        return "-"
    value = form.format(found.value)
    same = {form.format(end) for end in found.interval} == {value}
    return value if same else estimate_text(found, form)


def _mean(column: str, heading: str = "", form: str = "") -> Measure:
    return Measure(
        column,
        heading,
        lambda s: estimate(s.rows, column),
        lambda found, _: _text(found, form),
    )


def _factor(column: str, heading: str, form: str) -> Measure:
    """A mean of logarithms in the summary; in the table what it stands for."""
    return _mean(column, heading)._replace(
        text=lambda found, _: _text(as_factor(found), form)
    )


MEASURED = [
    _factor("log10_ratio", "|dL/dh_1| / |dL/dh_last|", "{:.1e}"),
    _factor("log10_per_step", "per step back", "{:.3f}"),
    Measure(
        "factor_per_step", "", lambda s: as_factor(estimate(s.rows, "log10_per_step"))
    ),
    _factor("log10_rise", "rise to h_1", "{:.2f}"),
    _factor("log10_largest_singular", "largest singular value", "{:.1e}"),
    _mean("zeros", "zeros", "{:.1%}"),
    _mean("underflows", "underflows", "{:.1%}"),
    _mean("clipped", "clipped", "{:.0%}"),
    _mean("loss"),
    _mean("accuracy", "accuracy", "{:.3f}"),
    Measure("diverged", "diverged", lambda s: sum(row["diverged"] for row in s.rows)),
    measures.HELD_OUT,
]
"""What is told of the seeds of a cell at a moment."""


def distance(config: Config, results: Results, a: str, b: str, at: int) -> Estimate:
    """Mean over time of |log10 of the ratio of two cells' gradients|, per seed."""
    one, other = (
        log10(results.history[f"{cell}/h_norm"][config.at.index(at)]) for cell in (a, b)
    )
    return mean(np.abs(one - other)[:, 1:].mean(1))


def comparisons(config: Config, results: Results) -> list[Against]:
    """Every two cells on the same seeds, at every step; p-values adjusted together."""

    def values(step: int, cell: str, what: str) -> np.ndarray:
        return np.array([COMPARED[what](row) for row in select(results, cell, step)])

    family = product(config.at, combinations(config.cells, 2), COMPARED)
    return against(
        {
            Pair(step, (a, b), of): (values(step, a, of), values(step, b, of))
            for step, (a, b), of in family
        }
    )


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
            measures.numbers(MEASURED, each) for each in seen(config, results)
        ],
        "comparisons": [
            measures.numbers(TOLD, each) for each in comparisons(config, results)
        ],
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


def tables(config: Config, results: Results) -> list[Table]:
    """One row per cell and training step."""
    return [
        measures.table(
            MEASURED,
            seen(config, results),
            title=f"Gradients over {config.length - 1} steps, "
            + counted(config.seeds, "seed"),
            axes=("cell", "updates"),
            caption=(
                "Geometric means (first four) and means over seeds, with 95 % "
                f"intervals (Student). Norms: mean over {config.examples} examples of "
                "the euclidean norm of each one's own gradient. Per step back: factor "
                "of |dL/dh_t|. Rise: |dL/dh_1| over the smallest |dL/dh_t|. Singular "
                "value: of the final state by the first. Zeros and underflows: of the "
                "entries of dL/dh_t in single precision. Clipped: of the updates so "
                f"far, at norm {config.clip_norm:g}. Chance {CHANCE:g}."
            ),
        )
    ]
