"""Cells on a graph: a NumPy loop, plain cells, finite differences, permutations."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.cells import CELLS, GRU, LSTM, PEEPHOLE_LSTM
from seqjax.core.graphs import MODELS, renormalized
from seqjax.core.graphs.cells import graph_cell, initialize_graph_cell, recur_on_graph
from seqjax.core.initializers import initialize_cell
from seqjax.core.recurrence import recur
from tests.core.graphs.graphs import dense, draw_edges
from tests.core.numpy_cells import sigmoid
from tests.registered import GRAPH_MODEL_NAMES

NODES, INPUTS, HIDDEN, TIME = 7, 3, 2, 5
EDGES = draw_edges(23)
EDGES = EDGES[:, (EDGES < NODES).all(axis=0)]
NONE = np.zeros((2, 0), np.int64)


def made(model: str, edges: np.ndarray = EDGES) -> Any:
    build = MODELS[model].matrix
    return None if build is None else build(edges, NODES, dtype=np.float64)


def draw(cell: str, model: str, seed: int = 0) -> tuple[Any, Any, Any]:
    """Parameters, inputs and a first carry; nothing is left at zero."""
    random = np.random.default_rng(seed)

    def anything(leaf: Any) -> Any:
        return jnp.asarray(0.6 * random.normal(size=leaf.shape))

    shapes = jax.eval_shape(
        lambda key: initialize_graph_cell(key, CELLS[cell], model, INPUTS, HIDDEN),
        jax.random.key(0),
    )
    carry = CELLS[cell].initial_carry(NODES, HIDDEN)
    return (
        jax.tree.map(anything, shapes),
        anything(np.zeros((TIME, NODES, INPUTS))),
        jax.tree.map(anything, carry),
    )


def terms_of(model: str) -> list[np.ndarray]:
    """The dense matrices that the model's terms are multiplied by."""
    eye = np.eye(NODES)
    if model == "mlp":
        return [eye]
    p = dense(made(model))
    if model in ("renormalized", "first-order-term"):
        return [p]
    if model == "single-parameter":
        return [eye + p]
    found = [eye, p]  # Chebyshev's polynomials; first-order and sage end here
    while len(found) < MODELS[model].terms:
        found.append(2 * p @ found[-1] - found[-2])
    return found


def convolved(model: str, x: np.ndarray, w: np.ndarray, gate: int) -> np.ndarray:
    """One gate's convolution: node by node, term by term, neighbour by neighbour."""
    gates = w.shape[1] // HIDDEN // MODELS[model].terms
    found = np.zeros((NODES, HIDDEN))
    for k, matrix in enumerate(terms_of(model)):
        first = (k * gates + gate) * HIDDEN
        block = w[:, first : first + HIDDEN]
        for node in range(NODES):
            for other in range(NODES):
                found[node] += matrix[node, other] * (x[other] @ block)
    return found


