"""A recurrence over a traced number of steps, with its hand-written derivative.

Autodiff of `lax.scan` needs a static number of steps and stores what it likes. Here
both directions are `lax.fori_loop`s over buffers of the longest length: the trip count
is traced, so one compile serves every length; the forward loop stores what a cell's
`Adjoint` says and no more; the backward loop adds up the weight cotangents as it goes.

With a `segment`, the forward loop keeps the carry at the start of every segment only,
and the backward loop runs each segment forward once more before it goes back through
it (Chen et al. 2016): memory for `time / segment + segment` steps instead of `time`, at
the price of one more forward pass.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import CustomVJPPrimal, SymbolicZero
from jaxtyping import Array, Float

from seqjax.core.cells.base import Carry, Params
from seqjax.core.cotangents import rule_of
from seqjax.core.tape import empty_tape, output, outputs, record, unwind
from seqjax.core.timeline import Plan, Span, at, buffer, extent, hold, put

Tree = Any


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def adjoint_recurrence(
    plan: Plan,
    params: Params,
    xs: Tree,
    carry: Carry,
    span: Span,
) -> tuple[Carry, Float[Array, "steps batch hidden"]]:
    """Run a cell over the `span` of `xs`.

    Args:
        plan: what is static, the cell among it.
        params: the cell's parameters.
        xs: inputs, or indices of shape (time, batch) that stand for one-hot vectors; a
            tree of arrays where the cell's step takes one, time first in each.
        carry: the carry before the first step taken.
        span: which steps are real.

    Returns:
        The carry after the last step taken, and the outputs in the order of `xs`: zero
        outside the span, of zero steps where the plan does not keep them.
    """

    def body(k: Array, state: tuple[Carry, Array]) -> tuple[Carry, Array]:
        carry, ys = state
        t = plan.place(span, k)
        new, _ = rule_of(plan.cell).forward(params, carry, at(xs, t))
        return hold(t, span, new, carry), output(plan, t, span, ys, new)

    start = (carry, outputs(plan, xs, carry))
    return lax.fori_loop(0, span.num_steps, body, start)


class _Residuals(NamedTuple):
    """What the backward loop starts from.

    `tape` is the whole tape, or the carries at the starts of the segments. `xs_bar` is
    an empty buffer where somebody wants the cotangent of floating inputs, else None;
    in a tree of inputs, one for each.
    """

    params: Params
    xs: Tree
    span: Span
    tape: Tree
    xs_bar: Tree


def _forward(
    plan: Plan, params: Params, xs: Any, carry: Carry, span: Span
) -> tuple[tuple[Carry, Array], _Residuals]:
    """The forward rule; its arguments come with a note on who wants their cotangent."""
    noted = xs
    params, xs, carry, span = jax.tree.map(
        lambda primal: primal.value,
        (params, xs, carry, span),
        is_leaf=_is_primal,
    )
    results, tape = _forward_loop(plan, params, xs, carry, span)
    xs_bar = jax.tree.map(_room, noted, is_leaf=_is_primal)
    return results, _Residuals(params, xs, span, tape, xs_bar)


def _forward_loop(
    plan: Plan, params: Params, xs: Tree, carry: Carry, span: Span
) -> tuple[tuple[Carry, Array], Tree]:
    """Run forward and keep the tape, or the segments' carries."""
    ys, (time, _) = outputs(plan, xs, carry), extent(xs)
    step = rule_of(plan.cell).forward
    if plan.segment is None:
        tape = empty_tape(step, time, params, xs, carry)
        state = (carry, ys, tape)
        if plan.from_zero:
            alone = span.at_first(xs)
            state = record(plan, params, xs, alone, 0, plan.first(span), state)
        body = partial(record, plan._replace(from_zero=False), params, xs, span, 0)
        carry, ys, tape = lax.fori_loop(
            int(plan.from_zero), span.num_steps, body, state
        )
        return (carry, ys), tape

    def segment(index: Array, state: Tree) -> Tree:
        carry, ys, starts = state
        starts = put(starts, carry, index)

        def body(k: Array, state: tuple[Carry, Array]) -> tuple[Carry, Array]:
            carry, ys = state
            t = plan.place(span, k)
            new, _ = step(params, carry, at(xs, t))
            return hold(t, span, new, carry), output(plan, t, span, ys, new)

        first, last = plan.bounds(span, index)
        return (*lax.fori_loop(first, last, body, (carry, ys)), starts)

    starts = jax.tree.map(partial(buffer, -(-time // plan.segment)), carry)
    carry, ys, starts = lax.fori_loop(
        0, plan.num_segments(span), segment, (carry, ys, starts)
    )
    return (carry, ys), starts


def _backward(
    plan: Plan, residuals: _Residuals, cotangents: tuple[Carry, Any]
) -> tuple[Params, Tree, Carry, None]:
    """The backward rule."""
    params, xs, span, kept, xs_bar = residuals
    carry_bar = jax.tree.map(_whole, cotangents[0], is_leaf=_is_zero)
    ys_bar = cotangents[1]
    # Outputs that nobody read have no cotangent to add.
    plan = plan._replace(outputs=plan.outputs and not _is_zero(ys_bar))
    rule = rule_of(plan.cell)
    state = (carry_bar, rule.zeros(params), xs_bar)
    back = partial(unwind, plan, rule, rule.backward_params(params), xs, ys_bar, span)
    size = plan.segment
    if size is None:
        state = back(kept, 0, span.num_steps, state)
    else:
        segments = plan.num_segments(span)

        def segment(j: Array, state: Tree) -> Tree:
            index = segments - 1 - j
            carry, (first, last) = at(kept, index), plan.bounds(span, index)
            tape = empty_tape(rule.forward, size, params, xs, carry)
            silent = plan._replace(outputs=False)
            ys = outputs(silent, xs, carry)
            body = partial(record, silent, params, xs, span, first)
            _, _, tape = lax.fori_loop(first, last, body, (carry, ys, tape))
            return back(tape, first, last, state)

        state = lax.fori_loop(0, segments, segment, state)
    carry_bar, sums, xs_bar = state
    params_bar = jax.tree.map(
        lambda bar, leaf: bar.astype(leaf.dtype), rule.params_bar(sums), params
    )
    return params_bar, xs_bar, carry_bar, None


adjoint_recurrence.defvjp(_forward, _backward, symbolic_zeros=True)


def _is_primal(leaf: Any) -> bool:
    return isinstance(leaf, CustomVJPPrimal)


def _room(primal: Any) -> Array | None:
    """An empty buffer for the cotangent of an input, if somebody wants it."""
    floating = jnp.issubdtype(primal.value.dtype, jnp.inexact)
    return jnp.zeros_like(primal.value) if primal.perturbed and floating else None


def _is_zero(cotangent: Any) -> bool:
    return isinstance(cotangent, SymbolicZero)


def _whole(cotangent: Any) -> Array:
    """A cotangent as an array, also where it is known to be zero."""
    if _is_zero(cotangent):
        return jnp.zeros(cotangent.shape, cotangent.dtype)
    return cotangent
