"""What a training step reads: against loops, and against exact hop sets."""

import numpy as np
import pytest

from seqjax.core.graphs.reach import hop_distances
from seqjax.graphs.hops import memory
from tests.core.graphs.graphs import adjacency, draw_edges

N = 23


@pytest.fixture(params=[False, True])
def edges(request: pytest.FixtureRequest) -> np.ndarray:
    found = draw_edges(N, 0, directed=request.param)
    return found[:, found[0] != found[1]]


def sample_of(edges: np.ndarray, fan_out: int, layers: int = 3) -> memory.Sample:
    graph = memory.adjacency(edges, N)
    batch = np.array([20, 4, 0])
    return memory.draw_sample(graph, batch, layers, fan_out, np.random.default_rng(0))


def test_without_a_limit_a_batch_reads_its_exact_hop_sets(edges: np.ndarray) -> None:
    sample = sample_of(edges, memory.NO_LIMIT)
    # Which nodes reach the batch: along edges, so backwards from it.
    distances = hop_distances(edges[::-1], N, np.array([20, 4, 0])).astype(float)
    distances[distances < 0] = np.inf
    nearest = distances.min(axis=0)
    expected = [int((nearest <= k).sum()) for k in (3, 2, 1, 0)]
    assert list(sample.size.nodes) == expected
    # The product of the matrices says how often each is met, as the dense one does.
    dense = adjacency(edges, N) + np.eye(N)
    dense /= dense.sum(1, keepdims=True)
    through = np.linalg.matrix_power(dense, 3)[[20, 4, 0]]
    first, second, third = (matrix.toarray() for matrix in sample.matrices)
    found = third @ second @ first
    np.testing.assert_allclose(np.sort(found[found > 0]), np.sort(through[through > 0]))


def test_a_fan_out_limits_the_neighbours_of_every_node(edges: np.ndarray) -> None:
    fan_out, dense = 2, adjacency(edges, N)
    limited = 0
    for seed in range(5):
        graph, batch = memory.adjacency(edges, N), np.array([20, 4, 0])
        random = np.random.default_rng(seed)
        sample = memory.draw_sample(graph, batch, 1, fan_out, random)
        (matrix,) = sample.matrices
        table = matrix.toarray()
        assert table.shape == (3, sample.size.nodes[0])
        for i, node in enumerate(batch):
            degree = int(dense[node].sum())
            met = np.flatnonzero(table[i])
            assert len(met) == 1 + min(degree, fan_out), "itself and so many others"
            np.testing.assert_allclose(table[i, met], 1 / len(met))
            limited += degree > fan_out
        assert np.bincount(matrix.row * 100 + matrix.col).max() == 1, "none twice"
    assert limited


def test_every_neighbour_is_drawn_as_often() -> None:
    star = np.stack([np.arange(1, 9), np.zeros(8, int)])
    graph, random = memory.adjacency(star, 9), np.random.default_rng(0)
    counts = np.zeros(9)
    for _ in range(4000):
        rows, sources = memory._neighbours(graph, np.array([0]), 2, random)
        assert len(set(sources.tolist())) == len(rows) == 2
        counts[sources] += 1
    # 4000 draws of 2 of 8: a mean of 1000, a standard deviation of 27.
    assert np.abs(counts[1:] - 1000).max() < 5 * 27.4


def test_on_a_ring_the_prediction_is_exact_until_it_closes() -> None:
    ring = np.stack([np.arange(50), (np.arange(50) + 1) % 50])
    graph = memory.adjacency(np.concatenate([ring, ring[::-1]], axis=1), 50)
    # A node reads 2 others; a tree of 3^k nodes is predicted, a ring has overlaps.
    size = memory.expected(graph, 1, 2, memory.NO_LIMIT)
    assert size.nodes == (9, 3, 1)
    assert size.entries == (9, 3)
    assert memory.expected(graph, 4, 1, 1).nodes == (8, 4)
    assert memory.expected(graph, 20, 3, memory.NO_LIMIT).nodes == (50, 50, 50, 20)


def test_predicted_bytes_by_hand() -> None:
    size = memory.Size((10, 6, 2), (12, 5), 2)
    floats = 10 * 3 + 2 * 9 + 2 * (6 + 2) * 3 + 3 * 10 * 3 + 2 * 9
    assert memory.predicted_bytes(size, 3) == 4 * floats + 8 * 2 * (12 + 5)


def test_the_whole_graph_is_one_matrix_for_all_layers(edges: np.ndarray) -> None:
    sample = memory.whole(memory.adjacency(edges, N), 2)
    dense = adjacency(edges, N)
    np.testing.assert_array_equal(sample.matrices[0].toarray(), dense + np.eye(N))
    assert sample.size.nodes == (N, N, N)
    assert sample.size.layouts == (1 if (dense == dense.T).all() else 2)


def test_more_layers_and_more_features_measure_more() -> None:
    found = draw_edges(N, 0)
    graph = memory.adjacency(found, N)
    sizes = [
        memory.measured_bytes(memory.whole(graph, layers), features)
        for layers, features in ((1, 4), (1, 64), (2, 64))
    ]
    least = N * 64 * 4
    assert sizes[0] is not None
    assert sizes[1] is not None
    assert sizes[2] is not None
    # At least the features that go in; another layer keeps what it gives.
    assert least < sizes[1]
    assert sizes[0] < sizes[1] / 4
    assert sizes[2] >= sizes[1] + least
