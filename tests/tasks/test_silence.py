"""Copying across silence: its sequences, its loss, and the gated network's answers."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.cells import LSTM
from seqjax.core.gate_params import PARAMETERS, TimeGateParams, time_gate
from seqjax.tasks import CopyingTask, Network
from seqjax.tasks.copying import BLANK, MARKER
from seqjax.tasks.gated_network import GatedNetwork
from seqjax.tasks.silence import (
    BASELINE,
    IN_FEATURES,
    OUTPUTS,
    SilenceTask,
    inputs,
    num_steps,
)
from tests.core import numpy_gated
from tests.tasks.oracles import answers, columns, log_softmax, looks_uniform

HIDDEN, COPIED, SILENCE = 5, 2, 7

PLAIN = Network("lstm", IN_FEATURES, OUTPUTS, HIDDEN, every_step=True)
GATED = GatedNetwork(
    "lstm", IN_FEATURES, OUTPUTS, HIDDEN, period=(2.0, 9.0), open_ratio=0.4
)


def written_out(symbols: list[int], silence: int) -> list[int]:
    """One sequence as the module's docstring tells it."""
    return symbols + [BLANK] * (silence - 1) + [MARKER] + [BLANK] * len(symbols)


def gated_answers(params: Any, read: Any, leak: float) -> Any:
    """By a NumPy loop over units and steps, at time 0, 1, 2, ..."""
    own = params["gated"]
    gate = time_gate(
        TimeGateParams(*(own["layer_0_gate"][name][...] for name in PARAMETERS))
    )
    layer = own["recurrent"]["layer_0"]
    weights = LSTM.params(*(layer[name][...] for name in LSTM.params._fields))
    steps, batch = read.shape
    k = numpy_gated.gates(np.arange(steps), gate, leak)[:, None]
    carry = LSTM.initial_carry(batch, HIDDEN, np.float32)
    xs = np.eye(IN_FEATURES)[read]
    _, ys = numpy_gated.run("lstm", weights, xs, k, carry, [steps] * batch)
    w, b = (np.asarray(params["projection"][n][...], float) for n in ("w", "b"))
    return ys @ w + b


@pytest.mark.parametrize(("copied", "silence"), [(1, 1), (1, 6), (3, 1), (3, 5)])
def test_sequences_are_symbols_silence_a_marker_and_room(
    copied: int, silence: int
) -> None:
    symbols = np.random.default_rng(0).integers(0, 8, (copied, 4)).astype(np.int32)
    read = np.asarray(inputs(jnp.asarray(symbols), silence))
    assert len(read) == num_steps(silence, copied)
    for i in range(4):
        assert read[:, i].tolist() == written_out(symbols[:, i].tolist(), silence)


def test_ten_symbols_make_the_sequences_of_the_copying_task() -> None:
    from seqjax.tasks.copying import inputs as of_copying

    symbols = jnp.asarray(np.random.default_rng(1).integers(0, 8, (10, 3)), jnp.int32)
    own = inputs(symbols, 6)
    np.testing.assert_array_equal(own, of_copying(symbols, jnp.int32(6), 6))
    assert CopyingTask(PLAIN, 3, 6).trial(6, 2).distinct_strings == 8**10


@pytest.mark.parametrize("network", [PLAIN, GATED], ids=["plain", "gated"])
def test_a_test_is_that_of_a_loop_and_has_no_leak(network: Any) -> None:
    task = SilenceTask(network, 4, SILENCE, COPIED)
    params = jax.jit(network.init)(jax.random.key(0))
    symbols = np.asarray(task.trial(20).evaluation)
    read = np.asarray(inputs(jnp.asarray(symbols), SILENCE))
    if network is PLAIN:
        logits = answers(network, params, read, len(read))
    else:
        logits = gated_answers(params, read, leak=0.0)
    log_p = log_softmax(logits)[-COPIED:]
    picked = np.take_along_axis(log_p, symbols[..., None], axis=-1)
    score = jax.jit(task.score)(params, jnp.asarray(symbols))
    assert float(score.loss) == pytest.approx(-picked.mean(), rel=1e-5)
    right = (log_p.argmax(-1) == symbols).mean()
    assert float(score.accuracy) == pytest.approx(right, abs=1e-6)


def test_training_has_the_leak() -> None:
    network = GATED._replace(leak=0.3)
    task = SilenceTask(network, 4, SILENCE, COPIED)
    params = jax.jit(network.init)(jax.random.key(0))
    data = task.trial(20).training
    batch = np.asarray(jax.jit(task.task().batch)(jax.random.key(1), data))
    loss, _ = jax.jit(task.task().loss)(params, jnp.asarray(batch), data)
    read = np.asarray(inputs(jnp.asarray(batch), SILENCE))

    def expected(leak: float) -> float:
        log_p = log_softmax(gated_answers(params, read, leak))[-COPIED:]
        picked = np.take_along_axis(log_p, batch[..., None], axis=-1)
        return float(-picked.mean())

    assert float(loss) == pytest.approx(expected(0.3), rel=1e-5)
    assert abs(expected(0.3) - expected(0.0)) > 1e-3


def test_a_guess_reaches_the_baseline() -> None:
    network = PLAIN._replace(initializer="xavier")
    task = SilenceTask(network, 4, SILENCE, COPIED)
    params = jax.jit(network.init)(jax.random.key(0))
    silent = jax.tree.map(jnp.zeros_like, params)
    score = jax.jit(task.score)(silent, task.trial(64).evaluation)
    assert math.log(8) == BASELINE
    assert float(score.loss) == pytest.approx(BASELINE, rel=1e-6)


def test_what_is_tested_on_is_never_drawn_where_there_are_others() -> None:
    task = SilenceTask(PLAIN, 4000, SILENCE, COPIED)
    trial = task.trial(16)
    assert trial.held_out
    tested = columns(trial.evaluation)
    assert len(tested) == 16
    drawn = np.asarray(jax.jit(task.task().batch)(jax.random.key(0), trial.training))
    assert drawn.shape == (COPIED, 4000)
    assert len(columns(drawn)) == 64 - 16
    assert not columns(drawn) & tested
    # With all of them there is nothing left to train on but these.
    free = task.trial(64)
    assert not free.held_out
    drawn = np.asarray(jax.jit(task.task().batch)(jax.random.key(0), free.training))
    assert columns(drawn) == columns(free.evaluation)
    assert looks_uniform(drawn, 8)
