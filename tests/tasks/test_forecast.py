"""The forecast task: whole histories read anew, the best update, what may be known."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.graphs import mean_neighbours
from seqjax.core.keys import named_keys
from seqjax.tasks.forecast import ForecastData, ForecastTask, Watched
from seqjax.tasks.forecast_network import ForecastNetwork
from seqjax.tasks.series import Parts, Snapshots, cuts, parts, scale_of
from seqjax.train import direction, make_hyper, train
from tests.variants import and_slow

EDGES = np.array([[0, 1, 1, 2, 2, 0, 2, 3], [1, 0, 2, 1, 0, 2, 3, 2]])
NODES, LAGS, HORIZON = 4, 2, 3
NETWORK = ForecastNetwork("lstm", 1, LAGS, 3, "sage-mean")
MATRIX = mean_neighbours(EDGES, NODES)


def series(seed: int = 0) -> Parts:
    values = np.random.default_rng(seed).normal(size=(20, NODES, 1)).astype(np.float32)
    places = cuts(20, LAGS, HORIZON, 0.5, 0.2)
    return jax.tree.map(
        jnp.asarray, parts(values, scale_of(values, places.validation), places, LAGS)
    )


PARTS = series()
DATA = ForecastData(MATRIX, PARTS)
PARAMS = jax.tree.map(
    lambda leaf: leaf + 0.3 * jax.random.normal(jax.random.key(1), leaf.shape),
    jax.jit(NETWORK.init)(jax.random.key(0)),
)


def forecasts(task: ForecastTask, data: ForecastData = DATA, params: Any = None) -> Any:
    run = jax.jit(partial(task.forecasts, horizon=HORIZON))
    return np.asarray(run(PARAMS if params is None else params, data))


def replaced(name: str, index: int, field: str = "inputs") -> ForecastData:
    """Another snapshot at one place of a part."""
    part = getattr(PARTS, name)
    changed = getattr(part, field).at[index].add(1.0)
    part = part._replace(**{field: changed})
    return DATA._replace(parts=PARTS._replace(**{name: part}))


def test_a_forecast_is_that_of_the_whole_history_read_anew() -> None:
    """From the first snapshot on and with its own forecasts behind; no state is kept
    between two of them."""
    found = forecasts(ForecastTask(NETWORK, 1))
    assert found.shape == (6, HORIZON, NODES, 1)
    apply = jax.jit(lambda inputs: NETWORK.apply(PARAMS, MATRIX, inputs)[0])
    before = np.concatenate([PARTS.train.inputs, PARTS.validation.inputs])
    for origin in range(6):
        history = np.concatenate([before, PARTS.test.inputs[: origin + 1]])
        for step in range(HORIZON):
            # Of one length, for one program: what comes later changes nothing before.
            filled = np.pad(history, ((0, 20 - len(history)), (0, 0), (0, 0)))
            expected = apply(filled)[len(history) - 1]
            np.testing.assert_allclose(
                found[origin, step], expected, rtol=1e-4, atol=1e-5
            )
            read = np.concatenate([history[-1, :, 1:], expected], axis=1)
            history = np.concatenate([history, read[None]])


def test_the_change_is_added_to_the_last_value() -> None:
    value = NETWORK._replace(change=False)
    inputs = jnp.asarray(PARTS.train.inputs)
    one, other = (
        network.apply(PARAMS, MATRIX, inputs)[0] for network in (NETWORK, value)
    )
    np.testing.assert_allclose(one - other, inputs[..., -1:], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shuffled", and_slow([False], [True]))
def test_nothing_is_known_of_what_is_still_to_come(shuffled: bool) -> None:
    """And the state knows of the snapshots before, but where time is shuffled."""
    task = ForecastTask(NETWORK, 1, shuffled)
    first = forecasts(task)
    gap = np.abs(forecasts(task, replaced("test", 2)) - first).max(axis=(1, 2, 3))
    np.testing.assert_array_equal(gap[:2], 0)
    assert gap[2] > 1e-3
    if shuffled:
        np.testing.assert_array_equal(gap[3:], 0)
    else:
        assert gap[3] > 1e-5
    # What has happened is not read, only what is read.
    np.testing.assert_array_equal(
        forecasts(task, replaced("test", 2, "targets")), first
    )
    assert np.abs(forecasts(task, replaced("validation", 3)) - first).max() > 0


def test_shuffled_snapshots_keep_their_targets() -> None:
    """A network without memory has the same loss in any order, and the same test."""
    network = NETWORK._replace(cell=None, readout=True)
    params = jax.jit(network.init)(jax.random.key(3))
    plain, shuffled = (ForecastTask(network, 5, each) for each in (False, True))
    orders = [
        jax.jit(shuffled.task().batch)(jax.random.key(seed), DATA) for seed in range(4)
    ]
    length = len(PARTS.train.targets)
    assert all(sorted(order.tolist()) == list(range(length)) for order in orders)
    assert len({tuple(order.tolist()) for order in orders}) > 1
    in_time = plain.task().batch(jax.random.key(0), DATA)
    assert in_time.tolist() == list(range(length))
    memory = plain.task().memory
    assert memory is not None
    expected, _, seen = jax.jit(plain.task().loss)(
        params, in_time, memory(jax.random.key(0)), DATA
    )
    found, _, other = jax.jit(shuffled.task().loss)(
        params, orders[1], memory(jax.random.key(0)), DATA
    )
    assert float(found) == pytest.approx(float(expected), rel=1e-5)
    assert float(other.loss) == pytest.approx(float(seen.loss), rel=1e-5)
    np.testing.assert_allclose(
        forecasts(plain, params=params),
        forecasts(shuffled, params=params),
        rtol=1e-5,
        atol=1e-6,
    )


def loss_of(params: Any, part: Snapshots, carry: Any = None) -> tuple[Any, Any]:
    found, carry = NETWORK.apply(params, MATRIX, jnp.asarray(part.inputs), carry)
    return jnp.mean((found - part.targets) ** 2), carry


def test_nothing_is_learnt_from_the_validation_part() -> None:
    """Loss and slope are those of the training part alone, to rounding."""
    task = ForecastTask(NETWORK, 5)
    memory = task.task().memory
    assert memory is not None
    order = task.task().batch(jax.random.key(0), DATA)

    def value(params: Any, data: ForecastData) -> Any:
        return task.task().loss(params, order, memory(jax.random.key(0)), data)[0]

    def alone(params: Any) -> Any:
        return loss_of(params, PARTS.train)[0]

    loss, slope = jax.jit(jax.value_and_grad(value))(PARAMS, DATA)
    expected, wanted = jax.jit(jax.value_and_grad(alone))(PARAMS)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6),
        slope,
        wanted,
    )


def test_the_parameters_that_validate_best_are_kept() -> None:
    """Twelve updates by plain gradient descent here, every one validated anew."""
    task = ForecastTask(NETWORK, 14)
    run = jax.jit(partial(train, task.task(), direction("sgd"), num_updates=12))
    # Rates so large that it does not get better for ever.
    state, _ = run(jax.random.key(5), make_hyper(0.6), DATA)
    watched: Watched = state.memory

    @jax.jit
    def descend(params: Any) -> tuple[Any, Any]:
        slope, carry = jax.grad(loss_of, has_aux=True)(params, PARTS.train)
        loss, _ = loss_of(params, PARTS.validation, carry)
        return jax.tree.map(lambda p, g: p - 0.6 * g, params, slope), loss

    key = named_keys(jax.random.key(5), ("params",))["params"]
    params, losses = [jax.jit(NETWORK.init)(key)], []
    for _ in range(12):
        after, loss = descend(params[-1])
        params.append(after)
        losses.append(float(loss))
    np.testing.assert_allclose(watched.curve[:12], losses, rtol=1e-3)
    assert np.isnan(watched.curve[12:]).all()
    best = int(np.argmin(losses))
    assert 0 < best < 11, "neither the first nor the last"
    assert (int(watched.update), int(watched.seen)) == (best, 12)
    assert float(watched.loss) == pytest.approx(losses[best], rel=1e-3)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4),
        watched.params,
        params[best],
    )


def test_a_share_of_forecasts_is_closer_than_the_last_value() -> None:
    task = ForecastTask(NETWORK, 5)
    memory = task.task().memory
    assert memory is not None
    order = task.task().batch(jax.random.key(0), DATA)
    _, share, _ = jax.jit(task.task().loss)(
        PARAMS, order, memory(jax.random.key(0)), DATA
    )
    _, carry = loss_of(PARAMS, PARTS.train)
    found, _ = NETWORK.apply(
        PARAMS, MATRIX, jnp.asarray(PARTS.validation.inputs), carry
    )
    closer = [
        abs(float(f) - float(t)) < abs(float(last) - float(t))
        for f, t, last in zip(
            found.ravel(),
            np.ravel(PARTS.validation.targets),
            np.ravel(PARTS.validation.inputs[..., -1]),
            strict=True,
        )
    ]
    assert 0 < sum(closer) < len(closer)
    assert float(share) == pytest.approx(np.mean(closer))


WEIGHTS = np.random.default_rng(7).random((20 - LAGS, EDGES.shape[1])) + 0.2
WEIGHTS[np.random.default_rng(8).random(WEIGHTS.shape) < 0.3] = 0
CHANGING: Any = DATA._replace(matrix=mean_neighbours(EDGES, NODES, WEIGHTS))


def test_a_snapshot_is_read_on_its_own_edges() -> None:
    """A loop over snapshots, each with the matrix of its edges; what is further ahead
    has those of the snapshot from which it is forecast."""
    found = forecasts(ForecastTask(NETWORK, 1), CHANGING)
    apply = jax.jit(NETWORK.apply)
    inputs = np.concatenate([part.inputs for part in PARTS])
    carry: Any = None
    seen = len(inputs) - len(PARTS.test.inputs)
    for place, x in enumerate(inputs):
        # In the layout of all, so that all are one program; its numbers are held
        # against those of the edges alone in the tests of these matrices.
        own = CHANGING.matrix.at(place)
        (y,), carry = apply(PARAMS, own, x[None], carry)
        if place < seen:
            continue
        state, told = carry, [y]
        for _ in range(HORIZON - 1):
            x = np.concatenate([x[:, 1:], told[-1]], axis=1)
            (y,), state = apply(PARAMS, own, x[None], state)
            told.append(y)
        np.testing.assert_allclose(found[place - seen], told, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shuffled", and_slow([True], [False]))
def test_edges_that_never_change_are_as_one_matrix(shuffled: bool) -> None:
    same = mean_neighbours(EDGES, NODES, np.ones((20 - LAGS, EDGES.shape[1])))
    task = ForecastTask(NETWORK, 5, shuffled).task()
    assert task.memory is not None
    order = task.batch(jax.random.key(0), DATA)
    run = jax.jit(task.loss)
    memory = task.memory(jax.random.key(0))
    one, two = (
        run(PARAMS, order, memory, d) for d in (DATA, DATA._replace(matrix=same))
    )
    for field in (0, 1):
        assert float(one[field]) == pytest.approx(float(two[field]), rel=1e-5)
    assert float(one[2].loss) == pytest.approx(float(two[2].loss), rel=1e-5)


def test_what_is_missing_is_neither_learnt_from_nor_scored() -> None:
    random = np.random.default_rng(9)
    masked = jax.tree.map(np.asarray, PARTS)
    hidden = []
    for part in masked:
        scored = random.random(part.targets.shape) < 0.7
        junk = np.where(scored, part.targets, 1e6).astype(np.float32)
        hidden.append(part._replace(targets=junk, scored=scored))
    data = DATA._replace(parts=jax.tree.map(jnp.asarray, Parts(*hidden)))
    task = ForecastTask(NETWORK, 5).task()
    assert task.memory is not None
    order = task.batch(jax.random.key(0), DATA)
    memory = task.memory(jax.random.key(0))
    loss, share, seen = jax.jit(task.loss)(PARAMS, order, memory, data)
    found, carry = NETWORK.apply(PARAMS, MATRIX, jnp.asarray(PARTS.train.inputs))
    later, _ = NETWORK.apply(
        PARAMS, MATRIX, jnp.asarray(PARTS.validation.inputs), carry
    )
    for value, told, part in (
        (loss, found, hidden[0]),
        (seen.loss, later, hidden[1]),
    ):
        gaps = (np.asarray(told) - part.targets)[part.scored]
        assert float(value) == pytest.approx(float(np.mean(gaps**2)), rel=1e-5)
    last = hidden[1].inputs[..., -1:]
    closer = abs(np.asarray(later) - hidden[1].targets) < abs(last - hidden[1].targets)
    assert float(share) == pytest.approx(closer[hidden[1].scored].mean(), rel=1e-5)
