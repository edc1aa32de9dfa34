"""Layers and directions against NumPy loops, flax's cells and torch's modules."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import CELLS
from seqjax.nn import Recurrent, RecurrentClassifier
from tests.core import numpy_cells
from tests.core.numpy_cells import Floats, State
from tests.nn.networks import (
    BATCH,
    HIDDEN,
    INPUTS,
    LENGTHS,
    TIME,
    assert_equal,
    draw_carry,
    draw_inputs,
    layer_by_layer,
    random_weights,
)


def recurrent(cell: str, num_layers: int, bidirectional: bool) -> Recurrent:
    model = random_weights(
        lambda: Recurrent(
            cell,
            INPUTS,
            HIDDEN,
            num_layers=num_layers,
            bidirectional=bidirectional,
            rngs=nnx.Rngs(params=0),
        )
    )
    assert isinstance(model, Recurrent)
    return model


each_cell = pytest.mark.parametrize("cell", CELLS)
# Those that flax and torch have too.
each_known_cell = pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both-ways"])
@pytest.mark.parametrize("num_layers", [1, 2, 3])
@each_cell
def test_equals_numpy_loop(cell: str, num_layers: int, bidirectional: bool) -> None:
    model = recurrent(cell, num_layers, bidirectional)
    xs, carry = draw_inputs(), draw_carry(model)

    def run(num_steps: Any, which: tuple[bool, ...]) -> Any:
        return {
            ragged: model(
                xs,
                carry,
                num_steps=num_steps,
                lengths=jnp.array(LENGTHS) if ragged else None,
            )
            for ragged in which
        }

    traced = jax.jit(lambda num_steps: run(num_steps, (False, True)))
    found = {n: traced(jnp.int32(n)) for n in (1, 4, TIME)}
    if not bidirectional:
        # A static number compiles anew: full and ragged take turns.
        found[3] = jax.jit(lambda: run(3, (num_layers == 2,)))()
    for num_steps, results in found.items():
        for ragged, result in results.items():
            whole = LENGTHS if ragged else [TIME] * BATCH
            real = [min(length, num_steps) for length in whole]
            expected = layer_by_layer(model, xs, carry, real)
            assert_equal(result, expected, 1e-12)
            last = f"layer_{num_layers - 1}"
            names = [last, f"{last}_reverse"] if bidirectional else [last]
            state = np.concatenate([expected[1][name]["h"] for name in names], axis=-1)
            np.testing.assert_allclose(
                model.last_output(result[1]), state, rtol=0, atol=1e-12
            )


def flax_cell(name: str, params: Any) -> Callable[[State, Floats], State]:
    """A step of flax's cell with our weights."""
    kinds = {"rnn": nnx.SimpleCell, "lstm": nnx.LSTMCell, "gru": nnx.GRUCell}
    inputs = params.w_x.shape[0]
    cell = random_weights(lambda: kinds[name](inputs, HIDDEN, rngs=nnx.Rngs(0)))

    def fill(linear: Any, kernel: Any, bias: Any = None) -> None:
        assert linear.kernel.shape == kernel.shape
        linear.kernel[...] = kernel
        assert (linear.bias is None) == (bias is None)
        if bias is not None:
            linear.bias[...] = bias

    if name == "lstm":
        w = numpy_cells.weights(name, jax.tree.map(np.asarray, params))
        for gate in "ifgo":
            fill(getattr(cell, "if_" if gate == "f" else f"i{gate}"), w.x[gate])
            fill(getattr(cell, f"h{gate}"), w.h[gate], w.b[gate])
    else:
        fill(cell.dense_i, params.w_x, params.b)
        fill(cell.dense_h, params.w_h)
    graph, weights = nnx.split(cell)

    @jax.jit
    def step(state: State, x: Any) -> State:
        carry = (state["c"], state["h"]) if name == "lstm" else state["h"]
        carry, y = nnx.merge(graph, weights)(carry, x.astype(jnp.float32))
        return {"c": carry[0], "h": y} if name == "lstm" else {"h": y}

    return step


def flax_run(
    name: str,
    params: Any,
    xs: Any,
    carry: Any,
    lengths: Sequence[int],
    reverse: bool,
) -> tuple[State, Floats]:
    state = {field: np.asarray(value) for field, value in carry._asdict().items()}
    step = flax_cell(name, params)
    return numpy_cells.loop(step, np.asarray(xs), state, lengths, reverse)


@pytest.mark.parametrize(
    ("num_layers", "bidirectional", "ragged"),
    [(1, False, True), (2, False, False), (3, True, True)],
)
@each_known_cell
def test_equals_flax(
    cell: str, num_layers: int, bidirectional: bool, ragged: bool
) -> None:
    model = recurrent(cell, num_layers, bidirectional)
    if cell == "gru":
        # flax's GRU has no bias inside the reset gate.
        for name in model.initial_carry(1):
            getattr(model, name).b_hn[...] = jnp.zeros(HIDDEN)
    xs, carry = draw_inputs(), draw_carry(model)
    assert xs.dtype == np.float32
    lengths = LENGTHS if ragged else [TIME] * BATCH
    found = jax.jit(
        lambda: model(xs, carry, lengths=jnp.array(lengths) if ragged else None)
    )()
    assert_equal(found, layer_by_layer(model, xs, carry, lengths, flax_run), 1e-5)


