"""What is told of made-up seeds whose truth is known."""

from typing import Any

import numpy as np
import pytest

from seqjax.lab import measures
from seqjax.lab.outcomes import outcome
from seqjax.lab.study import Block, Results
from seqjax.phased.learning.config import LearningConfig, Setting
from seqjax.phased.measured import gate_history, measured

CONFIG = LearningConfig(seeds=4, steps=100, success_accuracy=0.9)


def row(accuracy: float, solved: int | None = None, lost: bool = False) -> Any:
    return {"accuracy": accuracy, "solved_step": solved, "diverged": lost}


@pytest.mark.parametrize(
    ("rows", "mean", "rate", "time"),
    [
        # One that solved the task, and then diverged, among others.
        ([row(0.97, 40), row(0.91), row(0.99, 60, True), row(0.2)], 0.55125, 2, None),
        ([row(1.0, 10), row(1.0, 30), row(1.0, 20), row(1.0, 5, True)], 0.78125, 3, 20),
        ([row(0.99, 40, True)] * 4, 0.125, 0, None),
    ],
    ids=["mixed", "mostly solved", "all diverged"],
)
def test_a_diverged_seed_is_a_failure_at_chance_in_summary_and_table(
    rows: list[Any], mean: float, rate: int, time: int | None
) -> None:
    told = [*measured(CONFIG, 0.125), measures.DIVERGED]
    found = outcome(rows, 0.125, 0.9, 100, setting=Setting("all"))
    summary = measures.numbers(told, found)
    assert list(summary) == [
        "learnt",
        "success_rate",
        "accuracy",
        "chance_accuracy",
        "median_updates_to_solve",
        "diverged",
    ]
    assert summary["accuracy"]["value"] == pytest.approx(mean)
    assert summary["success_rate"]["value"] == rate / 4
    median = summary["median_updates_to_solve"]["value"]
    assert median == (float("inf") if time is None else time)
    diverged = sum(row["diverged"] for row in rows)
    assert (summary["diverged"], summary["chance_accuracy"]) == (diverged, 0.125)
    table = measures.table(told, [found], title="t", axes=("learnt",), caption="")
    ((learnt, success, accuracy, solved, chance, lost),) = table.rows
    assert (learnt, chance, lost) == ("all", "0.125", str(diverged))
    assert success.startswith(f"{rate / 4:.2f} [")
    assert accuracy.startswith(f"{mean:.3f}")
    assert solved.startswith("> 100" if time is None else str(time))


def test_the_gates_of_a_seed_that_diverged_are_as_they_began() -> None:
    rows = [
        {"learnt": "all", "seed": i, "diverged": lost}
        for i, lost in enumerate([False, True])
    ]
    periods = np.array([[[4.0, 5.0], [6.0, 7.0]], [[4.0, 5.0], [0.0, np.inf]]])
    results = Results.of([Block("all", rows, {"period": periods})])
    found = gate_history(results, Setting("all"), "period")
    assert found.tolist() == [[[4, 5], [6, 7]], [[4, 5], [4, 5]]]
    # What the files hold is what was trained.
    assert results.history["all/period"][1, 1, 1] == np.inf
