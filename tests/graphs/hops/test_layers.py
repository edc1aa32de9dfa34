"""Influence: exactly 0 out of reach, and the derivative that JAX and NumPy find."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.graphs import (
    MODELS,
    SparseMatrix,
    convolve,
    normalized,
    scaled_laplacian,
)
from seqjax.core.graphs.network import init_weights
from seqjax.core.graphs.smoothness import cosine_distance, energy, make_contrast
from seqjax.core.keys import named_keys
from seqjax.graphs.hops.layers import (
    Setting,
    influence,
    reached,
    smoothing,
)
from tests.core.graphs.graphs import adjacency, draw_edges, symmetric
from tests.variants import and_slow

N, LAYERS, SIZE = 12, 2, 3

DIVIDED = [
    name
    for name, model in MODELS.items()
    if model.matrix in (normalized, scaled_laplacian)
]
"""Models with D^-1/2 A D^-1/2, without loops in A."""


def edges_of(seed: int, directed: bool) -> np.ndarray:
    """Node 4 is alone."""
    edges = draw_edges(N, seed, directed=directed)
    return edges[:, edges[0] != edges[1]]


def matrix_of(model: str, edges: np.ndarray) -> SparseMatrix | None:
    make = MODELS[model].matrix
    return None if make is None else make(edges, N, None, dtype=np.float64)


def found_for(
    setting: Setting, edges: np.ndarray, sources: np.ndarray, seed: int = 0
) -> np.ndarray:
    with jax.enable_x64(True):
        matrix = matrix_of(setting.model, edges)
        found = jax.jit(influence, static_argnums=(0, 3, 5))(
            setting, jax.random.key(seed), matrix, N, jnp.asarray(sources), LAYERS
        )
        return np.asarray(found)


def jacobian_norms(
    setting: Setting, edges: np.ndarray, sources: np.ndarray
) -> np.ndarray:
    """|dh_v / dx_u| after all layers, from JAX's own Jacobian of the layers."""
    model, functions = setting.model, {"relu": jax.nn.relu, "tanh": jnp.tanh}
    with jax.enable_x64(True):
        keys = named_keys(jax.random.key(0), ("features", "weights"))
        x = jax.random.normal(keys["features"], (N, SIZE))
        matrix = matrix_of(model, edges)

        def after(x: jax.Array) -> jax.Array:
            for key in jax.random.split(keys["weights"], LAYERS):
                w = init_weights(key, model, SIZE, SIZE, setting.initializer)
                x = convolve(model, matrix, x, w)
                x = functions.get(setting.activation, lambda a: a)(x)
            return x

        jacobian = np.asarray(jax.jit(jax.jacrev(after))(x))
    return np.sqrt((jacobian**2).sum(axis=(1, 3))).T[sources]


@pytest.mark.parametrize("model", and_slow([*MODELS][:3], [*MODELS][3:]))
@pytest.mark.parametrize("directed", and_slow([True], [False]))
def test_influence_is_0_out_of_reach_and_nowhere_else(
    model: str, directed: bool
) -> None:
    """On random graphs in pieces; and it is the norm of JAX's own Jacobian."""
    setting, everyone = Setting(model, "tanh", "xavier", SIZE), np.arange(N)
    edges = edges_of(0, directed)
    found = found_for(setting, edges, everyone.astype(np.int32))
    if directed and model in DIVIDED:
        # A node that no edge leads to has degree 0, and its messages are lost.
        edges = edges[:, np.isin(edges[0], edges[1])]
    within = reached(model, edges, N, everyone, LAYERS)
    np.testing.assert_array_equal(found != 0, within)
    assert not within.all(), "the graph is in pieces"
    if directed:
        norms = jacobian_norms(setting, edges_of(0, directed), everyone)
        np.testing.assert_allclose(found[-1], norms, rtol=1e-10)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_other_activations_and_some_of_the_nodes(activation: str) -> None:
    setting, sources = Setting("renormalized", activation, "he", SIZE), [3, 0, 8]
    edges, nodes = edges_of(2, directed=True), np.array(sources, np.int32)
    found = found_for(setting, edges, nodes)
    norms = jacobian_norms(setting, edges, nodes)
    np.testing.assert_allclose(found[-1], norms, rtol=1e-10)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("directed", [False, True])
