"""What becomes of a training's arrays."""

import math

import numpy as np

from seqjax.lab.outcome import last_mean, step_or_none


def test_a_step_that_never_came_is_none() -> None:
    assert [step_or_none(step) for step in (-1, 0, 7)] == [None, 0, 7]


def test_the_last_update_is_averaged_over_those_still_training() -> None:
    metric = np.array([[9.0, 1.0], [9.0, math.nan], [9.0, 3.0]])
    assert last_mean(metric) == 2.0
    assert math.isnan(last_mean(np.full((2, 3), math.nan)))