def numpy_loop(cell: str, model: str, params: Any, xs: Any, carry: Any) -> np.ndarray:
    """The equations gate by gate, in float64: outputs after every snapshot."""
    w_x, w_h, b = (np.asarray(leaf, np.float64) for leaf in params[:3])
    biases = np.split(b, len(CELLS[cell].gates))
    h, found = np.asarray(carry.h, np.float64), []
    c: Any = np.asarray(carry.c, np.float64) if cell == "lstm" else None
    for x in np.asarray(xs, np.float64):
        a = [convolved(model, x, w_x, k) + bias for k, bias in enumerate(biases)]
        u = [convolved(model, h, w_h, k) for k in range(len(biases))]
        if cell == "rnn":
            h = np.tanh(a[0] + u[0])
        elif cell == "lstm":
            i, f, g, o = (p + q for p, q in zip(a, u, strict=True))
            c = np.tanh(g) * sigmoid(i) + c * sigmoid(f)
            h = np.tanh(c) * sigmoid(o)
        else:
            r, z = sigmoid(a[0] + u[0]), sigmoid(a[1] + u[1])
            n = np.tanh(a[2] + r * (u[2] + np.asarray(params.b_hn)))
            h = (1 - z) * n + z * h
        found.append(h)
    return np.stack(found)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    ("cell", "model"),
    [
        ("gru", "first-order"),
        ("gru", "chebyshev-3"),
        ("lstm", "renormalized"),
        ("lstm", "sage-mean"),
        ("lstm", "single-parameter"),
        ("rnn", "first-order-term"),
        ("rnn", "mlp"),
    ],
)
def test_a_cell_on_a_graph_is_the_numpy_loop(cell: str, model: str) -> None:
    params, xs, carry = draw(cell, model)
    found = recur_on_graph(CELLS[cell], model, params, made(model), xs, carry)
    expected = numpy_loop(cell, model, params, xs, carry)
    np.testing.assert_allclose(found[1], expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found[0].h, found[1][-1])


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("method", ["scan", "unrolled", "adjoint"])
def test_it_runs_in_every_loop_of_core(method: str) -> None:
    """Gradients too; the rule of "adjoint" takes a matrix that is not traced."""
    params, xs, carry = draw("gru", "first-order")
    matrix = made("first-order")
    weigh = jnp.asarray(np.random.default_rng(1).normal(size=(TIME, NODES, HIDDEN)))

    def by_recur(params: Any, xs: Any, carry: Any) -> Any:
        cell = graph_cell(GRU, "first-order", matrix)
        return (recur(cell, params, xs, carry, method=method)[1] * weigh).sum()

    def at_once(params: Any, xs: Any, carry: Any) -> Any:
        found = recur_on_graph(GRU, "first-order", params, matrix, xs, carry)
        return (found[1] * weigh).sum()

    one, other = (
        jax.value_and_grad(f, argnums=(0, 1, 2))(params, xs, carry)
        for f in (by_recur, at_once)
    )
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), one, other
    )


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("cell", "model"), [("gru", "first-order")])
def test_slopes_are_those_of_finite_differences(cell: str, model: str) -> None:
    params, xs, carry = draw(cell, model)
    random, matrix = np.random.default_rng(2), made(model)
    weigh = jnp.asarray(random.normal(size=(TIME, NODES, HIDDEN)))

    @jax.jit
    def value(given: Any) -> Any:
        params, xs, carry = given
        found = recur_on_graph(CELLS[cell], model, params, matrix, xs, carry)
        return (found[1] * weigh).sum()

    given = (params, xs, carry)
    slope = jax.grad(value)(given)
    for leaf, (place, bar) in enumerate(jax.tree.leaves_with_path(slope)):
        way = [jnp.zeros_like(each) for each in jax.tree.leaves(given)]
        way[leaf] = jnp.asarray(random.normal(size=way[leaf].shape))
        step = jax.tree.unflatten(jax.tree.structure(given), way)
        up = value(jax.tree.map(lambda a, d: a + 1e-6 * d, given, step))
        down = value(jax.tree.map(lambda a, d: a - 1e-6 * d, given, step))
        expected = float(up - down) / 2e-6
        assert float((bar * way[leaf]).sum()) == pytest.approx(
            expected, rel=1e-6, abs=1e-7
        ), place


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", CELLS)
def test_on_the_identity_it_is_the_plain_cell(cell: str) -> None:
    """Without an edge D^-1/2 (A + I) D^-1/2 is the identity."""
    params, xs, carry = draw(cell, "renormalized")
    matrix = made("renormalized", NONE)
    np.testing.assert_array_equal(dense(matrix), np.eye(NODES))
    expected = recur(CELLS[cell], params, xs, carry, method="scan")
    for model, given in (("renormalized", matrix), ("mlp", None)):
        found = recur_on_graph(CELLS[cell], model, params, given, xs, carry)
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13),
            found,
            expected,
        )


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("cell", "model"), [("lstm", "first-order"), ("gru", "mlp")])
def test_nodes_in_another_order_give_the_same_in_that_order(
    cell: str, model: str
) -> None:
    params, xs, carry = draw(cell, model)
    order = np.random.default_rng(3).permutation(NODES)
    place = np.argsort(order)  # node v stands at place[v]
    found = recur_on_graph(CELLS[cell], model, params, made(model), xs, carry)
    moved = recur_on_graph(
        CELLS[cell],
        model,
        params,
        made(model, place[EDGES]),
        xs[:, order],
        jax.tree.map(lambda leaf: leaf[order], carry),
    )
    np.testing.assert_allclose(moved[1], found[1][:, order], rtol=0, atol=1e-13)


