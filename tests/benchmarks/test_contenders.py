"""Every contender does the same work, and a wrong one would be noticed."""

from typing import Any

import jax
import numpy as np
import pytest
from jax import lax
from jax.experimental import rnn

from benchmarks.contenders import cudnn, flax_rnn, ours, plain_jax
from benchmarks.contenders.problem import GATES, Problem
from benchmarks.harness.race import AGREED, Disagreement, check_equal
from benchmarks.harness.workers import Contender, Result
from seqjax.core.cells import CELLS
from seqjax.palindrome.config import Config
from seqjax.palindrome.study import SWEEP
from seqjax.palindrome.summary import Setting
from seqjax.train import direction
from tests.variants import and_slow

TOLERANCE = 1e-3
# The gradient's norm is about 1: this clip is felt.
TINY = Problem("lstm", 4, 2, batch=6, hidden=8, clip=0.05)


pytestmark = pytest.mark.usefixtures("as_in_a_worker")


def shown(contender: Contender) -> Result:
    contender.run(AGREED)
    return contender.result()


@pytest.mark.slow
@pytest.mark.parametrize("cell", and_slow(["lstm"], ["rnn", "gru"]))
def test_contenders_agree(cell: str) -> None:
    problem = TINY._replace(cell=cell)
    results = {
        "seqjax": shown(ours.ensemble(problem)),
        "scan": shown(plain_jax.training(problem, "scan", "vmap")),
        "flax": shown(flax_rnn.training(problem)),
    }
    assert all(np.abs(leaf).max() > 0.01 for leaf in results["seqjax"].values())
    check_equal(results, tolerance=TOLERANCE)


@pytest.mark.parametrize("cell", GATES)
def test_torch_agrees(cell: str) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    from benchmarks.contenders import torch_training

    problem = TINY._replace(cell=cell)
    results = {
        "scan": shown(plain_jax.training(problem, "scan", "map")),
        "loop": shown(torch_training.loop(problem)),
        "layer": shown(torch_training.layer(problem)),
    }
    check_equal(results, tolerance=TOLERANCE)


@pytest.mark.parametrize("name", and_slow(["clip"], ["constants", "unrolled too far"]))
def test_a_wrong_contender_disagrees(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = shown(plain_jax.training(TINY, "scan", "map"))
    problem = TINY
    if name == "constants":
        wrong = direction("rmsprop", "keras")
        monkeypatch.setattr(plain_jax, "direction", lambda name: wrong)
    elif name == "clip":
        problem = TINY._replace(clip=10.0)
    else:
        logits = ours.logits

        def one_step_less(cell: str, params: Any, xs: Any, **options: Any) -> Any:
            return logits(cell, params, xs[:-1], **options)

        monkeypatch.setattr(ours, "logits", one_step_less)
    wrong_result = shown(plain_jax.training(problem, "scan", "map"))
    with pytest.raises(Disagreement):
        check_equal({"right": right, "wrong": wrong_result}, tolerance=0.01)


def test_forward_agrees() -> None:
    results = {
        method: shown(plain_jax.forward(TINY, method, unroll))
        for method, unroll in (("adjoint", 1), ("scan", 3), ("unrolled", 1))
    }
    check_equal(results, tolerance=1e-5)


def test_every_run_starts_anew() -> None:
    contender = plain_jax.training(TINY, "scan", "map")
    first = shown(contender)
    check_equal({"first": first, "second": shown(contender)}, tolerance=0.0)


def test_the_problem_is_the_study_s() -> None:
    config = Config()
    for name, gates in GATES.items():
        assert CELLS[name].gates == gates
        assert Problem(name, 19, 1).gflop == SWEEP.cost(config, Setting(name, 20))


@pytest.mark.parametrize("size", [7, 8, 128])
def test_batches_are_cut_as_the_study_cuts_them(size: int) -> None:
    assert TINY._replace(batch=size).parts == Config(batch_size=size).parts("cpu")


def test_a_seed_starts_the_same_in_any_company() -> None:
    many, few = TINY._replace(seeds=5).params(), TINY.params()
    for name, leaf in few.items():
        np.testing.assert_array_equal(many[name][:2], leaf)
        assert not np.array_equal(leaf[0], leaf[1])


def lstm_without_cudnn(
    x: jax.Array,
    h_0: jax.Array,
    c_0: jax.Array,
    weights: jax.Array,
    seq_lengths: jax.Array,
    **sizes: Any,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """`jax.experimental.rnn.lstm` by JAX's own reference for it, which needs no GPU."""
    num_inputs, hidden = sizes["input_size"], sizes["hidden_size"]
    assert weights.size == rnn.get_num_params_in_lstm(num_inputs, hidden, 1, False)
    unpacked = rnn.unpack_lstm_weights(weights, num_inputs, hidden, 1, False)
    return rnn.lstm_ref(x, h_0, c_0, *unpacked, seq_lengths=seq_lengths, **sizes)


def test_cudnn_gets_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    precisions = []

    def lstm(*args: Any, precision: lax.Precision, **sizes: Any) -> Any:
        precisions.append(precision)
        return lstm_without_cudnn(*args, **sizes)

    monkeypatch.setattr(rnn, "lstm", lstm)
    results = {
        "scan": shown(plain_jax.training(TINY, "scan", "map")),
        "cuDNN": shown(cudnn.training(TINY, tf32=True)),
    }
    check_equal(results, tolerance=TOLERANCE)
    params = {name: leaf[0] for name, leaf in TINY.params().items()}
    jax.eval_shape(cudnn.make_loss(TINY, tf32=False), params, TINY.data())
    assert precisions[-1] == lax.Precision.HIGHEST
    assert set(precisions[:-1]) == {lax.Precision.HIGH}
