"""The silence study from end to end at toy size."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.keys import named_keys
from seqjax.lab.study import Results, SilentReporter
from seqjax.phased.silence.config import SilenceConfig
from seqjax.phased.silence.study import SILENCE, network_of
from seqjax.tasks.silence import SilenceTask
from tests.core import numpy_gated

TINY = SilenceConfig(
    lengths=(4,),
    copied=2,
    seeds=2,
    steps=5,
    batch_size=6,
    hidden_size=4,
    open_ratio=0.4,
    evaluation_size=20,
    # optax's Adam mixes integers and floats, which the tests do not allow.
    optimizer="rmsprop",
)


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.of(SILENCE.run(TINY, (), SilentReporter()))


def test_a_row_per_setting_and_seed(results: Results) -> None:
    assert [(row["block"], row["seed"]) for row in results.rows] == [
        (name, seed) for name in SILENCE.block_names(TINY) for seed in range(2)
    ]
    for row in results.rows:
        assert set(row) == {"block", *SILENCE.columns}
        assert row["held_out"]
        assert (row["steps"], row["diverged"]) == (5, False)
        assert (row["share_open"] is None) == (row["model"] == "lstm")


@pytest.mark.parametrize("model", ["phased", "lstm"])
def test_the_first_loss_is_that_of_the_first_batch(
    model: str, results: Results
) -> None:
    task = SilenceTask(network_of(TINY, model, 4), 6, 4, 2)
    keys = named_keys(jax.random.key(1), ("params", "batches"))
    params = jax.jit(task.task().init)(keys["params"])
    data = task.trial(20).training
    batch = jax.jit(task.task().batch)(jax.random.fold_in(keys["batches"], 0), data)
    loss, _ = jax.jit(task.task().loss)(params, batch, data)
    found = results.history[f"{model}-0004/loss"][1, 0]
    assert found == pytest.approx(float(loss), rel=1e-5)


def test_open_units_are_counted_as_a_loop_does(results: Results) -> None:
    for seed in range(2):
        for end in range(2):
            gate: Any = [
                results.history[f"phased-0004/{field}"][seed, end]
                for field in ("period", "shift", "open_ratio")
            ]
            k = numpy_gated.gates(np.arange(8), gate, leak=0.0)
            # At time 0 a gate of shift 0 is about to open: k is 0, and yet it is open.
            shares = results.history["phased-0004/steps_open"][seed, end]
            np.testing.assert_allclose(shares, (k > 0).mean(axis=1), atol=1e-6)
            share = results.history["phased-0004/share_open"][seed, end]
            assert share == pytest.approx((k > 0).mean(), abs=1e-6)


def test_a_gate_that_opens_for_symbols_and_answers_alone_remembers_for_ever() -> None:
    """The state between is kept to the bit, so that the silence's length is nothing."""
    config = SilenceConfig(hidden_size=4, copied=1)
    answers = []
    for length in (10, 400):
        network: Any = network_of(config, "phased", length)
        params = jax.jit(network.init)(jax.random.key(0))
        gate = params["gated"]["layer_0_gate"]
        # Open at times 0, length + 1, ... (the step of the answer), for less than one.
        period = float(length + 1)
        gate["period"][...] = jnp.full(4, period)
        ratio = 1 / period
        gate["open_ratio"][...] = jnp.full(4, np.log(ratio / (1 - ratio)), jnp.float32)
        gate["shift"][...] = jnp.full(4, -0.5, jnp.float32)
        task = SilenceTask(network, 4, length, 1)
        xs = jnp.asarray(np.arange(8)[None], jnp.int32)
        answers.append(float(jax.jit(task.score)(params, xs).loss))
    assert answers[0] == pytest.approx(answers[1], rel=1e-3)
