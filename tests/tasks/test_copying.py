"""Copy memory: the sequences of the paper, their loss, and what no memory can reach."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.tasks import MEMORY_TASKS, CopyingTask, Network
from seqjax.tasks.copying import BLANK, MARKER, baseline, inputs, judge, targets
from seqjax.tasks.strings import hold_out
from tests.tasks.oracles import (
    answers,
    columns,
    drawing,
    log_softmax,
    looks_uniform,
    scoring,
    start,
)

NETWORK = Network("lstm", 10, 9, 6, every_step=True)


def written_out(symbols: list[int], length: int) -> tuple[list[int], list[int]]:
    """Input and target of one sequence, as section 5.1 of the paper tells them."""
    read = symbols + [BLANK] * (length - 1) + [MARKER] + [BLANK] * 10
    wanted = [BLANK] * (length + 10) + symbols
    assert len(read) == len(wanted) == length + 20
    return read, wanted


def draw(task: CopyingTask, length: int, seed: int = 0) -> np.ndarray:
    training = task.trial(length, 500).training
    return np.asarray(drawing(task)(jax.random.key(seed), training))


@pytest.mark.parametrize(("length", "longest"), [(1, 1), (1, 7), (6, 7), (7, 7)])
def test_sequences_are_those_of_the_paper(length: int, longest: int) -> None:
    symbols = np.random.default_rng(0).integers(0, 8, (10, 5)).astype(np.int32)
    traced = jnp.asarray(length, jnp.int32)
    read = np.asarray(inputs(jnp.asarray(symbols), traced, longest))
    wanted = np.asarray(targets(jnp.asarray(symbols), traced, longest))
    assert read.shape == wanted.shape == (longest + 20, 5)
    for i in range(5):
        one_read, one_wanted = written_out(symbols[:, i].tolist(), length)
        assert read[: length + 20, i].tolist() == one_read
        assert wanted[: length + 20, i].tolist() == one_wanted
    assert (read[length + 20 :] == BLANK).all()


@pytest.mark.usefixtures("x64")
def test_the_loss_is_that_of_a_loop_over_steps() -> None:
    length, longest = 4, 6
    rng = np.random.default_rng(1)
    symbols = rng.integers(0, 8, (10, 3)).astype(np.int32)
    logits = 3 * rng.normal(size=(longest + 20, 3, 9))
    logits[length + 20 :] = np.nan  # what lies past the end is not looked at
    score = judge(jnp.asarray(logits), jnp.asarray(symbols), jnp.int32(length))
    total, right = 0.0, 0
    for i in range(3):
        _, wanted = written_out(symbols[:, i].tolist(), length)
        for step, target in enumerate(wanted):
            total -= log_softmax(logits[step, i])[target]
            if step >= length + 10:
                right += int(np.argmax(logits[step, i]) == target)
    assert float(score.loss) == pytest.approx(total / 3 / (length + 20), rel=1e-12)
    assert float(score.accuracy) == right / 30


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("length", [1, 5])
def test_blanks_then_chance_reach_the_baseline(length: int) -> None:
    symbols = np.random.default_rng(2).integers(0, 8, (10, 20_000)).astype(np.int32)
    logits = np.full((length + 20, 20_000, 9), -1e9)
    logits[: length + 10, :, BLANK] = 0
    # All eight alike; the one that argmax takes is drawn.
    logits[length + 10 :, :, :8] = 0
    guess = np.random.default_rng(3).integers(0, 8, (10, 20_000))
    np.put_along_axis(logits[length + 10 :], guess[..., None], 1e-9, axis=-1)
    score = judge(jnp.asarray(logits), jnp.asarray(symbols), jnp.int32(length))
    assert float(score.loss) == pytest.approx(baseline(length), rel=1e-6)
    assert baseline(length) == 10 * math.log(8) / (length + 20)
    # Four standard deviations of a share of 200 000.
    tolerance = 4 * math.sqrt(1 / 8 * 7 / 8 / 200_000)
    chance = MEMORY_TASKS["copying"].chance
    assert float(score.accuracy) == pytest.approx(chance, abs=tolerance)


def test_the_score_is_that_of_a_network_written_in_numpy() -> None:
    task = CopyingTask(NETWORK, 8, 5)
    params = start(task)
    trial = task.trial(3, 40)
    score = scoring(task)(params, trial.evaluation)
    symbols = np.asarray(trial.evaluation[0])
    both = [written_out(column, 3) for column in symbols.T.tolist()]
    read, wanted = (np.array(part).T for part in zip(*both, strict=True))
    log_p = log_softmax(answers(NETWORK, params, read, 23))
    picked = np.take_along_axis(log_p, wanted[..., None], axis=-1)
    assert float(score.loss) == pytest.approx(-picked.mean(), rel=1e-5)
    named = log_p[13:].argmax(-1) == symbols
    assert float(score.accuracy) == pytest.approx(named.mean(), abs=1e-6)


def test_symbols_are_uniform_and_those_tested_on_are_never_drawn() -> None:
    task = CopyingTask(NETWORK, 5000, 5)
    trial = task.trial(3, 4000)
    assert trial.held_out
    assert trial.distinct_strings == 8**10
    tested = columns(trial.evaluation[0])
    assert len(tested) == 4000
    batches = [draw(task, 3, seed) for seed in range(4)]
    assert looks_uniform(np.concatenate(batches, axis=1), 8)
    for batch in batches:
        assert not columns(batch) & tested


def test_a_string_to_be_tested_on_is_drawn_anew() -> None:
    # Of strings drawn freely, those of a batch are held out: then none may come back.
    task = CopyingTask(NETWORK, 64, 5)
    free = draw(task, 3)
    training = task.trial(3, 500).training
    held = training._replace(held_out=hold_out(free, 10))
    again = np.asarray(drawing(task)(jax.random.key(0), held))
    assert not columns(again) & columns(free)


def test_a_batch_does_not_depend_on_the_longest_delay() -> None:
    short, long = (CopyingTask(NETWORK, 16, longest) for longest in (4, 30))
    np.testing.assert_array_equal(draw(short, 4), draw(long, 4))