@pytest.mark.usefixtures("x64")
def test_state_is_carried_from_snapshot_to_snapshot() -> None:
    params, xs, carry = draw("lstm", "first-order")
    matrix = made("first-order")

    def run(xs: Any, carry: Any) -> Any:
        return recur_on_graph(LSTM, "first-order", params, matrix, xs, carry)

    final, whole = run(xs, carry)
    for t in range(TIME):
        carry, (y,) = run(xs[t : t + 1], carry)
        np.testing.assert_allclose(y, whole[t], rtol=0, atol=1e-14)
    np.testing.assert_allclose(carry.c, final.c, rtol=0, atol=1e-14)
    forgetful = np.concatenate([run(x[None], None)[1] for x in xs])
    assert np.abs(forgetful[-1] - whole[-1]).max() > 0.01


def test_terms_and_gates_are_drawn_by_themselves() -> None:
    """The identity is one for every gate of every term, and no two draws are equal."""
    key = jax.random.key(4)
    plain = initialize_cell(key, LSTM, 5, 4, initializer="xavier")
    one = initialize_graph_cell(key, LSTM, "renormalized", 5, 4)
    jax.tree.map(np.testing.assert_array_equal, one, plain)
    many = initialize_graph_cell(
        key, LSTM, "chebyshev-3", 5, 4, initializer="identity", forget_bias="one"
    )
    assert (many.w_x.shape, many.w_h.shape) == ((5, 4 * 4 * 4), (4, 4 * 4 * 4))
    for block in np.split(np.asarray(many.w_h), 16, axis=1):
        np.testing.assert_array_equal(block, np.eye(4))
    blocks = np.split(np.asarray(many.w_x), 16, axis=1)  # not square: drawn by xavier
    gaps = [np.abs(a - b).max() for a in blocks for b in blocks if a is not b]
    assert min(gaps) > 0.1
    assert max(np.abs(block).max() for block in blocks) <= np.sqrt(6 / 9)
    assert many.b.tolist() == [0] * 4 + [1] * 4 + [0] * 8


def test_the_matrix_is_an_argument_of_the_program() -> None:
    """Traced, and mapped over seeds: one program for all graphs of a layout."""
    traces = []

    @jax.jit
    def run(params: Any, matrix: Any, xs: Any) -> Any:
        traces.append(1)
        return jax.vmap(
            lambda each: recur_on_graph(GRU, "renormalized", each, matrix, xs)[1]
        )(params)

    matrix = renormalized(EDGES, NODES)
    xs = jax.random.normal(jax.random.key(0), (TIME, NODES, INPUTS))
    keys = jax.random.split(jax.random.key(1), 2)
    drawn = [
        initialize_graph_cell(key, GRU, "renormalized", INPUTS, HIDDEN) for key in keys
    ]
    stacked = jax.tree.map(lambda a, b: jnp.stack([a, b]), *drawn)
    found = run(stacked, matrix, xs)
    halved = jax.tree.map(
        lambda leaf: leaf / 2 if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf,
        matrix,
    )
    assert np.abs(run(stacked, halved, xs) - found).max() > 0.01
    assert len(traces) == 1
    for params, ys in zip(drawn, found, strict=True):
        alone = recur_on_graph(GRU, "renormalized", params, matrix, xs)[1]
        np.testing.assert_allclose(ys, alone, rtol=1e-5, atol=1e-6)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="adjoint") as caught:
        graph_cell(PEEPHOLE_LSTM._replace(adjoint=None), "mlp", None)
    assert str(caught.value) == (
        "cell must have an adjoint, which splits its step into products and gates, but "
        f"{PEEPHOLE_LSTM.name!r} has none; use rnn, lstm or gru"
    )
    for call in (
        lambda: graph_cell(GRU, "first", None),
        lambda: initialize_graph_cell(jax.random.key(0), GRU, "first", 1, 1),
    ):
        with pytest.raises(ValueError, match="model") as caught:
            call()
        assert str(caught.value) == (
            f"model must be one of {GRAPH_MODEL_NAMES}, not 'first'; did you "
            "mean 'first-order'?"
        )
    params, xs, _ = draw("gru", "renormalized")
    with pytest.raises(ValueError, match="matrix") as caught:
        recur_on_graph(GRU, "renormalized", jax.tree.map(jnp.float32, params), None, xs)
    assert str(caught.value) == (
        "matrix must be given, for only the model 'mlp' has none; make it with "
        "MODELS[model].matrix"
    )
