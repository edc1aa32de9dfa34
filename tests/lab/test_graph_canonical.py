"""However edges are given, the same graph comes out; what is none is refused."""

import math
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from seqjax.lab.data.graph_data import (
    Changes,
    GraphData,
    Split,
    components,
    make_graph,
    notes,
    random_split,
    require_split,
)
from seqjax.lab.data.graph_data.canonical import canonical
from seqjax.lab.data.graph_data.graph import Features
from seqjax.lab.errors import UserError
from tests.lab.graph_files import assert_graph, edge_set

TRIANGLE = np.array([[0, 1, 2], [1, 2, 0]])


def drawn(seed: int, weighted: bool) -> tuple[np.ndarray, np.ndarray | None, int]:
    """Edges with loops and repetitions, one way and both ways."""
    random = np.random.default_rng(seed)
    num_nodes = int(random.integers(2, 9))
    edges = random.integers(0, num_nodes, (2, int(random.integers(1, 40))))
    edges[:, 0] = (0, 1)
    # The same for an edge each time and both ways.
    weights = 1 + edges.sum(0) + edges.prod(0) / 8 if weighted else None
    return edges, weights, num_nodes


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("directed", [False, True])
def test_edges_are_those_that_a_loop_finds(
    seed: int, weighted: bool, directed: bool
) -> None:
    edges, weights, num_nodes = drawn(seed, weighted)
    graph = make_graph("it", edges, num_nodes, weights=weights, directed=directed)
    assert_graph(graph)
    pairs = Counter(zip(*edges.tolist(), strict=True))
    proper = {(a, b) for a, b in pairs if a != b}
    mirrored = set() if directed else {(b, a) for a, b in proper} - proper
    assert edge_set(graph) == proper | mirrored
    loops = sum(count for (a, b), count in pairs.items() if a == b)
    repeated = sum(pairs[pair] - 1 for pair in proper)
    assert graph.changes == (repeated, loops, len(mirrored), 0, ())
    if weights is None:
        assert graph.weights is None
    else:
        assert graph.weights is not None
        for (a, b), weight in zip(graph.edges.T.tolist(), graph.weights, strict=True):
            assert weight == 1 + a + b + a * b / 8


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint32, np.uint64])
def test_edges_may_be_any_whole_numbers(dtype: type) -> None:
    edges = np.array([[100, 0, 127], [127, 99, 126]])
    expected = make_graph("it", edges, 100_000)
    found = make_graph("it", edges.astype(dtype), 100_000)
    np.testing.assert_array_equal(found.edges, expected.edges)


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_edges_does_not_matter(seed: int) -> None:
    edges, weights, num_nodes = drawn(seed, weighted=True)
    assert weights is not None
    order = np.random.default_rng(seed).permutation(len(weights))
    one = make_graph("it", edges, num_nodes, weights=weights)
    other = make_graph("it", edges[:, order], num_nodes, weights=weights[order])
    np.testing.assert_array_equal(one.edges, other.edges)
    np.testing.assert_array_equal(one.weights, other.weights)
    # Which way an edge was given is told, and all there is of it.
    turned = make_graph("it", edges[::-1], num_nodes, weights=weights)
    np.testing.assert_array_equal(one.edges, turned.edges)
    np.testing.assert_array_equal(one.weights, turned.weights)


def test_numbers_beyond_32_bits_are_sorted_right() -> None:
    size = 2**31 - 1
    last = size - 1
    found = canonical(np.array([[last, 0, last], [0, last - 1, 5]]), size)
    given = {(last, 0), (0, last - 1), (last, 5)}
    expected = sorted(given | {(b, a) for a, b in given}, key=lambda p: (p[1], p[0]))
    assert list(map(tuple, found.edges.T.tolist())) == expected


def test_what_was_done_is_told() -> None:
    edges = np.array([[0, 1, 1, 2, 2, 4, 4], [1, 0, 2, 1, 2, 2, 2]])
    graph = make_graph("it", edges, 7, missing=3)
    assert graph.changes == Changes(merged=1, loops=1, mirrored=1, missing=3)
    assert notes(graph) == (
        "edges that repeated others, merged: 1",
        "edges from a node to itself, left out: 1",
        "edges given one way, taken both ways: 1",
        "nodes without features in the source, set to 0: 3",
        "components that no edge joins: 4, the largest with 4 of 7 nodes, 3 with one",
    )
    found = components(graph)
    assert len({found[n] for n in (0, 1, 2, 4)}) == 1
    assert len(set(found.tolist())) == 4
    one_way = make_graph("it", TRIANGLE, 3, directed=True)
    assert notes(one_way) == ()
    # A path that only goes one way is one component all the same.
    path = make_graph("it", np.array([[0, 2], [1, 1]]), 3, directed=True)
    assert set(components(path).tolist()) == {0}


