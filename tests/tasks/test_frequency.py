"""Frequency discrimination: the waves, the networks' answers, and their tests."""

import math
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from seqjax.core.cells import LSTM
from seqjax.core.cells.lstm import LSTMCarry
from seqjax.core.gate_params import PARAMETERS, TimeGateParams, time_gate
from seqjax.nn.gated_recurrent import GATED_CELLS
from seqjax.tasks import (
    SAMPLINGS,
    BatchNormDiscriminator,
    FrequencyTask,
    GatedDiscriminator,
    PlainDiscriminator,
    Sampling,
    Waves,
)
from seqjax.tasks.frequency import CHANCE, LONGEST, PERIODS, RANGE, SHORTEST, draw
from tests.core import numpy_cells, numpy_gated
from tests.tasks.oracles import log_softmax
from tests.variants import and_slow

MANY, LONG = 3000, 60

each_sampling = pytest.mark.parametrize("name", SAMPLINGS)


@cache
def waves(name: str, longest: float = LONG, size: int = MANY) -> Waves:
    """Many waves as arrays of NumPy, in double precision but for their rounding."""
    sampling = SAMPLINGS[name]
    places = sampling.places(LONG)
    compiled = jax.jit(partial(draw, sampling=sampling), static_argnums=(2, 3))
    found = compiled(jax.random.key(0), jnp.float32(longest), size, places)
    return jax.tree.map(
        lambda leaf: np.asarray(leaf, float if leaf.dtype.kind == "f" else int), found
    )


def each_wave(found: Waves) -> Any:
    """Times and values of every wave within its length, and its period."""
    for i, length in enumerate(found.lengths):
        yield found.times[:length, i], found.values[:length, i], found.periods[i]


@each_sampling
def test_values_are_a_sine_of_the_period_and_of_amplitude_one(name: str) -> None:
    for times, values, period in list(each_wave(waves(name)))[:200]:
        angle = 2 * np.pi * times / period
        basis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
        found, *_ = np.linalg.lstsq(basis, values, rcond=None)
        # Single precision: an angle of up to 60 turns is off by 1e-5 of one.
        np.testing.assert_allclose(basis @ found, values, rtol=0, atol=2e-4)
        if len(np.unique(np.round(np.mod(2 * times / period, 1), 3))) > 1:
            assert np.hypot(*found) == pytest.approx(1, abs=2e-2)


@each_sampling
def test_phases_are_uniform_over_a_whole_turn(name: str) -> None:
    turns = []
    for times, values, period in each_wave(waves(name)):
        angle = 2 * np.pi * times / period
        basis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
        if np.linalg.cond(basis) < 5:
            (sine, cosine), *_ = np.linalg.lstsq(basis, values, rcond=None)
            turns.append(math.atan2(-cosine, sine) / (2 * np.pi) % 1)
    assert len(turns) > MANY / 2
    assert stats.kstest(turns, stats.uniform().cdf).pvalue > 1e-4


@each_sampling
def test_times_increase_within_the_time_there_is(name: str) -> None:
    found = waves(name)
    for times, _, _ in each_wave(found):
        assert (np.diff(times) > 0).all()
        assert times[0] >= 0
        assert times[-1] < LONG + 1e-4
    past = np.arange(len(found.times))[:, None] >= found.lengths
    assert past.any()
    assert not found.times[past].any()
    assert not found.values[past].any()


@pytest.mark.parametrize("name", ["standard", "high-resolution"])
def test_regular_times_are_multiples_of_the_step(name: str) -> None:
    step = SAMPLINGS[name].step
    assert step is not None
    found = waves(name)
    for times, _, _ in each_wave(found):
        multiples = times / step
        np.testing.assert_allclose(multiples, np.round(multiples), rtol=0, atol=1e-3)
        np.testing.assert_allclose(np.diff(multiples), 1, rtol=0, atol=1e-3)
    # A wave lasts from 15 ms to the longest, uniformly; its time points are ceiled.
    durations = (found.lengths - np.random.default_rng(0).uniform(size=MANY)) * step
    law = stats.uniform(SHORTEST, LONG - SHORTEST)
    assert stats.kstest(durations, law.cdf).pvalue > 1e-4
    assert found.lengths.min() >= SHORTEST / step


def test_unaligned_times_begin_anywhere() -> None:
    found = draw(jax.random.key(1), jnp.float32(LONG), MANY, LONG, Sampling(1.0, False))
    starts = np.asarray(found.times[0], float) % 1
    assert stats.kstest(starts, stats.uniform().cdf).pvalue > 1e-4
    assert np.allclose(
        np.diff(np.asarray(found.times[:SHORTEST]), axis=0), 1, atol=1e-4
    )


