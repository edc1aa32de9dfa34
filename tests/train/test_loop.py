"""One model's training: clipping, stopping, diverging, and what is compiled."""

import inspect
import math
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from seqjax.train import (
    Hyper,
    Metrics,
    Sharding,
    Task,
    TrainState,
    direction,
    gradient,
    loop,
    make_hyper,
    train,
)
from tests.train.problem import ONE, TASK

KEY = jax.random.key(7)


def run(
    task: Task = TASK, *, updates: int = 40, scale: jax.Array = ONE, **hyper: float
) -> tuple[TrainState, Metrics]:
    settings = make_hyper(hyper.pop("rate", 0.5), **hyper)  # type: ignore[arg-type]
    return train(task, direction("sgd"), KEY, settings, scale, num_updates=updates)


def test_training_equals_a_plain_loop_in_numpy() -> None:
    state, metrics = run(updates=5)
    start = loop.init(TASK, direction("sgd"), KEY)
    params, stream = start.params, start.key
    for step in range(5):
        batch = TASK.batch(jax.random.fold_in(stream, step), ONE)
        (value, accuracy), grads = jax.value_and_grad(TASK.loss, has_aux=True)(
            params, batch, ONE
        )
        assert metrics.loss[step] == pytest.approx(float(value), rel=1e-6)
        assert metrics.accuracy[step] == pytest.approx(float(accuracy))
        norm = np.sqrt(sum(float((g**2).sum()) for g in jax.tree.leaves(grads)))
        assert metrics.gradient_norm[step] == pytest.approx(norm, rel=1e-5)
        params = jax.tree.map(lambda p, g: p - 0.5 * g, params, grads)
    for ours, theirs in zip(
        jax.tree.leaves(state.params), jax.tree.leaves(params), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_the_gradient_is_clipped_to_its_norm_and_left_alone_below() -> None:
    start = loop.init(TASK, direction("sgd"), KEY)

    def step_length(clip: float) -> float:
        state, _ = run(updates=1, rate=1.0, clip_norm=clip)
        moved = jax.tree.map(lambda a, b: a - b, state.params, start.params)
        return float(optax.tree.norm(moved))

    _, metrics = run(updates=1)
    norm = float(metrics.gradient_norm[0])
    assert step_length(norm / 10) == pytest.approx(norm / 10, rel=1e-4)
    assert step_length(10 * norm) == pytest.approx(norm, rel=1e-4)
    assert step_length(float("inf")) == pytest.approx(norm, rel=1e-4)


def test_a_diverged_model_keeps_its_last_finite_parameters_and_stops() -> None:
    def loss(
        params: dict[str, jax.Array], x: jax.Array, scale: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        value, accuracy = TASK.loss(params, x, scale)
        # Far from zero the loss is no longer a number.
        return jnp.where(jnp.abs(params["w"]).max() > 2, jnp.nan, value), accuracy

    state, metrics = run(TASK._replace(loss=loss), rate=5.0)
    tried = int(state.step)
    assert bool(state.diverged)
    assert bool(state.stopped)
    assert 1 < tried < 40
    assert np.isfinite(metrics.loss[: tried - 1]).all()
    assert np.isnan(metrics.loss[tried - 1 :]).all()
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state.params))
    assert int(state.solved_step) == -1


@pytest.mark.parametrize("stop", [False, True])
def test_solving_is_a_streak_of_running_accuracy(stop: bool) -> None:
    state, metrics = run(
        updates=200, solved_accuracy=0.9, patience=15, stop=stop, rate=1.0
    )
    accuracy = np.asarray(metrics.accuracy, np.float64)
    loss = np.asarray(metrics.loss, np.float64)
    running, running_loss, streak, expected, end = 0.0, 0.0, 0, -1, 200
    for step, value in enumerate(accuracy[np.isfinite(accuracy)], start=1):
        running = loop.DECAY * running + (1 - loop.DECAY) * value
        running_loss = loop.DECAY * running_loss + (1 - loop.DECAY) * loss[step - 1]
        weight = 1 - loop.DECAY**step
        mean = running / weight
        streak = streak + 1 if mean >= 0.9 else 0
        if streak == 15 and expected < 0:
            expected = step - 14
        below = loss[step - 1] <= running_loss / weight
        if stop and expected > 0 and value >= 0.9 and below:
            end = min(end, step)
    assert expected > 1
    assert int(state.solved_step) == expected
    assert int(state.step) == end
    assert bool(state.stopped) == stop


