"""Initial weights: distributions, blocks by gate, forget biases."""

import inspect
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.cells import CELLS, GRU, LSTM, RNN, Cell
from seqjax.core.initializers import INITIALIZERS, initialize_cell
from tests.core.cases import MINIMAL, WITH_EQUATIONS, cell_id

# One compiled program per setting is far quicker than its operations one by one.
OPTIONS = ("cell", "inputs", "hidden", "initializer", "forget_bias", "memory_length")
initialize = jax.jit(initialize_cell, static_argnames=OPTIONS)
KEY = jax.random.key(3)
INPUTS, HIDDEN = 120, 160

# Variance by name, and the fourth moment over its square (normal 3, uniform 9 / 5).
VARIANCES = {
    "normal": (lambda inputs, outputs: 0.05**2, 3.0),
    "xavier": (lambda inputs, outputs: 2 / (inputs + outputs), 1.8),
    "he": (lambda inputs, outputs: 2 / inputs, 3.0),
    "torch": (lambda inputs, outputs: 1 / (3 * outputs), 1.8),
}


def blocks(cell: Cell, fused: Any) -> list[np.ndarray]:
    return np.split(np.asarray(fused), len(cell.gates), axis=-1)


@pytest.mark.parametrize("cell", [RNN, MINIMAL], ids=cell_id)
@pytest.mark.parametrize("name", VARIANCES)
def test_variance_of_each_gate(name: str, cell: Cell) -> None:
    params = initialize(KEY, cell, INPUTS, HIDDEN, initializer=name)
    variance, kurtosis = VARIANCES[name]
    for fused, rows in ((params.w_x, INPUTS), (params.w_h, HIDDEN)):
        assert fused.shape == (rows, len(cell.gates) * HIDDEN)
        for block in blocks(cell, fused):
            expected = variance(rows, HIDDEN)
            # Five standard errors of the sample variance, and of the mean.
            slack = 5 * math.sqrt((kurtosis - 1) / block.size)
            assert abs(block.var() / expected - 1) < slack
            assert abs(block.mean()) < 5 * math.sqrt(expected / block.size)
            # A uniform has bounds, and a normal of this size goes beyond them.
            bounded = np.abs(block).max() <= math.sqrt(3 * expected)
            assert bounded == (kurtosis < 2)


@pytest.mark.parametrize(("inputs", "cell"), [(1, GRU), (3, MINIMAL), (20, LSTM)])
def test_every_block_is_orthogonal(inputs: int, cell: Cell) -> None:
    params = initialize(KEY, cell, inputs, 8, initializer="orthogonal")
    for block in (*blocks(cell, params.w_x), *blocks(cell, params.w_h)):
        singular = np.linalg.svd(block, compute_uv=False)
        assert singular.shape == (min(block.shape),)
        np.testing.assert_allclose(singular, 1, atol=1e-5)


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 64), (1, 8), (5, 9), (9, 5)])
def test_orthogonal_is_the_q_of_a_qr_with_positive_diagonal(
    inputs: int, outputs: int
) -> None:
    shape = max(inputs, outputs), min(inputs, outputs)
    gauss = np.asarray(jax.random.normal(KEY, shape), np.float64)
    q, r = np.linalg.qr(gauss)
    expected = q * np.sign(np.diagonal(r))
    drawn = np.asarray(INITIALIZERS["orthogonal"](KEY, inputs, outputs))
    drawn = drawn if inputs >= outputs else drawn.T
    np.testing.assert_allclose(drawn, expected, atol=2e-5)
    np.testing.assert_allclose(drawn.T @ drawn, np.eye(shape[1]), atol=2e-6)


def test_orthogonal_prefers_no_rotation() -> None:
    """Without the signs of R, QR gives a first entry of one sign only."""
    keys = jax.random.split(KEY, 1000)
    drawn = jax.vmap(lambda key: INITIALIZERS["orthogonal"](key, 3, 3))(keys)
    # Entries of a uniform orthogonal matrix have mean 0 and variance 1 / n.
    np.testing.assert_allclose(drawn.mean(0), 0, atol=5 * math.sqrt(1 / 3000))
    np.testing.assert_allclose((drawn**2).mean(0), 1 / 3, atol=0.05)
    # Rotations and reflections, half each.
    share = float((jnp.linalg.det(drawn) > 0).mean())
    assert abs(share - 0.5) < 5 * math.sqrt(0.25 / 1000)


