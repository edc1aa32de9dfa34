"""A cell over time: by `lax.scan`, unrolled, or over a traced number of steps."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int, Shaped

from seqjax.core.adjoint import adjoint_recurrence
from seqjax.core.cells.base import Carry, Cell, Params
from seqjax.core.checks import check_choice, check_integer
from seqjax.core.gated import GatedInput, gated
from seqjax.core.timeline import Plan, Span, without_padding

METHODS = ("adjoint", "scan", "unrolled")


def recur(
    cell: Cell,
    params: Params,
    xs: Shaped[Array, "time batch *inputs"],
    carry: Carry | None = None,
    *,
    num_steps: int | Int[Array, ""] | None = None,
    lengths: Int[Array, " batch"] | None = None,
    reverse: bool = False,
    method: str = "adjoint",
    unroll: int = 1,
    outputs: bool = True,
    segment: int | None = None,
    state_dtype: Any = None,
    gate: Float[Array, "time rows hidden"] | None = None,
) -> tuple[Carry, Float[Array, "steps batch hidden"]]:
    """Run a cell over time and return the last carry and all outputs.

    Args:
        cell: the cell.
        params: its parameters.
        xs: inputs of shape (time, batch, inputs), or integer indices (time, batch) that
            stand for one-hot vectors.
        carry: the carry before the first step; default zeros, which saves the first
            step's products.
        num_steps: take only the first so many steps of `xs`; may be traced, so that one
            compiled program serves every length up to `time`; a traced number above
            `time` means all of them. Default: all.
        lengths: steps of each sequence of a ragged batch. Past its end a sequence keeps
            its carry, so the final carry is that of its own last step; in reverse it
            starts at its own last step. What stands in `xs` past the end has no
            influence, not even where it is NaN.
        reverse: run backwards in time; outputs stay in the order of `xs`.
        method: "adjoint" (default) runs a loop with the hand-written derivative, which
            is the fastest and takes a traced `num_steps` without waste; "scan" is
            `lax.scan` with JAX's own derivatives (forward mode and higher orders too);
            "unrolled" is the same without a loop: every step is compiled by itself.
        unroll: steps per iteration of "scan".
        outputs: False drops the outputs, and the memory that they take, where only the
            final carry is wanted.
        segment: "adjoint" only: keep no more than the carry at the start of every
            `segment` steps and compute their insides again on the way back. Near the
            root of the number of steps it needs least memory. Default: keep all.
        state_dtype: of the carry where none is given; default: that of the parameters.
            Parameters of half precision go well with a carry of float32; products are
            then taken in theirs, and all sums and gates in the carry's.
        gate: how far each unit is open at each step, see `seqjax.core.gated`; one row
            per sequence, or one for all of them. Default: always open.

    Returns:
        The final carry, and the outputs: zero on steps that were not taken, and of zero
        steps where `outputs` is False.

    Raises:
        ValueError: if `method` is unknown, `segment` below 1, or a static `num_steps`
            not in [0, time].
    """
    check_choice("method", method, METHODS)
    if segment is not None:
        check_integer("segment", segment, minimum=1)
    time = len(xs)
    from_zero = carry is None
    if carry is None:
        hidden = params.w_h.shape[0]
        dtype = params.w_h.dtype if state_dtype is None else state_dtype
        carry = cell.initial_carry(xs.shape[1], hidden, dtype)
    params = _with_biases_like(carry, params)
    if isinstance(num_steps, int):
        check_integer("num_steps", num_steps, minimum=0)
        if num_steps > time:
            raise ValueError(
                f"num_steps must be at most the {time} steps of xs, not {num_steps}; "
                "take fewer steps or give longer xs"
            )
    steps = jnp.asarray(time if num_steps is None else num_steps, jnp.int32)
    if lengths is not None:
        lengths = jnp.minimum(jnp.asarray(lengths, jnp.int32), steps)
    limit = steps if lengths is None and num_steps is not None else lengths
    inputs: Any = xs
    if gate is not None:
        cell, inputs = gated(cell), GatedInput(xs, gate)
    if method == "adjoint":
        inputs = without_padding(inputs, lengths)
        span = Span(jnp.minimum(steps, time), lengths)
        plan = Plan(cell, reverse, outputs, segment, from_zero and segment is None)
        return adjoint_recurrence(plan, params, inputs, carry, span)
    inputs = without_padding(inputs, limit)

    def step(carry: Carry, at_step: tuple[Array, Any]) -> tuple[Carry, Array]:
        t, x = at_step
        new, y = cell.step(params, carry, x)
        if limit is None:
            return new, y
        real = jnp.broadcast_to(t < limit, y.shape[:1])[:, None]
        new = jax.tree.map(lambda a, b: jnp.where(real, a, b), new, carry)
        return new, jnp.where(real, y, 0)

    unroll = time if method == "unrolled" else unroll
    times = jnp.arange(time, dtype=jnp.int32)
    carry, ys = lax.scan(step, carry, (times, inputs), reverse=reverse, unroll=unroll)
    return carry, ys if outputs else ys[:0]


def _with_biases_like(carry: Carry, params: Params) -> Params:
    """Parameters whose biases have the carry's precision: they meet it elementwise."""
    if params.b.dtype == carry.h.dtype:
        return params
    w_x, w_h, *biases = params
    cast = (bias.astype(carry.h.dtype) for bias in biases)
    return type(params)(w_x, w_h, *cast)
