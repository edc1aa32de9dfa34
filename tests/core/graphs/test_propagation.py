"""The matrices of a graph against dense ones by loops, and the spectrum they have."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.graphs import (
    make_matrix,
    mean_neighbours,
    normalized,
    product,
    renormalized,
    scaled_laplacian,
)
from seqjax.core.graphs.propagation import LOOPS
from seqjax.core.graphs.reach import hop_distances
from seqjax.core.graphs.smoothness import make_contrast
from seqjax.core.graphs.snapshots import each_snapshot
from tests.core.graphs.graphs import adjacency, dense, draw_edges, symmetric

NODES = 23
BUILDERS = (renormalized, normalized, scaled_laplacian, mean_neighbours)
each_builder = pytest.mark.parametrize("build", BUILDERS)


def expected(build: Any, edges: np.ndarray, weights: Any = None) -> np.ndarray:
    a = adjacency(edges, NODES)
    if weights is not None:
        a[edges[1], edges[0]] = weights
    eye = np.eye(NODES)
    if build is renormalized:
        return symmetric(a + eye)
    if build is normalized:
        return symmetric(a)
    if build is mean_neighbours:
        degrees = a.sum(1)
        return np.stack(
            [row / d if d else row for row, d in zip(a, degrees, strict=True)]
        )
    laplacian = eye - symmetric(a)
    largest = np.linalg.eigvalsh((laplacian + laplacian.T) / 2).max()
    return 2 / largest * laplacian - eye


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("directed", [False, True], ids=["both-ways", "one-way"])
@each_builder
def test_equals_a_dense_loop(build: Any, directed: bool, weighted: bool) -> None:
    edges = draw_edges(directed=directed)
    weights = 0.5 + (edges.sum(0) % 5) if weighted else None
    found = build(edges, NODES, weights, dtype=np.float64)
    assert found.values.dtype == jnp.float64
    np.testing.assert_allclose(
        dense(found), expected(build, edges, weights), rtol=0, atol=1e-12
    )
    own_transpose = not directed and build is not mean_neighbours
    assert (found.columns is None) == own_transpose


@each_builder
def test_order_of_edges_changes_no_bit(build: Any) -> None:
    edges = draw_edges()
    weights: Any = np.random.default_rng(1).random(edges.shape[1])
    # One edge in three parts.
    edges = np.concatenate([edges, edges[:, [3, 3]]], axis=1)
    weights = np.append(weights, [1e-9, 0.1])
    order = np.random.default_rng(2).permutation(edges.shape[1])
    one = build(edges, NODES, weights)
    two = build(edges[:, order], NODES, weights[order])
    np.testing.assert_array_equal(one.values, two.values)
    for a, b in zip(one.rows.columns, two.rows.columns, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_isolated_node_gets_itself_or_nothing() -> None:
    edges = draw_edges()
    assert dense(renormalized(edges, NODES))[4, 4] == 1
    assert not dense(mean_neighbours(edges, NODES))[4].any()
    assert not dense(normalized(edges, NODES))[:, 4].any()


def test_a_loop_of_the_graph_is_counted_beside_the_one_added() -> None:
    edges = np.array([[0, 1, 0], [1, 0, 0]])
    np.testing.assert_allclose(
        dense(renormalized(edges, 2)),
        [[2 / 3, 1 / np.sqrt(6)], [1 / np.sqrt(6), 1 / 2]],
        rtol=1e-6,
    )


@pytest.mark.parametrize("num_nodes", [1, 3, 12])
def test_a_graph_without_edges(num_nodes: int) -> None:
    none = np.zeros((2, 0), np.int32)
    eye, zero = np.eye(num_nodes), np.zeros((num_nodes, num_nodes))
    np.testing.assert_array_equal(dense(renormalized(none, num_nodes)), eye)
    np.testing.assert_array_equal(dense(normalized(none, num_nodes)), zero)
    np.testing.assert_array_equal(dense(mean_neighbours(none, num_nodes)), zero)
    # l = 2 is what it tends to: L - I.
    np.testing.assert_array_equal(dense(scaled_laplacian(none, num_nodes)), zero)


@pytest.mark.usefixtures("x64")
def test_the_spectrum_is_scaled_to_one() -> None:
    found = dense(scaled_laplacian(draw_edges(), NODES, dtype=np.float64))
    values = np.linalg.eigvalsh(found)
    np.testing.assert_allclose([values.min(), values.max()], [-1, 1], atol=1e-10)


@each_builder
def test_an_edge_to_a_node_that_is_not_there_is_refused(build: Any) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        build(np.array([[0, 3], [1, 1]]), 3)
    assert str(caught.value) == (
        "edges must join nodes 0 to 2, not 3; correct them, or give more nodes"
    )


SHAPE = "edges must have shape (2, E), sources above targets, not "
PAIRS = [(0, 1), (1, 2), (2, 0)]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (np.array(PAIRS), SHAPE + "(3, 2); give edges.T"),
        (jnp.array(PAIRS), SHAPE + "(3, 2); give edges.T"),
        (PAIRS, SHAPE + "(3, 2); give np.array(edges).T"),
        (np.arange(3), SHAPE + "(3,); give a row of sources and a row of targets"),
        (
            [[0, 1], [1]],
            "edges must be one row of sources and one of targets, but the rows differ "
            "in length; give as many of each",
        ),
        (
            np.array(PAIRS, float).T,
            "edges must be whole numbers, the numbers of nodes, not float64; convert "
            "them",
        ),
    ],
)
@each_builder
def test_edges_that_stand_the_other_way_are_refused(
    build: Any, edges: Any, message: str
) -> None:
    with pytest.raises(ValueError, match="edges must") as caught:
        build(edges, 3)
    assert str(caught.value) == message
    with pytest.raises(ValueError, match="edges must") as caught:
        hop_distances(edges, 3, np.array([0]))
    assert str(caught.value) == message
    with pytest.raises(ValueError, match="edges must") as caught:
        make_contrast(edges, 3)
    assert str(caught.value) == message


@each_builder
def test_edges_may_be_lists_or_arrays_of_jax(build: Any) -> None:
    edges = np.array(PAIRS).T
    expected = dense(build(edges, 4, np.array([1, 2, 3])))
    for given in (edges.tolist(), list(map(tuple, edges)), jnp.asarray(edges)):
        found = build(given, 4, [1, 2, 3])
        np.testing.assert_array_equal(dense(found), expected)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            [1, -2, 1],
            "weights must be finite and above 0, but that of edge 1 is -2; correct it, "
            "or leave the edge out",
        ),
        (
            [1, 1, 0],
            "weights must be finite and above 0, but that of edge 2 is 0; correct it, "
            "or leave the edge out",
        ),
        (
            [np.nan, 1, 1],
            "weights must be finite and above 0, but that of edge 0 is nan; correct "
            "it, or leave the edge out",
        ),
        (
            [1, 1],
            "weights must have one number per edge, shape (3,), not (2,); correct "
            "them, or leave them out",
        ),
        (
            [[1], [1], [1]],
            "weights must have one number per edge, shape (3,), not (3, 1); correct "
            "them, or leave them out",
        ),
        (["1", "b", "1"], "weights must be numbers, not <U1; convert them"),
    ],
)
@each_builder
def test_weights_that_are_none_are_refused(
    build: Any, weights: Any, message: str
) -> None:
    with pytest.raises(ValueError, match="weights must") as caught:
        build(np.array(PAIRS).T, 3, np.array(weights))
    assert str(caught.value) == message


def test_places_of_32_bits_do_not_overflow() -> None:
    place = jnp.array([69_999], jnp.int32)
    size = (70_000, 70_000)
    found = make_matrix(place, place - 1, jnp.ones(1), size)
    x = jnp.zeros((70_000, 1)).at[69_998].set(3.0)
    y = np.asarray(product(found, x))
    assert y[69_999] == 3
    assert np.count_nonzero(y) == 1


LOOPS_TOLD = "loops must be one of keep, add, remaining, not 'self'"
GIVEN = np.array([[0, 1, 0], [1, 0, 0]])
"""An edge both ways, and a loop at node 0 of 2."""


def looped(loops: str) -> np.ndarray:
    """A by hand, with the weight 3 of the loop."""
    own = {"keep": (3.0, 0.0), "add": (4.0, 1.0), "remaining": (3.0, 1.0)}[loops]
    return np.array([[own[0], 1.0], [1.0, own[1]]])


@pytest.mark.parametrize("loops", LOOPS)
@each_builder
def test_loops_mean_the_same_in_every_matrix(build: Any, loops: str) -> None:
    a = looped(loops)
    found = dense(build(GIVEN, 2, [1, 1, 3], loops=loops))
    want = {renormalized: symmetric(a), normalized: symmetric(a)}.get(build)
    if build is mean_neighbours:
        want = a / a.sum(1, keepdims=True)
    elif want is None:
        laplacian = np.eye(2) - symmetric(a)
        want = laplacian * 2 / np.linalg.eigvalsh(laplacian).max() - np.eye(2)
    np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-7)


def test_loops_are_as_those_of_pytorch_geometric() -> None:
    """GCNConv: `add_remaining_self_loops` keeps the weight of one that is there."""
    found = dense(renormalized(GIVEN, 2, [1, 1, 3], loops="remaining"))
    np.testing.assert_allclose(
        found, [[3 / 4, 1 / np.sqrt(8)], [1 / np.sqrt(8), 1 / 2]], rtol=1e-6
    )


@each_builder
def test_another_word_for_loops_is_refused(build: Any) -> None:
    with pytest.raises(ValueError, match="loops must") as caught:
        build(GIVEN, 2, loops="self")
    assert str(caught.value) == LOOPS_TOLD


def test_an_eigenvalue_that_is_hard_to_find_is_2_and_that_is_told() -> None:
    """Those of a path lie close together; the largest is 2 exactly."""
    path = np.stack([np.arange(1999), np.arange(1, 2000)])
    path = np.concatenate([path, path[::-1]], axis=1)
    with pytest.warns(UserWarning, match="eigenvalue") as told:
        found = scaled_laplacian(path, 2000)
    assert str(told[0].message) == (
        "the largest eigenvalue of the Laplacian of 2000 nodes was not found in 100 "
        "restarts of ARPACK: 2 is taken, which it does not exceed where edges go both "
        "ways; give largest=2 to look for none"
    )
    silent = scaled_laplacian(path, 2000, largest=2)
    np.testing.assert_array_equal(found.values, silent.values)
    # L - I.
    np.testing.assert_array_equal(silent.values, -normalized(path, 2000).values)
    with pytest.raises(ValueError, match="largest must") as caught:
        scaled_laplacian(path, 2000, largest=0)
    assert str(caught.value) == "largest must be a finite number above 0, not 0; try 2"


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("directed", [False, True], ids=["both-ways", "one-way"])
@each_builder
def test_weights_over_time_give_a_matrix_for_each_snapshot(
    build: Any, directed: bool
) -> None:
    edges = draw_edges(directed=directed)
    weights = np.random.default_rng(4).random((3, edges.shape[1])) + 0.5
    if not directed:
        weights[:] = weights.min() + edges.sum(0) % 5
    gone = edges.min(0) % 2 == 0
    weights[1, gone] = 0
    weights[2] = 0
    found = build(edges, NODES, weights, dtype=np.float64)
    assert found.snapshots == 3
    x = np.random.default_rng(5).normal(size=(3, NODES, 2))
    y = np.asarray(each_snapshot(product, found, jnp.asarray(x)))
    back = np.asarray(
        jax.grad(lambda x: jnp.sum(each_snapshot(product, found, x) * x[::-1]))(
            jnp.asarray(x)
        )
    )
    ones = []
    for t in range(3):
        there = weights[t] > 0
        alone = build(edges[:, there], NODES, weights[t, there], dtype=np.float64)
        ones.append(dense(alone))
        np.testing.assert_allclose(y[t], ones[t] @ x[t], atol=1e-12)
        np.testing.assert_allclose(dense(found.at(t)), ones[t], atol=1e-15)
    for t in range(3):
        expected = ones[t].T @ x[2 - t] + ones[2 - t] @ x[2 - t]
        np.testing.assert_allclose(back[t], expected, atol=1e-12)


def test_weights_over_time_that_are_none_are_refused() -> None:
    edges = np.array(PAIRS).T
    for bad, shown in ((-1.0, "-1"), (np.nan, "nan")):
        with pytest.raises(ValueError, match="weights over time") as caught:
            renormalized(edges, 3, [[1, 1, 1], [1, bad, 1]])
        assert str(caught.value) == (
            "weights over time must be finite and at least 0, but that of edge 1 at "
            f"time 1 is {shown}; correct it, or give 0 where the edge is not there"
        )
    found = renormalized(edges, 3, np.ones((2, 3)))
    with pytest.raises(ValueError, match="matrix must have one") as caught:
        each_snapshot(product, found, jnp.zeros((3, 3, 1)))
    assert str(caught.value) == (
        "matrix must have one for each of the 3 snapshots of xs, not 2; give "
        "matrix.at(slice(...)) of these"
    )
