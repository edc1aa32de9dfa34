"""The best rate and the good ones, on results made up to be clear."""

import itertools
import math
from typing import Any

import pytest

from seqjax.optimizers.selection import (
    GoodRates,
    best_rate,
    by_rate,
    good_rates,
    grid_step,
)

STEPS = 100


def rows(rate: float, *models: int | None, **more: Any) -> list[dict[str, Any]]:
    """Models of a rate by the update at which each solved the task."""
    return [
        {
            "learning_rate": rate,
            "accuracy": 1.0,
            "solved_step": solved,
            "diverged": False,
            "train_accuracy": 0.5,
            **more,
        }
        for solved in models
    ]


def best(*groups: list[dict[str, Any]]) -> float:
    """The best rate, whatever the order of the rows."""
    answers = set()
    for order in itertools.permutations(groups):
        models = [row for group in order for row in group]
        answers.add(best_rate(by_rate(models, STEPS)))
    (answer,) = answers
    return answer


def test_most_seeds_come_first_however_slow_they_are() -> None:
    assert best(rows(0.1, 5, 5, None), rows(0.2, 90, 95, 99)) == 0.2


def test_then_the_fewest_updates_with_failures_as_all() -> None:
    assert best(rows(0.1, 50, 20, None), rows(0.2, 60, 5, None)) == 0.2


def test_then_the_training_accuracy_and_then_the_smaller_rate() -> None:
    low, high = rows(0.1, None, None), rows(0.2, None, None, train_accuracy=0.6)
    assert best(low, high) == 0.2
    assert best(rows(0.3, None, None), low) == 0.1


def test_diverged_models_count_as_failures() -> None:
    diverged = rows(0.2, 5, 5, diverged=True, train_accuracy=1.0)
    assert best(rows(0.1, 80, None), diverged) == 0.1
    assert best(rows(0.1, None, None), diverged) == 0.1
    never = rows(0.2, None, None, train_accuracy=math.nan)
    assert best(rows(0.3, None, None), never) == 0.3
    # As good as a guess: no better, and no worse.
    guessing = rows(0.3, None, None, train_accuracy=0.1)
    assert best(guessing, diverged) == 0.2


GRID = (0.001, 0.01, 0.1, 1.0, 10.0)


def good(models: list[dict[str, Any]], best: float) -> GoodRates:
    """Whatever the order of the rows."""
    forwards, backwards = by_rate(models, STEPS), by_rate(models[::-1], STEPS)
    found = good_rates(forwards, best)
    assert good_rates(backwards, best) == found
    return found


def test_the_run_of_good_rates_ends_at_the_first_bad_one() -> None:
    models = [
        *rows(0.001, 9, 9, 9),  # good, but cut off from the best
        *rows(0.01, 9, None, None),
        *rows(0.1, 9, 9, None),
        *rows(1.0, 5, 5, 5),
        *rows(10.0, None, None, None),
    ]
    assert good(models, 1.0) == (0.1, 1.0, 1.0, False, False)


def test_a_run_to_the_end_of_the_grid_is_open() -> None:
    models = [row for rate in GRID for row in rows(rate, 9, 9)]
    found = good(models, 0.001)
    assert found.decades == pytest.approx(4)
    assert found.at_edge
    assert found.open_ended


def test_half_of_the_seeds_are_enough_and_less_is_no_good_rate() -> None:
    models = [row for rate in GRID for row in rows(rate, None, None)]
    assert good(models, 0.1) == (None, None, None, False, False)
    models = [*models[:4], *rows(0.1, 3, None), *models[6:]]
    assert good(models, 0.1) == (0.1, 0.1, 0.0, False, False)


def test_the_step_of_a_grid_is_its_widest_gap() -> None:
    assert grid_step((1.0, 0.1, 100.0)) == pytest.approx(2)
    assert grid_step((1.0,)) is None
