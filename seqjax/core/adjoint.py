"""A recurrence over a traced number of steps, with a hand-written derivative.

Autodiff of `lax.scan` needs a static number of steps and stores what it likes. Here
both directions are `lax.fori_loop`s over buffers of the longest length: the trip count
is traced, so one compile serves every length; the forward loop stores what a cell's
`Adjoint` says and no more; the backward loop adds up the weight cotangents as it goes.
A cell without an `Adjoint` gets the vector-Jacobian product of its plain step, taken
anew at every time step from the stored carry.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int, Shaped

from seqjax.core.cells.base import Adjoint, Carry, Cell, Params

Tree = Any


class Span(NamedTuple):
    """Which of the stored time steps are real.

    Attributes:
        num_steps: steps to take, at most the length of the buffers; traced.
        lengths: steps of each sequence in the batch, or None where all are full.
    """

    num_steps: Int[Array, ""]
    lengths: Int[Array, " batch"] | None


class _Tape(NamedTuple):
    """What the forward loop leaves for the backward loop, time first."""

    carries: Carry
    saved: Tree


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def adjoint_recurrence(
    cell: Cell,
    reverse: bool,
    params: Params,
    xs: Shaped[Array, "time batch *inputs"],
    carry: Carry,
    span: Span,
) -> tuple[Carry, Float[Array, "time batch hidden"]]:
    """Run `cell` over `span` of `xs`; outputs outside it are zero.

    Args:
        cell: the cell; its `adjoint` is used where there is one.
        reverse: run from the last step of the span to the first.
        params: the cell's parameters.
        xs: inputs, or indices of shape (time, batch) that stand for one-hot vectors.
        carry: the carry before the first step taken.
        span: which steps are real.

    Returns:
        The carry after the last step taken and the outputs, in the order of `xs`.
    """

    def body(k: Array, state: tuple[Carry, Array]) -> tuple[Carry, Array]:
        carry, ys = state
        t = _time(k, span, reverse)
        new, y = cell.step(params, carry, _at(xs, t))
        new, y = _hold(t, span, new, carry), _hold(t, span, y, jnp.zeros_like(y))
        return new, _put(ys, y, t)

    return lax.fori_loop(0, span.num_steps, body, (carry, _buffer(len(xs), carry.h)))


def _forward(
    cell: Cell, reverse: bool, params: Params, xs: Array, carry: Carry, span: Span
) -> tuple[tuple[Carry, Array], tuple[Params, Array, Span, _Tape]]:
    step = cell.adjoint.forward if cell.adjoint else _WithoutAdjoint(cell).forward
    shapes = jax.eval_shape(lambda: step(params, carry, xs[0])[1])
    buffer = partial(_buffer, len(xs))
    tape = _Tape(jax.tree.map(buffer, carry), jax.tree.map(buffer, shapes))

    def body(k: Array, state: tuple[Carry, Array, _Tape]) -> tuple[Carry, Array, _Tape]:
        carry, ys, tape = state
        t = _time(k, span, reverse)
        new, saved = step(params, carry, _at(xs, t))
        tape = _Tape(_put(tape.carries, carry, t), _put(tape.saved, saved, t))
        y = _hold(t, span, new.h, jnp.zeros_like(new.h))
        return _hold(t, span, new, carry), _put(ys, y, t), tape

    start = (carry, buffer(carry.h), tape)
    carry, ys, tape = lax.fori_loop(0, span.num_steps, body, start)
    return (carry, ys), (params, xs, span, tape)


def _backward(
    cell: Cell,
    reverse: bool,
    residuals: tuple[Params, Array, Span, _Tape],
    cotangents: tuple[Carry, Array],
) -> tuple[Params, Array | None, Carry, None]:
    params, xs, span, tape = residuals
    carry_bar, ys_bar = cotangents
    rule = _WithAdjoint(cell.adjoint) if cell.adjoint else _WithoutAdjoint(cell)
    indices = jnp.issubdtype(xs.dtype, jnp.integer)

    def body(k: Array, state: tuple[Carry, Tree, Array]) -> tuple[Carry, Tree, Array]:
        carry_bar, sums, xs_bar = state
        t = _time(span.num_steps - 1 - k, span, reverse)
        y_bar = _hold(t, span, _at(ys_bar, t), jnp.zeros_like(carry_bar.h))
        carry_bar = carry_bar._replace(h=carry_bar.h + y_bar)
        zeros = jax.tree.map(jnp.zeros_like, carry_bar)
        # A held step hands its cotangent on whole; nothing of it may reach the weights.
        kept = _hold(t, span, zeros, carry_bar) if span.lengths is not None else zeros
        carry_bar, sums, x_bar = rule.step(
            params,
            _at(tape.carries, t),
            _at(tape.saved, t),
            _at(xs, t),
            _hold(t, span, carry_bar, zeros),
            sums,
        )
        if span.lengths is not None:
            carry_bar = jax.tree.map(jnp.add, carry_bar, kept)
        return carry_bar, sums, xs_bar if indices else _put(xs_bar, x_bar, t)

    xs_bar = jnp.zeros((0,) if indices else xs.shape, carry_bar.h.dtype)
    start = (carry_bar, rule.zeros(params), xs_bar)
    carry_bar, sums, xs_bar = lax.fori_loop(0, span.num_steps, body, start)
    params_bar = rule.params_bar(sums)
    return params_bar, None if indices else xs_bar.astype(xs.dtype), carry_bar, None


adjoint_recurrence.defvjp(_forward, _backward)


class _Sums(NamedTuple):
    """Running sums over time (and batch) of the weights' cotangents."""

    w_x: Array
    w_h: Array
    a_x: Array
    a_h: Array