EMPTY = np.zeros((2, 0), np.int64)


@pytest.mark.parametrize(
    ("edges", "num_nodes", "options", "message"),
    [
        (EMPTY, 0, {}, "must have nodes, but has none; name another graph"),
        (
            EMPTY,
            4,
            {},
            "must have edges between its 4 nodes, but has none; name another graph",
        ),
        (
            EMPTY.astype(np.float64),
            4,
            {},
            "must have edges between its 4 nodes, but has none; name another graph",
        ),
        (
            np.array([[1, 2], [1, 2]]),
            4,
            {},
            "must have edges between its 4 nodes, but has none but 2 from a node to "
            "itself; name another graph",
        ),
        (
            TRIANGLE,
            2**31,
            {},
            "must have at most 2147483647 nodes, not 2147483648; name a smaller graph",
        ),
        (
            TRIANGLE,
            2,
            {},
            "must have edges between its nodes 0 to 1 only, but one joins 1 and 2; "
            "correct it, or give more nodes",
        ),
        (
            TRIANGLE - 1,
            3,
            {},
            "must have edges between its nodes 0 to 2 only, but one joins -1 and 0; "
            "correct it, or give more nodes",
        ),
        (
            TRIANGLE.astype(np.float64),
            3,
            {},
            "must have edges between nodes numbered by whole numbers, not float64; "
            "convert them",
        ),
        (
            TRIANGLE,
            3,
            {"weights": np.ones(2)},
            "must have one weight per edge (3), not 2; correct them, or leave them out",
        ),
        *(
            (
                TRIANGLE,
                3,
                {"weights": np.array([1, value, 1])},
                "must have weights that are finite numbers above 0, but edge 1-2 has "
                f"{value:g}; correct it, or leave the edge out",
            )
            for value in (math.nan, math.inf, -1, 0, 1e60)
        ),
        (
            np.array([[0, 1, 1], [1, 2, 2]]),
            3,
            {"weights": np.array([1, 2, 3]), "directed": True},
            "must give an edge one weight, but 1-2 has 2 and 3; give each edge once",
        ),
        (
            np.array([[0, 1, 2], [1, 2, 1]]),
            3,
            {"weights": np.array([1, 2, 3]), "node_names": ("a", "b", "c")},
            "must give an edge one weight, but c-b has 3 and 2; give each edge once, "
            "or with the same weight both ways, unless edges are directed",
        ),
        (
            TRIANGLE,
            3,
            {"node_names": ("a", "b")},
            "must have one name per node (3), not 2; correct them, or leave them out",
        ),
        (
            TRIANGLE,
            3,
            {"labels": np.array([0, 1])},
            "must have one label per node (3), not 2; give -1 for nodes without one",
        ),
        (
            TRIANGLE,
            3,
            {"labels": np.array([0, 1, 1.5])},
            "must have labels that are whole numbers, not float64; number the classes "
            "from 0, and give -1 for nodes without one",
        ),
        (
            TRIANGLE,
            3,
            {"labels": np.array([0, -2, 1])},
            "must have labels 0 to 2, or -1 for none, but that of node 1 is -2; number "
            "the classes from 0",
        ),
        (
            TRIANGLE,
            3,
            {"labels": np.array([0, 1, 2]), "num_classes": 2},
            "must have labels 0 to 1, or -1 for none, but that of node 2 is 2; number "
            "the classes from 0",
        ),
        (
            TRIANGLE,
            3,
            {"features": np.ones((2, 4))},
            "must have one row of features per node (3), not an array of 2 x 4; "
            "correct it, or leave it out",
        ),
        (
            TRIANGLE,
            3,
            {"features": np.ones(3)},
            "must have one row of features per node (3), not an array of 3; correct "
            "it, or leave it out",
        ),
        (
            TRIANGLE,
            3,
            {"features": np.array([["a"]] * 3)},
            "must have features that are numbers, not <U1; convert them",
        ),
        *(
            (
                TRIANGLE,
                3,
                {"features": kind(np.array([[1, 0], [0, 2], [value, 0]]))},
                f"must have finite features, but node 2 has {shown}; correct its "
                "features, or leave the node out",
            )
            for kind in (
                np.array,
                np.asfortranarray,
                sparse.csr_array,
                sparse.csc_array,
            )
            for value, shown in ((math.nan, "nan"), (-math.inf, "-inf"), (1e60, "inf"))
        ),
    ],
)
def test_what_is_no_graph_is_refused(
    edges: np.ndarray, num_nodes: int, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as error:
        make_graph("it", edges, num_nodes, **options)
    assert str(error.value) == f"the graph it {message}"


@pytest.mark.parametrize(
    ("edges", "given", "way_out"),
    [
        (TRIANGLE.T, "(3, 2)", "edges.T"),
        (TRIANGLE.T.tolist(), "(3, 2)", "np.array(edges).T"),
        (np.zeros((6, 2), int), "(6, 2)", "edges.T"),
    ],
)
def test_edges_that_stand_the_other_way_are_refused(
    edges: Any, given: str, way_out: str
) -> None:
    with pytest.raises(UserError) as error:
        make_graph("it", edges, 6)
    assert str(error.value) == (
        "the graph it: edges must have shape (2, E), sources above targets, not "
        f"{given}; give {way_out}"
    )


def test_lists_are_as_good_as_arrays() -> None:
    expected = make_graph("it", TRIANGLE, 3, weights=np.array([1, 2, 3]))
    found = make_graph("it", TRIANGLE.tolist(), 3, weights=[1, 2, 3], labels=[0, 1, -1])
    np.testing.assert_array_equal(found.edges, expected.edges)
    np.testing.assert_array_equal(found.weights, expected.weights)
    with pytest.raises(UserError) as error:
        make_graph("it", TRIANGLE, 3, weights=np.ones((3, 1)))
    assert str(error.value) == (
        "the graph it must have one weight per edge (3), not 3 x 1; correct them, or "
        "leave them out"
    )


@pytest.mark.parametrize(
    "labels",
    [
        np.array([1, 0, np.nan]),
        np.array([1.0, 0.0, -1.0]),
        np.array([1, 0, None], object),
        [np.int64(1), np.int64(0), None],
        [1, 0, None],
        [1, 0, math.nan],
    ],
)
def test_a_label_may_be_missing(labels: Any) -> None:
    graph = make_graph("it", TRIANGLE, 3, labels=labels)
    assert graph.labels.tolist() == [1, 0, -1]
    assert graph.num_classes == 2


def test_classes_are_numbered_without_gaps_to_be_drawn_from() -> None:
    graph = make_graph("it", TRIANGLE, 6, labels=[0, 2, 5, 0, 2, 5])
    with pytest.raises(UserError) as error:
        random_split(graph, 0, per_class=1, validation=1, test=1)
    assert str(error.value) == (
        "the graph it must have nodes of each of its classes 0 to 5, but class 1 has "
        "none; number the classes from 0 without gaps"
    )


@pytest.mark.parametrize("kind", [np.array, sparse.csr_matrix, sparse.coo_array])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.bool_])
def test_features_are_stored_as_they_are(kind: Any, dtype: Any) -> None:
    dense = np.array([[0, 1], [1, 0], [0, 0]], dtype)
    given = kind(dense)
    graph = make_graph("it", TRIANGLE, 3, features=given)
    found: Features | None = graph.features
    assert found is not None
    assert isinstance(found, np.ndarray) == (kind is np.array)
    np.testing.assert_array_equal(
        found if isinstance(found, np.ndarray) else found.toarray(), dense
    )
    assert_graph(graph)


