"""Cases of flax's and torch's own tests of recurrent layers, in our words, on ours.

Of flax (tests/nnx/nn/recurrent_test.py): carry and outputs, `time_major`, lengths with
the last carry, reverse in its order, both directions, a carry that goes on. Of torch
(test/test_nn.py, nn/test_packed_sequence.py): shapes with layers, directions, batches
first, one sequence alone, sizes that do not fit, packed sequences of any order with
their gradients. What differs: outputs past the end of a sequence are zero here, as in
torch, and whatever came of the padding in flax; several batch axes are refused.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.nn import Recurrent, from_flax, from_torch
from tests.variants import and_slow

TIME, BATCH, INPUTS, HIDDEN = 6, 4, 3, 5
LENGTHS = [2, 6, 1, 4]
TORCH = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
each_cell = pytest.mark.parametrize("cell", and_slow(["lstm"], ["rnn", "gru"]))


def inputs() -> Any:
    drawn = np.random.default_rng(0).normal(size=(TIME, BATCH, INPUTS))
    return drawn.astype(np.float32)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("num_layers", [1, 2])
@each_cell
def test_shapes_of_torch(cell: str, num_layers: int, both: bool) -> None:
    """Its outputs; its state is ours, one entry for each layer and direction."""
    model = Recurrent(
        *(cell, INPUTS, HIDDEN),
        num_layers=num_layers,
        bidirectional=both,
        batch_first=True,
        rngs=nnx.Rngs(0),
    )
    xs, directions = jnp.asarray(inputs()), 2 if both else 1
    ys, final = model(xs.swapaxes(0, 1))
    assert ys.shape == (BATCH, TIME, directions * HIDDEN)
    assert len(final) == directions * num_layers
    assert {carry.h.shape for carry in final.values()} == {(BATCH, HIDDEN)}
    alone, state = model(xs[:, 0])
    assert alone.shape == (TIME, directions * HIDDEN)
    assert {carry.h.shape for carry in state.values()} == {(HIDDEN,)}
    last = model.last_output(final)
    assert last.shape == (BATCH, directions * HIDDEN)


@each_cell
def test_packed_sequences_of_torch(cell: str) -> None:
    """Outputs, last states and gradients of a ragged batch, in any order of lengths."""
    torch: Any = pytest.importorskip("torch", reason="torch is not installed")
    torch.manual_seed(0)
    module = getattr(torch.nn, TORCH[cell])(INPUTS, HIDDEN, 2, bidirectional=True)
    xs = torch.from_numpy(inputs()).requires_grad_()
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        xs, torch.tensor(LENGTHS), enforce_sorted=False
    )
    ys, state = module(packed)
    ys, _ = torch.nn.utils.rnn.pad_packed_sequence(ys, total_length=TIME)
    h = state[0] if isinstance(state, tuple) else state
    ((ys**2).sum() + (h**2).sum()).backward()
    model = from_torch(module)

    def loss(xs: Any) -> tuple[Any, Any]:
        ours, final = model(xs, lengths=LENGTHS)
        last = jnp.stack([final[name].h for name in model.layer_names()])
        return (ours**2).sum() + (last**2).sum(), (ours, last)

    gradient, (ours, last) = jax.grad(loss, has_aux=True)(jnp.asarray(inputs()))
    np.testing.assert_allclose(ours, ys.detach().numpy(), atol=2e-6)
    np.testing.assert_allclose(last, h.detach().numpy(), atol=2e-6)
    np.testing.assert_allclose(gradient, xs.grad.numpy(), atol=1e-5)


def test_what_torch_refuses_is_refused() -> None:
    """Features, hidden sizes, batches and layers of a state; three axes at most."""
    model = Recurrent("gru", INPUTS, HIDDEN, rngs=nnx.Rngs(0))
    xs = jnp.asarray(inputs())
    zeros = model.initial_carry(BATCH)
    other = Recurrent("gru", INPUTS, HIDDEN + 1, num_layers=2, rngs=nnx.Rngs(0))
    for given, carry in (
        (xs[..., :2], None),
        (xs[None], None),
        (xs, model.initial_carry(BATCH + 1)),
        (xs, other.initial_carry(BATCH)),
        (xs[:, 0], zeros),
    ):
        with pytest.raises(ValueError, match="must be|must have"):
            model(given, carry)


@pytest.mark.parametrize("time_major", [True, False])
@pytest.mark.parametrize("reverse", [False, True])
@each_cell
def test_lengths_of_flax(cell: str, reverse: bool, time_major: bool) -> None:
    """`seq_lengths` with the last carry; its outputs past an end are not zero."""
    kinds = {
        "rnn": nnx.SimpleCell,
        "lstm": nnx.OptimizedLSTMCell,
        "gru": nnx.GRUCell,
    }
    rngs = nnx.Rngs(0)
    theirs = nnx.RNN(
        kinds[cell](INPUTS, HIDDEN, rngs=rngs),
        time_major=time_major,
        return_carry=True,
        reverse=reverse,
        keep_order=True,
        rngs=rngs,
    )
    model = from_flax(theirs, batch_first=not time_major)
    xs = jnp.asarray(inputs())
    xs = xs if time_major else xs.swapaxes(0, 1)
    carry, expected = theirs(xs, seq_lengths=jnp.array(LENGTHS))
    ys, final = model(xs, lengths=LENGTHS)
    h = carry[1] if isinstance(carry, tuple) else carry
    np.testing.assert_allclose(final["layer_0"].h, h, atol=1e-6)
    steps = np.arange(TIME)[:, None] < np.array(LENGTHS)
    real = (steps if time_major else steps.T)[..., None]
    np.testing.assert_allclose(ys, np.where(real, expected, 0), atol=1e-6)


@each_cell
def test_a_carry_of_flax_goes_on(cell: str) -> None:
    """Half and half is the whole, as its test of `initial_carry`."""
    model = Recurrent(cell, INPUTS, HIDDEN, num_layers=2, rngs=nnx.Rngs(0))
    xs = jnp.asarray(inputs())
    whole, end = model(xs)
    first, carry = model(xs[:2])
    second, final = model(xs[2:], carry)
    np.testing.assert_allclose(jnp.concatenate([first, second]), whole, atol=1e-6)
    for ours, theirs in zip(jax.tree.leaves(final), jax.tree.leaves(end), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
