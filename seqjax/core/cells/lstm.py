"""The long short-term memory cell."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from seqjax.core.cells.base import (
    Adjoint,
    Cell,
    WeightCotangents,
    project,
    sigmoid,
)


class LSTMParams(NamedTuple):
    """Parameters of the LSTM; gate blocks in the order i, f, g, o."""

    w_x: Float[Array, "inputs 4*hidden"]
    w_h: Float[Array, "hidden 4*hidden"]
    b: Float[Array, " 4*hidden"]


class LSTMCarry(NamedTuple):
    """The memory `c` and the output `h`."""

    c: Float[Array, "batch hidden"]
    h: Float[Array, "batch hidden"]


def lstm_step(
    params: LSTMParams,
    carry: LSTMCarry,
    x: Float[Array, "batch inputs"] | Int[Array, " batch"],
) -> tuple[LSTMCarry, Float[Array, "batch hidden"]]:
    """One step of the LSTM (Hochreiter & Schmidhuber 1997; f by Gers et al. 2000).

    With `a = x w_x + h_prev w_h + b` in four blocks:

        i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o);  g = tanh(a_g)
        c = g * i + c_prev * f
        h = tanh(c) * o

    Args:
        params: weights and bias, blocks i, f, g, o.
        carry: memory and output before the step.
        x: input features, or an index that stands for its one-hot vector.

    Returns:
        The carry after the step, and its `h` as the output.
    """
    a = project(x, params.w_x) + carry.h @ params.w_h + params.b
    a_i, a_f, a_g, a_o = jnp.split(a, 4, axis=-1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), jnp.tanh(a_g), sigmoid(a_o)
    c = g * i + carry.c * f
    h = jnp.tanh(c) * o
    return LSTMCarry(c, h), h


def lstm_initial_carry(batch: int, hidden: int, dtype: Any = jnp.float32) -> LSTMCarry:
    """The zero carry, both fields of shape (batch, hidden)."""
    zeros = jnp.zeros((batch, hidden), dtype)
    return LSTMCarry(c=zeros, h=zeros)


class LSTMSaved(NamedTuple):
    """What one step back needs besides the carry before it."""

    gates: Float[Array, "batch 4*hidden"]
    tanh_c: Float[Array, "batch hidden"]


def _forward(
    params: LSTMParams, carry: LSTMCarry, x: Array
) -> tuple[LSTMCarry, LSTMSaved]:
    a = project(x, params.w_x) + carry.h @ params.w_h + params.b
    # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, so that one pass over the fused block opens
    # all four gates; split first, XLA computes them once more for every reader.
    half = _per_gate(a, 0.5, 0.5, 1.0, 0.5)
    gates = half * jnp.tanh(half * a) + (1 - half)
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    c = g * i + carry.c * f
    tanh_c = jnp.tanh(c)
    return LSTMCarry(c, tanh_c * o), LSTMSaved(gates, tanh_c)


def _backward(
    params: LSTMParams, carry_prev: LSTMCarry, saved: LSTMSaved, carry_bar: LSTMCarry
) -> tuple[LSTMCarry, WeightCotangents]:
    gates, tanh_c = saved
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    # The barriers keep XLA from computing a shared value once per reader.
    c_bar = lax.optimization_barrier(carry_bar.c + carry_bar.h * o * (1 - tanh_c**2))
    gates_bar = jnp.concatenate(
        [c_bar * g, c_bar * carry_prev.c, c_bar * i, carry_bar.h * tanh_c], axis=-1
    )
    # sigmoid' = s (1 - s) and tanh' = (1 + t) (1 - t): one formula for the fused block.
    a_bar = gates_bar * (gates + _per_gate(gates, 0.0, 0.0, 1.0, 0.0)) * (1 - gates)
    a_bar = lax.optimization_barrier(a_bar)
    return (
        LSTMCarry(c=c_bar * f, h=a_bar @ params.w_h.T),
        WeightCotangents(a_bar, a_bar),
    )


def _per_gate(a: Array, i: float, f: float, g: float, o: float) -> Array:
    """A constant row that holds one value over each gate's block of `a`."""
    return jnp.repeat(jnp.array([i, f, g, o], a.dtype), a.shape[-1] // 4)


def _params_bar(
    w_x_bar: Array, w_h_bar: Array, a_x_sum: Array, a_h_sum: Array
) -> LSTMParams:
    return LSTMParams(w_x_bar, w_h_bar, a_x_sum)


LSTM = Cell(
    name="lstm",
    gates=("i", "f", "g", "o"),
    params=LSTMParams,
    step=lstm_step,
    initial_carry=lstm_initial_carry,
    adjoint=Adjoint(_forward, _backward, _params_bar),
)
