"""The gated recurrent unit."""

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
    sigmoid,
)


class GRUParams(NamedTuple):
    """Parameters of the GRU; gate blocks in the order r, z, n."""

    w_x: Float[Array, "inputs 3*hidden"]
    w_h: Float[Array, "hidden 3*hidden"]
    b: Float[Array, " 3*hidden"]
    b_hn: Float[Array, " hidden"]


def gru_step(
    params: GRUParams,
    carry: HiddenCarry,
    x: Float[Array, "batch inputs"] | Int[Array, " batch"],
) -> tuple[HiddenCarry, Float[Array, "batch hidden"]]:
    """One step of the GRU (Cho et al. 2014), reset gate after the product.

    With `u = x w_x + b` and `v = h_prev w_h` in three blocks:

        r, z = sigmoid(u_r + v_r), sigmoid(u_z + v_z)
        n = tanh(u_n + r * (v_n + b_hn))
        h = (1 - z) * n + z * h_prev

    Cho et al. multiply by r before the product; cuDNN, torch and flax after it, as
    here, since all three blocks of `h_prev w_h` are then one product.

    Args:
        params: weights and biases, blocks r, z, n.
        carry: the hidden state before the step.
        x: input features, or an index that stands for its one-hot vector.

    Returns:
        The carry after the step, and its `h` as the output.
    """
    u = project(x, params.w_x, carry.h.dtype)
    u = u + bias(params.b, u)
    u_r, u_z, u_n = jnp.split(u, 3, axis=-1)
    v_r, v_z, v_n = jnp.split(recurrent(carry.h, params.w_h), 3, axis=-1)
    r, z = sigmoid(u_r + v_r), sigmoid(u_z + v_z)
    n = jnp.tanh(u_n + r * (v_n + bias(params.b_hn, v_n)))
    h = (1 - z) * n + z * carry.h
    return HiddenCarry(h), h


class GRUSaved(NamedTuple):
    """What one step back needs besides the carry before it."""

    rz: Float[Array, "batch 2*hidden"]
    n: Float[Array, "batch hidden"]
    v_n: Float[Array, "batch hidden"]


def _forward(
    params: GRUParams, carry: HiddenCarry, u: Array, v: Array
) -> tuple[HiddenCarry, GRUSaved]:
    hidden = carry.h.shape[-1]
    rz = sigmoid(u[:, : 2 * hidden] + v[:, : 2 * hidden])
    r, z = jnp.split(rz, 2, axis=-1)
    v_n = v[:, 2 * hidden :] + bias(params.b_hn, v)
    n = jnp.tanh(u[:, 2 * hidden :] + r * v_n)
    return HiddenCarry((1 - z) * n + z * carry.h), GRUSaved(rz, n, v_n)


def _backward(
    params: GRUParams, carry_prev: HiddenCarry, saved: GRUSaved, carry_bar: HiddenCarry
) -> tuple[HiddenCarry, WeightCotangents]:
    r, z = jnp.split(saved.rz, 2, axis=-1)
    n, h_bar = saved.n, carry_bar.h
    n_bar = h_bar * (1 - z) * (1 - n**2)
    r_bar = n_bar * saved.v_n * r * (1 - r)
    z_bar = h_bar * (carry_prev.h - n) * z * (1 - z)
    a_x_bar = jnp.concatenate([r_bar, z_bar, n_bar], axis=-1)
    a_h_bar = jnp.concatenate([r_bar, z_bar, n_bar * r], axis=-1)
    return HiddenCarry(h_bar * z), WeightCotangents(a_x_bar, a_h_bar)


def _params_bar(
    w_x_bar: Array, w_h_bar: Array, a_x_sum: Array, a_h_sum: Array
) -> GRUParams:
    hidden = w_h_bar.shape[0]
    return GRUParams(w_x_bar, w_h_bar, a_x_sum, a_h_sum[2 * hidden :])


def _again(params: GRUParams, carry_prev: HiddenCarry, saved: GRUSaved) -> HiddenCarry:
    _, z = jnp.split(saved.rz, 2, axis=-1)
    return HiddenCarry((1 - z) * saved.n + z * carry_prev.h)


GRU = Cell(
    name="gru",
    gates=("r", "z", "n"),
    params=GRUParams,
    step=gru_step,
    initial_carry=hidden_carry,
    adjoint=Adjoint(_forward, _backward, _params_bar, _again),
)
