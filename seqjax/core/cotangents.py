"""One step of a recurrence back in time: by a cell's adjoint, or by its plain step."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int, Shaped

from seqjax.core.cells.base import (
    Adjoint,
    Carry,
    Cell,
    Params,
    bias,
    product,
    project,
    recurrent,
)

Tree = Any


@runtime_checkable
class Rule(Protocol):
    """How to step forward keeping what is needed, and back adding up cotangents."""

    def forward(
        self,
        params: Params,
        carry: Carry,
        x: Shaped[Array, "batch *inputs"],
        *,
        from_zero: bool = False,
    ) -> tuple[Carry, Tree]:
        """One step forward: the new carry, and what `step` needs of it.

        `from_zero` promises, here and in `step`, that the carry before is zero (and in
        `step`, that nobody wants its cotangent): no use for a recurrent product.
        """

    def zeros(self, params: Params) -> Tree:
        """Empty sums over time of the weights' cotangents."""

    def backward_params(self, params: Params) -> Tree:
        """The parameters as `step` takes them, the same at every step."""

    def step(
        self,
        params: Tree,
        carry_prev: Carry,
        saved: Tree,
        x: Shaped[Array, "batch *inputs"],
        carry_bar: Carry,
        sums: Tree,
        *,
        from_zero: bool = False,
    ) -> tuple[Carry, Tree, Tree]:
        """One step back: cotangents of the carry, the sums, cotangents of the input.

        The last is None where the input is an index.
        """

    def again(
        self,
        params: Tree,
        carry_prev: Carry,
        saved: Tree,
        x: Shaped[Array, "batch *inputs"],
    ) -> Carry:
        """The carry that a step forward made; arguments as those of `step`."""

    def params_bar(self, sums: Tree) -> Params:
        """The parameters' cotangents from the sums over all steps."""


class _Sums(NamedTuple):
    """Sums over time (and batch) of the weights' cotangents."""

    w_x: Array
    w_h: Array
    a_x: Array
    a_h: Array
    further: tuple[Array, ...]


class _BackwardParams(NamedTuple):
    """Parameters, and both weights once more, turned once for all steps."""

    params: Params
    w_x_turned: Array
    w_h_turned: Array


class _ByAdjoint(NamedTuple):
    """By the cell's own adjoint: one product back, one for the recurrent weights.

    XLA's CPU product runs a third slower where its left factor is a transposed view, a
    tenth where its right is: both are turned by a copy, which the barriers keep.
    """

    adjoint: Adjoint

    def forward(
        self, params: Params, carry: Carry, x: Array, *, from_zero: bool = False
    ) -> tuple[Carry, Tree]:
        a_x = project(x, params.w_x, carry.h.dtype)
        a_x = a_x + bias(params.b, a_x)
        a_h = jnp.zeros_like(a_x) if from_zero else recurrent(carry.h, params.w_h)
        return self.adjoint.forward(params, carry, a_x, a_h)

    def zeros(self, params: Params) -> _Sums:
        zero = jnp.zeros_like(params.b)
        further = params[3:] if self.adjoint.further else ()
        # Weights of half precision have their cotangents summed in the carry's.
        dtype = params.b.dtype
        w_x, w_h = (jnp.zeros_like(w, dtype=dtype) for w in (params.w_x, params.w_h))
        return _Sums(w_x, w_h, zero, zero, jax.tree.map(jnp.zeros_like, further))

    def backward_params(self, params: Params) -> _BackwardParams:
        turned = lax.optimization_barrier((params.w_x.T, params.w_h.T))
        return _BackwardParams(params, *turned)

    def step(
        self,
        params: _BackwardParams,
        carry_prev: Carry,
        saved: Tree,
        x: Array,
        carry_bar: Carry,
        sums: _Sums,
        *,
        from_zero: bool = False,
    ) -> tuple[Carry, _Sums, Array | None]:
        weights, w_x_turned, w_h_turned = params
        multiply = partial(
            product, precision=weights.w_h.dtype, result=carry_prev.h.dtype
        )
        carry_bar, cotangents = self.adjoint.backward(
            weights, carry_prev, saved, carry_bar
        )
        a_x_bar, a_h_bar = cotangents
        if self.adjoint.further:
            bars = self.adjoint.further(weights, carry_prev, saved, cotangents)
            sums = sums._replace(further=tuple(map(jnp.add, sums.further, bars)))
        sums = sums._replace(
            w_x=_add_outer(multiply, sums.w_x, x, a_x_bar),
            a_x=sums.a_x + a_x_bar.sum(0),
            a_h=sums.a_h + a_h_bar.sum(0),
        )
        if not from_zero:
            carry_bar = carry_bar._replace(
                h=carry_bar.h + multiply(a_h_bar, w_h_turned)
            )
            h_turned = lax.optimization_barrier(carry_prev.h.T)
            added = multiply(h_turned, a_h_bar, like=sums.w_h)
            sums = sums._replace(w_h=sums.w_h + added)
        if jnp.issubdtype(x.dtype, jnp.integer):
            return carry_bar, sums, None
        return carry_bar, sums, multiply(a_x_bar, w_x_turned)

    def again(
        self, params: _BackwardParams, carry_prev: Carry, saved: Tree, x: Array
    ) -> Carry:
        return self.adjoint.again(params.params, carry_prev, saved)

    def params_bar(self, sums: _Sums) -> Params:
        return self.adjoint.params_bar(*sums[:-1], *sums.further)


