"""Recall under distraction: only the first digit says what to answer."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.tasks import MEMORY_TASKS, Network, RecallTask
from seqjax.tasks.recall import baseline, judge
from tests.tasks.oracles import (
    answers,
    columns,
    drawing,
    log_softmax,
    looks_independent,
    looks_uniform,
    scoring,
    start,
)

NETWORK = Network("rnn", 10, 10, 6)


def draw(task: RecallTask, length: int, seed: int = 0, size: int = 500) -> np.ndarray:
    training = task.trial(length, size).training
    return np.asarray(drawing(task)(jax.random.key(seed), training))


def test_nothing_after_the_first_step_tells_the_answer() -> None:
    digits = draw(RecallTask(NETWORK, 40_000, 6), 6, size=2000)
    assert looks_uniform(digits, 10)
    for row in digits[1:]:
        assert looks_independent(digits[0], row, 10)
    # Nor does how often the answer comes again: as often as any other digit.
    again = (digits[1:] == digits[0]).mean()
    assert again == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 200_000))


@pytest.mark.parametrize(("length", "longest"), [(2, 7), (5, 7), (7, 7)])
def test_the_score_is_that_of_a_network_written_in_numpy(
    length: int, longest: int
) -> None:
    task = RecallTask(NETWORK, 8, longest)
    params = start(task)
    trial = task.trial(length, 80)
    score = scoring(task)(params, trial.evaluation)
    digits = np.asarray(trial.evaluation[0])
    log_p = log_softmax(answers(NETWORK, params, digits, length)[-1])
    picked = log_p[np.arange(80), digits[0]]
    assert float(score.loss) == pytest.approx(-picked.mean(), rel=1e-5)
    right = (log_p.argmax(-1) == digits[0]).mean()
    assert float(score.accuracy) == pytest.approx(right, abs=1e-6)


@pytest.mark.usefixtures("x64")
def test_knowing_nothing_reaches_the_baseline_and_chance() -> None:
    size = 100_000
    digits = np.random.default_rng(0).integers(0, 10, (3, size)).astype(np.int32)
    guess = np.random.default_rng(1).integers(0, 10, size)
    logits = np.zeros((size, 10))
    logits[np.arange(size), guess] = 1e-9  # all alike; argmax takes the one drawn
    score = judge(jnp.asarray(logits), jnp.asarray(digits))
    assert float(score.loss) == pytest.approx(baseline(3), rel=1e-8)
    assert baseline(3) == baseline(300) == math.log(10)
    chance = MEMORY_TASKS["recall"].chance
    tolerance = 4 * math.sqrt(chance * (1 - chance) / size)
    assert float(score.accuracy) == pytest.approx(chance, abs=tolerance)


@pytest.mark.parametrize(("length", "size"), [(3, 600), (4, 4000), (30, 4000)])
def test_strings_tested_on_are_distinct_and_never_drawn(length: int, size: int) -> None:
    task = RecallTask(NETWORK, 2000, 30)
    trial = task.trial(length, size)
    assert trial.held_out
    assert trial.distinct_strings == 10**length
    tested = columns(np.asarray(trial.evaluation[0])[:length])
    assert len(tested) == size
    for seed in range(5):
        drawn = draw(task, length, seed, size)[:length]
        assert not columns(drawn) & tested


def test_where_strings_are_too_few_all_are_tested_and_trained_on() -> None:
    task = RecallTask(NETWORK, 2000, 9)
    trial = task.trial(2, 300)
    assert not trial.held_out
    assert trial.distinct_strings == 100
    _, counts = np.unique(trial.evaluation[0][:2], axis=1, return_counts=True)
    np.testing.assert_array_equal(counts, np.full(100, 3))
    assert len(columns(draw(task, 2, size=300)[:2])) == 100


def test_a_batch_does_not_depend_on_the_longest_length() -> None:
    short, long = (RecallTask(NETWORK, 16, longest) for longest in (7, 40))
    np.testing.assert_array_equal(draw(short, 7), draw(long, 7)[:7])