def test_reach_is_that_of_the_models_own_matrix(model: str, directed: bool) -> None:
    """Which entries a power of |P| has, by NumPy; sums of powers have lower ones."""
    edges = edges_of(1, directed)
    one = adjacency(edges, N)
    if model != "first-order-term":
        one = np.linalg.matrix_power(one + np.eye(N), MODELS[model].reach)
    found = reached(model, edges, N, np.arange(N), LAYERS)
    for k in range(LAYERS):
        expected = np.linalg.matrix_power(one, k + 1).T > 0
        np.testing.assert_array_equal(found[k], expected)


def test_influence_is_that_of_finite_differences_in_numpy() -> None:
    edges = edges_of(0, directed=False)
    p = symmetric(adjacency(edges, N) + np.eye(N))
    found = found_for(
        Setting("renormalized", "tanh", "xavier", SIZE), edges, np.array([5], np.int32)
    )
    with jax.enable_x64(True):
        keys = named_keys(jax.random.key(0), ("features", "weights"))
        x = np.asarray(jax.random.normal(keys["features"], (N, SIZE)))
        weights = [
            np.asarray(init_weights(key, "renormalized", SIZE, SIZE)[0])
            for key in jax.random.split(keys["weights"], LAYERS)
        ]

    def after(x: np.ndarray) -> np.ndarray:
        for w in weights:
            x = np.tanh(p @ x @ w)
        return x

    squares = np.zeros(N)
    for j in range(SIZE):
        step = np.zeros_like(x)
        step[5, j] = 1e-6
        squares += (((after(x + step) - after(x - step)) / 2e-6) ** 2).sum(axis=1)
    np.testing.assert_allclose(found[-1, 0], np.sqrt(squares), rtol=1e-6, atol=1e-9)


def test_sources_in_parts_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    edges = edges_of(1, directed=False)
    setting = Setting("sage-mean", "relu", "xavier", SIZE)
    sources = np.arange(N, dtype=np.int32)
    whole = found_for(setting, edges, sources)
    monkeypatch.setattr("seqjax.graphs.hops.layers.AT_ONCE", 5 * N * SIZE * SIZE)
    np.testing.assert_allclose(found_for(setting, edges, sources), whole, rtol=1e-12)


def test_smoothing_is_measured_after_every_layer() -> None:
    edges = edges_of(0, directed=False)
    setting = Setting("first-order", "relu", "xavier", SIZE)
    with jax.enable_x64(True):
        matrix, contrast = matrix_of("first-order", edges), make_contrast(edges, N)
        key = jax.random.key(3)
        run = jax.jit(smoothing, static_argnums=(0, 4))
        found = run(setting, key, matrix, contrast, 6)
        keys = named_keys(key, ("features", "weights"))
        h = jax.random.normal(keys["features"], (N, SIZE))
        for layer, each in enumerate([None, *jax.random.split(keys["weights"], 6)]):
            if each is not None:
                w = init_weights(each, "first-order", SIZE, SIZE)
                h = jax.nn.relu(convolve("first-order", matrix, h, w))
            np.testing.assert_allclose(found.energy[layer], energy(contrast, h))
            np.testing.assert_allclose(found.cosine_distance[layer], cosine_distance(h))
            empty = np.mean(~np.asarray(h).any(axis=1))
            assert float(found.empty[layer]) == pytest.approx(empty)


def test_a_linear_chain_of_means_smooths_a_connected_graph_to_nothing() -> None:
    """The renormalised matrix has one eigenvalue 1 there; all others are smaller."""
    ring = np.stack([np.arange(N), (np.arange(N) + 1) % N])
    edges = np.concatenate([ring, ring[::-1]], axis=1)
    setting = Setting("renormalized", "linear", "orthogonal", SIZE)
    with jax.enable_x64(True):
        matrix, contrast = matrix_of("renormalized", edges), make_contrast(edges, N)
        run = jax.jit(smoothing, static_argnums=(0, 4))
        found = run(setting, jax.random.key(0), matrix, contrast, 200)
    assert (np.diff(np.asarray(found.energy)) < 1e-15).all()
    assert float(found.energy[200]) < 1e-12 < float(found.energy[0])
