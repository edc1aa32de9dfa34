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


def test_f15_a_state_of_torch_is_taken_as_it_is() -> None:
    torch: Any = pytest.importorskip("torch", reason="torch is not installed")
    xs = inputs()
    module = torch.nn.LSTM(INPUTS, HIDDEN)
    expected = torch_answer(module, xs)
    layers = from_torch(module.state_dict())
    np.testing.assert_allclose(layers(jnp.asarray(xs))[0], expected, atol=2e-6)
    larger = torch.nn.ModuleDict({"encoder": torch.nn.ModuleDict({"lstm": module})})
    found = from_torch(larger.state_dict())
    np.testing.assert_allclose(found(jnp.asarray(xs))[0], expected, atol=2e-6)
    larger["answer"] = torch.nn.Linear(2, 2)
    found = from_torch(larger.state_dict(), prefix="encoder.lstm")
    np.testing.assert_allclose(found(jnp.asarray(xs))[0], expected, atol=2e-6)
    with pytest.raises(ValueError, match="prefix") as caught:
        from_torch(larger.state_dict())
    assert str(caught.value).endswith("give prefix='encoder.lstm.'")
    # The numbers are copies.
    with torch.no_grad():
        module.weight_hh_l0.zero_()
    np.testing.assert_allclose(layers(jnp.asarray(xs))[0], expected, atol=2e-6)


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
def test_f15_a_cell_of_torch_is_a_layer(kind: str) -> None:
    torch: Any = pytest.importorskip("torch", reason="torch is not installed")
    cell, h = getattr(torch.nn, kind)(INPUTS, HIDDEN), None
    expected = []
    with torch.no_grad():
        for x in torch.from_numpy(inputs()):
            h = cell(x, h)
            expected.append((h[0] if isinstance(h, tuple) else h).numpy())
    ys, _ = from_torch(cell.state_dict())(jnp.asarray(inputs()))
    np.testing.assert_allclose(ys, np.stack(expected), atol=2e-6)


def test_f15_half_precision_and_batches_first_of_torch() -> None:
    torch: Any = pytest.importorskip("torch", reason="torch is not installed")
    module = torch.nn.GRU(INPUTS, HIDDEN, batch_first=True)
    turned = inputs().swapaxes(0, 1).copy()
    expected = torch_answer(module, turned)
    layers = from_torch(module)
    np.testing.assert_allclose(layers(jnp.asarray(turned))[0], expected, atol=2e-6)
    half = from_torch(module.bfloat16().state_dict())
    weights = half.params()["layer_0"].w_h
    assert weights.dtype == jnp.bfloat16
    np.testing.assert_array_equal(
        weights.astype(jnp.float32), module.weight_hh_l0.detach().float().numpy().T
    )
    # And back, by the words of its docstring.
    again = torch.nn.GRU(INPUTS, HIDDEN).bfloat16()
    back = to_torch(half)
    again.load_state_dict({k: torch.from_numpy(v) for k, v in back.items()})
    assert torch.equal(again.weight_hh_l0, module.weight_hh_l0)


def test_f15_what_layers_here_cannot_be_is_refused() -> None:
    torch: Any = pytest.importorskip("torch", reason="torch is not installed")

    def message(given: Any, **options: Any) -> str:
        with pytest.raises(ValueError, match="must") as error:
            from_torch(given, **options)
        return str(error.value)

    relu = torch.nn.RNN(2, 3, nonlinearity="relu")
    assert message(relu) == (
        "state must be of an nn.RNN with the nonlinearity tanh, not relu; layers here "
        "have no other"
    )
    assert message(torch.nn.LSTM(2, 3, proj_size=2).state_dict()) == (
        "state must be of a layer without projections (proj_size), which layers here "
        "have not, but has weight_hr_l0; train one without"
    )
    assert message(3) == (
        "state must be a module's state_dict(), not int; give module.state_dict()"
    )
    assert message({"weight_hh_l0": np.zeros((3, 3))}, prefix="gru") == (
        "prefix must begin a name of the state, not be 'gru.'; its names are "
        "weight_hh_l0"
    )


@pytest.mark.parametrize("kind", and_slow(["lstm"], ["gru", "rnn"]))
def test_f18_flax_s_directions_are_kept(kind: str) -> None:
    rngs, xs = nnx.Rngs(0), jnp.asarray(inputs())
    forward, back = (
        nnx.RNN(FLAX[kind](INPUTS, HIDDEN, rngs=rngs), time_major=True, rngs=rngs)
        for _ in range(2)
    )
    both = nnx.Bidirectional(forward, back, time_major=True, rngs=rngs)
    np.testing.assert_allclose(from_flax(both)(xs)[0], both(xs), atol=1e-6)
    reverse = nnx.RNN(
        back.cell, time_major=True, reverse=True, keep_order=True, rngs=rngs
    )
    layers = from_flax(reverse)
    np.testing.assert_allclose(layers(xs)[0], reverse(xs), atol=1e-6)
    turned = from_flax(reverse, batch_first=True)(xs.swapaxes(0, 1))[0]
    np.testing.assert_allclose(turned.swapaxes(0, 1), reverse(xs), atol=1e-6)
    # The numbers are copies: the old model's may be donated.
    for _, leaf in nnx.iter_graph(back.cell):
        if isinstance(leaf, nnx.Param):
            leaf.get_value().delete()
    assert np.isfinite(layers(xs)[0]).all()


def test_f18_directions_that_layers_here_do_not_have() -> None:
    def message(action: Any) -> str:
        with pytest.raises(ValueError, match="must") as error:
            action()
        return str(error.value)

    rngs = nnx.Rngs(0)
    cell = nnx.GRUCell(3, 3, rngs=rngs)
    turned = nnx.RNN(cell, reverse=True, rngs=rngs)
    assert message(lambda: from_flax(turned)) == (
        "cells must keep the order of their outputs where they run in reverse, as "
        "layers here do; give nnx.RNN(..., reverse=True, keep_order=True)"
    )
    kept = nnx.RNN(cell, reverse=True, keep_order=True, rngs=rngs)
    assert message(lambda: from_flax([nnx.RNN(cell, rngs=rngs), kept])) == (
        "cells must all run in the same directions, but some do not; convert them one "
        "by one"
    )
    summed = nnx.Bidirectional(kept, kept, merge_fn=lambda a, b: a + b, rngs=rngs)
    assert message(lambda: from_flax(summed)) == (
        "cells must be an nnx.Bidirectional that concatenates outputs, not one with a "
        "merge_fn of its own"
    )
    other = nnx.GRUCell(2, 3, rngs=rngs)
    other.carry_init = nnx.initializers.ones_init()  # flax warns where it is given
    assert message(lambda: from_flax(other)) == (
        "cells must have their usual carry_init, not another one"
    )
    assert message(lambda: to_torch(from_flax(kept))) == (
        "layers must run forward or in both directions, not in reverse only, which "
        "torch does not have"
    )
