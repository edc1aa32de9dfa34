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
from jaxtyping import Array, Float, Int, Shaped

from seqjax.core.cells.base import Carry, Cell, Params
from seqjax.core.cotangents import Rule, rule_of

Tree = Any


class Span(NamedTuple):
    """Which of the stored time steps are real.

    Attributes:
        num_steps: steps to take, at most the length of the buffers; traced.
        lengths: steps of each sequence in the batch, or None where all are full.
    """

    num_steps: Int[Array, ""]
    lengths: Int[Array, " batch"] | None


class Plan(NamedTuple):
    """What is static about a recurrence.

    Attributes:
        cell: the cell; its `adjoint` is used where there is one.
        reverse: run from the last step of the span to the first.
        outputs: keep the outputs of all steps.
        segment: steps of a segment whose insides are computed twice; None: store all.
    """

    cell: Cell
    reverse: bool = False
    outputs: bool = True
    segment: int | None = None


class _Tape(NamedTuple):
    """What the forward loop leaves for the backward loop, in the order of the steps."""

    carries: Carry
    saved: Tree


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def adjoint_recurrence(
    plan: Plan,
    params: Params,
    xs: Shaped[Array, "time batch *inputs"],
    carry: Carry,
    span: Span,
) -> tuple[Carry, Float[Array, "steps batch hidden"]]:
    """Run a cell over the `span` of `xs`.

    Args:
        plan: what is static, the cell among it.
        params: the cell's parameters.
        xs: inputs, or indices of shape (time, batch) that stand for one-hot vectors.
        carry: the carry before the first step taken.
        span: which steps are real.

    Returns:
        The carry after the last step taken, and the outputs in the order of `xs`: zero
        outside the span, of zero steps where the plan does not keep them.
    """

    def body(k: Array, state: tuple[Carry, Array]) -> tuple[Carry, Array]:
        carry, ys = state
        t = _time(k, span, plan.reverse)
        new, _ = plan.cell.step(params, carry, _at(xs, t))
        return _hold(t, span, new, carry), _output(plan, t, span, ys, new)

    start = (carry, _outputs(plan, xs, carry))
    return lax.fori_loop(0, span.num_steps, body, start)


class _Residuals(NamedTuple):
    """What the backward loop starts from.

    `tape` is the whole tape, or the carries at the starts of the segments. `xs_bar` is
    an empty buffer where somebody wants the cotangent of floating inputs, else None.
    """

    params: Params
    xs: Array
    span: Span
    tape: Tree
    xs_bar: Array | None


def _forward(
    plan: Plan, params: Params, xs: Any, carry: Carry, span: Span
) -> tuple[tuple[Carry, Array], _Residuals]:
    """The forward rule; its arguments come with a note on who wants their cotangent."""
    wanted = xs.perturbed and jnp.issubdtype(xs.value.dtype, jnp.inexact)
    params, xs, carry, span = jax.tree.map(
        lambda primal: primal.value,
        (params, xs, carry, span),
        is_leaf=lambda leaf: isinstance(leaf, CustomVJPPrimal),
    )
    results, tape = _forward_loop(plan, params, xs, carry, span)
    xs_bar = jnp.zeros_like(xs) if wanted else None
    return results, _Residuals(params, xs, span, tape, xs_bar)


