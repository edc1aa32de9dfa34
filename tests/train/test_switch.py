"""Several optimisers in one: each as if it were alone, and no more memory than one."""

import functools
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from seqjax.train import (
    OPTIMIZERS,
    Direction,
    Ensemble,
    Task,
    direction,
    make_hyper,
    seed_mesh,
)
from seqjax.train.optimizers import FLAVORS
from seqjax.train.switch import choose, chosen, switch
from tests.train.problem import ONE, TASK
from tests.variants import and_slow

Tree = Any


@pytest.fixture(autouse=True)
def _optax_mixes_integers_and_floats() -> Iterator[None]:
    with jax.numpy_dtype_promotion("standard"):
        yield


def every() -> dict[str, Direction]:
    """Every optimiser in every flavour that has it; some start at other than zero."""
    found = {}
    for name in OPTIMIZERS:
        for flavor in FLAVORS:
            try:
                found[f"{name}-{flavor}"] = direction(name, flavor)
            except ValueError:
                continue
    return found


EVERY = every()


def parameters() -> Tree:
    """Arrays of which two have the same shape, and one another dtype."""
    rng = np.random.default_rng(0)
    return {
        "w": jnp.asarray(rng.normal(size=(4, 3)), jnp.float32),
        "v": jnp.asarray(rng.normal(size=(4, 3)), jnp.float32),
        "b": jnp.asarray(rng.normal(size=3), jnp.float32),
        "half": jnp.asarray(rng.normal(size=3), jnp.float16),
    }


@functools.cache
def stepper(optimizer: Direction) -> Any:
    """One step down, compiled once for each optimiser."""

    def step(params: Tree, state: Tree, number: jax.Array) -> tuple[Tree, Tree]:
        grads = jax.tree.map(
            lambda p: jnp.sin(3 * p + number.astype(p.dtype)) / 10, params
        )
        directions, state = optimizer.direction(grads, state, params)
        return jax.tree.map(lambda p, d: p - 0.03 * d, params, directions), state

    return jax.jit(step)


def descended(optimizer: Direction, state: Tree) -> list[np.ndarray]:
    """The parameters after 8 steps, whose gradients depend on them."""
    params = parameters()
    for number in range(8):
        params, state = stepper(optimizer)(params, state, jnp.asarray(number))
    return [np.asarray(leaf) for leaf in jax.tree.leaves(params)]


SWITCH = switch(list(EVERY.values()))
START = jax.jit(lambda params, index: chosen(list(EVERY.values()), params, index))


@pytest.mark.parametrize("name", EVERY)
def test_each_descends_as_if_it_were_alone(name: str) -> None:
    index = jnp.asarray(list(EVERY).index(name), jnp.int32)
    together = descended(SWITCH, START(parameters(), index))
    alone = descended(EVERY[name], EVERY[name].init(parameters()))
    for ours, theirs in zip(together, alone, strict=True):
        assert ours.dtype == theirs.dtype
        # Not bitwise: inside a branch XLA may fuse a product and a sum differently.
        rounding = 4 * float(np.finfo(ours.dtype).eps)
        np.testing.assert_allclose(ours, theirs, rtol=rounding, atol=rounding)


def size(tree: Tree) -> int:
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def test_memory_is_that_of_the_hungriest() -> None:
    params = parameters()
    hungriest = max(size(optimizer.init(params)) for optimizer in EVERY.values())
    assert hungriest > 2 * size(params)
    state = switch(list(EVERY.values())).init(params)
    assert size(state.slots) == hungriest


def test_the_union_has_the_most_of_each_shape_and_dtype() -> None:
    def holding(*shapes: tuple[int, ...]) -> optax.GradientTransformation:
        def init(params: Tree) -> Tree:
            return [jnp.ones(shape) for shape in shapes]

        return optax.GradientTransformation(init, lambda g, s, p=None: (g, s))

    optimizers = [holding((3,), (3,), ()), holding((2,), (3,)), holding((2,), (2,))]
    state = switch(optimizers).init(jnp.zeros(1))
    assert sorted(slot.shape for slot in state.slots) == [(), (2,), (2,), (3,), (3,)]


