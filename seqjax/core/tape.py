"""One step of a recurrence on its tape: recorded forward, and unwound back."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from seqjax.core.cells.base import Carry, Params
from seqjax.core.cotangents import Rule, rule_of
from seqjax.core.timeline import Plan, Span, at, buffer, hold, put

Tree = Any


class Tape(NamedTuple):
    """What the forward loop leaves for the backward loop, in the order of the steps."""

    carries: Carry
    saved: Tree


def record(
    plan: Plan,
    params: Params,
    xs: Array,
    span: Span,
    first: Array | int,
    k: Array,
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
    xs: Array,
    ys_bar: Any,
    span: Span,
    tape: Tape,
    first: Array | int,
    last: Array,
    state: tuple[Carry, Tree, Array | None],
) -> tuple[Carry, Tree, Array | None]:
    """Go back through steps `last` - 1 to `first`, which the tape holds."""

    def back(plan: Plan, span: Span, k: Array, state: Tree) -> Tree:
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
        if xs_bar is not None and x_bar is not None:
            xs_bar = put(xs_bar, x_bar.astype(xs_bar.dtype), t)
        return carry_bar, sums, xs_bar

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


def outputs(plan: Plan, xs: Array, carry: Carry) -> Array:
    """Room for the outputs of all steps, or of none."""
    return buffer(len(xs) if plan.outputs else 0, carry.h)


def output(plan: Plan, t: Array, span: Span, ys: Array, new: Carry) -> Array:
    """The outputs with that of step `t`, if they are kept."""
    if not plan.outputs:
        return ys
    return put(ys, hold(t, span, new.h, jnp.zeros_like(new.h)), t)


def empty_tape(step: Any, steps: int, params: Params, xs: Array, carry: Carry) -> Tape:
    """Room for `steps` steps of what a rule's `step` forward leaves."""
    shapes = jax.eval_shape(lambda: Tape(carry, step(params, carry, xs[0])[1]))
    return jax.tree.map(partial(buffer, steps), shapes)
