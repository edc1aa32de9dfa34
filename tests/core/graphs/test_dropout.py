"""Dropout by single bits, against the bits taken out of their words by a loop."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.graphs import drop, drop_entries
from tests.core.graphs.graphs import SHAPES, dense, draw_matrix, made, transposed


def drawn(kind: str) -> Any:
    """Not "one", which is its own transpose."""
    return made(draw_matrix(kind), np.float32)


def test_half_is_dropped_by_the_bits_of_the_words() -> None:
    key = jax.random.key(3)
    x = jnp.arange(1.0, 78.0).reshape(11, 7)
    words = np.asarray(jax.random.bits(key, (3, 1), jnp.uint32)).ravel()
    expected = np.zeros(77, np.float32)
    for i in range(77):
        if (int(words[i // 32]) >> (i % 32)) & 1:
            expected[i] = 2 * (i + 1)
    np.testing.assert_array_equal(drop(key, x, 0.5).ravel(), expected)
    assert 0 < np.sum(expected > 0) < 77


@pytest.mark.parametrize("rate", [0.5, 0.3])
@pytest.mark.parametrize("kind", [kind for kind in SHAPES if kind != "one"])
def test_both_layouts_lose_the_same_entries(kind: str, rate: float) -> None:
    matrix = drawn(kind)
    full = dense(matrix)
    found = jax.jit(drop_entries, static_argnums=2)(jax.random.key(1), matrix, rate)
    rows = dense(found)
    np.testing.assert_array_equal(transposed(found).T, rows)
    kept = rows != 0
    np.testing.assert_allclose(rows[kept], full[kept] / (1 - rate), rtol=1e-6)
    assert not kept[full == 0].any()


@pytest.mark.parametrize("rate", [0.5, 0.3])
def test_entries_are_dropped_at_the_rate_each_by_itself(rate: float) -> None:
    """Counts over many keys are binomial, and those of two entries do not hang on."""
    matrix = drawn("even")
    count = 4000
    keys = jax.vmap(jax.random.key)(jnp.arange(count))

    def kept(key: Any) -> Any:
        dropped = drop_entries(key, matrix, rate)
        return jnp.concatenate([w.ravel() for w in dropped.weights]) != 0

    found = np.asarray(jax.jit(jax.vmap(kept))(keys)).astype(float)
    found = found[
        :, np.asarray(jnp.concatenate([w.ravel() for w in matrix.weights])) != 0
    ]
    deviation = np.sqrt(rate * (1 - rate) / count)
    assert np.abs(found.mean(0) - (1 - rate)).max() < 5 * deviation
    correlation = np.corrcoef(found.T) - np.eye(found.shape[1])
    assert np.abs(correlation).max() < 5.5 / np.sqrt(count)
    assert found.shape[1] == matrix.values.shape[0]


def test_seeds_side_by_side_drop_as_alone() -> None:
    matrix = drawn("hubs")
    keys = jax.vmap(jax.random.key)(jnp.arange(3))

    def dropped(key: Any) -> Any:
        return drop_entries(key, matrix, 0.5)

    run = jax.jit(dropped)
    together = jax.jit(jax.vmap(dropped))(keys).weights
    for i in range(3):
        alone = run(keys[i]).weights
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_array_equal(a[i], b)
