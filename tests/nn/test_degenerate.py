"""No steps, no sequences: what flax and torch give, and gradients of zero."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.nn import GatedRecurrent, Recurrent
from seqjax.nn.batch_norm import BatchNormLSTM
from tests.variants import and_slow

TIME, BATCH, INPUTS, HIDDEN = 3, 4, 2, 5
NAN = jnp.full((TIME, BATCH, INPUTS), jnp.nan, jnp.float32)
KINDS: dict[str, dict[str, Any]] = {
    "lstm": {"cell": "lstm"},
    "gru, both ways": {"cell": "gru", "bidirectional": True, "num_layers": 2},
    "rnn, scan": {"cell": "rnn", "method": "scan"},
    "lstm, segments": {"cell": "lstm", "segment": 2},
}
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "no steps": (NAN[:0], {}),
    "no sequences": (NAN[:, :0], {}),
    "no sequences, ragged": (NAN[:, :0], {"lengths": []}),
    "none taken": (NAN, {"num_steps": 0}),
    "none taken, ragged": (NAN, {"lengths": [0] * BATCH}),
}


def made(kind: str) -> Recurrent:
    options: dict[str, Any] = dict(KINDS[kind])
    return Recurrent(options.pop("cell"), INPUTS, HIDDEN, rngs=nnx.Rngs(0), **options)


def judged(model: Recurrent, carry: Any, **options: Any) -> Any:
    """Results, and the gradients by parameters, inputs and carry."""
    graph, params = nnx.split(model)

    def loss(params: Any, xs: Any, carry: Any) -> tuple[Any, Any]:
        found = nnx.merge(graph, params)(xs, carry, **options)
        return sum(x.sum() for x in jax.tree.leaves(found)), found

    return params, jax.grad(loss, (0, 1, 2), has_aux=True)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "kind", and_slow(("lstm", "gru, both ways"), ("rnn, scan", "lstm, segments"))
)
def test_f13_nothing_to_read_leaves_the_carry(kind: str, case: str) -> None:
    model, (xs, options) = made(kind), CASES[case]
    batch = xs.shape[1]
    carry = jax.tree.map(lambda leaf: leaf + 0.5, model.initial_carry(batch))
    params, gradient = judged(model, carry, **options)
    (params_bar, xs_bar, carry_bar), (ys, final) = gradient(params, xs, carry)
    width = HIDDEN * (2 if model.bidirectional else 1)
    np.testing.assert_array_equal(ys, np.zeros((len(xs), batch, width)))
    for leaf in jax.tree.leaves(final):
        np.testing.assert_array_equal(leaf, np.full((batch, HIDDEN), 0.5))
    for leaf in jax.tree.leaves((params_bar, xs_bar)):
        np.testing.assert_array_equal(leaf, np.zeros_like(leaf))
    for leaf in jax.tree.leaves(carry_bar):
        np.testing.assert_array_equal(leaf, np.ones((batch, HIDDEN)))


@pytest.mark.parametrize("kind", ["lstm", "rnn, scan"])
@pytest.mark.parametrize("num_steps", [0, -3])
def test_f13_no_step_of_a_traced_number(kind: str, num_steps: int) -> None:
    model = made(kind)
    graph, params = nnx.split(model)

    @jax.jit
    def gradient(params: Any, xs: Any, num_steps: Any) -> Any:
        def loss(params: Any, xs: Any) -> Any:
            ys, final = nnx.merge(graph, params)(xs, num_steps=num_steps)
            return ys.sum() + sum(x.sum() for x in jax.tree.leaves(final))

        return jax.grad(loss, (0, 1))(params, xs)

    # What is no number is not told apart here: to do so would round trainings anew.
    xs = jnp.ones_like(NAN)
    for leaf in jax.tree.leaves(gradient(params, xs, num_steps)):
        np.testing.assert_array_equal(leaf, np.zeros_like(leaf))


@pytest.mark.parametrize("rows", [0, 1])
def test_f13_a_gated_batch_of_none(rows: int) -> None:
    model = GatedRecurrent("lstm", INPUTS, HIDDEN, rngs=nnx.Rngs(0))
    graph, params = nnx.split(model)
    times = jnp.arange(1.0, TIME + 1, dtype=jnp.float32)[:, None][:, :rows]

    def loss(params: Any) -> Any:
        return nnx.merge(graph, params)(NAN[:, :0], times)[0].sum()

    assert model(NAN[:, :0], times)[0].shape == (TIME, 0, HIDDEN)
    for leaf in jax.tree.leaves(jax.grad(loss)(params)):
        np.testing.assert_array_equal(leaf, np.zeros_like(leaf))
    assert model(NAN[:0], times[:0].reshape(0, 1))[0].shape == (0, BATCH, HIDDEN)


def test_f13_batch_norm_of_nothing() -> None:
    model = BatchNormLSTM(INPUTS, HIDDEN, rngs=nnx.Rngs(0))
    assert model(NAN[:, :0], [])[0].shape == (0, HIDDEN)
    np.testing.assert_array_equal(model(NAN[:0])[0], np.zeros((BATCH, HIDDEN)))


def test_f13_flax_and_torch_give_the_same_shapes() -> None:
    xs = jnp.zeros((0, BATCH, INPUTS))
    rngs = nnx.Rngs(0)
    theirs = nnx.RNN(
        nnx.OptimizedLSTMCell(INPUTS, HIDDEN, rngs=rngs), time_major=True, rngs=rngs
    )
    assert made("lstm")(xs)[0].shape == theirs(xs).shape
    torch: Any = pytest.importorskip("torch", reason="torch is not installed")
    module = torch.nn.LSTM(INPUTS, HIDDEN)
    ys, (h, _) = module(torch.zeros((TIME, 0, INPUTS)))
    ours, final = made("lstm")(jnp.zeros((TIME, 0, INPUTS)))
    assert ours.shape == tuple(ys.shape)
    assert final["layer_0"].h.shape == tuple(h.shape[1:])