def test_sparse_features_are_put_in_order_in_a_copy() -> None:
    data, columns = np.array([1, 2, 3, 0], np.float32), np.array([2, 0, 2, 1])
    given = sparse.csr_array((data.copy(), columns.copy(), [0, 2, 3, 4]), (3, 3))
    graph = make_graph("it", TRIANGLE, 3, features=given)
    assert isinstance(graph.features, sparse.csr_array)
    assert graph.features.nnz == 3
    np.testing.assert_array_equal(graph.features.indices, [0, 2, 2])
    np.testing.assert_array_equal(graph.features.toarray(), given.toarray())
    np.testing.assert_array_equal(given.data, data)
    np.testing.assert_array_equal(given.indices, columns)


def path(num_nodes: int, labels: list[int], split: Split | None = None) -> GraphData:
    edges = np.stack([np.arange(num_nodes - 1), np.arange(1, num_nodes)])
    return make_graph("it", edges, num_nodes, labels=np.array(labels), split=split)


def numbers(*nodes: int) -> np.ndarray:
    return np.array(nodes, np.int32)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (
            Split(numbers(), numbers(1), numbers(2)),
            "must have training nodes, but its split has none; give some",
        ),
        (
            Split(numbers(0), numbers(9), numbers(2)),
            "must have a split of its nodes 0 to 3, but node 9 is in it; correct the "
            "split",
        ),
        (
            Split(numbers(0), numbers(1), numbers(2, 1)),
            "must have each node in one part of its split at most once, but node 1 is "
            "there 2 times; correct the split",
        ),
        (
            Split(numbers(0), numbers(), numbers(2, 3)),
            "must have a label for every node of its split, but node 3 has none; leave "
            "it out",
        ),
    ],
)
def test_a_split_that_is_none_is_refused(split: Split, message: str) -> None:
    with pytest.raises(UserError) as error:
        path(4, [0, 1, 0, -1], split)
    assert str(error.value) == f"the graph it {message}"


