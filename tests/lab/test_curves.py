"""Curves of seeds that stopped at different updates."""

import numpy as np
import pytest

from seqjax.lab.reporting.curves import BOX, held, smoothed


@pytest.mark.parametrize("updates", [None, 40, 50])
def test_after_its_end_a_seed_keeps_its_last_level(updates: int | None) -> None:
    curves = np.full((2, 40), np.nan)
    curves[0, :] = 1.0
    curves[1, :20] = np.arange(20)
    filled = held(curves, updates)
    count = updates or 40
    assert filled.shape == (2, count)
    np.testing.assert_array_equal(filled[0], np.ones(count))
    np.testing.assert_array_equal(filled[1, :20], curves[1, :20])
    level = np.mean(range(20 - BOX, 20))
    np.testing.assert_array_equal(filled[1, 20:], np.full(count - 20, level))


def test_a_seed_that_never_gave_a_number_has_none() -> None:
    assert np.isnan(held(np.full((1, 5), np.nan))).all()


def test_smoothed_is_a_moving_average() -> None:
    curves = np.random.default_rng(0).normal(size=(3, 40))
    brute = [curves[:, max(0, t - BOX + 1) : t + 1].mean(axis=1) for t in range(40)]
    np.testing.assert_allclose(smoothed(curves), np.stack(brute, axis=1))
