"""What a recurrent cell is: a step, a first carry, and (as an extra) a fast adjoint."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from seqjax.core.boundary import Size, check_features

Params = Any  # a NamedTuple of arrays, the cell's own
Carry = Any  # a NamedTuple of arrays with a field `h`, the cell's own
Saved = Any  # a NamedTuple of arrays: what the backward pass of one step needs
Preactivation = Any  # a NamedTuple or array: cotangents of one step's preactivations


class HiddenCarry(NamedTuple):
    """The carry of a cell whose only state is its output (RNN, GRU)."""

    h: Float[Array, "batch hidden"]


class WeightCotangents(NamedTuple):
    """What a step's weights and input need of its preactivations' cotangents.

    With `a_x = x @ w_x + b` and `a_h = h_prev @ w_h (+ b_h)`, everything that the
    weights and the input need are the cotangents of `a_x` and `a_h`. Where they are the
    same (RNN, LSTM) one array stands in both fields and is computed once.
    """

    a_x_bar: Float[Array, "batch gates"]
    a_h_bar: Float[Array, "batch gates"]


class Adjoint(NamedTuple):
    """The hand-written derivative of a cell's step; an extra that buys speed.

    All of it is elementwise. The products (`a_x = x @ w_x + b` and `a_h = h_prev @ w_h`
    forward, three more on the way back) are the same for every cell and come from
    outside.

    Attributes:
        forward: `(params, carry, a_x, a_h) -> (carry, saved)`: the step, and what
            `backward` needs of it and no more.
        backward: `(params, carry_prev, saved, carry_bar)` to `(carry_prev_bar,
            cotangents)`: one step back in time, without what reaches `carry_prev`
            through `a_h`.
        params_bar: `(w_x_bar, w_h_bar, a_x_sum, a_h_sum) -> params_bar`: arranges the
            weight cotangents, and the preactivation cotangents summed over batch and
            time (the biases'), as the cell's parameters.
        again: `(params, carry_prev, saved) -> carry`: the carry that `forward` made,
            which a gated cell needs once more on the way back; cheaper than to keep it.
        further: `(params, carry_prev, saved, cotangents) -> bars`: what one step adds
            to the cotangents of the parameters beyond the first three; None where
            `params_bar` finds them in the sums. It is given the sums after its other
            arguments, one by one.
    """

    forward: Callable[[Params, Carry, Array, Array], tuple[Carry, Saved]]
    backward: Callable[[Params, Carry, Saved, Carry], tuple[Carry, WeightCotangents]]
    params_bar: Callable[..., Params]
    again: Callable[[Params, Carry, Saved], Carry]
    further: Callable[[Params, Carry, Saved, WeightCotangents], tuple[Array, ...]] | (
        None
    ) = None


class Cell(NamedTuple):
    """A recurrent cell as a value.

    To add a cell, write its step and its first carry; scan, unrolled and traced-length
    recurrences, gradients, seeds and the shared tests follow from those two.

    Attributes:
        name: as the command line calls it.
        gates: names of the blocks in its fused matrices, in their order.
        params: the NamedTuple type of its parameters; `w_x` (inputs, gates * hidden),
            `w_h` (hidden, gates * hidden) and `b` (gates * hidden) come first, further
            fields are biases of shape (hidden,).
        step: `(params, carry, x) -> (carry, y)`; pure, one time step. The output y is
            the new carry's `h`.
        initial_carry: `(batch, hidden, dtype) -> carry`, zeros.
        adjoint: the fast derivative, or None: then the step's own vector-Jacobian
            product is taken at every time step.
        rule: how to go forward and back where an adjoint cannot say it, such as that of
            a gated cell, whose input is more than an array; a `cotangents.Rule`.
    """

    name: str
    gates: tuple[str, ...]
    params: type[Any]
    step: Callable[[Params, Carry, Any], tuple[Carry, Array]]
    initial_carry: Callable[..., Carry]
    adjoint: Adjoint | None = None
    rule: Any = None


def product(
    a: Float[Array, "rows inner"],
    b: Float[Array, "inner columns"],
    precision: Any,
    result: Any,
    like: Float[Array, "rows columns"] | None = None,
) -> Float[Array, "rows columns"]:
    """`a @ b`, its factors in one precision, its sums and itself in another.

    Args:
        a: left factor.
        b: right factor.
        precision: dtype of the factors; that of the weights.
        result: dtype of the sums; that of the carry.
        like: what it is to be added to. Where `inner` is spread over devices, on a mesh
            of explicit axes, it will lie on them as that does.
    """
    if like is not None and jax.typeof(a).sharding.spec[-1] is not None:
        return jnp.matmul(
            a.astype(precision),
            b.astype(precision),
            preferred_element_type=result,
            out_sharding=jax.typeof(like).sharding,
        )
    if a.dtype == b.dtype == precision == result:
        return a @ b
    return jnp.matmul(
        a.astype(precision), b.astype(precision), preferred_element_type=result
    )


def recurrent(
    h: Float[Array, "batch hidden"], w_h: Float[Array, "hidden gates"]
) -> Float[Array, "batch gates"]:
    """The carry's share of the preactivations, `h @ w_h`, in the carry's dtype."""
    return product(h, w_h, w_h.dtype, h.dtype)


def project(
    x: Float[Array, "batch inputs"] | Int[Array, " batch"],
    w_x: Float[Array, "inputs gates"],
    dtype: Any = None,
) -> Float[Array, "batch gates"]:
    """The input's share of the preactivations, `x @ w_x`.

    An integer x stands for its one-hot vector: the product is then a row of `w_x`, and
    a gather costs less than a product with zeros. A single input feature is an outer
    product, which fuses into the elementwise work around it; a matrix product would
    not.

    Args:
        x: input of one step.
        w_x: the weights.
        dtype: of the result, that of the carry; default: that of the weights.

    Raises:
        ValueError: if x has another number of features than the weights.
    """
    dtype = w_x.dtype if dtype is None else dtype
    if jnp.issubdtype(x.dtype, jnp.integer):
        return w_x[x].astype(dtype)
    check_features("x", x.shape[-1], w_x.shape[0])
    if x.shape[-1] == 1:
        return x.astype(dtype) * w_x.astype(dtype)
    return product(x, w_x, w_x.dtype, dtype)


def bias(
    b: Float[Array, " units"] | Float[np.ndarray, " units"],
    like: Float[Array, "*batch _"],
) -> Float[Array, "*ones units"]:
    """A bias, or other numbers of units, with as many axes as what it meets.

    Broadcasting would do the same, but may be forbidden (`jax_numpy_rank_promotion`).

    Args:
        b: one number for each unit.
        like: what it is to be added to, or multiplied with.
    """
    return jnp.expand_dims(b, tuple(range(like.ndim - b.ndim)))


def hidden_carry(batch: Size, hidden: int, dtype: Any = None) -> HiddenCarry:
    """The zero carry of a cell whose only state is h, shape (batch, hidden).

    In JAX's own precision where no `dtype` is given.
    """
    return HiddenCarry(h=jnp.zeros((batch, hidden), dtype))


def sigmoid(a: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The logistic function 1 / (1 + exp(-a))."""
    return jax.nn.sigmoid(a)
