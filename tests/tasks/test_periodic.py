"""A signal between noise: its sequences, what can be reached, and a network's score."""

import math
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from seqjax.tasks import GatedDiscriminator, PlainDiscriminator, Trainable
from seqjax.tasks.periodic import CHANCE, Law, PeriodicTask, best, blind, draw

MANY, PERIOD, VALUES, NOISE = 4000, 5, 20, 3.0


@cache
def sequences() -> Any:
    law = Law(jnp.int32(PERIOD), jnp.float32(NOISE))
    drawn = jax.jit(draw, static_argnums=(2, 3))
    found = drawn(jax.random.key(0), law, MANY, VALUES)
    return jax.tree.map(np.asarray, found)


def signs() -> Any:
    return np.where(sequences().labels == 1, 1.0, -1.0)


def counts() -> Any:
    """Where the time is a multiple of the period."""
    return np.array([[t % PERIOD == 0 for t in row] for row in sequences().times])


def test_times_are_whole_and_start_anywhere_in_a_period() -> None:
    times = sequences().times
    np.testing.assert_array_equal(np.diff(times, axis=0), 1)
    seen = np.bincount(times[0].astype(int), minlength=PERIOD)
    assert len(seen) == PERIOD
    assert stats.chisquare(seen).pvalue > 1e-4
    assert (sequences().lengths == VALUES).all()


def test_as_many_values_count_in_every_sequence() -> None:
    np.testing.assert_array_equal(counts().sum(0), VALUES // PERIOD)


def test_values_that_count_lie_about_the_sign_the_others_about_zero() -> None:
    values, counted = sequences().values, counts()
    signal = (values - signs())[counted]
    assert stats.kstest(signal, stats.norm().cdf).pvalue > 1e-4
    noise = values[~counted]
    assert stats.kstest(noise, stats.norm(0, NOISE).cdf).pvalue > 1e-4
    # Nothing but what counts says anything of the class.
    labels = np.broadcast_to(signs(), values.shape)[~counted]
    assert abs(np.corrcoef(labels, noise)[0, 1]) < 4 / math.sqrt(noise.size)


def test_classes_are_equally_frequent_and_do_not_depend_on_the_start() -> None:
    assert sequences().labels.mean() == CHANCE
    table = np.zeros((2, PERIOD))
    np.add.at(table, (sequences().labels, sequences().times[0].astype(int)), 1)
    assert stats.chi2_contingency(table).pvalue > 1e-4


def test_sums_are_as_often_right_as_the_formulas_say() -> None:
    values, counted = sequences().values, counts()
    for expected, sums in (
        (best(VALUES // PERIOD), np.where(counted, values, 0).sum(0)),
        (
            blind(VALUES // PERIOD, VALUES - VALUES // PERIOD, NOISE),
            values.sum(0),
        ),
    ):
        right = int((sums * signs() > 0).sum())
        assert stats.binomtest(right, MANY, expected).pvalue > 1e-4
    assert best(4) == pytest.approx(stats.norm.cdf(2))


class Knowing:
    """Adds up what a gate of the right period lets through; a network without any."""

    def init(self, key: Any) -> Any:
        return {}

    def train(self, params: Any, waves: Any) -> Any:
        total = jnp.where(waves.times % PERIOD == 0, waves.values, 0).sum(0)
        return jnp.stack([-total, total], axis=-1)

    def fit(self, params: Any, waves: Any) -> None:
        return None

    def test(self, params: Any, waves: Any, population: None) -> Any:
        return self.train(params, waves)


def test_who_knows_the_period_is_right_as_often_as_anybody_can_be() -> None:
    task = PeriodicTask(Knowing(), 8, VALUES, NOISE)
    assert isinstance(task, Trainable)
    trial = task.trial(PERIOD, 2000)
    right = round(2000 * float(task.score({}, trial.evaluation).accuracy))
    assert stats.binomtest(right, 2000, best(VALUES // PERIOD)).pvalue > 1e-4


@pytest.mark.parametrize(
    "network",
    [PlainDiscriminator(hidden_size=3), GatedDiscriminator(hidden_size=3)],
    ids=["plain", "gated"],
)
def test_the_loss_is_that_of_the_networks_logits(network: Any) -> None:
    task = PeriodicTask(network, 6, VALUES, NOISE)
    params = jax.jit(network.init)(jax.random.key(0))
    waves = task.trial(PERIOD, 9).evaluation
    logits = np.asarray(jax.jit(network.test)(params, waves, None), float)
    shifted = logits - logits.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    picked = log_p[np.arange(9), np.asarray(waves.labels)]
    score = jax.jit(task.score)(params, waves)
    assert float(score.loss) == pytest.approx(-picked.mean(), rel=1e-5)


def test_no_sequence_of_the_test_is_trained_on() -> None:
    task = PeriodicTask(PlainDiscriminator(hidden_size=3), 50, VALUES, NOISE)
    trial = task.trial(PERIOD, 50)
    assert trial.held_out
    batch = task.task().batch(jax.random.key(0), trial.training)
    tested = set(np.asarray(trial.evaluation.values).ravel().tolist())
    drawn = np.asarray(batch.values).ravel().tolist()
    assert not tested & set(drawn)
    assert int(trial.training.period) == PERIOD
