"""Dirichlet's energy and the cosine distance, against loops in float64."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.graphs.smoothness import cosine_distance, energy, make_contrast
from tests.core.graphs.graphs import adjacency, draw_edges, symmetric

N = 23


def features(seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(N, 5))
    x[[2, 9, 11]] = 0
    return x


@pytest.mark.parametrize("seed", range(3))
def test_energy_is_the_trace_with_the_renormalised_matrix(seed: int) -> None:
    edges = draw_edges(N, seed)
    edges = edges[:, edges[0] != edges[1]]
    p = symmetric(adjacency(edges, N) + np.eye(N))
    x = features(seed)
    expected = np.trace(x.T @ (np.eye(N) - p) @ x) / (x**2).sum()
    with jax.enable_x64(True):
        contrast = make_contrast(edges, N)
        found = float(energy(contrast, jnp.asarray(x)))
        tiny = float(energy(contrast, jnp.asarray(x * 1e-250)))
    assert found == pytest.approx(expected, rel=1e-12)
    assert tiny == pytest.approx(expected, rel=1e-12), "whatever the scale"


def test_weights_and_directions() -> None:
    """A directed edge of weight 3 counts as one of 1.5 both ways."""
    with jax.enable_x64(True):
        contrast = make_contrast(np.array([[0], [1]]), 3, np.array([3.0]))
        x = jnp.asarray([[1.0], [0.0], [2.0]])
        found = float(energy(contrast, x))
    assert found == pytest.approx(1.5 / (1 + 1.5) / 5)


def test_energy_is_0_where_features_follow_the_degrees_only() -> None:
    edges = draw_edges(N, 1)
    edges = edges[:, edges[0] != edges[1]]
    root = np.sqrt(1 + adjacency(edges, N).sum(1))
    with jax.enable_x64(True):
        contrast = make_contrast(edges, N)
        flat = jnp.asarray(root[:, None] * np.array([[1.0, -2.0]]))
        assert float(energy(contrast, flat)) < 1e-30
        assert float(energy(contrast, jnp.zeros((N, 2)))) == 0


@pytest.mark.parametrize("seed", range(3))
def test_cosine_distance_is_the_mean_over_pairs(seed: int) -> None:
    x = features(seed)
    apart = []
    for a, b in itertools.combinations(x, 2):
        lengths = np.linalg.norm(a), np.linalg.norm(b)
        if not any(lengths):
            apart.append(0.0)
        else:
            cos = a @ b / np.prod(lengths) if all(lengths) else 0.0
            apart.append(1 - cos)
    with jax.enable_x64(True):
        for scale in (1.0, 1e-250):
            found = float(cosine_distance(jnp.asarray(scale * x)))
            assert found == pytest.approx(np.mean(apart), rel=1e-12)
        assert float(cosine_distance(jnp.asarray(np.ones((N, 3))))) < 1e-15
        assert float(cosine_distance(jnp.zeros((N, 3)))) == 0
