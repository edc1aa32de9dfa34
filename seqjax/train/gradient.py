"""The gradient of one batch, whole or put together of parts."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from seqjax.train.task import Task

Tree = Any


class Sharding(NamedTuple):
    """How the gradient of one batch is put together.

    The batch is cut into `parts` of equal size, whose gradients are added in a fixed
    order, so that the numbers are the same wherever each part is computed.

    Attributes:
        parts: number of parts; static, and part of what decides the numbers.
        axis: name of the mesh axis over which the parts lie, one each; None: they are
            computed one after the other.
    """

    parts: int = 1
    axis: str | None = None


WHOLE = Sharding()
"""The whole batch at once."""


def gradient(
    task: Task, params: Tree, batch: Tree, data: Tree, sharding: Sharding
) -> tuple[Array, Array, Tree]:
    """Loss, accuracy and gradient of a batch, part by part.

    Raises:
        ValueError: if the batch cannot be cut into equal parts.
    """
    size = jax.tree.leaves(batch)[0].shape[task.batch_axis]
    share, rest = divmod(size, sharding.parts)
    if rest:
        raise ValueError(
            f"parts must divide the batch of {size}, not {sharding.parts}; "
            "change one of them"
        )

    def part(index: Array) -> tuple[Array, Array, Tree]:
        def cut(leaf: Array) -> Array:
            return lax.dynamic_slice_in_dim(
                leaf, index * share, share, axis=task.batch_axis
            )

        mine = batch if sharding.parts == 1 else jax.tree.map(cut, batch)
        grad = jax.value_and_grad(task.loss, has_aux=True)
        (loss, accuracy), grads = grad(params, mine, data)
        return loss, accuracy, grads

    zero = jnp.zeros([], jnp.int32)
    if sharding.parts == 1:
        return part(zero)
    if sharding.axis is None:
        shapes = jax.eval_shape(part, zero)
        total = lax.fori_loop(
            0,
            sharding.parts,
            lambda index, sums: jax.tree.map(jnp.add, sums, part(index)),
            jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes),
        )
    else:
        own = part(lax.axis_index(sharding.axis))
        # Not psum, whose order of summation is its own affair.
        parts = lax.all_gather(own, sharding.axis)
        total = jax.tree.map(lambda leaf: functools.reduce(jnp.add, leaf), parts)
    return jax.tree.map(lambda leaf: leaf / sharding.parts, total)
