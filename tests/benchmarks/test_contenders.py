"""Every contender does the same work, and a wrong one would be noticed."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import rnn

from benchmarks.contenders import cudnn, flax_rnn, ours, plain_jax
from benchmarks.contenders.problem import GATES, Problem
from benchmarks.harness.race import AGREED, Disagreement, check_equal
from benchmarks.harness.workers import Contender, Result
from seqjax.core.cells import CELLS
from seqjax.palindrome.config import Config
from seqjax.palindrome.study import gflop_per_update
from seqjax.train import direction

TOLERANCE = 1e-3
# The gradient's norm is about 1: this clip is felt.
TINY = Problem("lstm", 4, 2, batch=6, hidden=8, clip=0.05)


@pytest.fixture(autouse=True)
def _as_in_a_worker() -> Iterator[None]:
    """What contenders set or leave in their own process; put back afterwards."""
    settings: Any = jax.config
    cached = settings.jax_enable_compilation_cache
    with jax.numpy_dtype_promotion("standard"):
        yield
    settings.update("jax_enable_compilation_cache", cached)


def shown(contender: Contender) -> Result:
    contender.run(AGREED)
    return contender.result()


@pytest.mark.parametrize("cell", GATES)
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


@pytest.mark.parametrize("name", ["constants", "clip", "unrolled too far"])
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
    for name, cell in CELLS.items():
        assert GATES[name] == cell.gates
        assert Problem(name, 19, 1).gflop == gflop_per_update(config, name, 20)


def test_a_seed_starts_the_same_in_any_company() -> None:
    many, few = TINY._replace(seeds=5).params(), TINY.params()
    for name, leaf in few.items():
        np.testing.assert_array_equal(many[name][:2], leaf)
        assert not np.array_equal(leaf[0], leaf[1])


def test_cudnn_takes_our_gates_in_its_order() -> None:
    params = {name: jnp.asarray(leaf[0]) for name, leaf in TINY.params().items()}
    flat = cudnn.pack(params)
    assert flat.size == rnn.get_num_params_in_lstm(1, TINY.hidden, 1, False)
    weights = rnn.unpack_lstm_weights(flat, 1, TINY.hidden, 1, False)
    xs = jnp.asarray(TINY.data()[0])
    zeros = jnp.zeros((1, TINY.batch, TINY.hidden))
    _, h, _ = rnn.lstm_ref(
        jnp.swapaxes(xs, 0, 1),
        zeros,
        zeros,
        *weights,
        seq_lengths=jnp.full(TINY.batch, TINY.inputs, jnp.int32),
        input_size=1,
        hidden_size=TINY.hidden,
        num_layers=1,
        dropout=0.0,
        bidirectional=False,
    )
    expected = ours.logits("lstm", params, xs, method="scan")
    found = h[0] @ params["w_p"] + params["b_p"]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("tf32", [True, False])
def test_cudnn_s_step_has_the_shapes_of_ours(tf32: bool) -> None:
    # Nothing runs: there may be no GPU. Shapes of the whole step, backward too.
    params = {name: jnp.asarray(leaf[0]) for name, leaf in TINY.params().items()}
    data = jax.tree.map(jnp.asarray, TINY.data())
    loss = cudnn.make_loss(TINY, tf32)
    grads = jax.eval_shape(jax.grad(loss), params, data)
    assert jax.tree.map(jnp.shape, grads) == jax.tree.map(jnp.shape, params)
