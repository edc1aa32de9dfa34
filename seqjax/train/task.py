"""What a training is given: a task, and the numbers that steer it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

Tree = Any


class Task(NamedTuple):
    """What is learnt.

    Attributes:
        init: `key -> params`.
        batch: `(key, data) -> batch`, a tree of arrays.
        loss: `(params, batch, data) -> (loss, accuracy)`, means over the batch.
        batch_axis: axis of every array of a batch that counts its examples.
        memory: what a model keeps from update to update beside its parameters, such as
            hidden states and places in a text: `key -> memory`, a tree of arrays as it
            is before the first update, examples on `batch_axis` too; the key is that of
            `init`. The loss is then `(params, batch, memory, data) -> (loss, accuracy,
            memory)`. Default: None.
        watch: `(params, memory, data) -> (memory, stop)`, called after every update
            with the parameters that it has left, as for validation and early stopping.
            The whole memory is its to change. True for `stop` ends the training of this
            model, which keeps these parameters. Default: None.
        watch_every: updates from one call of `watch` to the next. All seeds of a group
            reach it together, so that it costs nothing in between.
    """

    init: Callable[[PRNGKeyArray], Tree]
    batch: Callable[[PRNGKeyArray, Tree], Tree]
    loss: Callable[..., tuple[Any, ...]]
    batch_axis: int = 0
    memory: Callable[[PRNGKeyArray], Tree] | None = None
    watch: Callable[[Tree, Tree, Tree], tuple[Tree, Bool[Array, ""]]] | None = None
    watch_every: int = 1


class Hyper(NamedTuple):
    """Numbers that steer the training; all traced, all scalars (to one model).

    Attributes:
        learning_rate: factor of the optimiser's direction; of the updates of one of
            optax, which has a rate of its own: give 1.
        clip_norm: the gradient's global norm is scaled down to it; infinity: never;
            None: never, and the program has nothing of it.
        solved_accuracy: a model has solved its task once its running accuracy has been
            at least this for `patience` updates.
        patience: see above.
        stop: stop a model that has solved its task, at the next batch whose own
            accuracy is at the threshold too and whose loss is not above the running
            mean; the update of that batch is not applied.
        horizon: updates that a schedule of the learning rate is laid out for.
    """

    learning_rate: Float[Array, ""]
    clip_norm: Float[Array, ""] | None
    solved_accuracy: Float[Array, ""]
    patience: Int[Array, ""]
    stop: Bool[Array, ""]
    horizon: Int[Array, ""]


def make_hyper(
    learning_rate: float,
    *,
    clip_norm: float | None = float("inf"),
    solved_accuracy: float = 1.0,
    patience: int = 1,
    stop: bool = False,
    horizon: int = 0,
) -> Hyper:
    """Hyper from Python numbers, as arrays of fixed dtypes so that none is static.

    Args:
        learning_rate: factor of the optimiser's direction, or of optax's updates: 1
            leaves those as they are.
        clip_norm: largest norm of a gradient; infinity leaves it alone, and so does
            None, which takes clipping out of the program.
        solved_accuracy: running accuracy, from 0 to 1, at which a task is solved.
        patience: updates in a row for which it must hold.
        stop: stop a model that has solved its task.
        horizon: updates that a schedule is laid out for; needed with one only.
    """
    return Hyper(
        jnp.asarray(learning_rate, jnp.float32),
        None if clip_norm is None else jnp.asarray(clip_norm, jnp.float32),
        jnp.asarray(solved_accuracy, jnp.float32),
        jnp.asarray(patience, jnp.int32),
        jnp.asarray(stop, jnp.bool_),
        jnp.asarray(horizon, jnp.int32),
    )