class _WithAdjoint(NamedTuple):
    """A step back by the cell's own adjoint."""

    adjoint: Adjoint

    def zeros(self, params: Params) -> _Sums:
        row = jnp.zeros_like(params.b)
        return _Sums(jnp.zeros_like(params.w_x), jnp.zeros_like(params.w_h), row, row)

    def step(
        self,
        params: Params,
        carry_prev: Carry,
        saved: Tree,
        x: Array,
        carry_bar: Carry,
        sums: _Sums,
    ) -> tuple[Carry, _Sums, Array | None]:
        carry_bar, (a_x_bar, a_h_bar) = self.adjoint.backward(
            params, carry_prev, saved, carry_bar
        )
        sums = _Sums(
            w_x=sums.w_x + _outer(x, a_x_bar, params.w_x.shape[0]),
            # XLA's CPU product runs a third slower on a transposed view than on a copy.
            w_h=sums.w_h + lax.optimization_barrier(carry_prev.h.T) @ a_h_bar,
            a_x=sums.a_x + a_x_bar.sum(0),
            a_h=sums.a_h + a_h_bar.sum(0),
        )
        if jnp.issubdtype(x.dtype, jnp.integer):
            return carry_bar, sums, None
        return carry_bar, sums, a_x_bar @ params.w_x.T

    def params_bar(self, sums: _Sums) -> Params:
        return self.adjoint.params_bar(*sums)


class _WithoutAdjoint(NamedTuple):
    """A step back by the vector-Jacobian product of the cell's plain step."""

    cell: Cell

    def forward(self, params: Params, carry: Carry, x: Array) -> tuple[Carry, Tree]:
        return self.cell.step(params, carry, x)[0], ()

    def zeros(self, params: Params) -> Params:
        return jax.tree.map(jnp.zeros_like, params)

    def step(
        self,
        params: Params,
        carry_prev: Carry,
        saved: tuple[()],
        x: Array,
        carry_bar: Carry,
        sums: Params,
    ) -> tuple[Carry, Params, Array | None]:
        def step(params: Params, carry: Carry, x: Array) -> Carry:
            return self.cell.step(params, carry, x)[0]

        _, vjp = jax.vjp(step, params, carry_prev, x)
        params_bar, carry_bar, x_bar = vjp(carry_bar)
        return carry_bar, jax.tree.map(jnp.add, sums, params_bar), x_bar

    def params_bar(self, sums: Params) -> Params:
        return sums


def _outer(x: Array, a_bar: Array, inputs: int) -> Array:
    """The input weights' cotangent of one step, shape (inputs, gates)."""
    if jnp.issubdtype(x.dtype, jnp.integer):
        return jax.nn.one_hot(x, inputs, dtype=a_bar.dtype, axis=0) @ a_bar
    if inputs == 1:
        return (x * a_bar).sum(0, keepdims=True)
    return lax.optimization_barrier(x.T) @ a_bar


def _time(k: Array, span: Span, reverse: bool) -> Array:
    return span.num_steps - 1 - k if reverse else k


def _hold(t: Array, span: Span, new: Tree, old: Tree) -> Tree:
    """`new` where step t is real in a sequence, else `old`."""
    if span.lengths is None:
        return new
    real = (t < span.lengths)[:, None]
    return jax.tree.map(lambda a, b: jnp.where(real, a, b), new, old)


def _buffer(time: int, leaf: Any) -> Array:
    return jnp.zeros((time, *leaf.shape), leaf.dtype)


def _at(buffers: Tree, t: Array) -> Tree:
    return jax.tree.map(
        lambda b: lax.dynamic_index_in_dim(b, t, axis=0, keepdims=False), buffers
    )


def _put(buffers: Tree, values: Tree, t: Array) -> Tree:
    return jax.tree.map(
        lambda b, v: lax.dynamic_update_index_in_dim(b, v, t, axis=0), buffers, values
    )
