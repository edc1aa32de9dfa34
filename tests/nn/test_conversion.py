"""Layers from and to torch's and flax's answer as the ones they were made from."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import CELLS
from seqjax.nn import Recurrent, conversion, from_flax, from_torch, to_torch
from tests.variants import and_slow

INPUTS, HIDDEN, BATCH, STEPS = 3, 5, 4, 6
TORCH = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
FLAX = {
    "rnn": nnx.SimpleCell,
    "lstm": nnx.OptimizedLSTMCell,
    "lstm, a matrix per gate": nnx.LSTMCell,
    "gru": nnx.GRUCell,
}


def inputs(features: int = INPUTS) -> Any:
    drawn = np.random.default_rng(0).normal(size=(STEPS, BATCH, features))
    return drawn.astype(np.float32)


def torch_answer(module: Any, xs: Any) -> Any:
    import torch

    with torch.no_grad():
        return module(torch.from_numpy(xs))[0].numpy()


@pytest.mark.parametrize("cell", TORCH)
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("bias", [True, False])
def test_torch_answers_the_same(cell: str, both: bool, bias: bool) -> None:
    torch: Any = pytest.importorskip("torch", reason="torch is not installed")
    torch.manual_seed(0)
    kind = getattr(torch.nn, TORCH[cell])
    module = kind(INPUTS, HIDDEN, 2, bidirectional=both, bias=bias)
    state = {name: value.numpy() for name, value in module.state_dict().items()}
    layers = from_torch(state)
    assert layers.cell is CELLS[cell]
    ys, _ = layers(jnp.asarray(inputs()))
    np.testing.assert_allclose(ys, torch_answer(module, inputs()), atol=2e-6)
    # And back, into a module that has its biases in any case.
    again = kind(INPUTS, HIDDEN, 2, bidirectional=both)
    back = to_torch(layers)
    again.load_state_dict({k: torch.from_numpy(v) for k, v in back.items()})
    np.testing.assert_allclose(
        torch_answer(again, inputs()), torch_answer(module, inputs()), atol=2e-6
    )


@pytest.mark.parametrize("cell", TORCH)
def test_through_the_layout_of_torch_and_back_every_number_is_the_same(
    cell: str,
) -> None:
    layers = Recurrent(
        cell, INPUTS, HIDDEN, num_layers=2, bidirectional=True, rngs=nnx.Rngs(1)
    )
    for params in layers.params().values():
        assert len(params.b) == len(layers.cell.gates) * HIDDEN
    state = to_torch(layers)
    assert state["weight_ih_l1_reverse"].shape == (
        len(layers.cell.gates) * HIDDEN,
        2 * HIDDEN,
    )
    again = from_torch(state)
    for name, params in layers.params().items():
        for ours, theirs in zip(params, again.params()[name], strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("kind", FLAX)
@pytest.mark.parametrize("wrapped", and_slow([False], [True]))
def test_flax_answers_the_same(kind: str, wrapped: bool) -> None:
    rngs, xs = nnx.Rngs(0), jnp.asarray(inputs())
    cells: list[Any] = [FLAX[kind](i, HIDDEN, rngs=rngs) for i in (INPUTS, HIDDEN)]
    for cell in cells:  # flax's biases start at zero
        for _, bias in nnx.iter_graph(cell):
            if isinstance(bias, nnx.Param) and bias.ndim == 1:
                bias[...] = bias[...] + 0.1
    runs = [nnx.RNN(cell, time_major=True, rngs=rngs) for cell in cells]
    expected = xs
    for run in runs:
        expected = run(expected)
    ys, _ = from_flax(runs if wrapped else cells)(xs)
    np.testing.assert_allclose(ys, expected, atol=1e-6)


def test_what_torch_and_flax_cannot_mean_is_refused() -> None:
    def message(action: Any) -> str:
        with pytest.raises(ValueError, match="must|have") as error:
            action()
        return str(error.value)

    good = to_torch(Recurrent("lstm", INPUTS, HIDDEN, rngs=nnx.Rngs(0)))
    assert message(lambda: from_torch({})) == (
        "state must hold weight_hh_l0, but does not; give a whole one"
    )
    assert message(lambda: from_torch({**good, "linear.bias": np.zeros(2)})) == (
        "state must hold the weights and biases of one recurrent layer, but also has "
        "linear.bias; leave that out"
    )
    less = {name: value for name, value in good.items() if "weight_ih" not in name}
    assert message(lambda: from_torch(less)) == (
        "state must hold weight_ih_l0, but does not; give a whole one"
    )
    wrong = {**good, "weight_hh_l0": np.zeros((4, 3))}
    assert message(lambda: from_torch(wrong)) == (
        "weight_hh_l0 must have 1, 3 or 4 times as many rows as columns, not shape "
        "(4, 3); give the state of an nn.RNN, nn.GRU or nn.LSTM without projections"
    )
    short = {**good, "bias_ih_l0": np.zeros(7), "bias_hh_l0": np.zeros(7)}
    assert message(lambda: from_torch(short)) == (
        "b of layer_0 must have shape (20,), not (7,)"
    )
    rngs = nnx.Rngs(0)
    relu = nnx.SimpleCell(2, 3, activation_fn=nnx.relu, rngs=rngs)
    assert message(lambda: from_flax(relu)) == (
        "cells must have their usual activation_fn, not another one"
    )
    assert message(lambda: from_flax(nnx.Linear(2, 3, rngs=rngs))) == (
        "cells must be nnx.SimpleCell without residual, nnx.LSTMCell, "
        "nnx.OptimizedLSTMCell or nnx.GRUCell, got Linear"
    )
    pair = [nnx.SimpleCell(2, 3, rngs=rngs), nnx.GRUCell(3, 3, rngs=rngs)]
    assert message(lambda: from_flax(pair)) == (
        "cells must be one or more of one kind, got gru, rnn"
    )
    assert message(lambda: from_flax([])) == (
        "cells must be one or more of one kind, got none"
    )
    apart = [nnx.SimpleCell(2, 3, rngs=rngs), nnx.SimpleCell(2, 3, rngs=rngs)]
    assert message(lambda: from_flax(apart)) == (
        "w_x of layer_1 must have shape (3, 3), not (2, 3)"
    )
    layers = Recurrent("rnn", 2, 3, rngs=rngs)
    assert message(lambda: layers.load({})) == (
        "params must be those of layer_0, not of nothing; give one for each layer"
    )
    other = Recurrent(CELLS["rnn"]._replace(name="mine"), 2, 3, rngs=rngs)
    assert message(lambda: to_torch(other)) == (
        "layers must be of rnn, gru or lstm, not of mine"
    )


def test_names_are_those_of_torch() -> None:
    assert conversion.torch_names(1, backwards=True) == (
        *("weight_ih_l1_reverse", "weight_hh_l1_reverse"),
        *("bias_ih_l1_reverse", "bias_hh_l1_reverse"),
    )
