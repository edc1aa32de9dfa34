"""What a diverged seed counts as, from made-up rows."""

from typing import Any

import numpy as np

from seqjax.lab.judging.claims import DOES_NOT, HOLDS
from seqjax.lab.study import Results
from seqjax.reconcile.claims import rnn
from seqjax.reconcile.summary import evidence, outcomes
from seqjax.reconcile.verdicts import Sample, at_chance, late, solved

SETTING = rnn(11)


def row(**changes: Any) -> dict[str, Any]:
    """A seed that solved its task."""
    return {
        **SETTING._asdict(),
        "accuracy": 1.0,
        "accuracy_at_steps": 0.9,
        "left_chance_at": 50,
        "steps": 3000,
        "diverged": False,
        "cut_short": False,
        **changes,
    }


def diverged(accuracy: float | None, left: int | None) -> dict[str, Any]:
    """One whose weights were not finite after the 60th update."""
    changes = {"accuracy_at_steps": None, "left_chance_at": left, "steps": 60}
    return row(accuracy=accuracy, diverged=True, **changes)


def sample(rows: list[dict[str, Any]]) -> Sample:
    return evidence(Results(rows, {}))[SETTING]


def test_a_diverged_seed_has_guessed_and_never_left_chance() -> None:
    rows = [row(), diverged(0.3, None), row(left_chance_at=None)]
    found = sample(rows)
    assert found.accuracy.tolist() == [1.0, 0.1, 1.0]
    np.testing.assert_array_equal(found.left_chance, [50, np.nan, np.nan])
    assert found.enough
    assert outcomes(Results(rows, {}))[SETTING].tolist() == [0.9, 0.1, 0.9]


def test_seeds_that_all_diverged_are_at_chance() -> None:
    found = sample([diverged(None, None)] * 5)
    assert at_chance(found).verdict == HOLDS
    assert solved(found).verdict == DOES_NOT


def test_what_solved_and_then_diverged_has_failed() -> None:
    rows = [diverged(1.0, 50)] * 5
    found = sample(rows)
    assert at_chance(found).verdict == HOLDS
    assert solved(found).verdict == DOES_NOT
    assert late(found, 2000).verdict == HOLDS
    assert outcomes(Results(rows, {}))[SETTING].tolist() == [0.1] * 5


def test_a_setting_that_a_seed_was_too_short_for_has_no_outcome() -> None:
    rows = [row(), row(accuracy_at_steps=None, cut_short=True, steps=60)]
    assert outcomes(Results(rows, {})) == {}
    assert not sample(rows).enough


def test_a_setting_that_was_left_out_is_an_empty_sample() -> None:
    found = sample([])
    assert len(found.accuracy) == len(found.left_chance) == 0
    assert not found.enough
