"""What is read off a training curve."""

import numpy as np
import pytest

from seqjax.lab.reporting.curves import BOX
from seqjax.reconcile.curves import accuracy_at, equal_losses_at, left_chance_at

NAN = np.nan


@pytest.mark.parametrize(
    ("tried", "step", "stopped", "expected"),
    [
        (50, 40, False, np.mean(np.arange(30, 40))),
        (50, 50, False, np.mean(np.arange(40, 50))),
        (50, 5, False, 2.0),  # fewer than a box: what there is
        (50, 60, True, np.mean(np.arange(40, 50))),  # keeps its last value
        (50, 60, False, None),  # cut short before
        (0, 10, True, None),
    ],
)
def test_accuracy_at(
    tried: int, step: int, stopped: bool, expected: float | None
) -> None:
    curve = np.where(np.arange(100) < tried, np.arange(100.0), NAN)
    assert accuracy_at(curve, step, stopped) == expected


def test_chance_is_left_when_a_box_is_clearly_above_it() -> None:
    curve = np.full(100, 0.1)
    assert left_chance_at(curve) is None
    curve[60:] = 1.0
    # Two ones among ten of a box: 0.28; three: 0.37; so already the second counts.
    assert left_chance_at(curve) == 62
    curve[62:] = NAN  # stopped
    assert left_chance_at(curve) == 62
    assert left_chance_at(np.ones(BOX - 1)) is None


def test_equal_losses() -> None:
    assert equal_losses_at(np.array([3.0, 2.0, 2.0, 1.0])) == 3
    assert equal_losses_at(np.array([3.0, 2.0, 1.0])) is None
    assert equal_losses_at(np.array([2.0, NAN, NAN])) is None
