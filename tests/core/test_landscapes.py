"""Landscapes against NumPy, finite differences, and what their docstrings work out."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.landscapes import LANDSCAPES, STEEPNESS, Landscape


def in_numpy(name: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if name == "ravine":
        return 0.5 * x**2 + 50 * y**2
    if name == "saddle":
        return 0.5 * x**2 - 0.025 * y**2 + 0.0125 * y**4
    return 1 - np.exp(-0.5 * (x**2 + y**2))


def sampled(landscape: Landscape) -> tuple[np.ndarray, np.ndarray]:
    low_x, high_x, low_y, high_y = landscape.extent
    x, y = np.meshgrid(np.linspace(low_x, high_x, 41), np.linspace(low_y, high_y, 43))
    return x.ravel(), y.ravel()


@pytest.mark.parametrize("name", LANDSCAPES)
def test_values_and_gradients_are_those_of_the_formula(name: str) -> None:
    landscape = LANDSCAPES[name]
    x, y = sampled(landscape)
    points = jnp.asarray(np.stack([x, y], 1), jnp.float32)
    values = jax.vmap(landscape.value)(points)
    np.testing.assert_allclose(values, in_numpy(name, x, y), rtol=2e-6, atol=2e-7)
    grads = np.asarray(jax.vmap(jax.grad(landscape.value))(points))
    h = 1e-5
    for axis, (dx, dy) in enumerate(((h, 0.0), (0.0, h))):
        difference = in_numpy(name, x + dx, y + dy) - in_numpy(name, x - dx, y - dy)
        np.testing.assert_allclose(
            grads[:, axis], difference / (2 * h), rtol=1e-4, atol=2e-6
        )


@pytest.mark.parametrize("name", LANDSCAPES)
def test_minimisers_have_the_least_value_and_the_limit_is_theirs(name: str) -> None:
    landscape = LANDSCAPES[name]
    x, y = sampled(landscape)
    assert in_numpy(name, x, y).min() >= landscape.minimum
    for point in landscape.minimisers:
        at = jnp.asarray(point, jnp.float32)
        assert float(landscape.value(at)) == pytest.approx(landscape.minimum, abs=1e-8)
        np.testing.assert_allclose(jax.grad(landscape.value)(at), 0, atol=1e-7)
        curvatures = np.linalg.eigvalsh(jax.hessian(landscape.value)(at))
        assert curvatures.min() > 0
        assert landscape.limit == pytest.approx(2 / curvatures.max())
    low_x, high_x, low_y, high_y = landscape.extent
    for u, v in (landscape.start, *landscape.minimisers[:1]):
        assert low_x < u < high_x
        assert low_y < v < high_y


def test_the_saddle_is_at_rest_between_its_minima() -> None:
    origin = jnp.zeros(2)
    value = LANDSCAPES["saddle"].value
    np.testing.assert_array_equal(jax.grad(value)(origin), 0)
    down, up = np.linalg.eigvalsh(jax.hessian(value)(origin))
    assert down == pytest.approx(-0.05)
    assert up == pytest.approx(1)
    assert float(value(origin)) > LANDSCAPES["saddle"].minimum


@pytest.mark.parametrize("product", [0.004, 0.5, 1.5, 1.94, 1.96, 1.99])
def test_momentum_damps_exactly_where_the_ravine_says(product: float) -> None:
    # y under gradient descent and under heavy ball, by the recurrences themselves.
    rate, momentum = product / STEEPNESS, 0.9
    plain, heavy, velocity, size = 1.0, 1.0, 0.0, []
    for _ in range(100):
        plain -= rate * STEEPNESS * plain
    for _ in range(3000):
        velocity = momentum * velocity + STEEPNESS * heavy
        heavy -= rate * velocity
        size.append(abs(heavy) + abs(velocity) * rate)
    shrinks = (size[-1] / size[999]) ** (1 / 2000)
    assert shrinks == pytest.approx(math.sqrt(momentum), rel=3e-3)
    assert abs(plain) ** (1 / 100) == pytest.approx(abs(1 - product), rel=1e-6)
    damps = product > 1 + math.sqrt(momentum)
    if product > 1:
        assert (shrinks < abs(1 - product)) == damps


def test_the_plateau_takes_gradient_descent_as_long_as_it_says() -> None:
    x, y = LANDSCAPES["plateau"].start
    far, rate, steps = math.hypot(x, y), 0.1, 0
    distance = far
    while distance > 0.5:
        distance -= rate * distance * math.exp(-(distance**2) / 2)
        steps += 1
    assert steps == pytest.approx(math.exp(far**2 / 2) / (rate * far**2), rel=0.2)
