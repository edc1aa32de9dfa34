"""Training one model as a pure function of a key.

Everything that decides the outcome enters through the arguments of `train`: no clock, no
global state, no printing. Shapes and the number of metrics kept are static; what scales
numbers (rates, norms, thresholds, numbers of steps) is traced.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from seqjax.core.keys import named_keys

Tree = Any


class Task(NamedTuple):
    """What is learnt.

    Attributes:
        init: `key -> params`.
        batch: `(key, data) -> batch`, a tree of arrays.
        loss: `(params, batch, data) -> (loss, accuracy)`, means over the batch.
        batch_axis: axis of every array of a batch that counts its examples.
    """

    init: Callable[[PRNGKeyArray], Tree]
    batch: Callable[[PRNGKeyArray, Tree], Tree]
    loss: Callable[[Tree, Tree, Tree], tuple[Array, Array]]
    batch_axis: int = 0


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


class Hyper(NamedTuple):
    """Numbers that steer the training; all traced, all scalars.

    Attributes:
        learning_rate: factor of the optimiser's direction.
        clip_norm: the gradient's global norm is scaled down to it; infinity: never.
        solved_accuracy: a model has solved its task once its running accuracy has been
            at least this for `patience` updates.
        patience: see above.
        stop: stop a model that has solved its task, at the next batch whose own accuracy
            is at the threshold too and whose loss is not above the running mean; the
            update of that batch is not applied.
    """

    learning_rate: Float[Array, ""]
    clip_norm: Float[Array, ""]
    solved_accuracy: Float[Array, ""]
    patience: Int[Array, ""]
    stop: Bool[Array, ""]


def make_hyper(
    learning_rate: float,
    *,
    clip_norm: float = float("inf"),
    solved_accuracy: float = 1.0,
    patience: int = 1,
    stop: bool = False,
) -> Hyper:
    """Hyper from Python numbers, as arrays of fixed dtypes so that none is static."""
    return Hyper(
        jnp.asarray(learning_rate, jnp.float32),
        jnp.asarray(clip_norm, jnp.float32),
        jnp.asarray(solved_accuracy, jnp.float32),
        jnp.asarray(patience, jnp.int32),
        jnp.asarray(stop, jnp.bool_),
    )


class TrainState(NamedTuple):
    """One model in training.

    Attributes:
        params: as `Task.init` makes them.
        optimizer: the optimiser's state.
        key: the stream from which batch number `step` is drawn.
        step: updates tried so far.
        running: exponential means of the batches' accuracy and loss, see `DECAY`.
        streak: updates in a row with a running accuracy at the threshold or above.
        solved_step: update at which the first long enough streak began, or -1.
        diverged: a loss or gradient was not finite.
        stopped: no further update will be tried; that of the last batch was not applied,
            so a diverged model keeps its last finite parameters.
    """

    params: Tree
    optimizer: Tree
    key: PRNGKeyArray
    step: Int[Array, ""]
    running: Float[Array, " 2"]
    streak: Int[Array, ""]
    solved_step: Int[Array, ""]
    diverged: Bool[Array, ""]
    stopped: Bool[Array, ""]


class Metrics(NamedTuple):
    """What each update reports; NaN where no update was tried."""

    loss: Float[Array, " updates"]
    accuracy: Float[Array, " updates"]
    gradient_norm: Float[Array, " updates"]


DECAY = 0.9
"""Decay of the running accuracy per update: a memory of about ten batches."""


def init(
    task: Task, optimizer: optax.GradientTransformation, key: PRNGKeyArray
) -> TrainState:
    """A model before its first update; `key` is the seed's whole randomness."""
    keys = named_keys(key, ("params", "batches"))
    params = task.init(keys["params"])
    zero, no = jnp.zeros([], jnp.int32), jnp.zeros([], jnp.bool_)
    return TrainState(
        params=params,
        optimizer=optimizer.init(params),
        key=keys["batches"],
        step=zero,
        running=jnp.zeros(2, jnp.float32),
        streak=zero,
        solved_step=zero - 1,
        diverged=no,
        stopped=no,
    )


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


