"""The numbers of an optimiser study that are worth quoting."""

from typing import Any

import numpy as np
from jaxtyping import Float64

from seqjax.core.statistics import (
    Comparison,
    Estimate,
    mean,
    median_time,
    paired_comparison,
    paired_comparisons,
    success_rate,
)
from seqjax.lab.judging.claims import Claim, claim_rows
from seqjax.lab.study import Results
from seqjax.optimizers.config import Config
from seqjax.optimizers.selection import (
    GOOD,
    GoodRates,
    Row,
    good_rates,
    grid_step,
    solved,
    updates_needed,
)
from seqjax.optimizers.verdict import RULE, Rival, verdict
from seqjax.tasks.palindromes import CHANCE, half_length

SUCCESS = 0.99
"""A seed has succeeded if its accuracy on the evaluation set is at least this."""

REFERENCE = "rmsprop"
"""What the others are compared with, after the claim of report 001."""


def select(results: Results, optimizer: str, stage: str) -> list[Row]:
    """The rows of one optimiser in one stage, "tune" or "test"."""
    return [
        row
        for row in results.rows
        if (row["optimizer"], row["stage"]) == (optimizer, stage)
    ]


def chosen_rate(results: Results, optimizer: str) -> float:
    """The learning rate that was chosen for an optimiser, and tested."""
    rate: float = select(results, optimizer, "test")[0]["learning_rate"]
    return rate


def reach(config: Config, results: Results, optimizer: str) -> GoodRates:
    """The good rates around the chosen one."""
    return good_rates(
        select(results, optimizer, "tune"),
        config.learning_rates,
        chosen_rate(results, optimizer),
    )


def successes(rows: list[Row]) -> np.ndarray:
    """Which seeds solved the task; a diverged one did not, whatever it got right."""
    return np.array([r["accuracy"] >= SUCCESS and not r["diverged"] for r in rows])


def accuracies(rows: list[Row]) -> Float64[np.ndarray, " seeds"]:
    """Accuracy of every seed on the evaluation set."""
    return np.array([row["accuracy"] for row in rows], float)


def needed(config: Config, rows: list[Row]) -> Float64[np.ndarray, " seeds"]:
    """Updates that every seed needed; a failure needed all there are."""
    return np.array([updates_needed(row, config.steps) for row in rows], float)


def solving_time(config: Config, rows: list[Row]) -> Estimate:
    """Median updates to solve; failures are censored at the last update there is."""
    return median_time(needed(config, rows), np.array([not solved(r) for r in rows]))


def comparisons(
    config: Config, results: Results
) -> dict[str, tuple[Comparison, Comparison, float]]:
    """Every optimiser against the reference, on the same seeds.

    Returns:
        By optimiser, without the reference: the difference in updates needed (above 0:
            the reference is faster), that in accuracy (above 0: the reference is
            worse), and Holm's p-value of the first. Empty without the reference.
    """
    others = [name for name in config.optimizers if name != REFERENCE]
    if len(others) == len(config.optimizers) or not others:
        return {}
    base = select(results, REFERENCE, "test")
    tested = {name: select(results, name, "test") for name in others}
    adjusted = paired_comparisons(
        [(needed(config, rows), needed(config, base)) for rows in tested.values()]
    )
    return {
        name: (updates, paired_comparison(accuracies(rows), accuracies(base)), p)
        for (name, rows), (updates, p) in zip(tested.items(), adjusted, strict=True)
    }


def claim(config: Config, results: Results) -> Claim:
    """What report 001 claims, with its verdict."""
    compared = comparisons(config, results)
    rivals = {
        name: Rival(
            updates.difference.value,
            p_value,
            reach(config, results, name).at_edge,
        )
        for name, (updates, _, p_value) in compared.items()
    }
    at_edge = bool(compared) and reach(config, results, REFERENCE).at_edge
    return Claim(
        "rmsprop-best",
        "RMSProp suits recurrent networks best",
        verdict(rivals, at_edge, config.test_seeds),
        {"source": "report 001", "rule": RULE},
    )


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: the rates, the test at the best rate, and the verdict."""
    compared = comparisons(config, results)
    distinct = 10 ** half_length(config.length)
    return {
        "chance_accuracy": CHANCE,
        "success_accuracy": SUCCESS,
        "good_rate_share": GOOD,
        "grid_step_decades": grid_step(config.learning_rates),
        "distinct_strings": distinct,
        "held_out": distinct > config.evaluation_size,
        "claims": claim_rows([claim(config, results)]),
        "optimizers": [
            _entry(config, results, name, compared.get(name))
            for name in config.optimizers
        ],
    }


def _entry(
    config: Config,
    results: Results,
    name: str,
    compared: tuple[Comparison, Comparison, float] | None,
) -> dict[str, Any]:
    rows = select(results, name, "test")
    tuning = select(results, name, "tune")
    entry: dict[str, Any] = {
        "optimizer": name,
        "best_learning_rate": chosen_rate(results, name),
        "good_rates": reach(config, results, name)._asdict(),
        "diverged_in_tuning": sum(row["diverged"] for row in tuning),
        "models_in_tuning": len(tuning),
        "accuracy": mean(accuracies(rows))._asdict(),
        "success_rate": success_rate(successes(rows))._asdict(),
        "median_updates_to_solve": solving_time(config, rows)._asdict(),
        "diverged": sum(row["diverged"] for row in rows),
    }
    if compared is not None:
        updates, accuracy, adjusted = compared
        entry["against_rmsprop"] = {
            "updates_more": updates.difference._asdict(),
            "p_value": updates.p_value,
            "p_value_holm": adjusted,
            "accuracy_more": accuracy.difference._asdict(),
            "accuracy_p_value": accuracy.p_value,
        }
    return entry
