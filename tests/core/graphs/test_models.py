"""Layers and the network against dense polynomials in float64; dropout."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse

from seqjax.core.graphs import (
    MODELS,
    GraphWeights,
    apply_network,
    convolve,
    drop,
    drop_entries,
    init_network,
    mean_neighbours,
    renormalized,
)
from tests.core.graphs.graphs import dense, draw_edges, draw_matrix, made, terms_of
from tests.registered import GRAPH_MODEL_NAMES
from tests.variants import and_slow

NODES, INPUTS, OUTPUTS = 23, 6, 3
each_model = pytest.mark.parametrize("model", MODELS)


def draw(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).normal(size=shape)


def matrix_of(model: str, edges: Any = None) -> Any:
    build = MODELS[model].matrix
    if build is None:
        return None
    return build(draw_edges() if edges is None else edges, NODES, dtype=np.float64)


def layer(model: str, x: Any, w: Any) -> Any:
    """Table 3 of the paper, with dense matrices and powers written out."""
    powers = terms_of(model, draw_edges(), NODES)
    return sum(power @ x @ each for power, each in zip(powers, w, strict=True))


def is_close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


@pytest.mark.usefixtures("x64")
@each_model
def test_a_layer_equals_a_dense_polynomial(model: str) -> None:
    matrix = matrix_of(model)
    w = draw(MODELS[model].terms, INPUTS, OUTPUTS)
    x = draw(NODES, INPUTS)
    x[x < 0.3] = 0
    run = jax.jit(lambda x, w: convolve(model, matrix, x, w))
    expected = layer(model, x, w)
    is_close(run(jnp.asarray(x), jnp.asarray(w)), expected)
    # Sparse features are the same features; so is the slope of the weights.
    is_close(run(made(x), jnp.asarray(w)), expected)
    direction = draw(*w.shape)

    def loss(w: Any) -> Any:
        return jnp.sum(jnp.sin(run(made(x), w)))

    slope = np.sum(np.cos(expected) * layer(model, x, direction))
    is_close(jnp.vdot(jax.grad(loss)(jnp.asarray(w)), direction), slope)


@pytest.mark.usefixtures("x64")
@each_model
def test_renumbering_nodes_renumbers_the_result(model: str) -> None:
    edges = draw_edges()
    # Node i becomes number[i].
    number = np.random.default_rng(3).permutation(NODES)
    weights = init_network(jax.random.key(0), model, INPUTS, 5, OUTPUTS)
    weights = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), weights)
    x = draw(NODES, INPUTS)
    moved = np.zeros_like(x)
    moved[number] = x
    found = apply_network(model, weights, matrix_of(model, edges), jnp.asarray(x))
    other = apply_network(
        model, weights, matrix_of(model, number[edges]), jnp.asarray(moved)
    )
    is_close(np.asarray(other)[number], found)
    assert np.abs(found).max() > 0.01


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("is_sparse", [False, True], ids=["dense", "sparse"])
def test_the_network_is_two_layers(is_sparse: bool) -> None:
    model, matrix = "renormalized", matrix_of("renormalized")
    weights = GraphWeights(
        jnp.asarray(draw(1, INPUTS, 5)), jnp.asarray(draw(1, 5, OUTPUTS))
    )
    plain = draw(NODES, INPUTS)
    x: Any = made(plain) if is_sparse else jnp.asarray(plain)
    hidden = np.maximum(layer(model, plain, weights.first), 0)
    found = apply_network(model, weights, matrix, x)
    is_close(found, layer(model, hidden, weights.second))
    key = jax.random.key(1)
    dropped = apply_network(model, weights, matrix, x, key=key)
    assert np.abs(dropped - found).max() > 0.1
    is_close(apply_network(model, weights, matrix, x, key=key, dropout=0), found)
    # The mean over masks is near what the network does without any, where it is linear.
    keys = jax.random.split(key, 4000)
    one = jax.jit(
        jax.vmap(
            lambda k: convolve(
                model,
                matrix,
                drop_entries(k, x, 0.5) if is_sparse else drop(k, x, 0.5),
                weights.first,
            )
        )
    )(keys)
    error = np.std(one, axis=0) / np.sqrt(len(keys))
    off = np.abs(np.mean(one, axis=0) - layer(model, plain, weights.first))
    assert (off <= 5 * error + 1e-12).all()


def test_weights_are_drawn_term_by_term() -> None:
    weights = init_network(jax.random.key(0), "chebyshev-3", 1433, 16, 7)
    assert weights.first.shape == (4, 1433, 16)
    assert weights.second.shape == (4, 16, 7)
    for term in weights.first:
        bound = np.sqrt(6 / (1433 + 16))
        assert bound * 0.99 < np.abs(term).max() <= bound
    assert len(np.unique(weights.first)) > 0.9 * weights.first.size


@pytest.mark.parametrize("rate", and_slow([0.5], [0.3]))
def test_dropout_of_entries(rate: float) -> None:
    """As many as the rate says, scaled; each seed its own; both layouts the same."""
    features = made(draw_matrix("hubs"), np.float32)
    values = np.asarray(features.values)
    dropped = drop_entries(jax.random.key(0), features, rate)
    kept = np.asarray(dropped.values) != 0
    count = len(values)
    assert abs(kept.sum() - (1 - rate) * count) < 4 * np.sqrt(count * rate * (1 - rate))
    np.testing.assert_allclose(
        dropped.values[kept], values[kept] / (1 - rate), rtol=1e-6
    )
    assert features.columns is not None
    assert dropped.column_weights is not None
    whole = dropped._replace(rows=features.columns, weights=dropped.column_weights)
    turned = dense(whole._replace(columns=features.rows))
    np.testing.assert_array_equal(dense(dropped), turned.T)
    other = drop_entries(jax.random.key(1), features, rate)
    assert (np.asarray(other.values != 0) != kept).mean() > 0.2


@pytest.mark.parametrize("model", and_slow(["renormalized"], ["chebyshev-2"]))
def test_seeds_side_by_side_equal_each_alone(model: str) -> None:
    """Loss and gradient, with masks and weights of each seed's own.

    Sparse products do so bit for bit, see test_product; dense ones do not under vmap.
    """
    build = MODELS[model].matrix
    assert build is not None
    matrix = build(draw_edges(), NODES)
    plain = sparse.random_array((NODES, 40), density=0.2, rng=np.random.default_rng(0))
    features = made(plain, np.float32)

    def one(key: Any) -> Any:
        weights = init_network(key, model, 40, 4, 3)
        return jax.value_and_grad(
            lambda w: jnp.sum(
                jax.nn.log_softmax(apply_network(model, w, matrix, features, key=key))[
                    :, 0
                ]
            )
        )(weights)

    keys = jax.random.split(jax.random.key(2), 3)
    together = jax.jit(jax.vmap(one))(keys)
    for seed in range(3):
        alone = jax.jit(one)(keys[seed])
        for a, b in zip(jax.tree.leaves(together), jax.tree.leaves(alone), strict=True):
            np.testing.assert_allclose(a[seed], b, rtol=2e-5, atol=2e-6)


EDGE = np.array([[0, 1], [1, 0]])


def half(*arrays: Any) -> list[Any]:
    return [array.astype(jnp.bfloat16) for array in arrays]


def test_what_cannot_be_is_refused() -> None:
    x, w = jnp.ones((NODES, 2)), jnp.ones((1, 2, 3))
    cases: list[tuple[Any, str]] = [
        (
            lambda: convolve("fourier", None, x, w),
            f"model must be one of {GRAPH_MODEL_NAMES}, not 'fourier'",
        ),
        (
            lambda: convolve("first-order", None, x, w),
            "weights must be 2 for the model 'first-order', not 1; give one matrix for "
            "each term",
        ),
        (
            lambda: convolve("renormalized", None, x, w),
            "matrix must be given, for only the model 'mlp' has none; make it with "
            "MODELS[model].matrix",
        ),
        (
            lambda: drop(jax.random.key(0), x, 1.0),
            "rate must be a finite number between 0 and 0.999, not 1.0",
        ),
        (
            lambda: drop_entries(jax.random.key(0), made(np.eye(3), np.float32), 0.5),
            "a matrix that is its own transpose must not drop entries, for it would "
            "not remain so; give dense features",
        ),
    ]
    matrix, other = renormalized(EDGE, NODES), mean_neighbours(EDGE, NODES)
    dense_matrix: Any = jnp.eye(NODES)
    cases += [
        (
            lambda: convolve("renormalized", other, x, w),
            "matrix must be of renormalized for the model 'renormalized', not of "
            "mean_neighbours; make it with MODELS['renormalized'].matrix",
        ),
        (
            lambda: jax.jit(lambda m: convolve("sage-mean", m, x, w))(matrix),
            "matrix must be of mean_neighbours for the model 'sage-mean', not of "
            "renormalized; make it with MODELS['sage-mean'].matrix",
        ),
        (
            lambda: convolve("renormalized", dense_matrix, x, w),
            "matrix must be a SparseMatrix, not ArrayImpl; make it with "
            "MODELS[model].matrix",
        ),
        (
            lambda: convolve("renormalized", x, matrix, w),
            "matrix must be a SparseMatrix, not ArrayImpl; make it with "
            "MODELS[model].matrix",
        ),
        (
            lambda: convolve("renormalized", matrix, *half(x, w)),
            "matrix must have the dtype bfloat16 of features (bfloat16) times weights "
            "(bfloat16), not float32; make it with dtype=bfloat16, or convert these",
        ),
        (
            lambda: convolve("mlp", None, made(x, np.float32), half(w)[0]),
            "x must have the weights' dtype bfloat16 where it is sparse, not float32; "
            "make it with dtype=bfloat16",
        ),
    ]
    for run, message in cases:
        with pytest.raises(ValueError, match="must") as caught:
            run()
        assert str(caught.value) == message
    # What a caller has made of other entries is of no kind, and taken.
    own = made(dense(other), np.float32)
    assert convolve("renormalized", own, x, w).shape == (NODES, 3)
