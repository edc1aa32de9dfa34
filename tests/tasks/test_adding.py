"""The adding problem: its sequences, its loss, and what no memory can reach."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from seqjax.core.keys import named_keys
from seqjax.tasks import MEMORY_TASKS, AddingTask, Network
from seqjax.tasks.adding import TOLERANCE, Addends, baseline, draw, inputs, judge, sums
from tests.tasks.oracles import answers, drawing, scoring, start

NETWORK = Network("gru", 2, 1, 6)


def drawn(length: int, longest: int, size: int, seed: int = 0) -> Addends:
    batch = jax.jit(draw, static_argnums=(2, 3))
    return Addends(*batch(jax.random.key(seed), jnp.int32(length), size, longest))


@pytest.mark.parametrize("length", [2, 3, 9, 10])
def test_one_mark_lies_anywhere_in_each_half(length: int) -> None:
    first, second = np.asarray(drawn(length, 12, 20_000).marked)
    half = length // 2
    counts = np.bincount(first, minlength=half)
    assert len(counts) == half
    assert half == 1 or stats.chisquare(counts).pvalue > 1e-4
    assert second.min() == half
    assert second.max() == length - 1
    counts = np.bincount(second - half)
    assert len(counts) == 1 or stats.chisquare(counts).pvalue > 1e-4
    # One says nothing about the other.
    table = np.zeros((half, length - half))
    np.add.at(table, (first, second - half), 1)
    if min(table.shape) > 1:
        assert stats.chi2_contingency(table).pvalue > 1e-4


def test_numbers_are_uniform() -> None:
    values = np.asarray(drawn(6, 6, 20_000).values, float)
    assert values.min() >= 0
    assert values.max() < 1
    for row in values:
        assert stats.kstest(row, "uniform").pvalue > 1e-5
    assert np.abs(np.corrcoef(values) - np.eye(6)).max() < 0.04


def test_inputs_and_sums_are_those_of_a_loop() -> None:
    addends = drawn(5, 8, 30)
    values, marked = np.asarray(addends.values), np.asarray(addends.marked)
    found, wanted = np.asarray(inputs(addends)), np.asarray(sums(addends))
    assert found.shape == (8, 30, 2)
    for i in range(30):
        total = np.float32(0)
        for t in range(8):
            is_marked = t in marked[:, i]
            assert found[t, i].tolist() == [values[t, i], float(is_marked)]
            total += values[t, i] * is_marked
        assert wanted[i] == pytest.approx(total, rel=1e-6)


@pytest.mark.usefixtures("x64")
def test_the_loss_is_that_of_a_loop_over_sequences() -> None:
    rng = np.random.default_rng(0)
    values, marked = rng.uniform(size=(4, 50)), np.tile([[1], [2]], 50)
    errors = rng.normal(scale=0.05, size=50)
    outputs = values[1] + values[2] + errors
    addends = Addends(jnp.asarray(values), jnp.asarray(marked))
    score = judge(jnp.asarray(outputs[:, None]), addends)
    squares = [error**2 for error in errors]
    assert float(score.loss) == pytest.approx(sum(squares) / 50, rel=1e-12)
    right = sum(abs(error) < TOLERANCE for error in errors)
    assert 0 < right < 50
    assert float(score.accuracy) == right / 50


def test_always_answering_one_reaches_the_baseline_and_chance() -> None:
    size = 400_000
    addends = drawn(7, 7, size)
    score = judge(jnp.ones((size, 1)), addends)
    # The squared error's variance: its fourth moment 1/15 less (1/6)^2.
    spread = math.sqrt((1 / 15 - 1 / 36) / size)
    assert float(score.loss) == pytest.approx(baseline(7), abs=4 * spread)
    chance = MEMORY_TASKS["adding"].chance
    spread = math.sqrt(chance * (1 - chance) / size)
    assert float(score.accuracy) == pytest.approx(chance, abs=4 * spread)
    # No other constant is better, in either respect.
    for other in (0.9, 0.95, 1.05, 1.1):
        worse = judge(jnp.full((size, 1), other), addends)
        assert float(worse.loss) > float(score.loss)
        assert float(worse.accuracy) < float(score.accuracy)


@pytest.mark.parametrize("length", [2, 4, 5])
def test_the_score_is_that_of_a_network_written_in_numpy(length: int) -> None:
    task = AddingTask(NETWORK, 8, 5)
    params = start(task)
    trial = task.trial(length, 200)
    score = scoring(task)(params, trial.evaluation)
    addends, _ = trial.evaluation
    values, marked = np.asarray(addends.values, float), np.asarray(addends.marked)
    marks = np.zeros_like(values)
    for row in marked:
        marks[row, np.arange(200)] = 1
    xs = np.stack([values, marks], axis=-1)
    errors = answers(NETWORK, params, xs, length)[-1, :, 0] - (values * marks).sum(0)
    assert float(score.loss) == pytest.approx((errors**2).mean(), rel=1e-5)
    right = (np.abs(errors) < TOLERANCE).mean()
    assert float(score.accuracy) == pytest.approx(right, abs=1 / 200)


def test_a_batch_does_not_depend_on_the_longest_length() -> None:
    short, long = drawn(7, 7, 16), drawn(7, 40, 16)
    np.testing.assert_array_equal(short.values, long.values[:7])
    np.testing.assert_array_equal(short.marked, long.marked)


def test_nothing_tested_on_is_trained_on() -> None:
    task = AddingTask(NETWORK, 64, 10)
    trial = task.trial(10, 500)
    assert trial.held_out
    assert trial.distinct_strings is None
    tested = set(np.asarray(trial.evaluation[0].values).T[:, :4].ravel().tolist())
    batch = drawing(task)
    shared = 0
    for seed in range(5):
        stream = named_keys(jax.random.key(seed), ("batches",))["batches"]
        for step in range(10):
            addends = batch(jax.random.fold_in(stream, step), trial.training)
            first = np.asarray(addends.values)[0].tolist()
            shared += len(tested & set(first))
    # 2000 of 2^23 possible numbers: each of the 3200 first ones is among them by chance
    # once in 4200; had streams met, 64 or more would be.
    assert shared < 12


def test_tests_differ_between_lengths() -> None:
    task = AddingTask(NETWORK, 64, 10)
    one, two = (task.trial(n, 20).evaluation[0].values for n in (9, 10))
    assert not (np.asarray(one) == np.asarray(two)).any()
