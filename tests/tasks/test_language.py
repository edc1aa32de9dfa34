"""Language modelling: every character once, states carried, sums as they should be."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core import losses
from seqjax.nn.language_network import LanguageNetwork
from seqjax.tasks.language import LanguageTask, evaluate, streams, windows
from seqjax.train import Ensemble, Sharding, direction, gradient, loop, make_hyper
from tests.variants import and_slow

KEY = jax.random.key(0)
NETWORK = LanguageNetwork("lstm", vocab_size=5, hidden_size=6)
TEXT = jnp.asarray(np.random.default_rng(0).integers(0, 5, 61), jnp.int32)


def whole(network: LanguageNetwork, params: Any, text: jax.Array) -> jax.Array:
    """Cross-entropy at every place of a text read from its beginning."""
    logits, _ = network.apply(params, text[:-1, None])
    log_p = jax.nn.log_softmax(logits[:, 0])
    return -jnp.take_along_axis(log_p, text[1:, None], axis=1)[:, 0]


@pytest.mark.parametrize("cut", [lambda t: streams(t, 7), lambda t: windows(t, 8)])
def test_every_pair_of_neighbours_is_there_once(cut: Any) -> None:
    characters, targets = cut(jnp.arange(61))
    assert characters.shape == targets.shape
    counted = np.asarray(targets) >= 0
    found = np.asarray(characters)[counted]
    assert sorted(found) == list(range(60))
    np.testing.assert_array_equal(np.asarray(targets)[counted], found + 1)
    assert len(windows(jnp.arange(61), 8)[0]) == 8


@pytest.mark.parametrize("count", and_slow([4], [1]))
def test_an_evaluation_reads_every_stream_to_its_end(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqjax.tasks.language.CHUNK", 7)
    params = NETWORK.init(KEY)
    score = evaluate(NETWORK, params, *streams(TEXT, count))
    length = 60 // count
    parts = [TEXT[i * length : (i + 1) * length + 1] for i in range(count)]
    expected = jnp.concatenate([whole(NETWORK, params, part) for part in parts])
    np.testing.assert_allclose(score.loss, expected.mean(), rtol=1e-5)
    right = [
        jnp.argmax(NETWORK.apply(params, part[:-1, None])[0][:, 0], -1) == part[1:]
        for part in parts
    ]
    np.testing.assert_allclose(score.accuracy, jnp.concatenate(right).mean(), rtol=1e-6)


def test_windows_start_anywhere_from_the_zero_state() -> None:
    task = LanguageTask(NETWORK, batch_size=500, window=8).task()
    draw = task.batch(KEY, TEXT)
    assert draw.dropout is None
    assert set(np.asarray(draw.starts).tolist()) == set(range(61 - 8))
    params = NETWORK.init(KEY)
    loss, _ = task.loss(params, draw._replace(starts=draw.starts[:3]), TEXT)
    parts = [whole(NETWORK, params, TEXT[s : s + 9]).mean() for s in draw.starts[:3]]
    np.testing.assert_allclose(loss, np.mean(parts), rtol=1e-5)


def test_carried_states_make_one_reading_of_every_stream() -> None:
    task = LanguageTask(NETWORK, batch_size=2, window=10, carried=True).task()
    hyper, optimizer = make_hyper(0.0), direction("sgd")
    state = loop.init(task, optimizer, KEY)
    step = jax.jit(partial(loop.update, task, optimizer))
    losses_seen = []
    for _ in range(4):
        state, metrics = step(state, hyper, TEXT)
        losses_seen.append(float(metrics.loss))
    params = state.params
    streams_read = [whole(NETWORK, params, TEXT[i * 30 : i * 30 + 31]) for i in (0, 1)]
    expected = np.stack(streams_read).reshape(2, 3, 10).mean(axis=(0, 2))
    np.testing.assert_allclose(losses_seen[:3], expected, rtol=1e-5)
    # 30 characters are three windows; then the streams begin anew.
    np.testing.assert_allclose(losses_seen[3], losses_seen[0], rtol=1e-6)


def test_a_gradient_does_not_leave_its_window() -> None:
    task = LanguageTask(NETWORK, batch_size=2, window=10, carried=True)
    params = NETWORK.init(KEY)
    plain = task.task()
    assert plain.memory is not None
    _, _, reading = plain.loss(params, plain.batch(KEY, TEXT), plain.memory(KEY), TEXT)
    found = gradient(
        plain, params, plain.batch(KEY, TEXT), TEXT, Sharding(), reading
    ).grads

    def second(p: Any) -> jax.Array:
        places = jnp.array([10, 40]) + jnp.arange(11)[:, None]
        logits, _ = NETWORK.apply(p, TEXT[places][:-1], reading.carry)
        return losses.cross_entropy(logits, TEXT[places][1:])

    for a, b in zip(
        jax.tree.leaves(found), jax.tree.leaves(jax.grad(second)(params)), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-7)


def test_some_windows_begin_with_zeros_all_the_same() -> None:
    task = LanguageTask(NETWORK, 2, 10, carried=True, reset=0.5)
    plain = task.task()
    assert plain.memory is not None
    params, reading = NETWORK.init(KEY), plain.memory(KEY)
    seen = []
    for step in range(3):
        draw = plain.batch(jax.random.fold_in(KEY, step), TEXT)
        seen.append(draw.reset)
        places = reading.stream * 30 + reading.offset + jnp.arange(11)[:, None]
        carry = jax.tree.map(
            lambda leaf, draw=draw: jnp.where(draw.reset[:, None], 0, leaf),
            reading.carry,
        )
        logits, _ = NETWORK.apply(params, TEXT[places][:-1], carry)
        expected = losses.cross_entropy(logits, TEXT[places][1:])
        loss, _, reading = plain.loss(params, draw, reading, TEXT)
        np.testing.assert_allclose(loss, expected, rtol=1e-6)
    assert 0 < np.sum(seen) < np.size(seen)
    keys = jax.random.split(KEY, 500)
    resets = jax.vmap(lambda key: plain.batch(key, TEXT).reset)(keys)
    assert abs(float(resets.mean()) - 0.5) < 4 * (0.25 / 1000) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("carried", and_slow([True], [False]))
def test_parts_of_a_batch_give_the_same_bits_on_one_device_and_on_two(
    carried: bool,
) -> None:
    network = NETWORK._replace(dropout=0.3)
    task = LanguageTask(network, batch_size=4, window=5, carried=carried).task()
    keys = jax.vmap(jax.random.key)(jnp.arange(2))

    def losses_of(ensemble: Ensemble, count: int) -> np.ndarray:
        run = ensemble.run(keys[:count], make_hyper(0.1), TEXT, num_updates=6)
        return np.concatenate([np.asarray(p.metrics.loss) for p in run], axis=1)

    alone = losses_of(Ensemble(task, direction("sgd"), 1, parts=2), 1)
    both = losses_of(Ensemble(task, direction("sgd"), 2, parts=2), 2)
    np.testing.assert_array_equal(alone[0], both[0])
    assert len(np.unique(both)) == both.size


def test_dropout_changes_from_update_to_update() -> None:
    task = LanguageTask(NETWORK._replace(dropout=0.5), 3, 5).task()
    keys = jax.random.split(KEY)
    draws = [task.batch(key, TEXT) for key in keys]
    params = task.init(KEY)
    same = [draw._replace(starts=draws[0].starts) for draw in draws]
    found = [float(task.loss(params, draw, TEXT)[0]) for draw in same]
    assert found[0] != found[1]
    assert found[0] == float(task.loss(params, same[0], TEXT)[0])


@pytest.mark.parametrize(("count", "lead"), [(1, 0), (3, 0), (3, 4), (5, 7), (1, 9)])
def test_streams_with_a_lead_have_every_target_once(count: int, lead: int) -> None:
    text = np.arange(101, dtype=np.int32)
    xs, targets = (np.asarray(a) for a in streams(jnp.asarray(text), count, lead))
    counted = targets >= 0
    # The characters are their own places: what follows, once each and in order.
    np.testing.assert_array_equal(targets.T[counted.T], text[1:])
    np.testing.assert_array_equal(targets[counted], xs[counted] + 1)
    # Every stream reads on from its first character without a gap.
    for stream, real in zip(xs.T, counted.T, strict=True):
        there = stream[: np.flatnonzero(real)[-1] + 1]
        np.testing.assert_array_equal(np.diff(there), 1)
    if count > 1:
        np.testing.assert_array_equal(counted[:lead, 1:], False)
    assert counted[0, 0]
