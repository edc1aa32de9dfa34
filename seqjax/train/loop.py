"""Training one model as a pure function of a key.

Everything that decides the outcome enters through the arguments of `train`: no clock,
no global state, no printing. Shapes and the number of metrics kept are static; what
scales numbers (rates, norms, thresholds, numbers of steps) is traced.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from seqjax.core.boundary import check_key
from seqjax.core.checks import check_integer
from seqjax.core.keys import named_keys
from seqjax.train.gradient import WHOLE, Sharding, gradient, loss_of_batch
from seqjax.train.optimizers import Optimizer, as_direction
from seqjax.train.schedules import Schedule, as_schedule
from seqjax.train.task import Hyper, Task

Tree = Any


class TrainState(NamedTuple):
    """One model in training.

    Attributes:
        params: as `Task.init` makes them.
        optimizer: the optimiser's state.
        memory: the task's, see `Task`; an empty tuple in a task without.
        key: the stream from which batch number `step` is drawn.
        step: updates tried so far.
        running: exponential means of the batches' accuracy and loss, see `DECAY`.
        streak: updates in a row with a running accuracy at the threshold or above.
        solved_step: update at which the first long enough streak began, or -1.
        diverged: a loss or gradient was not finite, or what the update would have left.
        stopped: no further update will be tried. That of the last batch was not
            applied, so a diverged model keeps its last parameters, which are finite;
            unless the
            task's `watch` has stopped the model, which judges those after it.
    """

    params: Tree
    optimizer: Tree
    memory: Tree
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


def init(task: Task, optimizer: Optimizer | Any, key: PRNGKeyArray | Any) -> TrainState:
    """A model before its first update; `key` is the seed's whole randomness.

    Raises ValueError on what is no optimiser or no key.
    """
    optimizer = as_direction(optimizer)
    check_key("key", key)
    keys = named_keys(key, ("params", "batches"))
    params = task.init(keys["params"])
    zero, no = jnp.zeros([], jnp.int32), jnp.zeros([], jnp.bool_)
    return TrainState(
        params=params,
        optimizer=optimizer.init(params),
        memory=() if task.memory is None else task.memory(keys["params"]),
        key=keys["batches"],
        step=zero,
        running=jnp.zeros(2, jnp.float32),
        streak=zero,
        solved_step=zero - 1,
        diverged=no,
        stopped=no,
    )


def update(
    task: Task,
    optimizer: Optimizer | Any,
    state: TrainState,
    hyper: Hyper,
    data: Tree,
    sharding: Sharding = WHOLE,
    schedule: Schedule | Any = None,
) -> tuple[TrainState, Metrics]:
    """Try one update; metrics come as scalars."""
    optimizer, schedule = as_direction(optimizer), as_schedule(schedule)
    batch = task.batch(jax.random.fold_in(state.key, state.step), data)
    loss, accuracy, grads, memory = gradient(
        task, state.params, batch, data, sharding, state.memory
    )
    norm = _norm(grads)
    if hyper.clip_norm is not None:
        # max(): a gradient of norm 0 is left alone instead of becoming 0 / 0.
        scale = hyper.clip_norm / jnp.maximum(norm, hyper.clip_norm)
        scale = jnp.where(jnp.isinf(hyper.clip_norm), 1, scale)
        grads = jax.tree.map(lambda g: g * scale.astype(g.dtype), grads)

    def value_fn(params: Tree) -> Array:
        return loss_of_batch(task, params, batch, state.memory, data)[0]

    direction, moments = optimizer.direction(
        *(grads, state.optimizer, state.params),
        value=loss,
        grad=grads,
        value_fn=value_fn,
    )
    rate = hyper.learning_rate
    if schedule is not None:
        rate = rate * schedule(state.step, hyper.horizon).astype(rate.dtype)
    params = jax.tree.map(
        lambda p, d: (p - rate.astype(p.dtype) * d).astype(p.dtype),
        *(state.params, direction),
    )
    finite = jnp.isfinite(loss) & jnp.isfinite(norm) & _all_finite(params)
    old = (state.params, state.optimizer, state.memory)
    state = _count(state, hyper, accuracy, loss, ~finite)
    # A model that stops keeps the parameters that it was judged by: the update of its
    # last batch might undo what the batches before have shown.
    params, moments, memory = jax.tree.map(
        lambda new, old: jnp.where(state.stopped, old, new),
        (params, moments, memory),
        old,
    )
    state = state._replace(params=params, optimizer=moments, memory=memory)
    if task.watch is not None and task.watch_every == 1:
        memory, stop = task.watch(params, memory, data)
        state = state._replace(memory=memory, stopped=state.stopped | stop)
    metrics = (loss, accuracy, norm)
    return state, Metrics(*[metric.astype(jnp.float32) for metric in metrics])


def _norm(grads: Tree) -> Array:
    """The global norm; where its square has no place among the numbers, by a detour."""
    norm, leaves = optax.tree.norm(grads), jax.tree.leaves(grads)
    if not leaves:
        return norm

    def scaled() -> Array:
        largest = jnp.stack(
            [jnp.abs(g).max(initial=0).astype(norm.dtype) for g in leaves]
        )
        scale = jnp.where(largest.max() > 0, largest.max(), 1)
        rest = optax.tree.norm([g / scale.astype(g.dtype) for g in leaves])
        return (scale * rest).astype(norm.dtype)

    # Above it, no square that counts is rounded to 0.
    tiny = float(jnp.finfo(norm.dtype).tiny) ** 0.25
    return lax.cond((norm > tiny) & jnp.isfinite(norm), lambda: norm, scaled)


def _all_finite(tree: Tree) -> Array:
    """Whether no number is infinite or NaN."""
    leaves = [x for x in jax.tree.leaves(tree) if jnp.issubdtype(x.dtype, jnp.inexact)]
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in leaves] or [True]).all()


def _watched(task: Task, state: TrainState, data: Tree) -> TrainState:
    """The state after a look of the task's own, where this update is one of those."""
    assert task.watch is not None
    memory, stop = task.watch(state.params, state.memory, data)
    looks = ~state.stopped & (state.step % task.watch_every == 0)
    kept = jax.tree.map(
        lambda new, old: jnp.where(looks, new, old), memory, state.memory
    )
    return state._replace(memory=kept, stopped=state.stopped | (looks & stop))


