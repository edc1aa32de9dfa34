"""Distances, walks and shortest paths, against loops and SciPy."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csgraph

from seqjax.core.graphs.reach import hop_distances, shortest_paths, walk_ends
from tests.core.graphs.graphs import adjacency, draw_edges

N = 23
CASES = [(seed, directed) for seed in range(3) for directed in (False, True)]


def edges_of(seed: int, directed: bool) -> np.ndarray:
    """Without loops; node 4 is alone, and sparse enough that others are too."""
    edges = draw_edges(N, seed, directed=directed)
    edges = edges[:, edges[0] != edges[1]]
    return edges[:, edges.sum(0) % 3 > 0] if directed else edges


@pytest.mark.parametrize(("seed", "directed"), CASES)
def test_distances_are_scipy_s(seed: int, directed: bool) -> None:
    edges = edges_of(seed, directed)
    # SciPy goes from row to column, we from source to target.
    onward = np.ascontiguousarray(adjacency(edges, N).T)
    expected = csgraph.shortest_path(onward, unweighted=True)
    assert np.isinf(expected).any()
    found = hop_distances(edges, N, np.arange(N))
    np.testing.assert_array_equal(np.where(found < 0, np.inf, found), expected)
    some = np.array([7, 4, 20])
    np.testing.assert_array_equal(hop_distances(edges, N, some), found[some])


def test_many_sources_are_done_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    edges = edges_of(0, directed=True)
    whole = hop_distances(edges, N, np.arange(N))
    monkeypatch.setattr("seqjax.core.graphs.reach._AT_ONCE", 4 * N + 1)
    np.testing.assert_array_equal(hop_distances(edges, N, np.arange(N)), whole)


@pytest.mark.parametrize(("seed", "directed"), CASES)
def test_walks_are_powers_of_the_adjacency_matrix(seed: int, directed: bool) -> None:
    edges = edges_of(seed, directed)
    for steps in range(5):
        power = np.linalg.matrix_power(adjacency(edges, N), steps)
        found = walk_ends(edges, N, np.arange(N), steps)
        np.testing.assert_array_equal(found, power.T > 0)


@pytest.mark.parametrize(("seed", "directed"), CASES)
def test_shortest_paths_are_those_of_a_search(seed: int, directed: bool) -> None:
    edges = edges_of(seed, directed)
    there = {(int(a), int(b)) for a, b in edges.T}
    distances = hop_distances(edges, N, np.arange(N))
    several = 0
    for source, target in itertools.product(range(N), (0, 4, 9)):
        hops = int(distances[source, target])
        walks: list[tuple[int, ...]] = [(source,)] if hops >= 0 else []
        for _ in range(hops):
            walks = [(*w, b) for w in walks for b in range(N) if (w[-1], b) in there]
        expected = sorted(walk for walk in walks if walk[-1] == target)
        count, listed = shortest_paths(edges, N, source, target, 1000)
        assert (count, listed) == (len(expected), expected)
        assert shortest_paths(edges, N, source, target, 1) == (count, expected[:1])
        several += count > 1
    assert several, "no case in which the list is cut"


def test_the_number_of_paths_is_exact_where_they_cannot_be_listed() -> None:
    """Seventy diamonds in a row: 2^70 shortest paths."""
    pairs = [
        pair
        for i in range(0, 210, 3)
        for pair in ((i, i + 1), (i, i + 2), (i + 1, i + 3), (i + 2, i + 3))
    ]
    count, listed = shortest_paths(np.array(pairs).T, 211, 0, 210, 3)
    assert count == 2**70
    assert len(listed) == 3
    assert {len(path) for path in listed} == {141}


def test_a_node_is_no_hop_from_itself() -> None:
    edges = edges_of(0, directed=False)
    assert shortest_paths(edges, N, 4, 4, 5) == (1, [(4,)])
    assert hop_distances(edges, N, np.array([4]))[0, 4] == 0
