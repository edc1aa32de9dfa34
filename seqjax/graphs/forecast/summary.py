"""The numbers of a forecast study that are worth quoting."""

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from seqjax.core.statistics import Estimate, mean
from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.models import REFERENCES, title
from seqjax.lab import measures
from seqjax.lab.comparisons import Against, against
from seqjax.lab.data.graph_data import read_summary
from seqjax.lab.judging.claims import DOES_NOT, HOLDS
from seqjax.lab.judging.rules import error_spent, more_often
from seqjax.lab.measures import Measure
from seqjax.lab.outcomes import Rows, or_chance, rows_of
from seqjax.lab.reporting.text import estimate_text
from seqjax.lab.study import Results

BETTER, WORSE = "better", "worse"

_WORDS = {HOLDS: BETTER, DOES_NOT: WORSE}

ERRORS = ("rmse", "mae", "relative_rmse", "relative_mae")
"""Columns of errors; the relative ones are shares of those of persistence."""


class Setting(NamedTuple):
    """What one block measures, for all seeds."""

    model: str


class Ahead(NamedTuple):
    """Where a model is tested."""

    model: str
    steps_ahead: int


class Outcome(NamedTuple):
    """How the seeds of one model fared, so many steps ahead.

    Attributes:
        setting: which.
        rows: of the results, one per seed.
        errors: of every seed, by column; those of the worse reference where it
            diverged. No relative ones where persistence is never wrong.
    """

    setting: Ahead
    rows: Rows
    errors: dict[str, Float64[np.ndarray, " seeds"]]


class Less(NamedTuple):
    """A contender less a control, on the same seeds, at the last step ahead."""

    model: str
    less: str
    steps_ahead: int


def verdict(against: Against) -> str:
    """`BETTER` or `WORSE` on most seeds that differ, or what word is open."""
    _, (comparison, _, family) = against
    fewer = -np.array(comparison.each)
    found = more_often(fewer, level=error_spent(len(fewer)) / family).verdict
    return _WORDS.get(found, found)


COMPARED = [
    *measures.difference("rmse_difference", "difference", "{:+.4f}"),
    measures.ALONE,
    Measure("verdict", "the model is", verdict),
]
"""What is told of a contender and a control."""


def select(results: Results, model: str, ahead: int) -> Rows:
    """The rows of one model at a number of steps ahead, a row per seed."""
    return rows_of(results, Ahead(model, ahead))


def outcome_of(results: Results, model: str, ahead: int) -> Outcome:
    """How the seeds of one model fared, so many steps ahead."""
    rows = select(results, model, ahead)
    references = [row for name in REFERENCES for row in select(results, name, ahead)]
    found = {
        column: or_chance(rows, max(row[column] for row in references), column)
        for column in ERRORS
        if all(row[column] is not None for row in references)
    }
    return Outcome(Ahead(model, ahead), rows, found)


def errors(
    results: Results, model: str, ahead: int, measure: str = "rmse"
) -> Float64[np.ndarray, " seeds"]:
    """Errors of every seed; of one that diverged, that of the worse reference."""
    return outcome_of(results, model, ahead).errors[measure]


def estimate(
    results: Results, model: str, ahead: int, measure: str = "rmse"
) -> Estimate:
    """Mean error over seeds with its interval."""
    return mean(errors(results, model, ahead, measure))


def measured(config: ForecastConfig) -> list[Measure]:
    """What is told of a model at a number of steps ahead."""

    def error(column: str, heading: str, text: Callable[[Estimate], str]) -> Measure:
        return Measure(
            column,
            heading,
            lambda o: mean(o.errors[column]) if column in o.errors else None,
            lambda value, _: text(value) if value else "",
        )

    def exact(value: Estimate) -> str:
        return estimate_text(value, "{:.4f}")

    def short(value: Estimate) -> str:
        return f"{value.value:.3f}"

    return [
        Measure("", "what it is", lambda o: title(o.setting.model, config.models)),
        Measure("", "steps ahead", lambda o: o.setting.steps_ahead),
        error("rmse", "RMSE", exact),
        error("mae", "MAE", exact),
        error("relative_rmse", "RMSE / persistence", short),
        error("relative_mae", "", short),
        Measure("", "update kept", update_kept),
        Measure("diverged", "diverged", lambda o: sum(r["diverged"] for r in o.rows)),
    ]


def update_kept(found: Outcome) -> str:
    """The median of the updates that seeds have kept; nothing without training."""
    kept = sorted(row["kept_update"] for row in found.rows if row["seed"] is not None)
    return str(kept[len(kept) // 2]) if kept else ""


def outcomes(config: ForecastConfig, results: Results) -> list[Outcome]:
    """Those of all models at every number of steps ahead."""
    return [
        outcome_of(results, name, ahead)
        for name in config.names
        for ahead in range(1, config.horizon + 1)
    ]


def comparisons(config: ForecastConfig, results: Results) -> list[Against]:
    """Every contender against every control at the last step ahead."""
    pairs = {}
    for model, control in product(config.models, config.controls):
        own = errors(results, model, config.horizon)
        others = errors(results, control, config.horizon)
        # A control without training has the same error at every seed.
        others = np.broadcast_to(others, own.shape).copy()
        pairs[Less(model, control, config.horizon)] = own, others
    return against(pairs)


def best(config: ForecastConfig, results: Results) -> str:
    """The model with the least mean error at the last step ahead, of all measured."""
    return min(
        config.names, key=lambda name: estimate(results, name, config.horizon).value
    )


def conclusion(config: ForecastConfig, results: Results) -> str:
    """Who wins, in one sentence, whoever it is."""
    winner = best(config, results)
    value = estimate(results, winner, config.horizon).value
    reference = estimate(results, "persistence", config.horizon).value
    told = f"Least error: {winner} ({value:.4f}"
    if winner != "persistence" and reference:
        told += f", {value / reference:.3f} times that of persistence"
    told += ")."
    if winner in config.models:
        return told
    return f"{told} No model with graph and memory does better."


def summarise(config: ForecastConfig, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates per model and steps ahead, comparisons, who wins."""
    return {
        **read_summary(results),
        "unit": "standard deviations of each node's training part",
        "conclusion": conclusion(config, results),
        "models": [
            measures.numbers(measured(config), each)
            for each in outcomes(config, results)
        ],
        "comparisons": [
            measures.numbers(COMPARED, each) for each in comparisons(config, results)
        ],
    }
