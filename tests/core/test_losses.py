"""Losses and scores against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import softmax

from seqjax.core.losses import accuracy, cross_entropy


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("shape", [(), (7,), (4, 3)])
def test_cross_entropy(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    logits, targets = 3 * rng.normal(size=(*shape, 5)), rng.integers(0, 5, size=shape)
    found, slope = jax.value_and_grad(cross_entropy)(
        jnp.asarray(logits), jnp.asarray(targets)
    )
    p, y = softmax(logits, axis=-1), np.eye(5)[targets]
    np.testing.assert_allclose(found, -(y * np.log(p)).sum() / y.sum(), rtol=1e-13)
    np.testing.assert_allclose(slope, (p - y) / y.sum(), rtol=1e-12, atol=1e-15)


@pytest.mark.usefixtures("x64")
def test_a_weighted_cross_entropy_is_that_of_repeated_examples() -> None:
    rng = np.random.default_rng(1)
    logits, targets = rng.normal(size=(3, 4)), np.array([2, 0, 3])
    weights = np.array([2.0, 0.0, 3.0])
    found = cross_entropy(*map(jnp.asarray, (logits, targets, weights)))
    again = [0, 0, 2, 2, 2]
    p = softmax(logits, axis=-1)[again, targets[again]]
    np.testing.assert_allclose(found, -np.log(p).mean(), rtol=1e-13)


def test_cross_entropy_of_large_logits_is_finite() -> None:
    logits = jnp.array([[1e4, -1e4], [1e4, -1e4]])
    assert float(cross_entropy(logits, jnp.array([0, 1]))) == 1e4
    chance = cross_entropy(jnp.full((2, 10), 1e4), jnp.array([3, 4]))
    np.testing.assert_allclose(chance, np.log(10), rtol=1e-6)


def test_accuracy() -> None:
    logits = jnp.array([[0.1, 0.3, 0.2], [9.0, -1.0, 0.0], [0.0, 0.0, 1.0], [2, 1, 0]])
    found = accuracy(logits, jnp.array([1, 0, 1, 2]))
    assert float(found) == 0.5
    assert found.dtype == jnp.float32
    assert float(accuracy(logits[:2], jnp.array([1, 0]))) == 1
    assert float(accuracy(logits[0], jnp.array(0))) == 0
