"""Modules on graphs call core with their own weights, and train in an ensemble."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.graphs import (
    MODELS,
    GraphWeights,
    SparseMatrix,
    apply_network,
    convolve,
    init_network,
    make_matrix,
    mean_neighbours,
    renormalized,
)
from seqjax.core.losses import cross_entropy
from seqjax.nn.graph import GraphClassifier, GraphConvolution, GraphSAGE
from seqjax.train import Ensemble, Task, direction, make_hyper
from tests.registered import GRAPH_MODEL_NAMES
from tests.variants import and_slow

EDGES = np.array([[0, 1, 1, 2, 2, 0, 3, 4], [1, 0, 2, 1, 0, 2, 4, 3]])
X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


@pytest.mark.parametrize("model", MODELS)
def test_a_layer_calls_core(model: str) -> None:
    layer = GraphConvolution(4, 3, model=model, bias=True, rngs=nnx.Rngs(params=0))
    layer.b[...] = jnp.arange(3.0)
    build = MODELS[model].matrix
    matrix = None if build is None else build(EDGES, 6)
    assert layer.w[...].shape == (MODELS[model].terms, 4, 3)
    expected = convolve(model, matrix, jnp.asarray(X), layer.w[...]) + jnp.arange(3.0)
    np.testing.assert_array_equal(layer(matrix, jnp.asarray(X)), expected)
    plain = GraphConvolution(4, 3, model=model, rngs=nnx.Rngs(params=0))
    assert len(jax.tree.leaves(nnx.state(plain, nnx.Param))) == 1


def test_sage_is_the_mean_of_neighbours_beside_the_node() -> None:
    layer = GraphSAGE(4, 3, rngs=nnx.Rngs(params=0))
    w = np.asarray(layer.w[...], np.float64)
    expected = np.zeros((6, 3))
    for node in range(6):
        neighbours = EDGES[0, EDGES[1] == node]
        mean = X[neighbours].mean(0) if len(neighbours) else np.zeros(4)
        expected[node] = np.concatenate([X[node], mean]) @ np.concatenate(list(w))
    matrix = mean_neighbours(EDGES, 6)
    np.testing.assert_allclose(layer(matrix, jnp.asarray(X)), expected, atol=1e-5)
    unit = GraphSAGE(4, 3, normalize=True, rngs=nnx.Rngs(params=0))
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(
        unit(matrix, jnp.asarray(X)), expected / lengths, atol=1e-5
    )
    nothing = jnp.zeros((6, 4))
    slope = jax.grad(lambda x: unit(matrix, x).sum())(nothing)
    assert np.isfinite(slope).all()
    np.testing.assert_array_equal(unit(matrix, nothing), np.zeros((6, 3)))


def test_the_classifier_calls_core() -> None:
    network = GraphClassifier(4, 5, 3, rngs=nnx.Rngs(params=0))
    weights = GraphWeights(network.first[...], network.second[...])
    matrix, key = renormalized(EDGES, 6), jax.random.key(3)
    for given in (None, key):
        np.testing.assert_array_equal(
            network(matrix, jnp.asarray(X), dropout_key=given),
            apply_network("renormalized", weights, matrix, jnp.asarray(X), key=given),
        )
    graph, state = nnx.split(network)
    mapped = jax.vmap(lambda s: nnx.merge(graph, s)(matrix, jnp.asarray(X)))(
        jax.tree.map(lambda leaf: jnp.stack([leaf, 2 * leaf]), state)
    )
    np.testing.assert_allclose(mapped[1], 4 * mapped[0], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("group", and_slow([3], [1]))
def test_an_ensemble_trains_it(group: int) -> None:
    """Sparse features, a mask per update, seeds over devices; seed 0 is as if alone."""
    row, column = np.nonzero(X > 0)
    data: dict[str, Any] = {
        "matrix": renormalized(EDGES, 6),
        "x": make_matrix(row, column, X[row, column], X.shape),
        "labels": jnp.array([0, 0, 0, 1, 1, 1]),
    }

    def loss(params: GraphWeights, batch: Any, data: Any) -> tuple[Any, Any]:
        logits = apply_network(
            "renormalized",
            params,
            data["matrix"],
            data["x"],
            key=jax.random.wrap_key_data(batch[0]),
        )
        chosen = jax.nn.log_softmax(logits)[jnp.arange(6), data["labels"]]
        right = jnp.argmax(logits, axis=1) == data["labels"]
        return -jnp.mean(chosen), jnp.mean(right.astype(jnp.float32))

    task = Task(
        init=lambda key: init_network(key, "renormalized", 4, 5, 2),
        batch=lambda key, data: jax.random.key_data(key)[None],
        loss=loss,
    )

    def train(num_seeds: int) -> Any:
        ensemble = Ensemble(task, direction("rmsprop"), num_seeds, group=group)
        keys = jax.vmap(jax.random.key)(jnp.arange(num_seeds))
        runs = ensemble.run(keys, make_hyper(0.05), data, num_updates=150)
        last = list(runs)
        losses = np.concatenate([part.metrics.loss for part in last], axis=1)
        return losses, ensemble.gather(last[-1].states.params)

    def tested(params: GraphWeights) -> jax.Array:
        logits = apply_network("renormalized", params, data["matrix"], data["x"])
        return cross_entropy(logits, data["labels"])

    losses, params = train(3)
    alone, own = train(1)
    assert losses.shape == (3, 150)
    first = jax.vmap(task.init)(jax.vmap(jax.random.key)(jnp.arange(3)))
    before, after = (np.asarray(jax.vmap(tested)(each)) for each in (first, params))
    # Nodes 0 to 2 and 3, 4 are apart, but for the isolated node 5.
    assert (after < before).all()
    assert after.mean() < 0.8 * before.mean()
    np.testing.assert_allclose(alone[0], losses[0], rtol=1e-4, atol=1e-5)
    if group == 1:
        np.testing.assert_array_equal(alone[0], losses[0])
        jax.tree.map(
            lambda a, b: np.testing.assert_array_equal(a[0], b[0]), own, params
        )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda rngs: GraphConvolution(0, 3, rngs=rngs),
            "in_features must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            lambda rngs: GraphSAGE(3, 0, rngs=rngs),
            "out_features must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            lambda rngs: GraphClassifier(3, 3, 3, dropout=1.0, rngs=rngs),
            "dropout must be a finite number between 0 and 0.999, not 1.0",
        ),
        (
            lambda rngs: GraphClassifier(3, 3, 3, model="firstorder", rngs=rngs),
            f"model must be one of {GRAPH_MODEL_NAMES}, not 'firstorder'; did "
            "you mean 'first-order'?",
        ),
    ],
)
def test_what_cannot_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        make(nnx.Rngs(params=0))
    assert str(caught.value) == message


def test_the_matrix_is_a_tree_of_arrays() -> None:
    """So it goes through jit as an argument, and no graph is baked into a program."""
    matrix = renormalized(EDGES, 6)
    leaves = jax.tree.leaves(matrix)
    assert isinstance(matrix, SparseMatrix)
    assert all(isinstance(leaf, jax.Array) for leaf in leaves)