def test_a_graph_without_training_nodes() -> None:
    graph = path(4, [0, 1, 0, -1])
    with pytest.raises(UserError) as error:
        require_split(graph)
    assert str(error.value) == (
        "the graph it must have training nodes, but has no split; draw a random split"
    )
    with pytest.raises(UserError) as error:
        require_split(make_graph("it", TRIANGLE, 3))
    assert str(error.value) == (
        "the graph it must have training nodes, but has no labels; name a graph with "
        "labels"
    )
    split = Split(numbers(1), numbers(), numbers(2, 0))
    found = require_split(path(4, [0, 1, 0, -1], split))
    assert [part.tolist() for part in found] == [[1], [], [0, 2]]


MIXED = [n % 3 if n % 4 else -1 for n in range(60)]


def test_a_random_split_is_of_labelled_nodes_once_each() -> None:
    graph = path(60, MIXED)
    seen = Counter[int]()
    for seed in range(200):
        split = random_split(graph, seed, per_class=4, validation=10, test=20)
        assert_graph(graph._replace(split=split))
        assert list(map(len, split)) == [12, 10, 20]
        classes = Counter(graph.labels[split.train].tolist())
        assert classes == {0: 4, 1: 4, 2: 4}
        seen.update(split.test.tolist())
        again = random_split(graph, seed, per_class=4, validation=10, test=20)
        assert all(np.array_equal(a, b) for a, b in zip(split, again, strict=True))
    # Each of 45 labelled nodes is tested on as often: 4/15 + 11/15 chance of 20/33,
    # no more; within five standard deviations of the binomial distribution.
    chance = (11 / 15) * 20 / 33
    spread = 5 * math.sqrt(200 * chance * (1 - chance))
    assert len(seen) == 45
    assert all(abs(count - 200 * chance) < spread for count in seen.values())


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (
            {"per_class": 16, "validation": 0, "test": 0},
            "must have at least 16 nodes of each class, but class 0 has 15; train on "
            "fewer of each class",
        ),
        (
            {"per_class": 5, "validation": 11, "test": 20},
            "must have 31 labelled nodes for validation and testing beside the 15 for "
            "training, but has 30; take fewer",
        ),
    ],
)
def test_a_split_that_is_too_large(sizes: dict[str, int], message: str) -> None:
    with pytest.raises(UserError) as error:
        random_split(path(60, MIXED), 0, **sizes)
    assert str(error.value) == f"the graph it {message}"


def test_a_split_needs_labels_and_numbers() -> None:
    with pytest.raises(UserError) as error:
        random_split(make_graph("it", TRIANGLE, 3), 0)
    assert str(error.value) == (
        "the graph it must have labels to be split, but has none; name a graph with "
        "labels"
    )
    message = "seed must be an integer of at least 0, not -1; give 0 or more"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        random_split(path(60, MIXED), -1, per_class=1, validation=0, test=0)
    message = "per_class must be an integer of at least 1, not 0; give 1 or more"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        random_split(path(60, MIXED), 1, per_class=0)