@pytest.mark.parametrize("cell", [RNN, MINIMAL], ids=cell_id)
def test_identity(cell: Cell) -> None:
    params = initialize(KEY, cell, 3, 5, initializer="identity")
    for block in blocks(cell, params.w_h):
        np.testing.assert_array_equal(block, np.eye(5))
    xavier = initialize(KEY, cell, 3, 5, initializer="xavier")
    np.testing.assert_array_equal(params.w_x, xavier.w_x)


@pytest.mark.parametrize("name", ["normal", "orthogonal"])
def test_draws_are_independent(name: str) -> None:
    """Gates, input and recurrent matrices, and keys all give other numbers."""
    one, two = (
        initialize(jax.random.key(seed), MINIMAL, 6, 6, initializer=name)
        for seed in (0, 1)
    )
    drawn = [block for p in (one, two) for w in p[:2] for block in blocks(MINIMAL, w)]
    assert len({block.tobytes() for block in drawn}) == 2 * 2 * 2
    again = initialize(jax.random.key(0), MINIMAL, 6, 6, initializer=name)
    np.testing.assert_array_equal(one.w_x, again.w_x)


@pytest.mark.parametrize("cell", WITH_EQUATIONS, ids=cell_id)
@pytest.mark.parametrize("forget_bias", ["zero", "one", "chrono"])
def test_forget_bias(forget_bias: str, cell: Cell) -> None:
    hidden, memory = 400, 50
    params = initialize(
        KEY,
        cell,
        hidden,
        hidden,
        initializer="identity",
        forget_bias=forget_bias,
        memory_length=memory if forget_bias == "chrono" else None,
    )
    assert params.b.shape == (len(cell.gates) * hidden,)
    by_gate = dict(zip(cell.gates, blocks(cell, params.b), strict=True))
    f = by_gate.pop("f", None)
    i = by_gate.pop("i", None)
    for rest in (*by_gate.values(), *params[3:]):
        assert not np.any(rest)
    if f is None:
        return
    if forget_bias == "chrono":
        steps = np.exp(f)
        assert steps.min() >= 1 - 1e-5
        assert steps.max() <= memory - 1 + 1e-3
        # Uniform in [1, memory - 1].
        deviation = (memory - 2) / math.sqrt(12)
        assert abs(steps.mean() - memory / 2) < 5 * deviation / math.sqrt(hidden)
        assert abs(steps.std() / deviation - 1) < 5 * math.sqrt(0.8 / 4 / hidden)
    else:
        np.testing.assert_array_equal(f, {"zero": 0, "one": 1}[forget_bias])
    if i is not None:
        np.testing.assert_array_equal(i, -f if forget_bias == "chrono" else 0)


def test_forget_bias_leaves_the_matrices() -> None:
    zero, chrono = (
        initialize(
            *(KEY, MINIMAL, 2, 3),
            initializer="torch",
            forget_bias=name,
            memory_length=9 if name == "chrono" else None,
        )
        for name in ("zero", "chrono")
    )
    np.testing.assert_array_equal(zero.w_x, chrono.w_x)
    np.testing.assert_array_equal(zero.w_h, chrono.w_h)


def test_new_cell_needs_no_initialiser_of_its_own() -> None:
    params = initialize(KEY, MINIMAL, 2, 3)
    assert [leaf.shape for leaf in params] == [(2, 6), (3, 6), (6,)]
    assert "minimal" not in CELLS


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"initializer": "orthogonl"},
            "initializer must be one of normal, xavier, he, orthogonal, identity, "
            "torch, not 'orthogonl'; did you mean 'orthogonal'?",
        ),
        (
            {"forget_bias": "two"},
            "forget_bias must be one of zero, one, chrono, not 'two'",
        ),
        (
            {"forget_bias": "one", "memory_length": 9},
            "memory_length must be None with the forget_bias 'one', not 9; use "
            "'chrono'",
        ),
        (
            {"forget_bias": "chrono", "memory_length": 2},
            "memory_length must be an integer of at least 3, not 2; give 3 or more",
        ),
        (
            {"inputs": 0},
            "inputs must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"hidden": -3},
            "hidden must be an integer of at least 1, not -3; give 1 or more",
        ),
    ],
)
def test_errors(wrong: dict[str, Any], message: str) -> None:
    arguments = {"inputs": 2, "hidden": 3} | wrong
    with pytest.raises(ValueError, match=".") as caught:
        inspect.unwrap(initialize_cell)(KEY, LSTM, **arguments)
    assert str(caught.value) == message