def test_asynchronous_times_are_uniform_whatever_their_number() -> None:
    found = waves("asynchronous")
    counts = stats.randint(SHORTEST, LONG + 1)
    expected = MANY / (LONG + 1 - SHORTEST)
    seen = np.bincount(found.lengths, minlength=LONG + 1)[SHORTEST:]
    assert seen.sum() == MANY, "none is shorter or longer"
    chi2 = ((seen - expected) ** 2 / expected).sum()
    assert chi2 < stats.chi2.isf(1e-4, len(seen) - 1)
    assert counts.support() == (SHORTEST, LONG)
    # Between the first and the last of n uniform points the next one lies as the least
    # of n - 2 uniform ones does.
    levels = [
        1 - (1 - (t[1] - t[0]) / (t[-1] - t[0])) ** (len(t) - 2)
        for t, _, _ in each_wave(found)
    ]
    assert stats.kstest(levels, stats.uniform().cdf).pvalue > 1e-4
    spans = np.array([t[-1] - t[0] for t, _, _ in each_wave(found)])
    assert stats.spearmanr(spans, found.lengths).statistic < 0.3
    assert spans.max() > 0.9 * LONG


@each_sampling
def test_every_second_wave_is_of_the_range_the_others_anywhere(name: str) -> None:
    found = waves(name)
    inside, anywhere = found.periods[::2], found.periods[1::2]
    law = stats.uniform(RANGE[0], RANGE[1] - RANGE[0])
    assert stats.kstest(inside, law.cdf).pvalue > 1e-4
    logs = np.log(anywhere)
    law = stats.uniform(math.log(PERIODS[0]), math.log(PERIODS[1] / PERIODS[0]))
    assert stats.kstest(logs, law.cdf).pvalue > 1e-4
    wanted = (found.periods >= 5) & (found.periods <= 6)
    np.testing.assert_array_equal(found.labels, wanted)
    # Of all classes, not of half of them: every first one is right.
    others = int(found.labels[1::2].sum())
    assert found.labels[::2].all()
    test = stats.binomtest(others, MANY // 2, 2 * CHANCE - 1)
    assert test.pvalue > 1e-4
    assert pytest.approx(0.5198, abs=1e-4) == CHANCE


def test_the_longest_duration_is_traced() -> None:
    shorter = waves("standard", longest=20.0, size=200)
    assert shorter.lengths.max() <= 20
    assert max(times[-1] for times, _, _ in each_wave(shorter)) <= 20
    assert shorter.times.shape == (LONG, 200)
    one = waves("asynchronous", longest=float(SHORTEST), size=50)
    np.testing.assert_array_equal(one.lengths, SHORTEST)


def test_room_for_time_points() -> None:
    rooms = {name: sampling.places(LONGEST) for name, sampling in SAMPLINGS.items()}
    assert rooms == {"standard": 125, "high-resolution": 1250, "asynchronous": 125}


HIDDEN = 6

PLAIN = PlainDiscriminator(hidden_size=HIDDEN)
GATED = GatedDiscriminator(
    cell="peephole", hidden_size=HIDDEN, open_ratio=0.4, shift=(0.0, 10.0)
)
NORMED = BatchNormDiscriminator(hidden_size=HIDDEN)


def task_of(network: Any, batch: int = 8, name: str = "asynchronous") -> FrequencyTask:
    return FrequencyTask(network, batch, SAMPLINGS[name], longest=20)


@cache
def start(network: Any) -> Any:
    """Parameters, moved away from their zeros."""
    params = jax.jit(network.init)(jax.random.key(3))
    return jax.tree.map(lambda leaf: leaf + 0.1, params)


def projected(params: Any, h: Any) -> Any:
    w, b = (np.asarray(params["projection"][name][...], float) for name in ("w", "b"))
    return h @ w + b


def plain_logits(params: Any, found: Any) -> Any:
    """By a NumPy loop that reads value and time."""
    layer = params["recurrent"]["layer_0"]
    weights = numpy_cells_params("lstm", layer)
    xs = np.stack([found.values, found.times], axis=-1)
    final, _ = numpy_cells.run("lstm", weights, xs, zeros(xs), found.lengths.tolist())
    return projected(params, final["h"])


def gated_logits(params: Any, found: Any, leak: float) -> Any:
    """By a NumPy loop that reads the value, and is opened by time."""
    own = params["gated"]
    learnt = own["layer_0_gate"]
    gate = time_gate(TimeGateParams(*(learnt[name][...] for name in PARAMETERS)))
    weights = numpy_cells_params("peephole", own["recurrent"]["layer_0"])
    xs = np.asarray(found.values)[..., None]
    k = numpy_gated.gates(np.asarray(found.times, float), gate, leak)
    lengths = found.lengths.tolist()
    final, _ = numpy_gated.run("peephole", weights, xs, k, zeros(xs), lengths)
    return projected(params, final["h"])


def numpy_cells_params(name: str, layer: Any) -> Any:
    """A cell's parameters from a state of nnx."""
    cell = GATED_CELLS[name]
    return cell.params(*(layer[field][...] for field in cell.params._fields))


def zeros(xs: Any) -> LSTMCarry:
    return LSTM.initial_carry(xs.shape[1], HIDDEN)


@pytest.mark.parametrize("name", and_slow(["asynchronous"], ["standard"]))
@pytest.mark.parametrize("network", and_slow([GATED], [PLAIN]))
def test_a_score_equals_a_loop(network: Any, name: str) -> None:
    """Seventy waves, so that they are not tested all at once; no leak in a test."""
    task, params = task_of(network, name=name), start(network)
    trial = task.trial(18, 70)
    found, _ = trial.evaluation
    logits = (
        plain_logits(params, found)
        if network is PLAIN
        else gated_logits(params, found, 0)
    )
    answered = jax.jit(task.answers)(params, *trial.evaluation)
    np.testing.assert_allclose(answered, logits, rtol=0, atol=2e-4)
    score = jax.jit(task.score)(params, trial.evaluation)
    labels = np.asarray(found.labels)
    losses = -log_softmax(logits)[np.arange(70), labels]
    assert float(score.loss) == pytest.approx(losses.mean(), abs=1e-4)
    right = (np.asarray(answered).argmax(-1) == labels).mean()
    assert float(score.accuracy) == pytest.approx(right)


def test_only_training_has_the_leak() -> None:
    task, params = task_of(GATED), start(GATED)
    data = jnp.float32(20)
    batch = jax.jit(task.task().batch)(jax.random.key(1), data)
    loss, accuracy = jax.jit(task.task().loss)(params, batch, data)
    labels = np.asarray(batch.labels)

    def expected(leak: float) -> float:
        logits = gated_logits(params, batch, leak)
        return float(-log_softmax(logits)[np.arange(8), labels].mean())

    assert float(loss) == pytest.approx(expected(0.001), abs=1e-5)
    assert abs(expected(0.0) - expected(0.001)) > 1e-5
    logits = gated_logits(params, batch, 0.001)
    assert float(accuracy) == pytest.approx((logits.argmax(-1) == labels).mean())


def test_a_batch_normalised_network_is_tested_with_the_population_s_statistics() -> (
    None
):
    task, params = task_of(NORMED), start(NORMED)
    tested, others = task.trial(18, 10).evaluation
    network = NORMED

    @jax.jit
    def run(tested: Any, others: Any) -> Any:
        return task.answers(params, tested, others), network.train(params, tested)

    answered, in_training = run(tested, others)
    fewer = jax.tree.map(lambda leaf: leaf[..., :4], tested)
    np.testing.assert_allclose(run(fewer, others)[0], answered[:4], rtol=0, atol=1e-5)
    assert np.abs(answered - in_training).max() > 1e-3
    assert np.abs(run(tested, tested)[0] - in_training).max() < 1e-4


def test_what_is_tested_on_is_nobody_else_s() -> None:
    task = task_of(PLAIN)
    trial = task.trial(18, 100)
    tested, others = trial.evaluation
    assert trial.held_out
    assert trial.distinct_strings is None
    assert float(trial.training) == 18
    assert len(others.labels) == 512
    same = task.trial(18, 100).evaluation[0]
    jax.tree.map(np.testing.assert_array_equal, same, tested)
    batch = task.task().batch(jax.random.key(0), jnp.float32(18))
    periods = [set(np.asarray(w.periods).tolist()) for w in (tested, others, batch)]
    assert not periods[0] & periods[1]
    assert not (periods[0] | periods[1]) & periods[2]
    assert tested.times.max() < 18


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (14, "length must be an integer of at least 15, not 14; give 15 or more"),
        (
            21,
            "length must be at most the longest duration of 20 ms, not 21; "
            "make the task with a longer one",
        ),
    ],
)
def test_a_length_that_there_is_no_room_for(length: int, message: str) -> None:
    with pytest.raises(ValueError, match="length must be") as caught:
        task_of(PLAIN).trial(length, 10)
    assert str(caught.value) == message


def test_gates_are_read_back() -> None:
    params = jax.jit(GATED.init)(jax.random.key(0))
    (gate,) = GATED.gates(params).values()
    assert ((gate.period >= math.e * 0.999) & (gate.period <= math.e**3 * 1.001)).all()
    assert ((gate.shift >= 0) & (gate.shift <= 10)).all()
    np.testing.assert_allclose(gate.open_ratio, 0.4, rtol=1e-6)
    held = GATED._replace(learnt=("shift",))
    task = task_of(held)
    batch = task.task().batch(jax.random.key(1), jnp.float32(20))
    slopes = jax.jit(jax.grad(task.task().loss, has_aux=True))(
        params, batch, jnp.float32(20)
    )[0]["gated"]["layer_0_gate"]
    assert np.any(slopes["shift"][...])
    assert not np.any(slopes["period"][...])
    assert not np.any(slopes["open_ratio"][...])
