"""Verdicts from made-up evidence whose truth is known."""

import numpy as np
import pytest

from seqjax.initialization.verdicts import (
    judged,
    quick,
    reached,
    steadier,
    together,
)
from seqjax.lab.judging.claims import (
    ANECDOTE,
    DOES_NOT,
    HOLDS,
    UNDECIDED,
    Finding,
    left_out,
)
from seqjax.lab.outcomes import Outcome, outcome

STEPS = 1000


def sample(accuracy: object, solved: list[int | None] | None = None) -> Outcome:
    values = np.asarray(accuracy, float)
    times = solved if solved is not None else [None] * len(values)
    rows = [
        {"accuracy": value, "solved_step": time, "diverged": False}
        for value, time in zip(values.tolist(), times, strict=True)
    ]
    return outcome(rows, 0.1, 0.99, STEPS)


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        ([1.0] * 10, HOLDS),
        ([1.0] * 9 + [0.1], HOLDS),
        ([1.0] * 8 + [0.1] * 2, UNDECIDED),  # exactly: 0.44 to 0.97
        ([0.98] * 10, DOES_NOT),
        ([1.0] * 2, ANECDOTE),  # two seeds prove little
        ([0.1] * 2, ANECDOTE),
    ],
)
def test_reached(accuracies: list[float], expected: str) -> None:
    verdict = reached(sample(accuracies), enough=True)
    assert verdict.verdict == expected
    share = sum(value >= 0.99 for value in accuracies) / len(accuracies)
    assert verdict.measured.startswith(f"{share:.2f} [")
    assert f"] of {len(accuracies)} seeds at 0.99 or more; mean" in verdict.measured


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (list(range(40, 50)), HOLDS),
        (list(range(600, 610)), DOES_NOT),
        ([None] * 10, DOES_NOT),
        ([40] * 5 + [800] * 5, UNDECIDED),
        ([40, 50], ANECDOTE),
    ],
)
def test_quick(times: list[int | None], expected: str) -> None:
    assert quick(sample([1.0] * len(times), times), STEPS, 500).verdict == expected


def test_too_short_a_training_refutes_nothing() -> None:
    assert reached(sample([0.1] * 10), enough=False).verdict == UNDECIDED
    assert reached(sample([1.0] * 10), enough=False).verdict == HOLDS
    verdict = quick(sample([0.1] * 10), STEPS, few=2 * STEPS)
    assert verdict.verdict is UNDECIDED
    assert verdict.measured.endswith(f"median > {STEPS} updates to solve")


def test_solved_once_and_lost_is_not_quick() -> None:
    assert quick(sample([0.1] * 10, [40] * 10), STEPS, 500).verdict is DOES_NOT


NARROW, WIDE = 0.5 + 0.02 * np.arange(12), np.array([0.1, 0.9] * 6)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected", "says"),
    [
        (NARROW, WIDE, HOLDS, "6 of 6 pairs for it"),
        (WIDE, NARROW, DOES_NOT, "6 against"),
        (WIDE, WIDE[::-1], UNDECIDED, "0 of 6 pairs for it, 0 against"),
        (NARROW, np.full(12, 0.1), UNDECIDED, "normal learns nothing"),
        (np.full(12, 0.1), WIDE, UNDECIDED, "orthogonal learns nothing"),
        (np.full(12, 1.0), 1 - 0.009 * (np.arange(12) % 2), UNDECIDED, "0 of 6 pairs"),
        (NARROW[:10], WIDE[:10], UNDECIDED, "5 of 5 pairs for it"),
        (NARROW[:1], WIDE[:1], ANECDOTE, "1 seed: no spread"),
    ],
)
def test_steadier(
    ours: np.ndarray, theirs: np.ndarray, expected: str, says: str
) -> None:
    verdict = steadier(sample(ours), sample(theirs), "normal")
    assert verdict.verdict == expected
    assert says in verdict.measured


def test_nothing_is_steadier_than_itself() -> None:
    verdict = steadier(sample(WIDE), sample(WIDE), "orthogonal")
    assert verdict.verdict == UNDECIDED
    assert verdict.measured == "nothing to compare with: orthogonal is the first"


def test_all_of_several_is_as_weak_as_the_weakest() -> None:
    one, two, three = (Finding(v, v, 10) for v in (HOLDS, UNDECIDED, DOES_NOT))
    assert together([one, one]) == Finding(HOLDS, "2 holds", 10)
    assert together([one, two]) == Finding(UNDECIDED, "1 holds, 1 undecided", 10)
    assert together([two, three, one]).verdict == DOES_NOT


def test_claims_are_judged_at_the_lengths_of_the_report() -> None:
    ours = {n: sample([1.0] * 12, [50] * 12) for n in (30, 20, 7, 5)}
    base = {n: sample(WIDE) for n in ours}
    found = judged(ours, base, "normal", STEPS, 500)
    assert [claim.at["lengths"] for claim in found] == [(5,), (20,), (5, 20)] * 3
    assert {claim.finding.verdict for claim in found} == {HOLDS}
    assert {claim.finding.seeds for claim in found} == {12}
    assert {claim.id: claim.text for claim in found} == {
        "orthogonal-one": "reaches accuracy 1.0 (within 1000 updates)",
        "orthogonal-quick": "in a few iterations (at most 500 updates)",
        "orthogonal-stable": "is more stable than normal",
    }
    for beyond in ({30: ours[30]}, {}):
        missing = judged(beyond, beyond, "normal", STEPS, 500)
        assert [claim.id for claim in missing] == [claim.id for claim in found[::3]]
        assert {claim.finding for claim in missing} == {
            left_out("orthogonal weights were trained at none of T = 5, 10, 20")
        }
