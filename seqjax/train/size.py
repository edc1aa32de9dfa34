"""What training takes of memory."""

from collections.abc import Iterable
from functools import partial

import jax
import numpy as np

from seqjax.train import loop
from seqjax.train.optimizers import Optimizer
from seqjax.train.task import Task


def seed_bytes(
    tasks: Iterable[Task],
    optimizer: Optimizer,
    updates: int,
    blocks: int,
) -> int:
    """Bytes that one more seed takes: its state, before and after an update; curves.

    Args:
        tasks: what is learnt, one after another; that of the largest state counts.
        optimizer: gradients to direction.
        updates: of a training.
        blocks: trainings whose curves are kept.
    """

    def size(task: Task) -> int:
        state = jax.eval_shape(partial(loop.init, task, optimizer), jax.random.key(0))
        return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))

    curves = updates * len(loop.Metrics._fields) * np.dtype(np.float32).itemsize
    # The curves of a training are put together anew as they grow.
    return 2 * max(map(size, tasks)) + (blocks + 2) * curves