def test_parameters_may_be_left_out_where_no_optimizer_wants_them() -> None:
    optimizer = switch([direction("sgd"), direction("momentum")])
    state = chosen([direction("sgd"), direction("momentum")], ONE, jnp.asarray(1))
    _, state = optimizer.direction(ONE, state)
    step, _ = optimizer.direction(ONE, state)
    assert float(step) == pytest.approx(1.9)


NAMES = ("sgd", "adam", "rmsprop", "adam")
RATES = (0.5, 0.1, 0.03, 0.02)


def trained(
    optimizer: Direction,
    rates: list[float],
    indices: list[int] | None = None,
    *,
    task: Task = TASK,
    group: int | None = None,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Parameters and losses of models that share one seed."""
    models, optimizers = len(rates), [direction(name) for name in NAMES]
    mesh = seed_mesh(jax.devices()[:2])
    ensemble = Ensemble(task, optimizer, models, capacity=20, mesh=mesh, group=group)
    states = ensemble.init(jax.vmap(jax.random.key)(jnp.full(models, 3)))
    if indices is not None:
        states = choose(ensemble, states, optimizers, np.array(indices))
    hyper = make_hyper(1.0)._replace(learning_rate=jnp.asarray(rates, jnp.float32))
    states, metrics = ensemble.advance(states, hyper, ONE, 20)
    leaves = jax.tree.leaves(ensemble.gather(states.params))
    return leaves, ensemble.gather(metrics.loss)


@functools.cache
def trained_alone(name: str, rate: float) -> tuple[list[np.ndarray], np.ndarray]:
    return trained(direction(name), [rate])


@pytest.mark.parametrize("group", and_slow([3], [1]))
def test_models_of_one_ensemble_have_their_own_optimizers(group: int) -> None:
    optimizers = [direction(name) for name in NAMES]
    params, losses = trained(
        switch(optimizers), list(RATES), list(range(len(NAMES))), group=group
    )
    assert np.isfinite(losses).all()
    for i, (name, rate) in enumerate(zip(NAMES, RATES, strict=True)):
        own, alone = trained_alone(name, rate)
        np.testing.assert_allclose(losses[i], alone[0], rtol=2e-6)
        for ours, theirs in zip(params, own, strict=True):
            np.testing.assert_allclose(ours[i], theirs[0], rtol=1e-5, atol=1e-7)
    assert len({loss.tobytes() for loss in losses}) == len(NAMES)


def test_one_compile_serves_all_optimizers_and_rates() -> None:
    traces: list[int] = []

    def loss(params: Tree, batch: Tree, data: Tree) -> tuple[jax.Array, jax.Array]:
        traces.append(1)
        return TASK.loss(params, batch, data)

    task, optimizers = TASK._replace(loss=loss), [direction(name) for name in NAMES]
    ensemble = Ensemble(task, switch(optimizers), 2, capacity=5)
    keys = jax.vmap(jax.random.key)(jnp.arange(2))
    first = 0
    for index in range(len(NAMES)):
        states = choose(ensemble, ensemble.init(keys), optimizers, np.full(2, index))
        ensemble.advance(states, make_hyper(0.1 * (index + 1)), ONE, 5)
        first = first or len(traces)
    assert len(traces) == first > 0


def test_no_optimizer_is_an_error() -> None:
    with pytest.raises(ValueError, match="optimizers") as error:
        switch([])
    assert str(error.value) == (
        "optimizers must hold at least one transformation, not none; give one"
    )


@pytest.mark.parametrize("index", [-1, 4])
def test_an_index_of_no_optimizer_is_an_error(index: int) -> None:
    with pytest.raises(ValueError, match="indices") as error:
        trained(
            switch([direction(name) for name in NAMES]),
            list(RATES),
            [0, index, 2, 3, 4],
        )
    assert str(error.value) == (
        f"indices must be between 0 and 3, not {index}; they count the optimizers "
        "from 0"
    )
