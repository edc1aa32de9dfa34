"""Paths over landscapes: each step by its formula, and what the reports say of them."""

from collections.abc import Iterator

import jax
import numpy as np
import pytest

from seqjax.core.landscapes import LANDSCAPES
from seqjax.optimizers.descent import (
    TRIED,
    Path,
    distance,
    fastest,
    paths,
    reversals,
    steps_needed,
)

NAMES = ("sgd", "momentum", "nesterov", "rmsprop", "adam")


@pytest.fixture(autouse=True)
def _optax_mixes_integers_and_floats() -> Iterator[None]:
    with jax.numpy_dtype_promotion("standard"):
        yield


def slope(name: str, p: np.ndarray) -> np.ndarray:
    """Gradients by hand."""
    x, y = p
    if name == "ravine":
        return np.array([x, 100 * y])
    if name == "saddle":
        return np.array([x, 0.05 * (y**3 - y)])
    return p * np.exp(-(x**2 + y**2) / 2)


def by_hand(landscape: str, optimizer: str, rate: float, steps: int) -> np.ndarray:
    p = np.array(LANDSCAPES[landscape].start)
    m, v, points = np.zeros(2), np.zeros(2), [p]
    for t in range(1, steps + 1):
        g = slope(landscape, p)
        if optimizer == "sgd":
            p = p - rate * g
        elif optimizer in ("momentum", "nesterov"):
            m = 0.9 * m + g
            p = p - rate * (g + 0.9 * m if optimizer == "nesterov" else m)
        elif optimizer == "rmsprop":
            v = 0.99 * v + 0.01 * g**2
            p = p - rate * g / (np.sqrt(v) + 1e-8)
        else:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
            p = p - rate * m_hat / (np.sqrt(v_hat) + 1e-8)
        points.append(p)
    return np.array(points)


@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_paths_follow_the_formulas(landscape: str) -> None:
    rates = (0.003, 0.012)
    found = paths(LANDSCAPES[landscape], NAMES, "torch", rates, 40)
    assert set(found) == {(name, rate) for name in NAMES for rate in rates}
    for (name, rate), path in found.items():
        points = by_hand(landscape, name, rate, 40)
        np.testing.assert_allclose(path.points, points, rtol=1e-4, atol=1e-5)


def test_near_the_limit_momentum_damps_the_oscillation_across_the_ravine() -> None:
    rate = 0.99 * LANDSCAPES["ravine"].limit
    found = paths(LANDSCAPES["ravine"], ("sgd", "momentum"), "torch", (rate,), 100)
    sgd, momentum = found["sgd", rate], found["momentum", rate]

    def across(path: Path) -> float:
        return float(np.abs(np.diff(path.points[:, 1])).sum())

    # 0.4 (1 + 0.98) (1 - 0.98^100) / (1 - 0.98) of a geometric series.
    assert across(sgd) == pytest.approx(0.4 * 1.98 * (1 - 0.98**100) / 0.02, rel=1e-3)
    assert across(momentum) < across(sgd) / 3
    assert reversals(sgd) == 99
    assert reversals(momentum) < reversals(sgd) / 2
    ends = [np.abs(path.points[-10:, 1]).max() for path in (sgd, momentum)]
    assert ends[1] < ends[0] / 10


def test_far_from_the_limit_momentum_adds_oscillation() -> None:
    # The other side of the condition in the docstring of the ravine.
    rate = 0.5 * LANDSCAPES["ravine"].limit
    found = paths(LANDSCAPES["ravine"], ("sgd", "momentum"), "torch", (rate,), 100)
    assert distance(found["momentum", rate]) > 2 * distance(found["sgd", rate])


def test_nesterov_has_a_smaller_limit_than_momentum() -> None:
    # Of the characteristic polynomial z^2 - (1 + b)(1 - rk) z + b (1 - rk) at z = -1.
    limit = 2 * (1 + 0.9) / (1 + 2 * 0.9) / 100
    rates = (0.98 * limit, 1.02 * limit)
    names = ("momentum", "nesterov")
    found = paths(LANDSCAPES["ravine"], names, "torch", rates, 600)
    first = float(found["nesterov", rates[0]].losses[0])
    assert found["nesterov", rates[0]].losses[-1] < 1e-6 * first
    assert not found["nesterov", rates[1]].losses[-1] < first
    assert found["momentum", rates[1]].losses[-1] < 1e-6 * first


def test_adaptive_rates_cross_the_plateau_in_a_fraction_of_the_steps() -> None:
    plateau = LANDSCAPES["plateau"]
    names = ("sgd", "rmsprop", "adam")
    found = paths(plateau, names, "torch", TRIED, 400)
    steps = {}
    for name in names:
        tried = {rate: found[name, rate] for rate in TRIED}
        path = tried[fastest(tried, plateau.minimum, 0.01)]
        steps[name] = steps_needed(path, plateau.minimum, 0.01) or 10**6
        quickest = [
            steps_needed(p, plateau.minimum, 0.01) or 10**6 for p in tried.values()
        ]
        assert steps[name] >= min(quickest)
    assert steps["sgd"] < 400
    assert steps["rmsprop"] < steps["sgd"] / 5
    assert steps["adam"] < steps["sgd"] / 5


def made_up(*losses: float) -> Path:
    points = np.zeros((len(losses), 2), np.float32)
    return Path(points, np.array(losses, np.float32))


def test_steps_count_until_the_loss_stays_below_the_target() -> None:
    assert steps_needed(made_up(10, 0.5, 3, 0.9, 0.1), 0.0, 0.1) == 3
    assert steps_needed(made_up(10, 0.5, 3), 0.0, 0.1) is None
    assert steps_needed(made_up(10, 0.5, float("nan")), 0.0, 0.1) is None
    assert steps_needed(made_up(12, 2.5, 2.5), 2.0, 0.1) == 1
    assert steps_needed(made_up(0, 0), 0.0, 0.1) == 0


def test_a_rate_that_is_fast_by_luck_is_not_the_fastest() -> None:
    slow = made_up(10, 9, 8, 7, 1)
    steady = {0.1: slow, 0.2: slow, 0.3: slow}
    lucky = {0.4: made_up(10, 9, 9, 9, 9), 0.5: made_up(10, 0, 0, 0, 0)}
    assert fastest(steady | lucky, 0.0, 0.1) == 0.1
    assert fastest(steady | {0.3: made_up(10, 1, 0, 0, 0)}, 0.0, 0.1) == 0.3
    nowhere = {0.1: made_up(10, 9), 0.2: made_up(10, 8), 0.3: made_up(10, np.inf)}
    assert fastest(nowhere, 0.0, 0.1) == 0.2


def test_reversals_and_distance_of_a_square_and_of_a_zigzag() -> None:
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], np.float32)
    zigzag = np.array([[0, 0], [1, 3], [2, 0], [3, 3]], np.float32)
    lost = np.array([[0, 0], [3, 4], [np.inf, 0], [np.nan, 0]], np.float32)
    flat = np.zeros(4, np.float32)
    assert reversals(Path(square, flat)) == 0
    assert distance(Path(square, flat)) == 4
    assert reversals(Path(zigzag, flat)) == 2
    assert distance(Path(zigzag, flat)) == pytest.approx(3 * 10**0.5)
    assert distance(Path(lost, flat)) == 5


def test_tried_rates_are_ten_a_decade() -> None:
    logs = np.log10(TRIED)
    np.testing.assert_allclose(np.diff(logs), 0.1, atol=3e-3)
    assert (TRIED[0], TRIED[-1]) == (1e-4, 10.0)