@pytest.mark.usefixtures("x64")
@each_known_cell
def test_equals_torch(cell: str) -> None:
    """Outputs, last states, and the gradient of the inputs, in float64."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    model = recurrent(cell, 2, True)
    theirs = getattr(torch.nn, cell.upper())(
        INPUTS, HIDDEN, num_layers=2, bidirectional=True, dtype=torch.float64
    )

    def tensor(array: Any) -> Any:
        return torch.tensor(np.asarray(array))

    with torch.no_grad():
        for layer in range(2):
            for suffix in ("", "_reverse"):
                params = getattr(model, f"layer_{layer}{suffix}").params()
                into = {
                    "weight_ih": params.w_x.T,
                    "weight_hh": params.w_h.T,
                    "bias_ih": params.b,
                    # torch has a second bias; only the GRU's last block is not spare.
                    "bias_hh": jnp.zeros_like(params.b),
                }
                if cell == "gru":
                    into["bias_hh"] = into["bias_hh"].at[2 * HIDDEN :].set(params.b_hn)
                for name, value in into.items():
                    getattr(theirs, f"{name}_l{layer}{suffix}").copy_(tensor(value))

    xs = draw_inputs()
    their_xs = tensor(xs).requires_grad_()
    rnn = torch.nn.utils.rnn
    packed = rnn.pack_padded_sequence(
        their_xs, torch.tensor(LENGTHS), enforce_sorted=False
    )
    packed_ys, last = theirs(packed)
    ys, _ = rnn.pad_packed_sequence(packed_ys, total_length=TIME)
    weights = np.random.default_rng(3).normal(size=ys.shape)
    (ys * tensor(weights)).sum().backward()

    def loss(xs: Any) -> Any:
        found = model(xs, lengths=jnp.array(LENGTHS))
        return jnp.sum(found[0] * weights), found

    xs_bar, found = jax.jit(jax.grad(loss, has_aux=True))(xs)
    np.testing.assert_allclose(xs_bar, their_xs.grad.numpy(), rtol=0, atol=1e-12)
    # torch stacks final states: layer 0, its reverse, layer 1, its reverse.
    last = dict(zip("hc", last if cell == "lstm" else (last,), strict=False))
    final = {
        name: {field: value[k].detach().numpy() for field, value in last.items()}
        for k, name in enumerate(found[1])
    }
    assert_equal(found, (ys.detach().numpy(), final), 1e-12)


@pytest.mark.usefixtures("x64")
@each_cell
def test_carry_continues_a_sequence(cell: str) -> None:
    """Five steps and five more from the carry equal ten."""
    model = recurrent(cell, 2, False)
    xs = draw_inputs(time=10)
    run = jax.jit(lambda xs, carry: model(xs, carry))
    zeros = model.initial_carry(BATCH, jnp.float64)
    ys, final = run(xs, zeros)
    first, carry = run(xs[:5], zeros)
    second, end = run(xs[5:], carry)
    np.testing.assert_allclose(jnp.concatenate([first, second]), ys, atol=1e-13)
    for a, b in zip(jax.tree.leaves(end), jax.tree.leaves(final), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-13)
    assert np.abs(run(xs[5:], zeros)[0] - ys[5:]).max() > 1e-3


def test_segment_and_outputs_reach_every_layer() -> None:
    model = recurrent("lstm", 2, True)
    xs = draw_inputs()

    def loops() -> int:
        slope = jax.grad(lambda xs: jnp.sum(model(xs)[0]))
        return jax.jit(slope).lower(xs).as_text().count("stablehlo.while")

    assert loops() == 4 * (1 + 1)
    model.segment = 2
    # Segments hold steps on the way there; on the way back they do so twice.
    assert loops() == 4 * (2 + 3)
    (ys, final), (none, same) = jax.jit(lambda: (model(xs), model(xs, outputs=False)))()
    assert none.shape == (0, *ys.shape[1:])
    jax.tree.map(np.testing.assert_array_equal, same, final)


@pytest.mark.usefixtures("x64")
def test_no_carry_means_zeros() -> None:
    model = recurrent("lstm", 2, True)
    zeros = model.initial_carry(BATCH, jnp.float64)
    assert list(zeros) == ["layer_0", "layer_0_reverse", "layer_1", "layer_1_reverse"]
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(zeros))
    xs = draw_inputs()
    without, given = jax.jit(lambda: (model(xs)[0], model(xs, zeros)[0]))()
    np.testing.assert_array_equal(without, given)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("bidirectional", [False, True])
def test_classifier_reads_the_last_real_step(bidirectional: bool) -> None:
    model = random_weights(
        lambda: RecurrentClassifier(
            "gru", 6, HIDDEN, 3, bidirectional=bidirectional, rngs=nnx.Rngs(params=0)
        )
    )
    indices = jnp.asarray(np.random.default_rng(4).integers(0, 6, size=(TIME, BATCH)))
    inner = model.recurrent
    real = [min(length, 4) for length in LENGTHS]
    zeros = inner.initial_carry(BATCH, jnp.float64)
    one_hot = np.eye(6)[np.asarray(indices)]
    _, final = layer_by_layer(inner, one_hot, zeros, real)
    h = np.concatenate([state["h"] for state in final.values()], axis=-1)
    projection = model.projection
    expected = h @ np.asarray(projection.w[...]) + np.asarray(projection.b[...])
    found = jax.jit(partial(model, num_steps=4))(indices, lengths=jnp.array(LENGTHS))
    assert found.shape == (BATCH, 3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
