"""Random graphs are what their models say, within what chance allows."""

import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from seqjax.lab.data.graph_data import (
    Changes,
    GraphData,
    barabasi_albert,
    components,
    erdos_renyi,
    notes,
    rmat,
    stochastic_block,
)
from seqjax.lab.data.graph_data.rmat import QUADRANTS, rmat_pairs
from seqjax.lab.data.graph_data.sampling import below_diagonal, distinct, generator
from seqjax.lab.errors import UserError
from tests.lab.graph_files import assert_graph, edge_set
from tests.variants import and_slow

BLOCKS = np.array([[0.5, 0.1, 0.0], [0.1, 0.3, 0.02], [0.0, 0.02, 1.0]])
MAKERS: dict[str, Callable[[int], GraphData]] = {
    "erdos-renyi": lambda seed: erdos_renyi(300, 0.03, seed),
    "stochastic-block": lambda seed: stochastic_block([30, 40, 5], BLOCKS, seed),
    "barabasi-albert": lambda seed: barabasi_albert(300, 3, seed),
    "r-mat": lambda seed: rmat(8, 4, seed),
}
UNLIKELY = 1e-4
"""A right program fails a test of chance for one seed in ten thousand; seeds stay."""


def fits(counts: np.ndarray, expected: np.ndarray) -> bool:
    """Pearson's test, with all that is rarer than five times taken together."""
    order = np.argsort(expected)
    first = int(np.searchsorted(np.cumsum(expected[order]), 5))
    rare, common = order[: first + 1], order[first + 1 :]
    found = np.append(counts[common], counts[rare].sum()).astype(float)
    wanted = np.append(expected[common], expected[rare].sum())
    assert len(wanted) > 2
    return stats.chisquare(found, wanted, sum_check=False).pvalue > UNLIKELY


def pairs_of(graph: GraphData) -> int:
    return graph.edges.shape[1] // 2


@pytest.mark.parametrize("name", MAKERS)
def test_a_seed_is_a_graph(name: str) -> None:
    graph = MAKERS[name](1)
    assert_graph(graph)
    assert graph.name == name
    assert not graph.directed
    np.testing.assert_array_equal(graph.edges, MAKERS[name](1).edges)
    assert edge_set(graph) != edge_set(MAKERS[name](2))
    if name != "r-mat":
        assert graph.changes == Changes()


def test_purposes_of_a_seed_are_apart() -> None:
    first, second = (generator(7, purpose).random(4) for purpose in ("a", "b"))
    assert set(first.tolist()).isdisjoint(second.tolist())


def test_pairs_below_the_diagonal_are_counted_row_by_row() -> None:
    expected = [(row, column) for row in range(60) for column in range(row)]
    found = below_diagonal(np.arange(len(expected)))
    assert list(map(tuple, found.T.tolist())) == expected
    # Where a float has not enough digits for the number.
    size = 2**31 - 1
    last = math.comb(size, 2) - 1
    numbers = np.array([last, last - size + 2, last - size + 1, math.comb(size - 1, 2)])
    rows, columns = below_diagonal(numbers)
    for number, row, column in zip(numbers, rows, columns, strict=True):
        assert math.comb(int(row), 2) + int(column) == number
        assert 0 <= column < row < size


@pytest.mark.parametrize("probability", [0.05, 0.15, 0.5])
def test_numbers_are_drawn_each_by_itself(probability: float) -> None:
    """Few of twelve numbers, often: how many, which, and which together."""
    random = generator(3, "test")
    total, times = 12, 4000
    table = np.zeros((times, total), np.int64)
    for row in table:
        drawn = distinct(random, probability, total)
        assert (np.diff(drawn) > 0).all()
        row[drawn] = 1
    counts = np.bincount(table.sum(1), minlength=total + 1)
    expected = times * stats.binom(total, probability).pmf(np.arange(total + 1))
    assert fits(counts, expected)
    each, chance = table.sum(0), stats.binom(times, probability)
    assert chance.cdf(each.min()) * total > UNLIKELY
    assert chance.sf(each.max() - 1) * total > UNLIKELY
    both = (table.T @ table)[np.triu_indices(total, 1)]
    chance = stats.binom(times, probability**2)
    assert chance.cdf(both.min()) * len(both) > UNLIKELY
    assert chance.sf(both.max() - 1) * len(both) > UNLIKELY


def test_erdos_renyi_has_binomial_degrees() -> None:
    n, p = 20_000, 3e-4
    graph = erdos_renyi(n, p, 0)
    assert_graph(graph)
    edges = stats.binom(math.comb(n, 2), p)
    assert min(edges.cdf(pairs_of(graph)), edges.sf(pairs_of(graph))) > UNLIKELY
    degrees = np.bincount(graph.edges[1], minlength=n)
    found = np.bincount(degrees, minlength=n)
    # Degrees of two nodes share one pair of 20 thousand: all but independent.
    assert fits(found, n * stats.binom(n - 1, p).pmf(np.arange(n)))


