"""A cell over time: by `lax.scan`, unrolled, or over a traced number of steps."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Shaped

from seqjax.core.adjoint import adjoint_recurrence
from seqjax.core.boundary import (
    as_array,
    as_inputs,
    check_carry,
    check_lengths,
    check_shape,
    check_steps,
    is_known,
)
from seqjax.core.cells.base import Carry, Cell, Params
from seqjax.core.checks import check_choice, check_integer
from seqjax.core.gated import GatedInput, gated
from seqjax.core.scanning import scan_recurrence
from seqjax.core.timeline import Plan, Span, without_padding

METHODS = ("adjoint", "scan", "unrolled")


def recur(
    cell: Cell,
    params: Params,
    xs: Shaped[Array, "time batch *inputs"] | Any,
    carry: Carry | None = None,
    *,
    num_steps: int | Int[Array, ""] | Any = None,
    lengths: Int[Array, " batch"] | Any = None,
    reverse: bool = False,
    method: str = "adjoint",
    unroll: int = 1,
    outputs: bool = True,
    segment: int | None = None,
    state_dtype: Any = None,
    gate: Float[Array, "time rows hidden"] | Any = None,
) -> tuple[Carry, Float[Array, "steps batch hidden"]]:
    """Run a cell over time and return the last carry and all outputs.

    Args:
        cell: the cell.
        params: its parameters.
        xs: inputs of shape (time, batch, inputs), or integer indices (time, batch) that
            stand for one-hot vectors. Integers of three axes are features like others.
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
            `lax.scan` with JAX's own derivatives (which the default takes, too, in
            forward mode and for second derivatives);
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
        ValueError: on an unknown `method`, an option that it would ignore, or arguments
            of a rank, size or type that do not fit each other: static ones always; a
            number of steps, a length, an index out of range where they are known, which
            under `jax.jit` they are not.
    """
    check_method(method, segment, unroll)
    if not isinstance(params, cell.params):
        raise ValueError(
            f"params must be {cell.params.__name__}, those of the cell {cell.name!r}, "
            f"not {type(params).__name__}; draw them with initialize_cell"
        )
    features, weights = params.w_x.shape[0], params.w_h.dtype
    xs = as_inputs("xs", xs, features, weights)
    return run_cell(
        cell,
        params,
        xs,
        carry,
        num_steps=num_steps,
        lengths=lengths,
        reverse=reverse,
        method=method,
        unroll=unroll,
        outputs=outputs,
        segment=segment,
        state_dtype=state_dtype,
        gate=gate,
    )


def check_method(method: str, segment: int | None = None, unroll: int = 1) -> None:
    """Raise ValueError on an unknown method, or an option that it would ignore.

    Args:
        method: one of `METHODS`.
        segment: of "adjoint" only; None where there are none.
        unroll: of "scan" only; 1 by default.
    """
    check_choice("method", method, METHODS)
    check_integer("unroll", unroll, minimum=1)
    if segment is not None:
        check_integer("segment", segment, minimum=1)
        if method != "adjoint":
            raise ValueError(
                f"segment must be None with the method {method!r}, which has no "
                f"segments, not {segment}; use the method 'adjoint'"
            )
    if unroll != 1 and method != "scan":
        raise ValueError(
            f"unroll must be 1 with the method {method!r}, not {unroll}; use the "
            "method 'scan'"
        )


def run_cell(
    cell: Cell,
    params: Params,
    xs: Shaped[Array, "time batch *inputs"] | Any,
    carry: Carry | None = None,
    *,
    num_steps: int | Int[Array, ""] | Any = None,
    lengths: Int[Array, " batch"] | Any = None,
    reverse: bool = False,
    method: str = "adjoint",
    unroll: int = 1,
    outputs: bool = True,
    segment: int | None = None,
    state_dtype: Any = None,
    gate: Float[Array, "time rows hidden"] | Any = None,
) -> tuple[Carry, Float[Array, "steps batch hidden"]]:
    """As `recur`, whose arguments it takes, with `xs` as the cell's own step has them.

    They are not held against `w_x`: a cell may read something else, such as the input's
    share of its preactivations, computed before.

    Args:
        cell: the cell.
        params: its parameters.
        xs: inputs of all steps; for "scan" they may be a tree of arrays, the first of
            which is such a one.
        carry: before the first step; default zeros.
        num_steps: take only so many; default: all.
        lengths: steps of each sequence; default: all.
        reverse: run backwards in time.
        method: "adjoint" (default), "scan" or "unrolled".
        unroll: steps per iteration of "scan".
        outputs: False drops them.
        segment: steps whose insides are computed twice; default: none.
        state_dtype: of the carry; default: that of the parameters.
        gate: how far each unit is open; default: always.

    Raises:
        ValueError: as `recur`.
    """
    time, batch = jax.tree.leaves(xs)[0].shape[:2]
    hidden, dtype = params.w_h.shape[0], params.w_h.dtype
    lengths = check_lengths(lengths, time, (batch,))
    none = time == 0
    if num_steps is not None:
        check_steps(num_steps, time)
        none = none or (is_known(num_steps) and int(num_steps) == 0)
    from_zero = carry is None
    if carry is None:
        dtype = dtype if state_dtype is None else state_dtype
        carry = _like_inputs(cell.initial_carry(batch, hidden, dtype), xs)
    else:
        like = jax.eval_shape(lambda: cell.initial_carry(batch, hidden, dtype))
        check_carry(carry, like)
        carry = jax.tree.map(jnp.asarray, carry)
    if gate is not None:
        gate = as_array("gate", gate)
        check_shape("gate", gate.shape, [(time, batch, hidden), (time, 1, hidden)])
        gate = gate.astype(carry.h.dtype)
    if none:
        return carry, jnp.zeros((time if outputs else 0, batch, hidden), carry.h.dtype)
    params = _with_biases_like(carry, params)
    steps = jnp.asarray(time if num_steps is None else num_steps, jnp.int32)
    if lengths is not None:
        lengths = jnp.minimum(lengths, steps)
    whole = num_steps is None or (is_known(num_steps) and int(num_steps) == time)
    inputs: Any = xs
    if gate is not None:
        cell, inputs = gated(cell), GatedInput(xs, gate)
    span = Span(jnp.minimum(steps, time), lengths)
    plan = Plan(cell, reverse, outputs, segment, from_zero and segment is None, whole)
    if method == "adjoint":
        inputs = without_padding(inputs, lengths)
        return adjoint_recurrence(plan, params, inputs, carry, span)
    unroll = time if method == "unrolled" else unroll
    return scan_recurrence(plan, params, inputs, carry, span, unroll=unroll)


def _like_inputs(carry: Carry, xs: Any) -> Carry:
    """A carry whose sequences lie on the devices that those of the inputs lie on.

    Only a mesh of explicit axes has that in its types.
    """
    placed = jax.typeof(jax.tree.leaves(xs)[0]).sharding
    if placed.mesh.empty or placed.spec[1] is None:
        return carry
    return jax.sharding.reshard(carry, jax.P(placed.spec[1]))


def _with_biases_like(carry: Carry, params: Params) -> Params:
    """Parameters whose biases have the carry's precision: they meet it elementwise."""
    if params.b.dtype == carry.h.dtype:
        return params
    w_x, w_h, *biases = params
    cast = (bias.astype(carry.h.dtype) for bias in biases)
    return type(params)(w_x, w_h, *cast)