def _count(
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
    optimizer: Optimizer | Any,
    state: TrainState,
    hyper: Hyper,
    data: Tree,
    until: Int[Array, ""],
    *,
    capacity: int,
    sharding: Sharding = WHOLE,
    schedule: Schedule | Any = None,
) -> tuple[TrainState, Metrics]:
    """Update until `state.step` is `until`, the model stops, or `capacity` is reached.

    A `lax.while_loop`, since a model that has stopped should cost nothing more.

    Args:
        task: what is learnt.
        optimizer: gradients to direction, see `seqjax.train.optimizers`, or one of
            optax, whose updates are added, times `hyper.learning_rate` (give 1).
        state: where the training stands.
        hyper: traced numbers.
        data: whatever the task wants beside its key; shared by all updates.
        until: number of the last update wanted; traced.
        capacity: largest number of updates in one call; static.
        sharding: how each gradient is put together.
        schedule: factor of the learning rate, see `schedules`, or one of optax;
            default: 1.

    Returns:
        The new state and the metrics of the updates tried, each of shape (capacity,)
        and NaN past the last update.
    """
    first = state.step
    every = task.watch_every

    def going(carry: tuple[TrainState, Metrics]) -> Array:
        state, _ = carry
        return ~state.stopped & (state.step < jnp.minimum(until, first + capacity))

    def up_to_a_look(carry: tuple[TrainState, Metrics]) -> tuple[TrainState, Metrics]:
        look = (carry[0].step // every + 1) * every
        state, kept = lax.while_loop(
            lambda carry: going(carry) & (carry[0].step < look), body, carry
        )
        return _watched(task, state, data), kept

    def body(carry: tuple[TrainState, Metrics]) -> tuple[TrainState, Metrics]:
        state, kept = carry
        new, metrics = update(task, optimizer, state, hyper, data, sharding, schedule)
        row = state.step - first
        kept = jax.tree.map(lambda b, m: b.at[row].set(m), kept, metrics)
        return new, kept

    if capacity == 0:
        return state, Metrics(*[jnp.zeros(0, jnp.float32) for _ in range(3)])
    empty = Metrics(*[jnp.full(capacity, jnp.nan, jnp.float32) for _ in range(3)])
    whole = body if task.watch is None or every == 1 else up_to_a_look
    return lax.while_loop(going, whole, (state, empty))


def train(
    task: Task,
    optimizer: Optimizer | Any,
    key: PRNGKeyArray | Any,
    hyper: Hyper,
    data: Tree = None,
    *,
    num_updates: int,
) -> tuple[TrainState, Metrics]:
    """A whole training as one pure function of a key: `init`, then updates.

    Args:
        task: what is learnt.
        optimizer: gradients to direction, see `seqjax.train.optimizers`, or one of
            optax, whose updates are added, times `hyper.learning_rate` (give 1).
        key: the seed's whole randomness.
        hyper: traced numbers.
        data: whatever the task wants beside its key.
        num_updates: most updates to try; static.

    Returns:
        The state at the end, and the metrics of every update.

    Raises:
        ValueError: on what is no optimiser, no key, or a number of updates below 0.
    """
    check_integer("num_updates", num_updates, minimum=0)
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
