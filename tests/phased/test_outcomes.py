"""Outcomes from made-up seeds whose truth is known."""

from typing import Any

import numpy as np
import pytest

from seqjax.phased.outcomes import cells, numbers, outcome

STEPS = 100


def row(accuracy: float, solved: int | None = None, lost: bool = False) -> Any:
    return {"accuracy": accuracy, "solved_step": solved, "diverged": lost}


ROWS = [row(0.97, 40), row(0.91), row(0.99, 60, lost=True), row(0.2)]


def test_an_outcome_counts_a_diverged_seed_as_a_failure_at_chance() -> None:
    found = outcome(ROWS, chance=0.125, least=0.9, steps=STEPS)
    assert found.accuracy.tolist() == [0.97, 0.91, 0.125, 0.2]
    assert found.success.tolist() == [True, True, False, False]
    assert found.updates.tolist() == [40, STEPS, STEPS, STEPS]
    assert found.unsolved.tolist() == [False, True, True, True]
    assert found.rate.value == 0.5
    assert found.time.value == np.inf
    summary = numbers(found, 1, 0.125)
    mean = (0.97 + 0.91 + 0.125 + 0.2) / 4
    assert summary["accuracy"]["value"] == pytest.approx(mean)
    assert (summary["diverged"], summary["chance_accuracy"]) == (1, 0.125)
    success, accuracy, time = cells(found, STEPS)
    assert success.startswith("0.50 [")
    assert accuracy.startswith(f"{mean:.3f} [")
    assert time == "> 100"
