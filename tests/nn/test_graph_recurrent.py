"""Recurrent modules on graphs call core with their own weights."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import GRU, GRUParams
from seqjax.core.graphs import convolve, mean_neighbours
from seqjax.core.graphs.cells import recur_on_graph
from seqjax.nn.graph_recurrent import GraphForecaster, GraphRecurrent
from tests.registered import CELL_NAMES, GRAPH_MODEL_NAMES

EDGES = np.array([[0, 1, 1, 2, 2, 0, 3, 4], [1, 0, 2, 1, 0, 2, 4, 3]])
MATRIX = mean_neighbours(EDGES, 6)
XS = jax.random.normal(jax.random.key(9), (5, 6, 3))


def own_params(layer: Any) -> GRUParams:
    return GRUParams(*(getattr(layer, name)[...] for name in GRUParams._fields))


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_layer_calls_core() -> None:
    layer: Any = GraphRecurrent("gru", 3, 4, model="sage-mean", rngs=nnx.Rngs(params=0))
    layer.b[...] = jnp.linspace(-1, 1, 12)
    assert layer.w_h[...].shape == (4, 2 * 3 * 4)
    first = jax.tree.map(lambda leaf: leaf + 0.5, layer.initial_carry(6))
    for carry in (None, first):
        ys, final = layer(MATRIX, XS, carry)
        expected = recur_on_graph(
            GRU, "sage-mean", own_params(layer), MATRIX, XS, carry
        )
        np.testing.assert_array_equal(ys, expected[1])
        np.testing.assert_array_equal(final.h, expected[0].h)


def test_what_a_call_returns_is_what_the_next_one_is_given() -> None:
    network = GraphForecaster(
        3, 4, 2, cell="lstm", model="sage-mean", rngs=nnx.Rngs(params=1)
    )
    whole, last = network(MATRIX, XS)
    start, carry = network(MATRIX, XS[:2], network.initial_carry(6))
    rest, final = network(MATRIX, XS[2:], carry)
    assert whole.shape == (5, 6, 2)
    close(np.concatenate([start, rest]), whole)
    close(final.c, last.c)
    assert np.abs(network(MATRIX, XS[2:])[0] - rest).max() > 1e-3


def test_the_answer_is_read_off_by_a_convolution() -> None:
    """An LSTM per node, then a graph convolution: report 003's."""
    network = GraphForecaster(
        3,
        4,
        2,
        cell="gru",
        model="sage-mean",
        encoder=False,
        readout=True,
        rngs=nnx.Rngs(params=2),
    )
    network.readout.b[...] = jnp.array([3.0, -1.0])
    hidden = recur_on_graph(GRU, "mlp", own_params(network.encoder), None, XS)[1]
    expected = [
        convolve("sage-mean", MATRIX, h, network.readout.w[...]) + jnp.array([3.0, -1])
        for h in hidden
    ]
    close(network(MATRIX, XS)[0], jnp.stack(expected))


def test_without_a_cell_nothing_is_remembered() -> None:
    network = GraphForecaster(
        3, 4, 2, model="sage-mean", readout=True, rngs=nnx.Rngs(params=3)
    )
    found, carry = network(MATRIX, XS)
    assert jax.tree.leaves((carry, network.initial_carry(6))) == []
    for x, y in zip(XS, found, strict=True):
        hidden = jax.nn.relu(convolve("sage-mean", MATRIX, x, network.encoder.w[...]))
        close(y, convolve("sage-mean", MATRIX, hidden, network.readout.w[...]))


def test_off_the_graph_a_node_knows_itself_alone() -> None:
    network = GraphForecaster(
        3, 4, 2, cell="rnn", encoder=False, rngs=nnx.Rngs(params=4)
    )
    other = XS.at[:, 0].add(1.0)
    gap = np.abs(network(None, other)[0] - network(None, XS)[0]).max(axis=(0, 2))
    assert gap[0] > 0.01
    np.testing.assert_array_equal(gap[1:], 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "lstn"}, f"cell must be one of {CELL_NAMES}, not 'lstn'; did you "
         "mean 'lstm'?"),
        ({"in_features": 0}, "in_features must be an integer of at least 1, not 0; "
         "give 1 or more"),
        ({"hidden_size": 0}, "hidden_size must be an integer of at least 1, not 0; "
         "give 1 or more"),
        ({"out_features": 0}, "out_features must be an integer of at least 1, not 0; "
         "give 1 or more"),
        ({"model": "fourier"}, f"model must be one of {GRAPH_MODEL_NAMES}, not "
         "'fourier'"),
        ({"initializer": "hi"}, "initializer must be one of normal, xavier, he, "
         "orthogonal, identity, torch, not 'hi'"),
        ({"forget_bias": "two"}, "forget_bias must be one of zero, one, chrono, not "
         "'two'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "in_features": 1,
        "hidden_size": 1,
        "out_features": 1,
        "cell": "lstm",
    }
    with pytest.raises(ValueError, match="must") as caught:
        GraphForecaster(**(given | options), rngs=nnx.Rngs(params=0))
    assert str(caught.value) == message


@pytest.mark.parametrize("cell", [None, "gru"])
def test_one_snapshot_alone_is_refused_in_words(cell: str | None) -> None:
    network = GraphForecaster(
        3, 4, 2, cell=cell, model="sage-mean", rngs=nnx.Rngs(params=0)
    )
    indices = "" if cell is None else ", or integer indices of shape (time, nodes)"
    with pytest.raises(ValueError, match="xs must") as caught:
        network(MATRIX, XS[0])
    assert str(caught.value) == (
        f"xs must be real features of shape (time, nodes, 3){indices}, not "
        "float32[6, 3]; of one snapshot alone give xs[None]"
    )


def test_every_snapshot_may_have_its_own_matrix() -> None:
    """Without memory each is by itself; with it, the state is carried on."""
    weights = np.random.default_rng(0).random((5, EDGES.shape[1])) + 0.1
    weights[np.random.default_rng(1).random(weights.shape) < 0.3] = 0
    series: Any = mean_neighbours(EDGES, 6, weights)
    for cell in (None, "lstm"):
        network = GraphForecaster(
            *(3, 4, 2), cell=cell, model="sage-mean", readout=True, rngs=nnx.Rngs(0)
        )
        whole, final = jax.jit(network)(series, XS)
        carry, each = network.initial_carry(6), []
        for time, x in enumerate(XS):
            # Its numbers are held against those of the edges alone elsewhere.
            found, carry = network(series.at(time), x[None], carry)
            each.append(found[0])
        close(whole, np.stack(each))
        for one, other in zip(final, carry, strict=True):
            close(one, other)
    with pytest.raises(ValueError, match="matrix must have one") as caught:
        network(series, XS[:4])
    assert str(caught.value) == (
        "matrix must have one for each of the 4 snapshots of xs, not 5; give "
        "matrix.at(slice(...)) of these"
    )
