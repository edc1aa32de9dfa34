"""What all memory tasks have in common, whichever is asked for by name."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.tasks import MEMORY_TASKS, Network, Trainable
from tests.tasks.oracles import start
from tests.variants import and_slow

SOME = and_slow(["recall"], ["copying", "adding"])


def make(name: str, longest: int, cell: str = "rnn", batch: int = 4) -> Any:
    known = MEMORY_TASKS[name]
    network = Network(
        cell, known.in_features, known.outputs, 5, every_step=known.every_step
    )
    task = known.make(network, batch, longest)
    assert isinstance(task, Trainable)
    return task


@pytest.mark.parametrize("name", SOME)
def test_the_loss_does_not_depend_on_the_longest_length(name: str) -> None:
    length = MEMORY_TASKS[name].shortest
    found = []
    for longest in (length, length + 9):
        task = make(name, longest)
        params = start(task)
        score = jax.jit(task.score)(params, task.trial(length, 50).evaluation)
        found.append((float(score.loss), float(score.accuracy)))
    assert found[0] == pytest.approx(found[1], rel=1e-6)


@pytest.mark.parametrize("name", SOME)
def test_lengths_share_a_program(name: str) -> None:
    traces = []
    task = make(name, 12)
    params = start(task)

    @jax.jit
    def step(params: Any, key: jax.Array, data: Any) -> Any:
        traces.append(1)
        batch = task.task().batch(key, data)
        return task.task().loss(params, batch, data)[0]

    lengths = (MEMORY_TASKS[name].shortest, 7, 12)
    found = [
        float(step(params, jax.random.key(0), task.trial(n, 8).training))
        for n in lengths
    ]
    assert len(traces) == 1
    assert np.isfinite(found).all()
    assert len(set(found)) == 3


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", SOME)
def test_the_gradient_is_that_of_finite_differences(name: str) -> None:
    whole = make(name, 6)
    task = whole.task()
    params = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), start(whole))
    data = whole.trial(4, 8).training
    batch = jax.jit(task.batch)(jax.random.key(1), data)
    batch = jax.tree.map(
        lambda leaf: leaf.astype(jnp.float64) if leaf.dtype == jnp.float32 else leaf,
        batch,
    )
    rng = np.random.default_rng(0)
    way = jax.tree.map(lambda p: jnp.asarray(rng.normal(size=p.shape)), params)

    @jax.jit
    def loss(step: Any) -> Any:
        moved = jax.tree.map(lambda p, d: p + step * d, params, way)
        return task.loss(moved, batch, data)[0]

    grads = jax.jit(jax.grad(lambda p: task.loss(p, batch, data)[0]))(params)
    products = jax.tree.map(lambda g, d: jnp.sum(g * d), grads, way)
    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert float(sum(jax.tree.leaves(products))) == pytest.approx(
        float(slope), rel=1e-6
    )
