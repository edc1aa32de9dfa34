"""Cutting a series in time: index by index, and nothing of what comes later."""

from typing import Any

import numpy as np
import pytest

from seqjax.tasks.series import Cuts, ahead, cuts, parts, scale_of

VALUES = np.random.default_rng(0).normal(5, 3, size=(20, 3, 2)).astype(np.float32)


def test_parts_follow_each_other() -> None:
    assert cuts(20, 4, 1) == Cuts(12, 16, 20)
    assert cuts(521, 4, 1, 0.6, 0.2) == Cuts(313, 417, 521)
    assert cuts(10, 1, 3, 0.5, 0.2) == Cuts(5, 7, 10)


def test_what_is_read_for_what() -> None:
    """Every target once, in order, and the values just before it."""
    places, lags = Cuts(12, 16, 20), 3
    scale = scale_of(VALUES, places.validation)
    made = parts(VALUES, scale, places, lags)
    bounds = {"train": (3, 12), "validation": (12, 16), "test": (16, 20)}
    for name, (first, end) in bounds.items():
        part = getattr(made, name)
        assert len(part.inputs) == len(part.targets) == end - first
        for row, time in enumerate(range(first, end)):
            for node in range(3):
                own = [
                    (VALUES[t, node].astype(float) - VALUES[:12, node].mean(0, float))
                    / VALUES[:12, node].std(0, float)
                    for t in range(time - lags, time + 1)
                ]
                read = np.concatenate(own[:-1])
                np.testing.assert_allclose(part.inputs[row, node], read, atol=1e-6)
                np.testing.assert_allclose(part.targets[row, node], own[-1], atol=1e-6)


def test_the_scale_is_that_of_the_training_part_alone() -> None:
    later = VALUES.copy()
    later[12:] = 1e6
    for own, other in zip(scale_of(VALUES, 12), scale_of(later, 12), strict=True):
        np.testing.assert_array_equal(own, other)
    places = Cuts(12, 16, 20)
    one, two = (parts(v, scale_of(v, 12), places, 2) for v in (VALUES, later))
    np.testing.assert_array_equal(one.train.inputs, two.train.inputs)
    np.testing.assert_array_equal(one.train.targets, two.train.targets)
    assert np.concatenate([one.train.inputs[0].reshape(3, 2, 2).mean(1)]).std() > 0
    whole = np.concatenate(
        [one.train.inputs[0].reshape(3, 2, 2).swapaxes(0, 1), one.train.targets]
    )
    np.testing.assert_allclose(whole.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(whole.std(axis=0), 1, atol=1e-6)


def test_steps_ahead() -> None:
    found = ahead(VALUES, 4)
    assert found.shape == (17, 4, 3, 2)
    for origin in range(17):
        for step in range(4):
            np.testing.assert_array_equal(found[origin, step], VALUES[origin + step])


SHARE = "; give the part of the series, such as 0.2"
SHORT = "the series must be long enough for lags of %d and a horizon of %d, but has "
LONGER = "; give a longer one, or fewer lags or steps"


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((20, 0, 1), "lags must be an integer of at least 1, not 0; give 1 or more"),
        ((20, 1, 0), "horizon must be an integer of at least 1, not 0; give 1 or more"),
        ((20, 1, 1, 0.0), "train_share must be a finite number above 0, not "
         f"0.0{SHARE}"),
        ((20, 1, 1, 0.5, 0.0), "validation_share must be a finite number above 0, not "
         f"0.0{SHARE}"),
        ((20, 1, 1, 0.7, 0.3), "train_share and validation_share must leave something "
         "to test on, but add up to 1; give less"),
        ((20, 12, 1), SHORT % (12, 1) + "20 snapshots, cut into 12, 4 and 4" + LONGER),
        ((20, 1, 5), SHORT % (1, 5) + "20 snapshots, cut into 12, 4 and 4" + LONGER),
        ((4, 1, 1, 0.9, 0.05), SHORT % (1, 1) + "4 snapshots, cut into 4, 0 and 0"
         + LONGER),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_is_refused(numbers: Any, message: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        cuts(*numbers)
    assert str(caught.value) == message


def test_the_longest_lags_and_horizon_that_fit() -> None:
    assert cuts(20, 11, 4) == Cuts(12, 16, 20)


def test_a_node_that_never_changes_is_refused() -> None:
    values = VALUES.copy()
    values[:12, 1, 1] = 2.5
    with pytest.raises(ValueError, match="vary") as caught:
        scale_of(values, 12)
    assert str(caught.value) == (
        "the series must vary at every node in its training part, but node 1 has 2.5 "
        "throughout; leave it out, or give a larger train_share"
    )
    assert scale_of(values, 13).deviation.min() > 0