class _ByStep(NamedTuple):
    """By the vector-Jacobian product of the cell's plain step, taken anew each time."""

    cell: Cell

    def forward(
        self, params: Params, carry: Carry, x: Array, *, from_zero: bool = False
    ) -> tuple[Carry, Tree]:
        return self.cell.step(params, carry, x)[0], ()

    def zeros(self, params: Params) -> Params:
        return jax.tree.map(jnp.zeros_like, params)

    def backward_params(self, params: Params) -> Params:
        return params

    def step(
        self,
        params: Params,
        carry_prev: Carry,
        saved: Tree,
        x: Array,
        carry_bar: Carry,
        sums: Params,
        *,
        from_zero: bool = False,
    ) -> tuple[Carry, Params, Array | None]:
        def step(params: Params, carry: Carry, x: Array) -> Carry:
            return self.cell.step(params, carry, x)[0]

        _, vjp = jax.vjp(step, params, carry_prev, x)
        params_bar, carry_bar, x_bar = vjp(carry_bar)
        if jnp.issubdtype(x.dtype, jnp.integer):
            x_bar = None
        return carry_bar, jax.tree.map(jnp.add, sums, params_bar), x_bar

    def again(self, params: Params, carry_prev: Carry, saved: Tree, x: Array) -> Carry:
        return self.cell.step(params, carry_prev, x)[0]

    def params_bar(self, sums: Params) -> Params:
        return sums


def rule_of(cell: Cell) -> Rule:
    """The cell's own rule or adjoint where it has one, else its plain step."""
    if cell.rule is not None:
        return cell.rule
    return _ByAdjoint(cell.adjoint) if cell.adjoint else _ByStep(cell)


def _add_outer(
    multiply: Callable[..., Array],
    total: Float[Array, "inputs gates"],
    x: Float[Array, "batch inputs"] | Int[Array, " batch"],
    a_bar: Float[Array, "batch gates"],
) -> Float[Array, "inputs gates"]:
    """The sum of the input weights' cotangents with that of one step."""
    if jnp.issubdtype(x.dtype, jnp.integer):
        return _add_rows(total, x, a_bar)
    if total.shape[0] == 1:
        return total + (x.astype(a_bar.dtype) * a_bar).sum(0, keepdims=True)
    return total + multiply(lax.optimization_barrier(x.T), a_bar, like=total)


def _add_rows(total: Array, index: Array, rows: Array) -> Array:
    """The rows added to those of `total` that the index names.

    With 87 characters and 512 gates that takes a twelfth of the product with one-hot
    vectors on a CPU. A GPU adds in whatever order its threads come: there the product
    is taken, so that the same seed gives the same bits.
    """
    return lax.platform_dependent(
        total,
        index,
        rows,
        cpu=lambda total, index, rows: total.at[index].add(rows),
        default=lambda total, index, rows: (
            total
            + jax.nn.one_hot(index, total.shape[0], dtype=rows.dtype, axis=0) @ rows
        ),
    )