def update(
    task: Task,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    hyper: Hyper,
    data: Tree,
    sharding: Sharding = WHOLE,
) -> tuple[TrainState, Metrics]:
    """Try one update; metrics come as scalars."""
    batch = task.batch(jax.random.fold_in(state.key, state.step), data)
    loss, accuracy, grads = gradient(task, state.params, batch, data, sharding)
    norm = optax.tree.norm(grads)
    finite = jnp.isfinite(loss) & jnp.isfinite(norm)
    # max(): a gradient of norm 0 is left alone instead of becoming 0 / 0.
    scale = hyper.clip_norm / jnp.maximum(norm, hyper.clip_norm)
    scale = jnp.where(jnp.isinf(hyper.clip_norm), 1, scale)
    grads = jax.tree.map(lambda g: g * scale.astype(g.dtype), grads)
    direction, moments = optimizer.update(grads, state.optimizer, state.params)
    rate = hyper.learning_rate
    params = jax.tree.map(
        lambda p, d: p - rate.astype(p.dtype) * d, state.params, direction
    )
    old = (state.params, state.optimizer)
    state = _watch(state, hyper, accuracy, loss, ~finite)
    # A model that stops keeps the parameters that it was judged by: the update of its
    # last batch might undo what the batches before have shown.
    params, moments = jax.tree.map(
        lambda new, old: jnp.where(state.stopped, old, new), (params, moments), old
    )
    state = state._replace(params=params, optimizer=moments)
    metrics = (loss, accuracy, norm)
    return state, Metrics(*[metric.astype(jnp.float32) for metric in metrics])


def _watch(
    state: TrainState, hyper: Hyper, accuracy: Array, loss: Array, diverged: Array
) -> TrainState:
    """Count the update and decide whether the model has solved its task."""
    seen = jnp.stack([accuracy, loss]).astype(jnp.float32)
    running = DECAY * state.running + (1 - DECAY) * seen
    step = state.step + 1
    # The means start at 0; dividing by the weight given so far removes that bias.
    mean_accuracy, mean_loss = running / (1 - DECAY ** step.astype(jnp.float32))
    above = (mean_accuracy >= hyper.solved_accuracy) & ~diverged
    streak = jnp.where(above, state.streak + 1, 0)
    newly = (streak >= hyper.patience) & (state.solved_step < 0)
    solved_step = jnp.where(newly, step - streak + 1, state.solved_step)
    # Not in one of the spikes that adaptive rates cause: the model is to be a good one.
    typical = (seen[0] >= hyper.solved_accuracy) & (seen[1] <= mean_loss)
    return state._replace(
        step=step,
        running=running,
        streak=streak,
        solved_step=solved_step,
        diverged=diverged,
        stopped=diverged | (hyper.stop & (solved_step >= 0) & typical),
    )


def advance(
    task: Task,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    hyper: Hyper,
    data: Tree,
    until: Int[Array, ""],
    *,
    capacity: int,
    sharding: Sharding = WHOLE,
) -> tuple[TrainState, Metrics]:
    """Update until `state.step` is `until`, the model stops, or `capacity` is reached.

    A `lax.while_loop`, since a model that has stopped should cost nothing more.

    Args:
        task: what is learnt.
        optimizer: gradients to direction, see `seqjax.train.optimizers`.
        state: where the training stands.
        hyper: traced numbers.
        data: whatever the task wants beside its key; shared by all updates.
        until: number of the last update wanted; traced.
        capacity: largest number of updates in one call; static.
        sharding: how each gradient is put together.

    Returns:
        The new state and the metrics of the updates tried, each of shape (capacity,)
        and NaN past the last update.
    """
    first = state.step

    def going(carry: tuple[TrainState, Metrics]) -> Array:
        state, _ = carry
        return ~state.stopped & (state.step < jnp.minimum(until, first + capacity))

    def body(carry: tuple[TrainState, Metrics]) -> tuple[TrainState, Metrics]:
        state, kept = carry
        new, metrics = update(task, optimizer, state, hyper, data, sharding)
        row = state.step - first
        kept = jax.tree.map(lambda b, m: b.at[row].set(m), kept, metrics)
        return new, kept

    empty = Metrics(*[jnp.full(capacity, jnp.nan, jnp.float32) for _ in range(3)])
    return lax.while_loop(going, body, (state, empty))


def train(
    task: Task,
    optimizer: optax.GradientTransformation,
    key: PRNGKeyArray,
    hyper: Hyper,
    data: Tree = None,
    *,
    num_updates: int,
) -> tuple[TrainState, Metrics]:
    """A whole training as one pure function of a key: `init`, then `num_updates`."""
    state = init(task, optimizer, key)
    return advance(
        task,
        optimizer,
        state,
        hyper,
        data,
        jnp.asarray(num_updates, jnp.int32),
        capacity=num_updates,
    )
