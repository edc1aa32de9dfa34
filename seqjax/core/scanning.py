"""A recurrence by `lax.scan`, which JAX differentiates in every mode and order."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from seqjax.core.cells.base import Carry, Params
from seqjax.core.timeline import Plan, Span, extent, without_padding
from seqjax.core.written_derivative import alike

Tree = Any


def scan_recurrence(
    plan: Plan, params: Params, xs: Tree, carry: Carry, span: Span, *, unroll: int = 1
) -> tuple[Carry, Float[Array, "steps batch hidden"]]:
    """Run a cell over the `span` of `xs`; all steps are taken, those outside held.

    Args:
        plan: what is static, the cell among it.
        params: the cell's parameters.
        xs: inputs, or a tree of them, time first in each.
        carry: the carry before the first step taken.
        span: which steps are real.
        unroll: steps per iteration.

    Returns:
        The carry after the last step taken, and the outputs in the order of `xs`: zero
        outside the span, of zero steps where the plan does not keep them.
    """
    params, xs, carry = alike((params, xs, carry))
    time, _ = extent(xs)
    limit: Array | None = span.lengths
    if limit is None and not plan.whole:
        limit = span.num_steps

    def step(carry: Carry, at_step: tuple[Array, Any]) -> tuple[Carry, Array]:
        t, x = at_step
        new, y = plan.cell.step(params, carry, x)
        if limit is None:
            return new, y
        real = jnp.broadcast_to(t < limit, y.shape[:1])[:, None]
        new = jax.tree.map(lambda a, b: jnp.where(real, a, b), new, carry)
        return new, jnp.where(real, y, 0)

    inputs = (jnp.arange(time, dtype=jnp.int32), without_padding(xs, limit))
    carry, ys = lax.scan(step, carry, inputs, reverse=plan.reverse, unroll=unroll)
    return carry, ys if plan.outputs else ys[:0]
