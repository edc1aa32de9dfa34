"""Cutting a series in time: index by index, and nothing of what comes later."""

from typing import Any

import numpy as np
import pytest

from seqjax.tasks.series import Cuts, ahead, check_horizon, cuts, parts, scale_of

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


def test_a_node_that_never_changes_is_read_but_not_scored() -> None:
    values = VALUES.copy()
    values[:12, 1, 1] = 2.5
    scale = scale_of(values, 12)
    assert np.argwhere(~scale.varies).tolist() == [[1, 1]]
    others = values[:12, [0, 2], 1].astype(float).std(axis=0)
    assert scale.deviation[1, 1] == pytest.approx(np.sqrt(np.mean(others**2)))
    made = parts(values, scale, Cuts(12, 16, 20), 3)
    for part in made:
        assert part.scored is not None
        expected = np.ones((3, 2), bool)
        expected[1, 1] = False
        assert (part.scored == expected).all()
    later = (values[12, 1, 1] - 2.5) / scale.deviation[1, 1]
    assert made.validation.inputs[1, 1, 5] == pytest.approx(later, rel=1e-5)
    # The others are as they are without it.
    whole = parts(VALUES, scale_of(VALUES, 12), Cuts(12, 16, 20), 3)
    np.testing.assert_array_equal(
        made.test.inputs[:, [0, 2]], whole.test.inputs[:, [0, 2]]
    )
    assert whole.test.scored is None
    values[:12] = 1
    with pytest.raises(ValueError, match="vary") as caught:
        scale_of(values, 12)
    assert str(caught.value) == (
        "the series must vary in its training part, the first 12 times, but no node "
        "has two different values there; give another one, or a larger train_share"
    )


def test_missing_values_are_read_as_the_last_known_ones_and_not_scored() -> None:
    values = VALUES.copy()
    gone = np.random.default_rng(3).random(values.shape) < 0.3
    gone[:12, 2, 0] = True  # never known in training
    gone[:2, 0] = True
    values[gone] = np.nan
    lags, places = 2, Cuts(12, 16, 20)
    scale = scale_of(values, 12)
    made = parts(values, scale, places, lags)
    for node, feature in np.ndindex(3, 2):
        known = [
            float(values[t, node, feature])
            for t in range(12)
            if not gone[t, node, feature]
        ]
        if known:
            assert scale.mean[node, feature] == pytest.approx(np.mean(known))
        assert scale.varies[node, feature] == (len(set(known)) > 1)
        if len(set(known)) > 1:
            assert scale.deviation[node, feature] == pytest.approx(np.std(known))
    assert scale.mean[2, 0] == pytest.approx(scale.mean[:2, 0].mean())
    assert np.isfinite(scale.deviation).all()
    bounds = {"train": (2, 12), "validation": (12, 16), "test": (16, 20)}
    for name, (first, end) in bounds.items():
        part = getattr(made, name)
        for row, time in enumerate(range(first, end)):
            for node, feature in np.ndindex(3, 2):
                scored = not gone[time, node, feature] and scale.varies[node, feature]
                assert part.scored[row, node, feature] == scored
                for lag in range(lags):
                    last = time - lags + lag
                    while last >= 0 and gone[last, node, feature]:
                        last -= 1
                    read = 0.0
                    if last >= 0:
                        read = float(values[last, node, feature])
                        read = (read - scale.mean[node, feature]) / scale.deviation[
                            node, feature
                        ]
                    found = part.inputs[row, node, 2 * lag + feature]
                    assert found == pytest.approx(read, abs=1e-5)
        assert np.isfinite(part.targets).all()


def test_a_part_in_which_all_is_missing_is_refused() -> None:
    values = VALUES.copy()
    values[12:16] = np.nan
    with pytest.raises(ValueError, match="missing") as caught:
        parts(values, scale_of(values, 12), Cuts(12, 16, 20), 3)
    assert str(caught.value) == (
        "the validation part of the series must have values of nodes that vary, but "
        "from time 12 to 15 all are missing; give other shares"
    )
    values = VALUES.copy()
    values[17:] = np.nan
    made = parts(values, scale_of(values, 12), Cuts(12, 16, 20), 3)
    check_horizon(made.test, 1)
    with pytest.raises(ValueError, match="steps ahead") as caught:
        check_horizon(made.test, 2)
    assert str(caught.value) == (
        "the test part of the series must have values that can be scored, but has none "
        "2 steps ahead; give other shares, or a smaller horizon"
    )