@pytest.mark.parametrize(("p", "edges"), [(1.0, 45), (1, 45), (0.999, None)])
def test_erdos_renyi_may_be_complete(p: float, edges: int | None) -> None:
    graph = erdos_renyi(10, p, 0)
    assert edges is None or pairs_of(graph) == edges
    assert pairs_of(graph) <= 45


def test_blocks_have_edges_as_their_table_says() -> None:
    sizes = [40, 60, 10]
    total = np.zeros((3, 3))
    times = 40
    for seed in range(times):
        graph = stochastic_block(sizes, BLOCKS, seed)
        source, target = graph.labels[graph.edges]
        np.add.at(total, (target, source), 1)
    assert_graph(graph)
    assert graph.num_classes == 3
    assert np.bincount(graph.labels).tolist() == sizes
    assert (np.diff(graph.labels) >= 0).all()
    for a in range(3):
        for b in range(a + 1):
            pairs = times * (math.comb(sizes[a], 2) if a == b else sizes[a] * sizes[b])
            found = total[a, b] / (2 if a == b else 1)
            chance = stats.binom(pairs, BLOCKS[a, b])
            assert chance.cdf(found) > UNLIKELY
            assert chance.sf(found - 1) > UNLIKELY
    assert total[0, 2] == 0
    assert total[2, 2] == times * 90


def grown(n: int, m: int) -> dict[frozenset[frozenset[int]], float]:
    """The probability of each Barabasi-Albert graph, by all ways to draw it."""

    def draws(degrees: Counter[int], left: int) -> dict[frozenset[int], float]:
        """Sets of nodes drawn one after the other, without those drawn before."""
        if not left:
            return {frozenset(): 1.0}
        found: dict[frozenset[int], float] = {}
        whole = degrees.total()
        for node, degree in degrees.items():
            rest = Counter({k: v for k, v in degrees.items() if k != node})
            for others, chance in draws(rest, left - 1).items():
                key = others | {node}
                found[key] = found.get(key, 0) + chance * degree / whole
        return found

    graphs = {frozenset(frozenset({0, k}) for k in range(1, m + 1)): 1.0}
    for new in range(m + 1, n):
        after: dict[frozenset[frozenset[int]], float] = {}
        for edges, chance in graphs.items():
            degrees = Counter(node for edge in edges for node in edge)
            for targets, part in draws(degrees, m).items():
                key = edges | {frozenset({new, node}) for node in targets}
                after[key] = after.get(key, 0) + chance * part
        graphs = after
    return graphs


@pytest.mark.parametrize("m", and_slow([2], [1, 3]))
def test_small_barabasi_albert_graphs_are_as_likely_as_they_should_be(m: int) -> None:
    """Against every way to draw them, so that drawing many at once changes nothing."""
    n = 6
    chances = grown(n, m)
    assert math.isclose(sum(chances.values()), 1)
    times = 1500
    found = Counter(
        frozenset(frozenset(edge) for edge in edge_set(barabasi_albert(n, m, seed)))
        for seed in range(times)
    )
    assert set(found) <= set(chances)
    graphs = list(chances)
    expected = np.array([times * chances[graph] for graph in graphs])
    assert fits(np.array([found[graph] for graph in graphs]), expected)


@pytest.mark.parametrize(("n", "m"), [(2, 1), (50, 1), (50, 7), (50, 49), (3000, 4)])
def test_barabasi_albert_has_m_edges_for_every_node(n: int, m: int) -> None:
    graph = barabasi_albert(n, m, 5)
    assert_graph(graph)
    assert pairs_of(graph) == m * (n - m)
    assert set(components(graph).tolist()) == {0}
    older = Counter(target for source, target in edge_set(graph) if source < target)
    assert all(older[node] == m for node in range(m + 1, n))


def test_barabasi_albert_has_degrees_of_a_power_law() -> None:
    """P(k) = 2 m (m + 1) / (k (k + 1) (k + 2)) for many nodes (Dorogovtsev 2000)."""
    n, m = 30_000, 3
    graph = barabasi_albert(n, m, 1)
    degrees = np.bincount(graph.edges[1], minlength=n)
    k = np.arange(m, 40)
    expected = n * 2 * m * (m + 1) / (k * (k + 1) * (k + 2))
    found = np.bincount(degrees, minlength=40)[m:40]
    # Counts of degrees spread no more than independent ones would.
    assert (abs(found - expected) < 5 * np.sqrt(expected) + 5).all()
    assert degrees[m + 1 :].min() == m
    assert degrees.max() > 10 * degrees.mean()
    # The first nodes are those of high degree.
    assert np.median(np.argsort(degrees)[-20:]) < 100


