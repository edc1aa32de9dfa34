"""The study of learning from end to end at toy size."""

from typing import Any

import jax
import numpy as np
import pytest

from seqjax.core.keys import named_keys
from seqjax.lab.study import Results, SilentReporter
from seqjax.phased.learning.config import LEARNT, LearningConfig, Setting
from seqjax.phased.learning.study import LEARNING, SWEEP
from tests.core import numpy_gated

TINY = LearningConfig(
    choices=("all", "none", "shift", "period-open_ratio"),
    seeds=2,
    first_seed=3,
    steps=4,
    batch_size=6,
    hidden_size=4,
    longest=18,
    open_ratio=0.4,
    early_stop=False,
    evaluation_size=30,
    # optax's Adam mixes integers and floats, which the tests do not allow.
    optimizer="rmsprop",
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(LEARNING.run(TINY, (), SilentReporter()))


def test_a_row_per_choice_and_seed(results: Results) -> None:
    assert [(row["block"], row["seed"]) for row in results.rows] == [
        (name, seed) for name in TINY.choices for seed in (3, 4)
    ]
    for row in results.rows:
        assert set(row) == {"block", *LEARNING.columns}
        assert row["learnt"] == row["block"]
        assert (row["steps"], row["diverged"]) == (4, False)


def test_only_what_is_learnt_moves(results: Results) -> None:
    for name in TINY.choices:
        for field in ("period", "shift", "open_ratio"):
            start, end = np.moveaxis(results.history[f"{name}/{field}"], 1, 0)
            assert np.array_equal(start, end) == (field not in LEARNT[name])
            if field in LEARNT[name]:
                assert (start != end).any(axis=1).all()


def test_all_choices_start_from_the_same_networks(results: Results) -> None:
    first = {name: results.history[f"{name}/loss"][:, 0] for name in TINY.choices}
    gates = {name: results.history[f"{name}/period"][:, 0] for name in TINY.choices}
    for name in TINY.choices:
        np.testing.assert_array_equal(first[name], first["none"])
        np.testing.assert_array_equal(gates[name], gates["none"])
    assert first["none"][0] != first["none"][1]


def test_the_first_loss_is_that_of_the_first_batch(results: Results) -> None:
    learner = SWEEP.learner(TINY, Setting("all"))
    task = learner.task()
    keys = named_keys(jax.random.key(4), ("params", "batches"))
    params = jax.jit(task.init)(keys["params"])
    data = learner.trial(18, 30).training
    batch = jax.jit(task.batch)(jax.random.fold_in(keys["batches"], 0), data)
    loss, _ = jax.jit(task.loss)(params, batch, data)
    for name in TINY.choices:
        assert results.history[f"{name}/loss"][1, 0] == pytest.approx(
            float(loss), rel=1e-5
        )


def test_open_units_are_counted_as_a_loop_does(results: Results) -> None:
    waves, _ = SWEEP.learner(TINY, Setting("all")).trial(18, 30).evaluation
    lengths, name = np.asarray(waves.lengths), "all"
    for seed in range(2):
        for end in range(2):
            gate: Any = [
                results.history[f"{name}/{field}"][seed, end]
                for field in ("period", "shift", "open_ratio")
            ]
            opened = np.zeros(18)
            taken = np.zeros(18)
            for wave, length in enumerate(lengths):
                k = numpy_gated.gates(waves.times[:length, wave], gate, leak=0.0)
                opened[:length] += (k > 0).sum(axis=1)
                taken[:length] += k.shape[1]
            there = taken > 0
            shares = results.history[f"{name}/steps_open"][seed, end][there]
            # A time on an edge of a gate may be rounded to either side.
            np.testing.assert_allclose(shares, opened[there] / taken[there], atol=0.05)
            share = results.history[f"{name}/share_open"][seed, end]
            total = opened.sum() / taken.sum()
            assert share == pytest.approx(total, abs=4 / taken.sum())
            if end:
                row = next(r for r in results.rows if r["seed"] == 3 + seed)
                assert row["share_open"] == pytest.approx(float(share))
