"""Graphs of other libraries are the same graphs here."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from seqjax.lab.data.graph_data import from_matrix, from_networkx, notes
from seqjax.lab.errors import UserError
from tests.lab.graph_files import assert_graph, edge_set

SYMMETRIC = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]])


@pytest.mark.parametrize(
    "kind",
    [
        np.array,
        sparse.csr_matrix,
        sparse.csc_array,
        sparse.coo_array,
        sparse.lil_matrix,
    ],
)
@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.bool_])
def test_an_adjacency_matrix(kind: Any, dtype: Any) -> None:
    graph = from_matrix(kind(SYMMETRIC.astype(dtype)))
    assert_graph(graph)
    assert edge_set(graph) == set(zip(*np.nonzero(SYMMETRIC), strict=True))
    assert graph.weights is None
    assert notes(graph) == ()


@pytest.mark.parametrize("kind", [np.array, sparse.csr_array])
def test_a_matrix_with_weights(kind: Any) -> None:
    matrix = np.array([[5, 0.5, 0], [0.5, 0, 2], [0, 0, 0]])
    graph = from_matrix(
        kind(matrix),
        name="mine",
        features=np.eye(3),
        labels=np.array([0, -1, 1]),
    )
    assert_graph(graph)
    back = np.zeros((3, 3))
    back[tuple(graph.edges)] = graph.weights
    np.testing.assert_array_equal(back, [[0, 0.5, 0], [0.5, 0, 2], [0, 2, 0]])
    assert notes(graph) == (
        "edges from a node to itself, left out: 1",
        "edges given one way, taken both ways: 1",
    )
    assert graph.name == "mine"
    assert graph.num_classes == 2
    one_way = from_matrix(kind(matrix), directed=True)
    back = np.zeros((3, 3))
    back[tuple(one_way.edges)] = one_way.weights
    np.testing.assert_array_equal(back, matrix - np.diag([5, 0, 0]))


def test_zeros_that_are_stored_are_no_edges() -> None:
    entries = (np.array([1, 0, 1]), (np.array([0, 1, 2]), np.array([1, 2, 1])))
    graph = from_matrix(sparse.coo_array(entries, (3, 3)))
    assert edge_set(graph) == {(0, 1), (1, 0), (2, 1), (1, 2)}


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (
            np.ones((2, 3)),
            "must have a square adjacency matrix, not an array of 2 x 3; give a row "
            "and a column per node",
        ),
        (
            np.ones(4),
            "must have a square adjacency matrix, not an array of 4; give a row and a "
            "column per node",
        ),
        (
            np.array([["a"]]),
            "must have an adjacency matrix of numbers, not <U1; convert it",
        ),
        (
            np.array([[0, 1], [2, 0]]),
            "must give an edge one weight, but 1-0 has 2 and 1; give each edge once, "
            "or with the same weight both ways, unless edges are directed",
        ),
        (
            np.array([[0, math.nan], [1, 0]]),
            "must have weights that are finite numbers above 0, but edge 0-1 has nan; "
            "correct it, or leave the edge out",
        ),
        (
            np.array([[0, -1], [-1, 0]]),
            "must have weights that are finite numbers above 0, but edge 0-1 has -1; "
            "correct it, or leave the edge out",
        ),
        (
            np.zeros((3, 3)),
            "must have edges between its 3 nodes, but has none; name another graph",
        ),
        (np.zeros((0, 0)), "must have nodes, but has none; name another graph"),
    ],
)
def test_what_is_no_adjacency_matrix_is_refused(
    matrix: np.ndarray, message: str
) -> None:
    with pytest.raises(UserError) as error:
        from_matrix(matrix)
    assert str(error.value) == f"the graph matrix {message}"


class Fake:
    """What is asked of a graph of NetworkX."""

    def __init__(
        self, nodes: dict[Any, Any], edges: list[Any], directed: bool = False
    ) -> None:
        self._nodes, self._edges, self._directed = nodes, edges, directed

    @property
    def nodes(self) -> Any:
        return lambda data: list(self._nodes.items())

    @property
    def edges(self) -> Any:
        return lambda data: self._edges

    def is_directed(self) -> bool:
        return self._directed


NODES = {
    "c": {"kind": "x", "place": [0, 1]},
    "a": {"kind": "w", "place": (2.5, 3)},
    "b": {"place": np.array([4, 5])},
}
EDGES = [("c", "a", {"w": 2}), ("b", "c", {"w": 0.5})]


def test_a_graph_like_those_of_networkx() -> None:
    fake = Fake(NODES, EDGES)
    graph = from_networkx(fake, weight="w", label="kind", features="place")
    assert_graph(graph)
    assert graph.node_names == ("a", "b", "c")
    assert edge_set(graph) == {(2, 0), (0, 2), (1, 2), (2, 1)}
    assert graph.labels.tolist() == [0, -1, 1]
    assert isinstance(graph.features, np.ndarray)
    assert graph.features.tolist() == [[2.5, 3], [4, 5], [0, 1]]
    assert graph.edges.T.tolist() == [[2, 0], [2, 1], [0, 2], [1, 2]]
    assert graph.weights is not None
    assert graph.weights.tolist() == [2, 0.5, 2, 0.5]
    # The order of nodes and edges is of no matter.
    other = from_networkx(
        Fake(dict(reversed(NODES.items())), EDGES[::-1]), weight="w", label="kind"
    )
    np.testing.assert_array_equal(other.edges, graph.edges)
    np.testing.assert_array_equal(other.labels, graph.labels)
    directed = from_networkx(Fake(NODES, EDGES, directed=True))
    assert edge_set(directed) == {(2, 0), (1, 2)}
    # Nodes of no order stay as they come.
    mixed = from_networkx(Fake({"b": {}, 3: {}}, [(3, "b", {})]))
    assert mixed.node_names == ("b", "3")


@pytest.mark.parametrize("directed", [False, True])
def test_a_graph_of_networkx(directed: bool) -> None:
    networkx: Any = pytest.importorskip("networkx")
    theirs = networkx.gnp_random_graph(30, 0.2, seed=3, directed=directed)
    for a, b in theirs.edges:
        theirs.edges[a, b]["far"] = 1 + a * b
    graph = from_networkx(theirs, weight="far")
    assert_graph(graph)
    assert graph.num_nodes == 30
    assert graph.directed == directed
    matrix = np.zeros((30, 30))
    matrix[tuple(graph.edges)] = graph.weights
    order = list(range(30))
    expected = networkx.to_numpy_array(theirs, nodelist=order, weight="far")
    np.testing.assert_array_equal(matrix, expected)
    again = from_matrix(expected, directed=directed)
    np.testing.assert_array_equal(again.edges, graph.edges)
    np.testing.assert_array_equal(again.weights, graph.weights)
    double = networkx.MultiGraph([(0, 1), (0, 1), (1, 2), (2, 2)])
    assert from_networkx(double).changes == (1, 1, 2, 0, ())


@pytest.mark.parametrize(
    ("nodes", "edges", "options", "message"),
    [
        (
            NODES,
            [("a", "b", {})],
            {"weight": "w"},
            "must have a number as 'w' of every edge, not None; name another "
            "attribute, or leave it out",
        ),
        (
            NODES,
            [("a", "b", {"w": "far"})],
            {"weight": "w"},
            "must have a number as 'w' of every edge, not 'far'; name another "
            "attribute, or leave it out",
        ),
        (
            NODES,
            EDGES,
            {"features": "kind"},
            "must have as many numbers as 'kind' of every node; name another "
            "attribute, or leave it out",
        ),
        (
            NODES | {"d": {"place": [1]}},
            EDGES,
            {"features": "place"},
            "must have as many numbers as 'place' of every node; name another "
            "attribute, or leave it out",
        ),
        (
            NODES,
            EDGES,
            {"label": "none"},
            "must have strings or whole numbers as 'none' of nodes, not []; name "
            "another attribute, or leave it out",
        ),
        (
            {"a": {"l": 0.5}, "b": {"l": 1}},
            [("a", "b", {})],
            {"label": "l"},
            "must have strings or whole numbers as 'l' of nodes, not ['0.5', '1']; "
            "name another attribute, or leave it out",
        ),
        (
            {"a": {"l": [0]}},
            [],
            {"label": "l"},
            "must have strings or whole numbers as 'l' of nodes, not ['[0]']; name "
            "another attribute, or leave it out",
        ),
        (
            {"a": {}, "b": {}},
            [],
            {},
            "must have edges between its 2 nodes, but has none; name another graph",
        ),
        ({}, [], {}, "must have nodes, but has none; name another graph"),
    ],
)
def test_what_is_no_such_graph_is_refused(
    nodes: dict[Any, Any], edges: list[Any], options: dict[str, str], message: str
) -> None:
    with pytest.raises(UserError) as error:
        from_networkx(Fake(nodes, edges), **options)
    assert str(error.value) == f"the graph networkx {message}"


def test_labels_may_be_numbers_of_numpy_or_missing() -> None:
    edges: list[Any] = [("a", "b", {}), ("b", "c", {})]
    for labels in (
        [np.int64(7), np.int64(3), None],
        [7, 3, float("nan")],
        [7.0, np.float64(3), np.float64("nan")],
    ):
        nodes = {name: {"l": label} for name, label in zip("abc", labels, strict=True)}
        graph = from_networkx(Fake(nodes, edges), label="l")
        assert graph.labels.tolist() == [1, 0, -1]
