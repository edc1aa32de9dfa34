"""Outcomes and verdicts from made-up seeds whose truth is known."""

from typing import Any

import numpy as np
import pytest

from seqjax.core.statistics import paired_comparisons, success_rate
from seqjax.lab.verdict import DOES_NOT, HOLDS, UNDECIDED
from seqjax.phased.judging import (
    LEAST_SEEDS,
    Claim,
    claim_table,
    larger,
    most,
    sooner,
)
from seqjax.phased.outcomes import Outcome, cells, numbers, outcome

STEPS = 100


def row(accuracy: float, solved: int | None = None, lost: bool = False) -> Any:
    return {"accuracy": accuracy, "solved_step": solved, "diverged": lost}


ROWS = [row(0.97, 40), row(0.91), row(0.99, 60, lost=True), row(0.2)]


def made(times: list[int | None], accuracy: float = 0.5) -> Outcome:
    rows = [row(accuracy, time) for time in times]
    return outcome(rows, 0.5, 0.9, STEPS)


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


def compared(differences: Any) -> Any:
    values = np.asarray(differences, float)
    (found,) = paired_comparisons([(values, np.zeros_like(values))])
    return found


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([0.3] * 8, HOLDS),
        ([0.3] * LEAST_SEEDS, HOLDS),
        ([0.3] * (LEAST_SEEDS - 1), UNDECIDED),
        ([-0.3] * 8, DOES_NOT),
        ([0.001] * 8, DOES_NOT),  # less than what counts, however surely
        ([0.0] * 8, DOES_NOT),
        ([0.0] * (LEAST_SEEDS - 1), UNDECIDED),
        ([0.5, -0.4] * 4, UNDECIDED),
    ],
)
def test_larger(differences: list[float], expected: str) -> None:
    verdict = larger(compared(differences))
    assert verdict.verdict == expected
    assert verdict.measured.startswith(f"{np.mean(differences):+.3f} [")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([20] * 8, [60] * 8, HOLDS),
        ([60] * 8, [20] * 8, DOES_NOT),
        ([40] * 8, [42] * 8, DOES_NOT),  # two of a hundred updates
        ([40] * 8, [None] * 8, HOLDS),
        ([None] * 8, [40] * 8, DOES_NOT),
        ([20, None] * 4, [50] * 8, UNDECIDED),
    ],
)
def test_sooner(first: Any, second: Any, expected: str) -> None:
    one, other = made(first), made(second)
    (found,) = paired_comparisons([(one.updates, other.updates)])
    verdict = sooner(found, one, other, STEPS)
    assert verdict.verdict == expected
    mean = np.mean([t or STEPS for t in first]) - np.mean([t or STEPS for t in second])
    assert verdict.measured.startswith(f"{mean:+.0f} [")


def test_what_nobody_solves_is_neither_sooner_nor_later() -> None:
    nobody = made([None] * 8)
    (found,) = paired_comparisons([(nobody.updates, nobody.updates)])
    verdict = sooner(found, nobody, nobody, STEPS)
    assert verdict == (UNDECIDED, "neither is solved by any seed")


@pytest.mark.parametrize(
    ("successes", "expected"),
    [
        ([True] * 8, HOLDS),
        ([False] * 8, DOES_NOT),
        ([True] * 5 + [False] * 3, UNDECIDED),
        ([True] * (LEAST_SEEDS - 1), UNDECIDED),
    ],
)
def test_most(successes: list[bool], expected: str) -> None:
    assert most(success_rate(np.array(successes))).verdict == expected


def test_only_an_undecided_claim_tells_of_its_seeds() -> None:
    claims = [Claim("a", HOLDS, "m", 8), Claim("b", UNDECIDED, "n", 1)]
    table = claim_table("Title", claims, 20)
    assert table.title == "Title, within 20 updates"
    assert table.rows == [["a", "m", HOLDS], ["b", "n", f"{UNDECIDED} at 1 seed"]]
