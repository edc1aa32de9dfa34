"""The long short-term memory cell whose gates see its memory."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seqjax.core.cells.base import (
    Adjoint,
    Cell,
    WeightCotangents,
    bias,
    project,
    recurrent,
    sigmoid,
)
from seqjax.core.cells.lstm import LSTMCarry, lstm_initial_carry


class PeepholeParams(NamedTuple):
    """Parameters of the LSTM with peepholes; gate blocks in the order i, f, g, o."""

    w_x: Float[Array, "inputs 4*hidden"]
    w_h: Float[Array, "hidden 4*hidden"]
    b: Float[Array, " 4*hidden"]
    w_ci: Float[Array, " hidden"]
    w_cf: Float[Array, " hidden"]
    w_co: Float[Array, " hidden"]


def peephole_step(
    params: PeepholeParams,
    carry: LSTMCarry,
    x: Float[Array, "batch inputs"] | Int[Array, " batch"],
) -> tuple[LSTMCarry, Float[Array, "batch hidden"]]:
    """One step of the LSTM with peepholes (Gers & Schmidhuber 2000).

    With `a = x w_x + h_prev w_h + b` in four blocks:

        i, f = sigmoid(a_i + w_ci c_prev), sigmoid(a_f + w_cf c_prev);  g = tanh(a_g)
        c = g * i + c_prev * f
        h = tanh(c) * sigmoid(a_o + w_co c)

    (Neil et al. 2016, eq. 1 to 5). Without peepholes (all zero) it is the LSTM.

    Args:
        params: weights, bias, and a peephole of each gate.
        carry: memory and output before the step.
        x: input features, or an index that stands for its one-hot vector.

    Returns:
        The carry after the step, and its `h` as the output.
    """
    a_x = project(x, params.w_x, carry.h.dtype)
    a_x = a_x + bias(params.b, a_x)
    new, _ = _forward(params, carry, a_x, recurrent(carry.h, params.w_h))
    return new, new.h


class PeepholeSaved(NamedTuple):
    """What one step back needs besides the carry before it."""

    i: Float[Array, "batch hidden"]
    f: Float[Array, "batch hidden"]
    g: Float[Array, "batch hidden"]
    o: Float[Array, "batch hidden"]
    tanh_c: Float[Array, "batch hidden"]


def _forward(
    params: PeepholeParams, carry: LSTMCarry, a_x: Array, a_h: Array
) -> tuple[LSTMCarry, PeepholeSaved]:
    a_i, a_f, a_g, a_o = jnp.split(a_x + a_h, 4, axis=-1)
    i = sigmoid(a_i + bias(params.w_ci, a_i) * carry.c)
    f = sigmoid(a_f + bias(params.w_cf, a_f) * carry.c)
    g = jnp.tanh(a_g)
    c = g * i + carry.c * f
    o, tanh_c = sigmoid(a_o + bias(params.w_co, c) * c), jnp.tanh(c)
    return LSTMCarry(c, tanh_c * o), PeepholeSaved(i, f, g, o, tanh_c)


def _backward(
    params: PeepholeParams,
    carry_prev: LSTMCarry,
    saved: PeepholeSaved,
    carry_bar: LSTMCarry,
) -> tuple[LSTMCarry, WeightCotangents]:
    i, f, g, o, tanh_c = saved
    w_ci, w_cf, w_co = (bias(w, o) for w in (params.w_ci, params.w_cf, params.w_co))
    a_o_bar = carry_bar.h * tanh_c * o * (1 - o)
    c_bar = carry_bar.c + carry_bar.h * o * (1 - tanh_c**2) + a_o_bar * w_co
    a_i_bar = c_bar * g * i * (1 - i)
    a_f_bar = c_bar * carry_prev.c * f * (1 - f)
    a_g_bar = c_bar * i * (1 - g**2)
    a_bar = jnp.concatenate([a_i_bar, a_f_bar, a_g_bar, a_o_bar], axis=-1)
    c_prev_bar = c_bar * f + a_i_bar * w_ci + a_f_bar * w_cf
    return (
        LSTMCarry(c=c_prev_bar, h=jnp.zeros_like(c_bar)),
        WeightCotangents(a_bar, a_bar),
    )


def _params_bar(
    w_x_bar: Array, w_h_bar: Array, a_x_sum: Array, a_h_sum: Array, *further: Array
) -> PeepholeParams:
    return PeepholeParams(w_x_bar, w_h_bar, a_x_sum, *further)


def _again(
    params: PeepholeParams, carry_prev: LSTMCarry, saved: PeepholeSaved
) -> LSTMCarry:
    return LSTMCarry(saved.g * saved.i + carry_prev.c * saved.f, saved.tanh_c * saved.o)


def _further(
    params: PeepholeParams,
    carry_prev: LSTMCarry,
    saved: PeepholeSaved,
    cotangents: WeightCotangents,
) -> tuple[Array, Array, Array]:
    """Cotangents of the peepholes: of each gate, times the memory that it saw."""
    a_i_bar, a_f_bar, _, a_o_bar = jnp.split(cotangents.a_x_bar, 4, axis=-1)
    c = _again(params, carry_prev, saved).c
    products = (a_i_bar * carry_prev.c, a_f_bar * carry_prev.c, a_o_bar * c)
    i_bar, f_bar, o_bar = (product.sum(0) for product in products)
    return i_bar, f_bar, o_bar


PEEPHOLE_LSTM = Cell(
    name="peephole",
    gates=("i", "f", "g", "o"),
    params=PeepholeParams,
    step=peephole_step,
    initial_carry=lstm_initial_carry,
    adjoint=Adjoint(_forward, _backward, _params_bar, _again, _further),
)