def test_each_edge_of_r_mat_falls_into_quadrants_by_their_shares() -> None:
    scale, count, shares = 6, 40_000, (0.5, 0.25, 0.15, 0.1)
    rows, columns = rmat_pairs(scale, count, shares, generator(0, "test"))
    assert rows.max() < 2**scale
    assert columns.max() < 2**scale
    levels = [(rows >> k & 1) * 2 + (columns >> k & 1) for k in range(scale)]
    expected = count * np.array(shares)
    for level in levels:
        counts = np.bincount(level, minlength=4).astype(float)
        assert stats.chisquare(counts, expected).pvalue > UNLIKELY / scale
    # Levels know nothing of each other.
    for above, below in zip(levels, levels[1:], strict=False):
        table = np.bincount(4 * above + below, minlength=16).reshape(4, 4)
        assert stats.chi2_contingency(table).pvalue > UNLIKELY / scale


def test_r_mat_tells_what_fell_together() -> None:
    graph = rmat(6, 20, 3)
    assert_graph(graph)
    pairs = rmat_pairs(6, 20 * 64, QUADRANTS, generator(3, "r-mat"))
    drawn = [tuple(sorted(pair)) for pair in pairs.T.tolist()]
    proper = [(a, b) for a, b in drawn if a != b]
    assert {(a, b) for a, b in edge_set(graph) if a < b} == set(proper)
    assert graph.changes.loops == len(drawn) - len(proper)
    assert graph.changes.merged == len(proper) - len(set(proper))
    assert graph.changes.mirrored == 0
    assert notes(graph)[:2] == (
        f"edges that repeated others, merged: {graph.changes.merged}",
        f"edges from a node to itself, left out: {graph.changes.loops}",
    )
    assert graph.num_nodes == 64
    degrees = np.bincount(graph.edges[1], minlength=64)
    assert degrees[:8].mean() > 2 * degrees[-8:].mean()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: erdos_renyi(1, 0.5, 0),
            "num_nodes must be an integer of at least 2, not 1; give 2 or more",
        ),
        (
            lambda: erdos_renyi(5, 1.5, 0),
            "probability must be a finite number between 0 and 1, not 1.5",
        ),
        (
            lambda: erdos_renyi(5, math.nan, 0),
            "probability must be a finite number between 0 and 1, not nan",
        ),
        (
            lambda: erdos_renyi(5, 0.5, -1),
            "seed must be an integer of at least 0, not -1; give 0 or more",
        ),
        (
            lambda: stochastic_block([2, 0], np.ones((2, 2)), 0),
            "sizes must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            lambda: stochastic_block([2, 2], np.array([[0.1, 0.2], [0.3, 0.1]]), 0),
            "probabilities must be a table of 2 x 2 numbers between 0 and 1, the same "
            "both ways, not [[0.1, 0.2], [0.3, 0.1]]; give one for each pair of blocks",
        ),
        (
            lambda: stochastic_block([2], np.array([[math.nan]]), 0),
            "probabilities must be a table of 1 x 1 numbers between 0 and 1, the same "
            "both ways, not [[nan]]; give one for each pair of blocks",
        ),
        (
            lambda: stochastic_block([2], np.array([[2]]), 0),
            "probabilities must be a table of 1 x 1 numbers between 0 and 1, the same "
            "both ways, not [[2.0]]; give one for each pair of blocks",
        ),
        (
            lambda: stochastic_block([2, 3], np.array([[0.5]]), 0),
            "probabilities must be a table of 2 x 2 numbers between 0 and 1, the same "
            "both ways, not [[0.5]]; give one for each pair of blocks",
        ),
        (
            lambda: barabasi_albert(5, 0, 0),
            "attached must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            lambda: barabasi_albert(5, 5, 0),
            "num_nodes must be an integer of at least 6, not 5; give 6 or more",
        ),
        (
            lambda: rmat(0, 4, 0),
            "scale must be an integer of at least 1, not 0; give 1 or more",
        ),
        (lambda: rmat(31, 4, 0), "scale must be at most 30, not 31; give 30 or less"),
        (
            lambda: rmat(3, 0, 0),
            "edges_per_node must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            lambda: rmat(3, 1, 0, quadrants=(0.5, 0.5, 0.5, 0.5)),
            "quadrants must be four probabilities that sum to 1, not [0.5, 0.5, 0.5, "
            "0.5]; give for example 0.57, 0.19, 0.19, 0.05",
        ),
        (
            lambda: rmat(3, 1, 0, quadrants=(1.5, -0.5, 0, 0)),
            "quadrants must be four probabilities that sum to 1, not [1.5, -0.5, 0.0, "
            "0.0]; give for example 0.57, 0.19, 0.19, 0.05",
        ),
    ],
)
def test_numbers_that_are_not_allowed(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: erdos_renyi(50, 0, 0),
            "the graph erdos-renyi must have edges between its 50 nodes, but has none; "
            "name another graph",
        ),
        (
            lambda: stochastic_block([1, 1], np.eye(2), 0),
            "the graph stochastic-block must have edges between its 2 nodes, but has "
            "none; name another graph",
        ),
        (
            lambda: rmat(2, 1, 0, quadrants=(1, 0, 0, 0)),
            "the graph r-mat must have edges between its 4 nodes, but has none but 4 "
            "from a node to itself; name another graph",
        ),
    ],
)
def test_no_edge_is_no_graph(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        make()
    assert str(error.value) == message
