"""One step of a recurrence on its tape: recorded forward, and unwound back."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from seqjax.core.boundary import Size
from seqjax.core.cells.base import Carry, Params
from seqjax.core.cotangents import Rule, rule_of
from seqjax.core.timeline import Plan, Span, at, buffer, extent, hold, put

Tree = Any


class Tape(NamedTuple):
    """What the forward loop leaves for the backward loop, in the order of the steps."""

    carries: Carry
    saved: Tree


def record(
    plan: Plan,
    params: Params,
    xs: Tree,
    span: Span,
    first: Array | int,
    k: Array | int,
    state: tuple[Carry, Array, Tape],
) -> tuple[Carry, Array, Tape]:
    """Take the k-th step forward, and write it on a tape that starts with `first`."""
    carry, ys, tape = state
    t = plan.place(span, k)
    step = partial(rule_of(plan.cell).forward, from_zero=plan.from_zero)
    new, saved = step(params, carry, at(xs, t))
    tape = put(tape, Tape(carry, saved), k - first)
    return hold(t, span, new, carry), output(plan, t, span, ys, new), tape


def unwind(
    plan: Plan,
    rule: Rule,
    params: Params,
    xs: Tree,
    ys_bar: Any,
    span: Span,
    tape: Tape,
    first: Array | int,
    last: Array | int,
    state: tuple[Carry, Tree, Tree],
) -> tuple[Carry, Tree, Tree]:
    """Go back through steps `last` - 1 to `first`, which the tape holds."""

    def back(plan: Plan, span: Span, k: Array | int, state: Tree) -> Tree:
        carry_bar, sums, xs_bar = state
        t = plan.place(span, k)
        carry_prev, saved = at(tape, k - first)
        zeros = jax.tree.map(jnp.zeros_like, carry_bar)
        if plan.outputs:
            y_bar = hold(t, span, at(ys_bar, t), zeros.h)
            carry_bar = carry_bar._replace(h=carry_bar.h + y_bar)
        # A held step hands its cotangent on whole; nothing of it may reach the weights.
        passed = hold(t, span, zeros, carry_bar)
        carry_bar = hold(t, span, carry_bar, zeros)
        carry_bar, sums, x_bar = rule.step(
            params,
            carry_prev,
            saved,
            at(xs, t),
            carry_bar,
            sums,
            from_zero=plan.from_zero,
        )
        if span.lengths is not None:
            carry_bar = jax.tree.map(jnp.add, carry_bar, passed)
        return carry_bar, sums, _put_wanted(xs_bar, x_bar, t)

    inner = plan._replace(from_zero=False)
    state = lax.fori_loop(
        0,
        last - first - int(plan.from_zero),
        lambda j, state: back(inner, span, last - 1 - j, state),
        state,
    )
    if not plan.from_zero:
        return state
    return back(plan, span.at_first(xs), plan.first(span), state)


def _put_wanted(xs_bar: Tree, x_bar: Tree, t: Array) -> Tree:
    """Those cotangents of a step's inputs that are wanted, put where there is room."""

    def put_one(bars: Array | None, bar: Array | None) -> Array | None:
        if bars is None or bar is None:
            return None
        return put(bars, bar.astype(bars.dtype), t)

    return jax.tree.map(put_one, xs_bar, x_bar, is_leaf=lambda leaf: leaf is None)


def outputs(plan: Plan, xs: Tree, carry: Carry) -> Array:
    """Room for the outputs of all steps, or of none."""
    time, _ = extent(xs)
    return buffer(time if plan.outputs else 0, carry.h)


def output(plan: Plan, t: Array, span: Span, ys: Array, new: Carry) -> Array:
    """The outputs with that of step `t`, if they are kept."""
    if not plan.outputs:
        return ys
    return put(ys, hold(t, span, new.h, jnp.zeros_like(new.h)), t)


def empty_tape(step: Any, steps: Size, params: Params, xs: Tree, carry: Carry) -> Tape:
    """Room for `steps` steps of what a rule's `step` forward leaves."""

    def one() -> Tape:
        return Tape(carry, step(params, carry, jax.tree.map(lambda x: x[0], xs))[1])

    shapes = jax.eval_shape(one)
    return jax.tree.map(partial(buffer, steps), shapes)