def _forward_loop(
    plan: Plan, params: Params, xs: Array, carry: Carry, span: Span
) -> tuple[tuple[Carry, Array], Tree]:
    """Run forward and keep the tape, or the segments' carries."""
    ys = _outputs(plan, xs, carry)
    step = rule_of(plan.cell).forward
    if plan.segment is None:
        tape = _empty_tape(step, len(xs), params, xs, carry)
        carry, ys, tape = _record(plan, params, xs, span, 0, (carry, ys, tape))
        return (carry, ys), tape

    def segment(index: Array, state: Tree) -> Tree:
        carry, ys, starts = state
        starts = _put(starts, carry, index)

        def body(k: Array, state: tuple[Carry, Array]) -> tuple[Carry, Array]:
            carry, ys = state
            t = _time(k, span, plan.reverse)
            new, _ = step(params, carry, _at(xs, t))
            return _hold(t, span, new, carry), _output(plan, t, span, ys, new)

        first, last = _bounds(plan, span, index)
        return (*lax.fori_loop(first, last, body, (carry, ys)), starts)

    starts = jax.tree.map(partial(_buffer, -(-len(xs) // plan.segment)), carry)
    carry, ys, starts = lax.fori_loop(
        0, _segments(plan, span), segment, (carry, ys, starts)
    )
    return (carry, ys), starts


def _backward(
    plan: Plan, residuals: _Residuals, cotangents: tuple[Carry, Any]
) -> tuple[Params, Array | None, Carry, None]:
    """The backward rule."""
    params, xs, span, kept, xs_bar = residuals
    carry_bar = jax.tree.map(_whole, cotangents[0], is_leaf=_is_zero)
    ys_bar = cotangents[1]
    # Outputs that nobody read have no cotangent to add.
    plan = plan._replace(outputs=plan.outputs and not _is_zero(ys_bar))
    rule = rule_of(plan.cell)
    state = (carry_bar, rule.zeros(params), xs_bar)
    back = partial(_unwind, plan, rule, params, xs, ys_bar, span)
    size = plan.segment
    if size is None:
        state = back(kept, 0, span.num_steps, state)
    else:
        segments = _segments(plan, span)

        def segment(j: Array, state: Tree) -> Tree:
            index = segments - 1 - j
            carry, (first, last) = _at(kept, index), _bounds(plan, span, index)
            tape = _empty_tape(rule.forward, size, params, xs, carry)
            silent = plan._replace(outputs=False)
            ys = _outputs(silent, xs, carry)
            start = (carry, ys, tape)
            _, _, tape = _record(silent, params, xs, span, first, start, last)
            return back(tape, first, last, state)

        state = lax.fori_loop(0, segments, segment, state)
    carry_bar, sums, xs_bar = state
    return rule.params_bar(sums), xs_bar, carry_bar, None


adjoint_recurrence.defvjp(_forward, _backward, symbolic_zeros=True)


def _is_zero(cotangent: Any) -> bool:
    return isinstance(cotangent, SymbolicZero)


def _whole(cotangent: Any) -> Array:
    """A cotangent as an array, also where it is known to be zero."""
    if _is_zero(cotangent):
        return jnp.zeros(cotangent.shape, cotangent.dtype)
    return cotangent


def _record(
    plan: Plan,
    params: Params,
    xs: Array,
    span: Span,
    first: Array | int,
    state: tuple[Carry, Array, _Tape],
    last: Array | None = None,
) -> tuple[Carry, Array, _Tape]:
    """Run steps `first` to `last` forward and write them on the tape."""
    step = rule_of(plan.cell).forward

    def body(k: Array, state: tuple[Carry, Array, _Tape]) -> tuple[Carry, Array, _Tape]:
        carry, ys, tape = state
        t = _time(k, span, plan.reverse)
        new, saved = step(params, carry, _at(xs, t))
        tape = _put(tape, _Tape(carry, saved), k - first)
        return _hold(t, span, new, carry), _output(plan, t, span, ys, new), tape

    return lax.fori_loop(first, span.num_steps if last is None else last, body, state)


def _unwind(
    plan: Plan,
    rule: Rule,
    params: Params,
    xs: Array,
    ys_bar: Any,
    span: Span,
    tape: _Tape,
    first: Array | int,
    last: Array,
    state: tuple[Carry, Tree, Array | None],
) -> tuple[Carry, Tree, Array | None]:
    """Go back through steps `last` - 1 to `first`, which the tape holds."""

    def body(j: Array, state: Tree) -> Tree:
        carry_bar, sums, xs_bar = state
        k = last - 1 - j
        t = _time(k, span, plan.reverse)
        carry_prev, saved = _at(tape, k - first)
        zeros = jax.tree.map(jnp.zeros_like, carry_bar)
        if plan.outputs:
            y_bar = _hold(t, span, _at(ys_bar, t), zeros.h)
            carry_bar = carry_bar._replace(h=carry_bar.h + y_bar)
        # A held step hands its cotangent on whole; nothing of it may reach the weights.
        passed = _hold(t, span, zeros, carry_bar)
        carry_bar = _hold(t, span, carry_bar, zeros)
        carry_bar, sums, x_bar = rule.step(
            params, carry_prev, saved, _at(xs, t), carry_bar, sums
        )
        if span.lengths is not None:
            carry_bar = jax.tree.map(jnp.add, carry_bar, passed)
        if xs_bar is not None:
            xs_bar = _put(xs_bar, x_bar.astype(xs_bar.dtype), t)
        return carry_bar, sums, xs_bar

    return lax.fori_loop(0, last - first, body, state)


def _segments(plan: Plan, span: Span) -> Array:
    """How many segments the span has."""
    size = plan.segment or 1
    return (span.num_steps + (size - 1)) // size


def _bounds(plan: Plan, span: Span, index: Array) -> tuple[Array, Array]:
    """First step of a segment, and the one after its last."""
    size = plan.segment or 1
    return index * size, jnp.minimum((index + 1) * size, span.num_steps)


def _time(k: Array, span: Span, reverse: bool) -> Array:
    """The place in `xs` of the k-th step taken."""
    return span.num_steps - 1 - k if reverse else k


def _hold(t: Array, span: Span, new: Tree, old: Tree) -> Tree:
    """`new` where step t is real in a sequence, else `old`."""
    if span.lengths is None:
        return new
    real = (t < span.lengths)[:, None]
    return jax.tree.map(lambda a, b: jnp.where(real, a, b), new, old)


def _outputs(plan: Plan, xs: Array, carry: Carry) -> Array:
    return _buffer(len(xs) if plan.outputs else 0, carry.h)


def _output(plan: Plan, t: Array, span: Span, ys: Array, new: Carry) -> Array:
    if not plan.outputs:
        return ys
    return _put(ys, _hold(t, span, new.h, jnp.zeros_like(new.h)), t)


def _empty_tape(
    step: Any, steps: int, params: Params, xs: Array, carry: Carry
) -> _Tape:
    shapes = jax.eval_shape(lambda: _Tape(carry, step(params, carry, xs[0])[1]))
    return jax.tree.map(partial(_buffer, steps), shapes)


def _buffer(steps: int, leaf: Any) -> Array:
    return jnp.zeros((steps, *leaf.shape), leaf.dtype)


def _at(buffers: Tree, t: Array) -> Tree:
    return jax.tree.map(
        lambda b: lax.dynamic_index_in_dim(b, t, axis=0, keepdims=False), buffers
    )


def _put(buffers: Tree, values: Tree, t: Array) -> Tree:
    return jax.tree.map(
        lambda b, v: lax.dynamic_update_index_in_dim(b, v, t, axis=0), buffers, values
    )
