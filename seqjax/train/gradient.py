"""The gradient of one batch, whole or put together of parts."""

import functools
from functools import partial
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


class Gradient(NamedTuple):
    """What one batch says.

    Attributes:
        loss: mean over the batch.
        accuracy: mean over the batch.
        grads: of the loss, by the parameters.
        memory: the task's memory after the batch; as it was in a task without.
    """

    loss: Array
    accuracy: Array
    grads: Tree
    memory: Tree


def gradient(
    task: Task,
    params: Tree,
    batch: Tree,
    data: Tree,
    sharding: Sharding = WHOLE,
    memory: Tree = (),
) -> Gradient:
    """Loss, accuracy and gradient of a batch, part by part.

    Args:
        task: what is learnt.
        params: where the gradient is taken.
        batch: of the task.
        data: whatever the task's loss wants.
        sharding: how the parts are put together; default: one part.
        memory: the task's memory before the batch; default: none.

    Raises:
        ValueError: if the batch cannot be cut into equal parts.
    """
    axis, examples = task.batch_axis, (batch, memory)
    size = jax.tree.leaves(examples)[0].shape[axis]
    share, rest = divmod(size, sharding.parts)
    if rest:
        raise ValueError(
            f"parts must divide the batch of {size}, not {sharding.parts}; "
            "change one of them"
        )

    def part(index: Array) -> tuple[tuple[Array, Array, Tree], Tree]:
        def cut(leaf: Array) -> Array:
            return lax.dynamic_slice_in_dim(leaf, index * share, share, axis=axis)

        mine = examples if sharding.parts == 1 else jax.tree.map(cut, examples)
        grad = jax.value_and_grad(partial(loss_of_batch, task), has_aux=True)
        (loss, (accuracy, after)), grads = grad(params, *mine, data)
        return (loss, accuracy, grads), after

    zero = jnp.zeros([], jnp.int32)
    if sharding.parts == 1:
        (loss, accuracy, grads), after = part(zero)
        return Gradient(loss, accuracy, grads, after)
    if sharding.axis is None:

        def compute(index: Array, state: Tree) -> Tree:
            parts, kept = state
            own, after = part(index)

            def put(whole: Array, leaf: Array) -> Array:
                return lax.dynamic_update_slice_in_dim(whole, leaf, index * share, axis)

            # Added up after the loop: here XLA may fuse the last product of a part with
            # the sum, and round once where two devices round twice.
            parts = jax.tree.map(lambda p, leaf: p.at[index].set(leaf), parts, own)
            return parts, jax.tree.map(put, kept, after)

        own, _ = jax.eval_shape(part, zero)
        none = jax.tree.map(
            lambda s: jnp.zeros((sharding.parts, *s.shape), s.dtype), own
        )
        parts, after = lax.fori_loop(0, sharding.parts, compute, (none, memory))
    else:
        # Not psum, whose order of summation is its own affair.
        parts, after = lax.all_gather(
            part(lax.axis_index(sharding.axis)), sharding.axis
        )
        after = jax.tree.map(lambda leaf: jnp.concatenate(leaf, axis), after)
    total = jax.tree.map(lambda leaf: functools.reduce(jnp.add, leaf), parts)
    loss, accuracy, grads = jax.tree.map(lambda leaf: leaf / sharding.parts, total)
    return Gradient(loss, accuracy, grads, after)


def loss_of_batch(
    task: Task, params: Tree, batch: Tree, memory: Tree, data: Tree
) -> tuple[Array, tuple[Array, Tree]]:
    """The task's loss, with its memory or without, as `jax.value_and_grad` wants it."""
    if task.memory is None:
        loss, accuracy = task.loss(params, batch, data)
        return loss, (accuracy, memory)
    loss, accuracy, after = task.loss(params, batch, memory, data)
    return loss, (accuracy, after)
