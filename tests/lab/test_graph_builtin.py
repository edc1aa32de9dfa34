"""The graphs that are built in are those of the paper and of the report."""

from collections import Counter, deque
from typing import Any

import numpy as np
import pytest

from seqjax.lab.data.graph_data import GraphData, example, from_networkx, karate, notes
from tests.lab.graph_files import assert_graph, edge_set


def neighbours(graph: GraphData) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {node: set() for node in range(graph.num_nodes)}
    for source, target in edge_set(graph):
        found[target].add(source)
    return found


def distance(graph: GraphData, start: str, end: str) -> int:
    """Breadth first."""
    assert graph.node_names is not None
    first, last = graph.node_names.index(start), graph.node_names.index(end)
    steps, queue = {first: 0}, deque([first])
    while queue:
        node = queue.popleft()
        for other in neighbours(graph)[node] - set(steps):
            steps[other] = steps[node] + 1
            queue.append(other)
    return steps[last]


def test_the_karate_club_has_the_numbers_that_are_known_of_it() -> None:
    graph = karate()
    assert_graph(graph)
    assert notes(graph) == ()
    assert graph.num_nodes == 34
    assert len(edge_set(graph)) == 2 * 78
    near = neighbours(graph)
    degrees = [len(near[node]) for node in range(34)]
    assert degrees[0] == 16
    assert degrees[33] == 17
    assert Counter(degrees) == {
        **{1: 1, 2: 11, 3: 6, 4: 6, 5: 3, 6: 2, 9: 1, 10: 1, 12: 1, 16: 1, 17: 1}
    }
    triangles = sum(len(near[a] & near[b]) for a, b in edge_set(graph)) // 6
    assert triangles == 45
    adjacency = np.zeros((34, 34))
    adjacency[tuple(graph.edges)] = 1
    # The largest eigenvalue and the algebraic connectivity, as published.
    assert np.linalg.eigvalsh(adjacency)[-1] == pytest.approx(6.7257, abs=1e-4)
    laplacian = np.diag(adjacency.sum(0)) - adjacency
    assert np.linalg.eigvalsh(laplacian)[1] == pytest.approx(0.4685, abs=1e-4)
    assert graph.node_names == tuple(str(n) for n in range(1, 35))
    assert Counter(graph.labels.tolist()) == {0: 17, 1: 17}
    # Eleven friendships end at the line between the clubs.
    crossing = [(a, b) for a, b in edge_set(graph) if graph.labels[a] < graph.labels[b]]
    assert len(crossing) == 11
    assert graph.split is not None
    assert graph.split.train.tolist() == [0, 33]
    assert graph.labels[[0, 33]].tolist() == [0, 1]
    assert len(graph.split.test) == 32


def test_the_karate_club_is_that_of_networkx() -> None:
    networkx: Any = pytest.importorskip("networkx")
    theirs = from_networkx(networkx.karate_club_graph(), label="club")
    ours = karate()
    np.testing.assert_array_equal(ours.edges, theirs.edges)
    # Their classes are in the order of names: Mr. Hi, the instructor, then Officer.
    np.testing.assert_array_equal(ours.labels, theirs.labels)


def test_the_example_is_the_table_of_the_report() -> None:
    graph = example()
    assert_graph(graph)
    assert notes(graph) == ()
    assert graph.node_names == ("A", "B", "C", "D", "E", "F")
    table = np.eye(6, dtype=int)
    table[tuple(graph.edges)] = 1
    assert ["".join(map(str, row)) for row in table.tolist()] == [
        "110011",
        "111100",
        "011100",
        "011101",
        "100011",
        "100111",
    ]
    assert distance(graph, "C", "E") == 3
    for a, b in ("CD", "DF", "FE"):
        assert distance(graph, a, b) == 1
    assert not graph.num_classes
    assert graph.split is None
