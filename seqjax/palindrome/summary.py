"""The numbers of a palindrome study that are worth quoting, and their table."""

from typing import Any

import numpy as np

from seqjax.core.cells import CELLS
from seqjax.core.counting import count_parameters
from seqjax.core.statistics import Estimate, mean, median_time, success_rate
from seqjax.lab.reporting.text import counted, estimate_text, time_text
from seqjax.lab.study import Results, Table
from seqjax.palindrome.config import Config
from seqjax.tasks.palindromes import CHANCE, NUM_CLASSES, num_features

SUCCESS = 0.99
"""A seed has succeeded if its accuracy on the evaluation set is at least this."""


def select(results: Results, cell: str, length: int) -> list[dict[str, Any]]:
    """The rows of one cell at one length."""
    return [
        row for row in results.rows if (row["cell"], row["length"]) == (cell, length)
    ]


def successes(rows: list[dict[str, Any]]) -> np.ndarray:
    """Which seeds solved the task; a diverged one did not, whatever it got right."""
    return np.array([r["accuracy"] >= SUCCESS and not r["diverged"] for r in rows])


def accuracy_estimate(rows: list[dict[str, Any]]) -> Estimate:
    """Mean accuracy over seeds with its bootstrap interval."""
    return mean(np.array([row["accuracy"] for row in rows]))


def solving_time(rows: list[dict[str, Any]]) -> Estimate:
    """Median updates to solve; seeds that did not are censored at their last update."""
    censored = np.array([row["solved_step"] is None for row in rows])
    times = [r["steps"] if r["solved_step"] is None else r["solved_step"] for r in rows]
    return median_time(np.array(times, float), censored)


def summarise(config: Config, results: Results) -> dict[str, Any]:
    """`summary.json`: estimates per cell and length, chance level, parameter counts."""
    return {
        "chance_accuracy": CHANCE,
        "success_accuracy": SUCCESS,
        "parameters": {
            cell: count_parameters(
                CELLS[cell],
                num_features(config.encoding),
                config.hidden_size,
                NUM_CLASSES,
                num_layers=config.layers,
            )._asdict()
            for cell in config.cells
        },
        "settings": [
            _setting(cell, length, select(results, cell, length))
            for cell in config.cells
            for length in config.lengths
        ],
    }


def _setting(cell: str, length: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cell": cell,
        "length": length,
        "accuracy": accuracy_estimate(rows)._asdict(),
        "success_rate": success_rate(successes(rows))._asdict(),
        "median_steps_to_solve": solving_time(rows)._asdict(),
        "diverged": sum(row["diverged"] for row in rows),
        "distinct_strings": rows[0]["distinct_strings"],
        "held_out": rows[0]["held_out"],
    }


def tables(config: Config, results: Results) -> list[Table]:
    """One row per cell and length."""
    body = []
    for cell in config.cells:
        for length in config.lengths:
            rows = select(results, cell, length)
            body.append(
                [
                    cell,
                    str(length),
                    estimate_text(accuracy_estimate(rows), "{:.3f}"),
                    estimate_text(success_rate(successes(rows)), "{:.2f}"),
                    time_text(solving_time(rows), max(row["steps"] for row in rows)),
                    str(sum(row["diverged"] for row in rows)),
                    f"{rows[0]['distinct_strings']:.0e}"
                    + ("" if rows[0]["held_out"] else " (seen)"),
                ]
            )
    return [
        Table(
            title="Palindromes: last digit from the first T - 1, "
            + counted(config.seeds, "seed"),
            columns=(
                "cell",
                "T",
                "mean accuracy",
                f"success (accuracy >= {SUCCESS})",
                "median steps to solve",
                "diverged",
                "strings",
            ),
            rows=body,
            caption=(
                f"Chance {CHANCE:g}. Brackets: 95 % intervals over seeds (mean: "
                "bootstrap; success: Wilson; median: Kaplan-Meier, unsolved seeds "
                f"censored). Tested on {config.evaluation_size} strings, never trained "
                "on unless marked seen."
            ),
        )
    ]
