"""Training one model as a pure function of a key.

Everything that decides the outcome enters through the arguments of `train`: no clock, no
global state, no printing. Shapes and the number of metrics kept are static; what scales
numbers (rates, norms, thresholds, numbers of steps) is traced.
"""

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
        loss: `(params, key, data) -> (loss, accuracy)` on a batch drawn with `key`.
    """

    init: Callable[[PRNGKeyArray], Tree]
    loss: Callable[[Tree, PRNGKeyArray, Tree], tuple[Array, Array]]


class Hyper(NamedTuple):
    """Numbers that steer the training; all traced, all scalars.

    Attributes:
        learning_rate: factor of the optimiser's direction.
        clip_norm: the gradient's global norm is scaled down to it; infinity: never.
        solved_accuracy: a model has solved its task once its running accuracy has been
            at least this for `patience` updates.
        patience: see above.
        stop: stop a model once it has solved its task.
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
        running_accuracy: exponential mean of the batches' accuracy, see `DECAY`.
        streak: updates in a row with a running accuracy at the threshold or above.
        solved_step: update at which the first long enough streak began, or -1.
        diverged: a loss or gradient was not finite; the update was not applied and
            the model keeps its last finite parameters.
        stopped: no further update will be tried.
    """

    params: Tree
    optimizer: Tree
    key: PRNGKeyArray
    step: Int[Array, ""]
    running_accuracy: Float[Array, ""]
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
        running_accuracy=jnp.zeros([], jnp.float32),
        streak=zero,
        solved_step=zero - 1,
        diverged=no,
        stopped=no,
    )


def update(
    task: Task,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    hyper: Hyper,
    data: Tree,
) -> tuple[TrainState, Metrics]:
    """Try one update; metrics come as scalars."""
    key = jax.random.fold_in(state.key, state.step)
    (loss, accuracy), grads = jax.value_and_grad(task.loss, has_aux=True)(
        state.params, key, data
    )
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
    params, moments = jax.tree.map(
        lambda new, old: jnp.where(finite, new, old),
        (params, moments),
        (state.params, state.optimizer),
    )
    state = _watch(state, hyper, accuracy, ~finite)
    state = state._replace(params=params, optimizer=moments)
    return state, Metrics(loss, accuracy, norm)


def _watch(state: TrainState, hyper: Hyper, accuracy: Array, diverged: Array) -> TrainState:
    """Count the update and decide whether the model has solved its task."""
    accuracy = accuracy.astype(jnp.float32)
    running = DECAY * state.running_accuracy + (1 - DECAY) * accuracy
    step = state.step + 1
    # The mean starts at 0; dividing by the weight given so far removes that bias.
    mean = running / (1 - DECAY ** step.astype(jnp.float32))
    above = (mean >= hyper.solved_accuracy) & ~diverged
    streak = jnp.where(above, state.streak + 1, 0)
    newly = (streak >= hyper.patience) & (state.solved_step < 0)
    solved_step = jnp.where(newly, step - streak + 1, state.solved_step)
    return state._replace(
        step=step,
        running_accuracy=running,
        streak=streak,
        solved_step=solved_step,
        diverged=diverged,
        stopped=diverged | (hyper.stop & (solved_step >= 0)),
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
) -> tuple[TrainState, Metrics]:
    """Update until `state.step` is `until`, the model stops, or `capacity` is reached.

    A `lax.while_loop`, since a model that has stopped should cost nothing more.

    Args:
        task: what is learnt.
        optimizer: gradients to direction, see `seqjax.train.optimizers`.
        state: where the training stands.
        hyper: traced numbers.
        data: whatever `task.loss` wants beside its key; shared by all updates.
        until: number of the last update wanted; traced.
        capacity: largest number of updates in one call; static.

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
        new, metrics = update(task, optimizer, state, hyper, data)
        row = state.step - first
        kept = jax.tree.map(lambda b, m: b.at[row].set(m), kept, metrics)
        return new, kept

    shapes = jax.eval_shape(lambda: update(task, optimizer, state, hyper, data)[1])
    empty = jax.tree.map(lambda s: jnp.full((capacity,), jnp.nan, s.dtype), shapes)
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