def test_a_stopped_model_is_the_one_that_its_last_batch_judged() -> None:
    def run_for(updates: int, *, stop: bool) -> TrainState:
        return run(
            updates=updates, solved_accuracy=0.9, patience=15, rate=1.0, stop=stop
        )[0]

    stopped = run_for(200, stop=True)
    before = run_for(int(stopped.step) - 1, stop=False)
    for a, b in zip(
        jax.tree.leaves(stopped.params), jax.tree.leaves(before.params), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_chunks_do_not_change_the_numbers() -> None:
    optimizer, hyper = direction("adam"), make_hyper(0.1)

    @jax.jit
    def advance(state: TrainState, until: jax.Array) -> tuple[TrainState, Metrics]:
        return loop.advance(TASK, optimizer, state, hyper, ONE, until, capacity=20)

    with jax.numpy_dtype_promotion("standard"):
        whole, kept = advance(loop.init(TASK, optimizer, KEY), jnp.int32(20))
        state, pieces = loop.init(TASK, optimizer, KEY), []
        for until in (3, 4, 20):
            first = int(state.step)
            state, metrics = advance(state, jnp.int32(until))
            pieces.append(metrics.loss[: until - first])
    np.testing.assert_array_equal(np.concatenate(pieces), kept.loss)
    for a, b in zip(
        jax.tree.leaves(state.params), jax.tree.leaves(whole.params), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_rates_norms_and_thresholds_are_traced() -> None:
    traces = 0

    def loss(
        params: dict[str, jax.Array], x: jax.Array, scale: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        nonlocal traces
        traces += 1
        return TASK.loss(params, x, scale)

    task = TASK._replace(loss=loss)
    step = jax.jit(
        lambda key, hyper: train(task, direction("sgd"), key, hyper, ONE, num_updates=3)
    )
    step(KEY, make_hyper(0.1))
    first = traces
    step(
        KEY, make_hyper(0.2, clip_norm=3.0, solved_accuracy=0.5, patience=9, stop=True)
    )
    assert traces == first > 0


def test_a_batch_in_parts_gives_the_same_gradient_to_rounding() -> None:
    params = TASK.init(KEY)
    batch = TASK.batch(KEY, ONE)
    whole = gradient(TASK, params, batch, ONE)
    parts = gradient(TASK, params, batch, ONE, Sharding(4))
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(parts), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_batch_that_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="parts") as error:
        gradient(TASK, TASK.init(KEY), TASK.batch(KEY, ONE), ONE, Sharding(5))
    assert str(error.value) == (
        "parts must divide the batch of 32, not 5; change one of them"
    )


def counting(params: Any, x: jax.Array, memory: jax.Array, scale: jax.Array) -> Any:
    """A loss weighted by how often each example's place has been used."""
    loss, accuracy = TASK.loss(params, x, scale)
    return loss * memory.mean(), accuracy, memory + 1 + x[:, 0]


REMEMBERING = TASK._replace(loss=counting, memory=lambda key: jnp.ones(32))


@pytest.mark.parametrize("parts", [1, 4])
def test_memory_goes_from_update_to_update_example_by_example(parts: int) -> None:
    state = loop.init(REMEMBERING, direction("sgd"), KEY)
    memory = np.ones(32)
    for step in range(3):
        before = state
        state, metrics = loop.update(
            REMEMBERING, direction("sgd"), state, make_hyper(0.1), ONE, Sharding(parts)
        )
        x = TASK.batch(jax.random.fold_in(state.key, step), ONE)
        plain, _ = TASK.loss(before.params, x, ONE)
        if parts == 1:
            assert float(metrics.loss) == pytest.approx(float(plain * memory.mean()))
        memory = memory + 1 + np.asarray(x)[:, 0]
        np.testing.assert_allclose(state.memory, memory, rtol=1e-5)


def test_a_memory_comes_from_the_key_of_the_parameters() -> None:
    state = loop.init(TASK._replace(memory=TASK.init), direction("sgd"), KEY)
    for a, b in zip(
        jax.tree.leaves(state.memory), jax.tree.leaves(state.params), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_a_model_that_stops_keeps_its_memory() -> None:
    hyper = make_hyper(float("inf"))
    state = loop.init(REMEMBERING, direction("sgd"), KEY)
    for _ in range(3):
        before = state
        state, _ = loop.update(REMEMBERING, direction("sgd"), state, hyper, ONE)
        if state.stopped:
            break
    assert state.diverged
    np.testing.assert_array_equal(state.memory, before.memory)


def test_a_schedule_scales_the_rate_of_each_update() -> None:
    hyper, sgd = make_hyper(0.1, horizon=3), direction("sgd")

    def falling(step: jax.Array, of: jax.Array) -> jax.Array:
        assert of is hyper.horizon or isinstance(of, jax.core.Tracer)
        return 0.5 ** step.astype(jnp.float32)

    state = loop.init(TASK, sgd, KEY)
    for step in range(3):
        expected, _ = loop.update(TASK, sgd, state, make_hyper(0.1 * 0.5**step), ONE)
        state, _ = loop.update(TASK, sgd, state, hyper, ONE, schedule=falling)
        for a, b in zip(
            jax.tree.leaves(state.params), jax.tree.leaves(expected.params), strict=True
        ):
            np.testing.assert_allclose(a, b, rtol=1e-6)
    _, whole = loop.advance(
        TASK,
        sgd,
        loop.init(TASK, sgd, KEY),
        hyper,
        ONE,
        jnp.asarray(3, jnp.int32),
        capacity=3,
        schedule=falling,
    )
    constant = train(TASK, sgd, KEY, hyper, ONE, num_updates=3)[1]
    assert float(whole.loss[0]) == float(constant.loss[0])
    assert float(whole.loss[2]) != float(constant.loss[2])


class Watched(NamedTuple):
    """What `patient` remembers: the loss after every update, and the least of them."""

    losses: jax.Array
    updates: jax.Array
    least: jax.Array
    waited: jax.Array


SEEN = jax.random.normal(jax.random.key(11), (64, 4))
PATIENCE = 3


def patient(params: Any, memory: Watched, scale: jax.Array) -> tuple[Watched, Any]:
    """Stop once the loss on `SEEN` has not fallen for so many updates."""
    loss, _ = TASK.loss(params, SEEN, scale)
    better = loss < memory.least
    waited = jnp.where(better, 0, memory.waited + 1)
    return Watched(
        memory.losses.at[memory.updates].set(loss),
        memory.updates + 1,
        jnp.minimum(loss, memory.least),
        waited,
    ), waited >= PATIENCE


def unseen(key: jax.Array) -> Watched:
    zero = jnp.zeros([], jnp.int32)
    return Watched(jnp.full(60, jnp.nan), zero, jnp.full([], jnp.inf), zero)


WATCHED = TASK._replace(
    loss=lambda params, x, memory, scale: (*TASK.loss(params, x, scale), memory),
    memory=unseen,
    watch=patient,
)


def same(ours: Any, theirs: Any) -> None:
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        if not jnp.issubdtype(a.dtype, jax.dtypes.prng_key):
            np.testing.assert_array_equal(a, b)


def test_a_watch_judges_the_parameters_after_each_update_and_stops_with_them() -> None:
    state, metrics = run(WATCHED, updates=60, rate=20.0)
    params = [loop.init(TASK, direction("sgd"), KEY).params]
    stream, losses, waited = state.key, list[float](), 0
    while waited < PATIENCE:
        x = TASK.batch(jax.random.fold_in(stream, len(losses)), ONE)
        grads = jax.grad(lambda p, x: TASK.loss(p, x, ONE)[0])(params[-1], x)
        params.append(jax.tree.map(lambda p, g: p - 20.0 * g, params[-1], grads))
        losses.append(float(TASK.loss(params[-1], SEEN, ONE)[0]))
        waited = 0 if losses[-1] == min(losses) else waited + 1
    assert 2 * PATIENCE < len(losses) < 60, "nothing to see"
    assert int(state.step) == int(state.memory.updates) == len(losses)
    assert bool(state.stopped)
    assert not bool(state.diverged)
    np.testing.assert_allclose(state.memory.losses[: len(losses)], losses, rtol=1e-4)
    assert np.isnan(state.memory.losses[len(losses) :]).all()
    assert np.isfinite(metrics.loss).sum() == len(losses)
    for ours, theirs in zip(
        jax.tree.leaves(state.params), jax.tree.leaves(params[-1]), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_a_watched_training_is_the_same_wherever_it_is_broken_off() -> None:
    optimizer, hyper = direction("adam"), make_hyper(3.0)

    @jax.jit
    def advance(state: TrainState, until: jax.Array) -> tuple[TrainState, Metrics]:
        return loop.advance(WATCHED, optimizer, state, hyper, ONE, until, capacity=60)

    with jax.numpy_dtype_promotion("standard"):
        start = loop.init(WATCHED, optimizer, KEY)
        whole, _ = advance(start, jnp.int32(60))
        assert PATIENCE < int(whole.step) < 60
        for until in range(1, int(whole.step) + 1):
            half, _ = advance(start, jnp.int32(until))
            assert bool(half.stopped) == (until == int(whole.step))
            ended, _ = advance(half, jnp.int32(60))
            same(ended, whole)


def test_a_watch_sees_the_last_finite_parameters_of_a_model_that_diverged() -> None:
    hyper = make_hyper(float("inf"))
    state = loop.init(WATCHED, direction("sgd"), KEY)
    while not state.stopped:
        before = state
        state, _ = loop.update(WATCHED, direction("sgd"), state, hyper, ONE)
    assert state.diverged
    same(state.params, before.params)
    at = int(before.memory.updates)
    assert int(state.memory.updates) == at + 1
    loss, _ = TASK.loss(before.params, SEEN, ONE)
    np.testing.assert_array_equal(state.memory.losses[at], loss)


def test_without_a_clip_norm_the_gradient_is_left_alone() -> None:
    state, metrics = run(updates=5)
    hyper = make_hyper(0.5, clip_norm=None)
    other, found = train(TASK, direction("sgd"), KEY, hyper, ONE, num_updates=5)
    np.testing.assert_allclose(found.loss, metrics.loss, rtol=1e-6)
    for a, b in zip(
        jax.tree.leaves(other.params), jax.tree.leaves(state.params), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)

    def program(hyper: Hyper) -> str:
        start = loop.init(TASK, direction("sgd"), KEY)
        step = partial(loop.update, TASK, direction("sgd"))
        return str(jax.make_jaxpr(step)(start, hyper, ONE))

    assert "isinf" in program(make_hyper(0.5))
    assert "isinf" not in program(hyper)


@pytest.mark.parametrize("size", [1e25, 1e-25])
def test_f19_a_finite_gradient_has_a_finite_norm(size: float) -> None:
    """Its square is no number in float32; in float64 it is."""

    def loss(params: Any, batch: Any, data: Any) -> tuple[Any, Any]:
        return (size * params["w"]).sum(), jnp.zeros(())

    state, metrics = run(TASK._replace(loss=loss), updates=1, rate=1.0, clip_norm=1.0)
    assert not state.diverged
    exact = size * math.sqrt(8)
    assert metrics.gradient_norm[0] == pytest.approx(exact, rel=1e-5)
    start = loop.init(TASK, direction("sgd"), KEY).params["w"]
    moved = np.asarray(start - state.params["w"])
    np.testing.assert_allclose(moved, min(size, 1 / math.sqrt(8)), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("rate", [float("inf"), 3e38])
def test_f19_a_diverged_model_keeps_finite_parameters(rate: float) -> None:
    state, metrics = run(updates=5, rate=rate, scale=jnp.float32(100))
    assert bool(state.diverged)
    assert bool(state.stopped)
    for leaf in jax.tree.leaves((state.params, state.optimizer)):
        assert np.isfinite(leaf).all()
    tried = int(state.step)
    assert np.isfinite(metrics.loss[0])
    assert np.isnan(metrics.loss[tried:]).all()


def test_f13_no_updates_leave_the_first_parameters() -> None:
    state, metrics = run(updates=0)
    start = loop.init(TASK, direction("sgd"), KEY)
    for ours, first in zip(
        jax.tree.leaves(state.params), jax.tree.leaves(start.params), strict=True
    ):
        np.testing.assert_array_equal(ours, first)
    assert int(state.step) == 0
    assert [metric.shape for metric in metrics] == [(0,)] * 3


def test_what_trainings_are_not_is_refused() -> None:
    def refused(key: Any = KEY, updates: Any = 1) -> str:
        with pytest.raises(ValueError, match="must") as caught:
            inspect.unwrap(train)(
                *(TASK, direction("sgd"), key, make_hyper(0.1), ONE),
                num_updates=updates,
            )
        return str(caught.value)

    assert refused(key=3) == "key must be one key of JAX, not 3; give jax.random.key(0)"
    many = jax.random.split(KEY, 2)
    assert refused(key=many) == (
        "key must be one key of JAX, not key<fry>[2]; give jax.random.key(0)"
    )
    assert refused(updates=-1) == (
        "num_updates must be an integer of at least 0, not -1; give 0 or more"
    )
