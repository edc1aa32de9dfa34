"""Many graphs as one: a layer and a readout against a loop over the graphs."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.graphs import (
    MODELS,
    READOUTS,
    convolve,
    join_graphs,
    mean_neighbours,
    product,
    readout,
    renormalized,
)
from seqjax.core.graphs.layout import rounded_up
from seqjax.nn import GraphReadout
from tests.core.graphs.graphs import dense
from tests.variants import and_slow


def drawn(seed: int, sizes: tuple[int, ...] = (5, 1, 9, 30)) -> Any:
    """Edges of each graph, one of them a star with a long row, and features."""
    random = np.random.default_rng(seed)
    edges = [
        np.stack([np.arange(1, n), np.zeros(n - 1, int)])
        if n == 30
        else random.integers(0, n, (2, 2 * n - 2))
        for n in sizes
    ]
    features = [random.normal(size=(n, 3)).astype(np.float32) for n in sizes]
    return edges, list(sizes), features


@pytest.mark.parametrize("rounded", and_slow([True], [False]))
@pytest.mark.parametrize("model", and_slow(["sage-mean"], ["renormalized"]))
def test_a_layer_on_all_is_the_layer_on_each(model: str, rounded: bool) -> None:
    edges, sizes, features = drawn(0)
    batch = join_graphs(edges, sizes, rounded=rounded)
    assert batch.num_nodes == (48 if rounded else 45)
    build = MODELS[model].matrix
    assert build is not None
    matrix = build(batch.edges, batch.num_nodes, batch.weights, rounded=rounded)
    w = jnp.asarray(np.random.default_rng(1).normal(size=(MODELS[model].terms, 3, 2)))
    w = w.astype(jnp.float32)
    found = convolve(model, matrix, batch.features(features), w)
    start = 0
    for own, size, x in zip(edges, sizes, features, strict=True):
        expected = convolve(model, build(own, size), x, w)
        np.testing.assert_allclose(
            found[start : start + size], expected, rtol=1e-5, atol=1e-6
        )
        start += size
    gradient = jax.grad(lambda x: jnp.sum(product(matrix, x) ** 2))
    x = jnp.asarray(batch.features(features))
    m = dense(matrix)
    np.testing.assert_allclose(gradient(x), 2 * m.T @ (m @ x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("how", READOUTS)
def test_a_readout_is_that_of_each_graph(how: str) -> None:
    edges, sizes, features = drawn(2)
    batch = join_graphs(edges, sizes)
    x = batch.features(features)
    x[sum(sizes) :] = np.nan  # the filler
    found = readout(jnp.asarray(x), batch.graph, batch.num_graphs, how)
    by_hand: Any = {"sum": np.sum, "mean": np.mean, "max": np.max}[how]
    for one, own in zip(found, features, strict=True):
        np.testing.assert_allclose(one, by_hand(own, axis=0), rtol=1e-5, atol=1e-6)
    more = readout(jnp.asarray(x[: sum(sizes)]), batch.graph[: sum(sizes)], 6, how)
    np.testing.assert_array_equal(more[4:], 0)
    layer = GraphReadout(3, 2, how=how, rngs=nnx.Rngs(params=0))
    answers = layer(jnp.asarray(x), batch.graph, batch.num_graphs)
    np.testing.assert_array_equal(answers, layer.projection(found))


def test_batches_of_like_sizes_share_a_program() -> None:
    traces = 0

    @jax.jit
    def layer(matrix: Any, x: Any, graph: Any) -> Any:
        nonlocal traces
        traces += 1
        return readout(product(matrix, x), graph, 4)

    for seed, sizes in enumerate([(5, 2, 9, 20), (7, 3, 8, 19), (12, 12, 8, 5)]):
        edges, counts, features = drawn(seed, sizes)
        batch = join_graphs(edges, counts)
        matrix = mean_neighbours(batch.edges, batch.num_nodes, rounded=True)
        found = layer(matrix, batch.features(features), batch.graph)
        start = 0
        for one, own, x in zip(found, edges, features, strict=True):
            expected = dense(mean_neighbours(own, len(x))) @ x
            np.testing.assert_allclose(one, expected.mean(0), rtol=1e-4, atol=1e-6)
            start += len(x)
    assert traces == 1


def test_sizes_are_few() -> None:
    sizes = [rounded_up(count) for count in range(200)]
    assert sorted(set(sizes)) == [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
    assert all(size >= count for count, size in enumerate(sizes))


def test_what_cannot_be_joined_is_refused() -> None:
    edges, sizes, features = drawn(0)
    batch = join_graphs(edges, sizes)
    x = jnp.zeros((4, 2))
    cases: list[tuple[Any, str]] = [
        (
            lambda: join_graphs([], []),
            "graphs must be at least one, with edges, num_nodes and weights of each, "
            "not 0, 0 and 0 of them; give one of each per graph",
        ),
        (
            lambda: join_graphs(edges, sizes[1:]),
            "graphs must be at least one, with edges, num_nodes and weights of each, "
            "not 4, 3 and 4 of them; give one of each per graph",
        ),
        (
            lambda: join_graphs([[[0], [5]]], [5]),
            "edges must join nodes 0 to 4, not 5; correct them, or give more nodes",
        ),
        (
            lambda: batch.features(features[1:]),
            "features must have a row for each of the graphs' [5, 1, 9, 30] nodes, not "
            "[1, 9, 30]; give those of every graph, in order",
        ),
        (
            lambda: readout(x, np.zeros(4, np.int32), 1, "median"),
            "how must be one of sum, mean, max, not 'median'; did you mean 'mean'?",
        ),
        (
            lambda: readout(x, np.zeros(3, np.int32), 1),
            "graph must have a number for each of the 4 nodes of x, not shape (3,); "
            "give GraphBatch.graph",
        ),
    ]
    for run, message in cases:
        with pytest.raises(ValueError, match="must") as caught:
            run()
        assert str(caught.value) == message
    weighted = join_graphs(edges, sizes, [None, None, None, np.full(29, 2.0)])
    assert weighted.weights is not None
    assert weighted.weights.sum() == 2 * 29 + sum(e.shape[1] for e in edges[:3])
    np.testing.assert_allclose(
        dense(renormalized(weighted.edges, weighted.num_nodes, weighted.weights))[
            15:45, 15:45
        ],
        dense(renormalized(edges[3], 30, np.full(29, 2.0))),
        rtol=1e-6,
    )
