"""A recurrence over a traced number of steps, with its hand-written derivative.

Autodiff of `lax.scan` needs a static number of steps and stores what it likes. Here
both directions are `lax.fori_loop`s over buffers of the longest length: the trip count
is traced, so one compile serves every length; the forward loop stores what a cell's
`Adjoint` says and no more; the backward loop adds up the weight cotangents as it goes.

With a `segment`, the forward loop keeps the carry at the start of every segment only,
and the backward loop runs each segment forward once more before it goes back through
it (Chen et al. 2016): memory for `time / segment + segment` steps instead of `time`, at
the price of one more forward pass.

Forward mode and second derivatives are those of `lax.scan`, see `written_derivative`.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from seqjax.core.cells.base import Carry, Params
from seqjax.core.cotangents import rule_of
from seqjax.core.scanning import scan_recurrence
from seqjax.core.tape import empty_tape, output, outputs, record, unwind
from seqjax.core.timeline import Plan, Span, at, buffer, extent, hold, put
from seqjax.core.written_derivative import Written

Tree = Any


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
    results: tuple[Carry, Array] = _WRITTEN(plan, params, xs, carry, span)
    return results


def _run(
    plan: Plan, params: Params, xs: Tree, carry: Carry, span: Span
) -> tuple[Carry, Array]:
    """Run forward and keep nothing."""

    def body(k: Array | int, state: tuple[Carry, Array]) -> tuple[Carry, Array]:
        carry, ys = state
        t = plan.place(span, k)
        new, _ = rule_of(plan.cell).forward(params, carry, at(xs, t))
        return hold(t, span, new, carry), output(plan, t, span, ys, new)

    start = (carry, outputs(plan, xs, carry))
    return lax.fori_loop(0, span.num_steps, body, start)


def _record(
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

    def segment(index: Array | int, state: Tree) -> Tree:
        carry, ys, starts = state
        starts = put(starts, carry, index)

        def body(k: Array | int, state: tuple[Carry, Array]) -> tuple[Carry, Array]:
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
    plan: Plan,
    args: tuple[Params, Tree, Carry, Span],
    kept: Tree,
    results_bar: tuple[Carry, Array | None],
    wanted: Tree,
) -> tuple[Params, Tree, Carry, Tree]:
    """The written rule; what is kept is the tape, or the carries of the segments."""
    params, xs, carry, span = args
    carry_bar, ys_bar = results_bar
    carry_bar = jax.tree.map(
        lambda own, bar: jnp.zeros_like(own) if bar is None else bar, carry, carry_bar
    )
    xs_bar = jax.tree.map(
        lambda x, is_wanted: jnp.zeros_like(x) if is_wanted else None, xs, wanted[1]
    )
    # Outputs that nobody read have no cotangent to add.
    plan = plan._replace(outputs=plan.outputs and ys_bar is not None)
    rule = rule_of(plan.cell)
    state = (carry_bar, rule.zeros(params), xs_bar)
    back = partial(unwind, plan, rule, rule.backward_params(params), xs, ys_bar, span)
    size = plan.segment
    if size is None:
        state = back(kept, 0, span.num_steps, state)
    else:
        segments = plan.num_segments(span)

        def segment(j: Array | int, state: Tree) -> Tree:
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
    return params_bar, xs_bar, carry_bar, jax.tree.map(lambda _: None, span)


_WRITTEN = Written(_run, _record, _backward, scan_recurrence)
