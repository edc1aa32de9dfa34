"""What some nodes see of a graph gives them the logits that the whole graph gives."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.graphs import MODELS, drop_entries, init_network
from seqjax.graphs.classify.config import ClassifyConfig
from seqjax.graphs.classify.inference import infer_by_blocks
from seqjax.graphs.classify.problem import check
from seqjax.graphs.classify.receptive_fields import (
    ReceptiveField,
    features_of,
    from_scipy,
    model_graph,
    to_scipy,
    two_sided,
)
from seqjax.lab.data.graph_data import GraphData, karate, make_graph, read_planetoid
from seqjax.lab.errors import UserError
from tests.core.graphs.graphs import SHAPES, dense, draw_matrix, made, transposed
from tests.graphs.classify import oracle
from tests.lab.graph_files import write_planetoid
from tests.variants import and_slow

each_model = pytest.mark.parametrize("model", MODELS)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> GraphData:
    folder: Path = tmp_path_factory.mktemp("planetoid")
    write_planetoid(folder)
    return read_planetoid(folder, "toy")


def weights_of(model: str, inputs: int, classes: int = 3) -> Any:
    return init_network(jax.random.key(0), model, inputs, 4, classes)


@pytest.mark.parametrize("model", and_slow([*MODELS][:2], [*MODELS][2:]))
def test_logits_of_a_field_are_those_of_dense_matrices(
    model: str, graph: GraphData
) -> None:
    weights = weights_of(model, 5)
    read = model_graph(graph, model)
    nodes = np.array([7, 3, 300], np.int32)
    x, powers = oracle.features(graph), oracle.propagation(model, graph)
    first, second = (np.asarray(w, np.float64) for w in weights)
    hidden, logits = oracle.forward(powers, x, first, second)
    field = read.receptive_field(nodes)
    run = jax.jit(ReceptiveField.logits, static_argnums=1)
    found = run(field, model, weights)
    np.testing.assert_allclose(found[:3], logits[nodes], rtol=0, atol=2e-6)
    assert field.features.shape[0] < graph.num_nodes
    whole = run(read.whole(), model, weights)
    np.testing.assert_allclose(whole, logits, rtol=0, atol=2e-6)
    # And so are those that are computed on the host, some nodes at a time.
    if read.reach <= 1:
        for block in (100, 1000):
            h, y = infer_by_blocks(
                model, weights, read.features, read.matrix, block=block
            )
            np.testing.assert_allclose(h, hidden, rtol=0, atol=2e-6)
            np.testing.assert_allclose(y, logits, rtol=0, atol=2e-6)


@pytest.mark.parametrize("model", ["renormalized", "chebyshev-2"])
def test_slopes_of_a_field_are_those_of_the_whole_graph(
    model: str, graph: GraphData
) -> None:
    read, weights = model_graph(graph, model), weights_of(model, 5)
    nodes = np.array([7, 3, 300], np.int32)

    def loss(weights: Any, field: Any, places: Any) -> Any:
        return jnp.sum(jnp.sin(field.logits(model, weights)[places]))

    slope = jax.jit(jax.grad(loss))
    some = slope(weights, read.receptive_field(nodes), jnp.arange(3))
    whole = slope(weights, read.whole(), jnp.asarray(nodes))
    for a, b in zip(some, whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)
        assert np.abs(b).max() > 1e-3


def test_steps_are_those_of_a_search(graph: GraphData) -> None:
    read = model_graph(graph, "renormalized")
    neighbours: dict[int, set[int]] = {n: set() for n in range(graph.num_nodes)}
    for a, b in graph.edges.T.tolist():
        neighbours[b].add(a)
    seen, edge = {7: 0, 40: 0}, {7, 40}
    for step in (1, 2, 3):
        edge = {n for e in edge for n in neighbours[e]} - set(seen)
        seen |= dict.fromkeys(edge, step)
    found = read.steps(np.array([7, 40], np.int32), 3)
    assert found.tolist() == [seen.get(n, 4) for n in range(graph.num_nodes)]


def test_rows_of_features_sum_to_one_or_are_nothing(graph: GraphData) -> None:
    found = features_of(graph).todense()
    np.testing.assert_allclose(found, oracle.features(graph), rtol=1e-6)
    assert set(np.round(found.sum(1), 5).tolist()) == {0.0, 1.0}
    np.testing.assert_array_equal(features_of(karate()).todense(), np.eye(34))


def test_a_symmetric_matrix_gets_both_layouts() -> None:
    a = draw_matrix("even").todense()
    plain = made(a + a.T, np.float32)
    assert plain.columns is None
    run = jax.jit(drop_entries, static_argnums=2)
    found = run(jax.random.key(0), two_sided(plain), 0.5)
    rows = dense(found)
    np.testing.assert_array_equal(transposed(found).T, rows)
    assert (rows != rows.T).any()


@pytest.mark.parametrize("kind", SHAPES)
def test_a_matrix_laid_out_comes_back(kind: str) -> None:
    given = draw_matrix(kind).tocsr().astype(np.float32)
    for matrix in (given, given @ given.T):
        found = to_scipy(from_scipy(matrix))
        np.testing.assert_array_equal(found.todense(), matrix.todense())


def test_features_are_read_as_they_are_asked_for() -> None:
    edges, given = np.array([[0, 1], [1, 2]]), np.array([[-1.0, 5], [2, 5], [5, 5]])
    graph = make_graph("it", edges, 3, features=given)
    np.testing.assert_array_equal(features_of(graph, "given").todense(), given)
    high = np.sqrt(1.5)
    np.testing.assert_allclose(
        features_of(graph, "columns").todense(),
        [[-high, 0], [0, 0], [high, 0]],
        rtol=1e-6,
    )
    with pytest.raises(UserError) as error:
        features_of(graph)
    assert str(error.value) == (
        "features must not be below 0 where rows are divided by their sums, but node 0 "
        "of the graph it has -1; take them by --features given, or standardised by "
        "--features columns"
    )
    with pytest.raises(UserError) as error:
        check(ClassifyConfig(features="columns"))
    assert str(error.value) == (
        "features must be rows for a graph without any, as karate is, not columns; "
        "leave out --features"
    )
