"""The vanilla (Elman) recurrent cell."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from seqjax.core.cells.base import (
    Adjoint,
    Cell,
    HiddenCarry,
    WeightCotangents,
    bias,
    hidden_carry,
    project,
    recurrent,
)


class RNNParams(NamedTuple):
    """Parameters of the vanilla cell; one gate block."""

    w_x: Float[Array, "inputs hidden"]
    w_h: Float[Array, "hidden hidden"]
    b: Float[Array, " hidden"]


def rnn_step(
    params: RNNParams,
    carry: HiddenCarry,
    x: Float[Array, "batch inputs"] | Int[Array, " batch"],
) -> tuple[HiddenCarry, Float[Array, "batch hidden"]]:
    """One step of `h = tanh(x w_x + h_prev w_h + b)` (Elman 1990).

    Args:
        params: weights and bias.
        carry: the hidden state before the step.
        x: input features, or an index that stands for its one-hot vector.

    Returns:
        The carry after the step, and its `h` as the output.
    """
    a_x = project(x, params.w_x, carry.h.dtype)
    a = a_x + recurrent(carry.h, params.w_h)
    h = jnp.tanh(a + bias(params.b, a))
    return HiddenCarry(h), h


class RNNSaved(NamedTuple):
    """What one step back needs: the output, from which tanh' = 1 - h**2."""

    h: Float[Array, "batch hidden"]


def _forward(
    params: RNNParams, carry: HiddenCarry, a_x: Array, a_h: Array
) -> tuple[HiddenCarry, RNNSaved]:
    h = jnp.tanh(a_x + a_h)
    return HiddenCarry(h), RNNSaved(h)


def _backward(
    params: RNNParams, carry_prev: HiddenCarry, saved: RNNSaved, carry_bar: HiddenCarry
) -> tuple[HiddenCarry, WeightCotangents]:
    a_bar = carry_bar.h * (1 - saved.h**2)
    return HiddenCarry(jnp.zeros_like(a_bar)), WeightCotangents(a_bar, a_bar)


def _params_bar(
    w_x_bar: Array, w_h_bar: Array, a_x_sum: Array, a_h_sum: Array
) -> RNNParams:
    return RNNParams(w_x_bar, w_h_bar, a_x_sum)


def _again(params: RNNParams, carry_prev: HiddenCarry, saved: RNNSaved) -> HiddenCarry:
    return HiddenCarry(saved.h)


RNN = Cell(
    name="rnn",
    gates=("h",),
    params=RNNParams,
    step=rnn_step,
    initial_carry=hidden_carry,
    adjoint=Adjoint(_forward, _backward, _params_bar, _again),
)
