"""The long short-term memory cell."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seqjax.core.boundary import Size
from seqjax.core.cells.base import (
    Adjoint,
    Cell,
    WeightCotangents,
    bias,
    project,
    recurrent,
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
    a_x = project(x, params.w_x, carry.h.dtype)
    a = a_x + recurrent(carry.h, params.w_h)
    a = a + bias(params.b, a)
    a_i, a_f, a_g, a_o = jnp.split(a, 4, axis=-1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), jnp.tanh(a_g), sigmoid(a_o)
    c = g * i + carry.c * f
    h = jnp.tanh(c) * o
    return LSTMCarry(c, h), h


def lstm_initial_carry(batch: Size, hidden: int, dtype: Any = None) -> LSTMCarry:
    """The zero carry, both fields of shape (batch, hidden).

    In JAX's own precision where no `dtype` is given.
    """
    zeros = jnp.zeros((batch, hidden), dtype)
    return LSTMCarry(c=zeros, h=zeros)


class LSTMSaved(NamedTuple):
    """What one step back needs besides the carry before it.

    One leaf per gate: sliced out of a fused block where they are read, XLA's CPU loops
    over them are not vectorised.
    """

    i: Float[Array, "batch hidden"]
    f: Float[Array, "batch hidden"]
    g: Float[Array, "batch hidden"]
    o: Float[Array, "batch hidden"]
    tanh_c: Float[Array, "batch hidden"]


def _forward(
    params: LSTMParams, carry: LSTMCarry, a_x: Array, a_h: Array
) -> tuple[LSTMCarry, LSTMSaved]:
    a = a_x + a_h
    # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, so that one pass over the fused block opens
    # all four gates; split first, XLA computes them once more for every reader.
    half = _per_gate(a, 0.5, 0.5, 1.0, 0.5)
    t_i, t_f, g, t_o = jnp.split(jnp.tanh(bias(half, a) * a), 4, axis=-1)
    i, f, o = (0.5 * t + 0.5 for t in (t_i, t_f, t_o))
    c = g * i + carry.c * f
    tanh_c = jnp.tanh(c)
    return LSTMCarry(c, tanh_c * o), LSTMSaved(i, f, g, o, tanh_c)


def _backward(
    params: LSTMParams, carry_prev: LSTMCarry, saved: LSTMSaved, carry_bar: LSTMCarry
) -> tuple[LSTMCarry, WeightCotangents]:
    i, f, g, o, tanh_c = saved
    c_bar = carry_bar.c + carry_bar.h * o * (1 - tanh_c**2)
    a_bar = jnp.concatenate(
        [
            c_bar * g * i * (1 - i),
            c_bar * carry_prev.c * f * (1 - f),
            c_bar * i * (1 - g**2),
            carry_bar.h * tanh_c * o * (1 - o),
        ],
        axis=-1,
    )
    return (
        LSTMCarry(c=c_bar * f, h=jnp.zeros_like(c_bar)),
        WeightCotangents(a_bar, a_bar),
    )


def _per_gate(a: Array, i: float, f: float, g: float, o: float) -> Array:
    """A constant row that holds one value over each gate's block of `a`."""
    return jnp.repeat(jnp.array([i, f, g, o], a.dtype), a.shape[-1] // 4)


def _params_bar(
    w_x_bar: Array, w_h_bar: Array, a_x_sum: Array, a_h_sum: Array
) -> LSTMParams:
    return LSTMParams(w_x_bar, w_h_bar, a_x_sum)


def _again(params: LSTMParams, carry_prev: LSTMCarry, saved: LSTMSaved) -> LSTMCarry:
    return LSTMCarry(saved.g * saved.i + carry_prev.c * saved.f, saved.tanh_c * saved.o)


LSTM = Cell(
    name="lstm",
    gates=("i", "f", "g", "o"),
    params=LSTMParams,
    step=lstm_step,
    initial_carry=lstm_initial_carry,
    adjoint=Adjoint(_forward, _backward, _params_bar, _again),
)
