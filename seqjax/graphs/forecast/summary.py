"""The numbers of a forecast study that are worth quoting."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from seqjax.core.statistics import Comparison, Estimate, mean, paired_comparisons
from seqjax.graphs.forecast.config import ForecastConfig
from seqjax.graphs.forecast.models import REFERENCES
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, UNDECIDED
from seqjax.lab.judging.rules import signed
from seqjax.lab.study import Results

BETTER, WORSE = "better", "worse"

_WORDS = {HOLDS: BETTER, DOES_NOT: WORSE, UNDECIDED: UNDECIDED}

Rows = list[dict[str, Any]]


class Against(NamedTuple):
    """A contender's error less that of a control, on the same seeds.

    Attributes:
        model: the contender.
        control: the other one; one without training has the same error at every seed.
        rmse: the comparison, at the last step ahead.
        p_value: after Holm, over all of them.
        verdict: `BETTER`, `WORSE` or `UNDECIDED`, by the sign at a level of 5 %.
    """

    model: str
    control: str
    rmse: Comparison
    p_value: float
    verdict: str


def select(results: Results, model: str, ahead: int) -> Rows:
    """The rows of one model at a number of steps ahead, a row per seed."""
    return [
        row
        for row in results.rows
        if (row["model"], row["steps_ahead"]) == (model, ahead)
    ]


def errors(
    results: Results, model: str, ahead: int, measure: str = "rmse"
) -> Float64[np.ndarray, " seeds"]:
    """Errors of every seed; of one that diverged, that of the worse reference.

    Args:
        results: of the study.
        model: whose.
        ahead: steps.
        measure: a column, "rmse" by default.
    """
    worst = max(
        row[measure] or 0.0
        for name in REFERENCES
        for row in select(results, name, ahead)
    )
    rows = select(results, model, ahead)
    return np.array([worst if r["diverged"] else r[measure] for r in rows], float)


def estimate(
    results: Results, model: str, ahead: int, measure: str = "rmse"
) -> Estimate:
    """Mean error over seeds with its interval; arguments as those of `errors`."""
    return mean(errors(results, model, ahead, measure))


def comparisons(config: ForecastConfig, results: Results) -> list[Against]:
    """Every contender against every control at the last step ahead."""
    pairs, sides = [], []
    for model in config.models:
        own = errors(results, model, config.horizon)
        for control in config.controls:
            others = errors(results, control, config.horizon)
            pairs.append((model, control))
            sides.append((own, np.broadcast_to(others, own.shape).copy()))
    return [
        Against(*pair, *adjusted, verdict(*adjusted))
        for pair, adjusted in zip(pairs, paired_comparisons(sides), strict=True)
    ]


def verdict(comparison: Comparison, p_value: float) -> str:
    """What a difference of errors says, given its p-value after Holm."""
    return _WORDS[signed(-comparison.difference.value, p_value)]


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
        "unit": "standard deviations of each node's training part",
        "conclusion": conclusion(config, results),
        "models": [
            _model(results, name, ahead)
            for name in config.names
            for ahead in range(1, config.horizon + 1)
        ],
        "comparisons": [
            _against(config, each) for each in comparisons(config, results)
        ],
    }


def _model(results: Results, model: str, ahead: int) -> dict[str, Any]:
    rows = select(results, model, ahead)
    measures = ("rmse", "mae", "relative_rmse", "relative_mae")
    return {
        "model": model,
        "steps_ahead": ahead,
        **{
            measure: estimate(results, model, ahead, measure)._asdict()
            for measure in measures
            if all(row[measure] is not None for row in rows)
        },
        "diverged": sum(row["diverged"] for row in rows),
    }


def _against(config: ForecastConfig, found: Against) -> dict[str, Any]:
    return {
        "model": found.model,
        "less": found.control,
        "steps_ahead": config.horizon,
        "rmse_difference": found.rmse.difference._asdict(),
        "p_value": found.rmse.p_value,
        "p_value_holm": found.p_value,
        "verdict": found.verdict,
    }
