"""Batch-normalised LSTMs against NumPy loops, torch's layer, finite differences."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.batch_norm import (
    BatchNormLSTMParams,
    Moments,
    batch_norm_lstm,
    moments,
    normalize_inputs,
    projected,
)
from seqjax.nn import BatchNormClassifier
from seqjax.nn.batch_norm import BatchNormLSTM, InputNormLSTM
from tests.core import numpy_cells
from tests.core.numpy_cells import sigmoid
from tests.nn.networks import (
    BATCH,
    HIDDEN,
    INPUTS,
    LENGTHS,
    TIME,
    draw_inputs,
    random_weights,
)

EPSILON = 1e-5


def draw_params(seed: int = 0) -> BatchNormLSTMParams:
    rng = np.random.default_rng(seed)
    gates = 4 * HIDDEN
    shapes = [(INPUTS, gates), (HIDDEN, gates), *[(gates,)] * 3, *[(HIDDEN,)] * 2]
    return BatchNormLSTMParams(*(jnp.asarray(rng.normal(size=s)) for s in shapes))


def spread(rows: Any) -> tuple[Any, Any]:
    """Mean and variance of vectors, as Ioffe and Szegedy have them (biased)."""
    rows = np.asarray(rows)
    return rows.mean(0), rows.var(0)


def normal(value: Any, own: tuple[Any, Any]) -> Any:
    return (value - own[0]) / np.sqrt(own[1] + EPSILON)


def oracle(
    params: Any, xs: Any, lengths: Sequence[int], given: Any = None
) -> tuple[Any, Any, Any]:
    """Final states, and all moments, by loops; sequences end together.

    `given`: moments of x, and of h and c by steps from the end; else the batch's own.
    """
    p = {name: np.asarray(v) for name, v in params._asdict().items()}
    xs, count = np.asarray(xs), len(lengths)
    of_x = (
        spread([xs[t, b] @ p["w_x"] for b in range(count) for t in range(lengths[b])])
        if given is None
        else given[0]
    )
    c, h = np.zeros((count, HIDDEN)), np.zeros((count, HIDDEN))
    used: dict[int, Any] = {}
    for left in range(max(lengths), 0, -1):
        taking = [b for b in range(count) if lengths[b] >= left]
        a_h = {b: h[b] @ p["w_h"] for b in taking}
        if given is None:
            of_h = spread([a_h[b] for b in taking])
        else:
            of_h, of_c = given[1][min(left, max(given[1]))]
        for b in taking:
            a = (
                p["scale_x"] * normal(xs[lengths[b] - left, b] @ p["w_x"], of_x)
                + p["scale_h"] * normal(a_h[b], of_h)
                + p["b"]
            )
            i, f, g, o = np.split(a, 4)
            c[b] = sigmoid(f) * c[b] + sigmoid(i) * np.tanh(g)
            h[b] = sigmoid(o)
        if given is None:
            of_c = spread([c[b] for b in taking])
        for b in taking:
            h[b] *= np.tanh(p["scale_c"] * normal(c[b], of_c) + p["shift_c"])
        used[left] = (of_h, of_c)
    return (c, h), of_x, used


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("lengths", [[5, 2, 4], [3, 3, 3], [4, 1, 1]])
def test_in_training_it_equals_a_loop(lengths: list[int]) -> None:
    params, xs = draw_params(), draw_inputs()
    found, used = jax.jit(batch_norm_lstm)(params, xs, jnp.array(lengths))
    (c, h), of_x, by_step = oracle(params, xs, lengths)
    np.testing.assert_allclose(found.c, c, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.h, h, rtol=0, atol=1e-10)
    np.testing.assert_allclose(used.x.mean, of_x[0], atol=1e-12)
    np.testing.assert_allclose(used.x.variance, of_x[1], atol=1e-12)
    assert int(used.reached) == TIME - max(lengths)
    for left, expected in by_step.items():
        for own, (mean, variance) in zip((used.h, used.c), expected, strict=True):
            np.testing.assert_allclose(own.mean[-left], mean, atol=1e-10)
            np.testing.assert_allclose(own.variance[-left], variance, atol=1e-10)


@pytest.mark.usefixtures("x64")
def test_in_a_test_it_takes_the_population_s_statistics() -> None:
    """Those of three steps, though a tested sequence has five."""
    params, xs = draw_params(), draw_inputs()
    others = jnp.asarray(np.random.default_rng(5).normal(size=(4, 6, INPUTS)))
    counts = [3, 2, 3, 1, 2, 3]
    _, statistics = jax.jit(batch_norm_lstm)(params, others, jnp.array(counts))
    found, same = jax.jit(batch_norm_lstm)(params, xs, jnp.array(LENGTHS), statistics)
    jax.tree.map(np.testing.assert_array_equal, same, statistics)
    _, of_x, by_step = oracle(params, others, counts)
    assert max(by_step) == 3 < max(LENGTHS)
    (c, h), _, _ = oracle(params, xs, LENGTHS, (of_x, by_step))
    np.testing.assert_allclose(found.c, c, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.h, h, rtol=0, atol=1e-10)


@pytest.mark.usefixtures("x64")
def test_gradients_go_through_the_statistics() -> None:
    params, xs, lengths = draw_params(), draw_inputs(), jnp.array(LENGTHS)
    bars = np.random.default_rng(6).normal(size=(BATCH, HIDDEN))

    @jax.jit
    def slopes(params: Any, xs: Any) -> Any:
        def loss(params: Any, xs: Any) -> Any:
            return jnp.sum(batch_norm_lstm(params, xs, lengths)[0].h * bars)

        return jax.grad(loss, (0, 1))(params, xs)

    def loss(params: Any, xs: Any) -> float:
        return float(np.sum(oracle(params, xs, LENGTHS)[0][1] * bars))

    found, xs_bar = slopes(params, xs)
    rng = np.random.default_rng(7)
    # Along random directions: all parameters at a time, then the inputs.
    for _ in range(3):
        ways = [rng.normal(size=leaf.shape) for leaf in params]
        moved = [
            BatchNormLSTMParams(*(p + s * w for p, w in zip(params, ways, strict=True)))
            for s in (1e-6, -1e-6)
        ]
        expected = (loss(moved[0], xs) - loss(moved[1], xs)) / 2e-6
        got = sum(float(jnp.sum(b * w)) for b, w in zip(found, ways, strict=True))
        assert got == pytest.approx(expected, rel=1e-6)
        way = rng.normal(size=xs.shape)
        expected = (
            loss(params, xs + 1e-6 * way) - loss(params, xs - 1e-6 * way)
        ) / 2e-6
        assert float(jnp.sum(xs_bar * way)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.usefixtures("x64")
def test_moments_are_those_of_real_examples_and_of_products() -> None:
    rng = np.random.default_rng(8)
    xs, w = rng.normal(size=(TIME, BATCH, 3)) + 2, rng.normal(size=(3, 7))
    real = np.arange(TIME)[:, None] < np.array(LENGTHS)
    own = moments(jnp.asarray(xs), jnp.asarray(real))
    for found, expected in zip(own, spread(xs[real]), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
    through = projected(jnp.asarray(w), jnp.asarray(xs), jnp.asarray(real))
    for found, expected in zip(through, spread(xs[real] @ w), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    none = moments(jnp.asarray(xs), jnp.zeros_like(jnp.asarray(real)))
    assert not any(np.any(leaf) for leaf in none), "no example: zeros, not NaN"


@pytest.mark.usefixtures("x64")
def test_normalised_inputs_equal_torch_s_layer() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layer = torch.nn.BatchNorm1d(INPUTS, momentum=None, dtype=torch.float64)
    xs, lengths = 3 * draw_inputs() - 1, jnp.array(LENGTHS)
    real = np.arange(TIME)[:, None] < np.array(LENGTHS)
    normalised, used = normalize_inputs(xs, lengths)
    theirs = layer(torch.tensor(np.asarray(xs)[real])).detach().numpy()
    np.testing.assert_allclose(np.asarray(normalised)[real], theirs, rtol=0, atol=1e-12)
    assert not np.any(np.asarray(normalised)[~real])
    np.testing.assert_allclose(used.mean, layer.running_mean, atol=1e-12)
    # torch's running variance is the unbiased one; what it divides by is not.
    count = int(real.sum())
    np.testing.assert_allclose(
        used.variance * count / (count - 1), layer.running_var, atol=1e-12
    )
    given = Moments(jnp.array([1.0, -2.0]), jnp.array([4.0, 9.0]))
    with torch.no_grad():
        layer.running_mean.copy_(torch.tensor(np.asarray(given.mean)))
        layer.running_var.copy_(torch.tensor(np.asarray(given.variance)))
    theirs = layer.eval()(torch.tensor(np.asarray(xs)[real])).detach().numpy()
    tested = np.asarray(normalize_inputs(xs, lengths, given)[0])[real]
    np.testing.assert_allclose(tested, theirs, rtol=0, atol=1e-12)


def classifier(normalized: str) -> BatchNormClassifier:
    model = random_weights(
        lambda: BatchNormClassifier(
            INPUTS, HIDDEN, 2, normalized=normalized, rngs=nnx.Rngs(params=0)
        )
    )
    assert isinstance(model, BatchNormClassifier)
    return model


each_kind = pytest.mark.parametrize("normalized", ["cell", "input"])


@pytest.mark.usefixtures("x64")
@each_kind
def test_classifier_projects_the_last_state(normalized: str) -> None:
    model, xs = classifier(normalized), draw_inputs()
    inner: Any = model.recurrent
    if normalized == "cell":
        (_, h), _, _ = oracle(inner.params(), xs, LENGTHS)
    else:
        real = np.arange(TIME)[:, None] < np.array(LENGTHS)
        scale, shift = (np.asarray(getattr(inner, n)[...]) for n in ("scale", "shift"))
        read = normal(np.asarray(xs), spread(np.asarray(xs)[real])) * scale + shift
        zeros = inner.recurrent.initial_carry(BATCH, jnp.float64)["layer_0"]
        params = inner.recurrent.layer_0.params()
        final, _ = numpy_cells.run("lstm", params, read, zeros, LENGTHS)
        h = final["h"]
    w, b = (np.asarray(getattr(model.projection, name)[...]) for name in ("w", "b"))
    found, _ = jax.jit(lambda: model(xs, jnp.array(LENGTHS)))()
    np.testing.assert_allclose(found, h @ w + b, rtol=0, atol=1e-10)


@pytest.mark.usefixtures("x64")
@each_kind
def test_in_a_test_a_sequence_is_by_itself(normalized: str) -> None:
    """Given the statistics, nobody else matters; in training everybody does."""
    model, xs, lengths = classifier(normalized), draw_inputs(), jnp.array(LENGTHS)
    run = jax.jit(lambda xs, statistics: model(xs, lengths, statistics))
    own, statistics = run(xs, None)
    changed = xs.at[:, 1:].multiply(3.0)
    alone = [run(one, statistics)[0][0] for one in (xs, changed)]
    np.testing.assert_allclose(alone[0], alone[1], rtol=0, atol=1e-13)
    assert np.abs(run(changed, None)[0][0] - own[0]).max() > 1e-3
    # Given the batch's own, a test repeats the training's answers.
    np.testing.assert_allclose(run(xs, statistics)[0], own, rtol=0, atol=1e-10)


@each_kind
def test_padding_has_no_influence(normalized: str) -> None:
    model, xs, lengths = classifier(normalized), draw_inputs(), jnp.array(LENGTHS)
    graph, params = nnx.split(model)
    past = np.arange(TIME)[:, None, None] >= np.array(LENGTHS)[:, None]

    @jax.jit
    def slopes(xs: Any) -> Any:
        def loss(params: Any) -> Any:
            return jnp.sum(nnx.merge(graph, params)(xs, lengths)[0] ** 2)

        return jax.value_and_grad(loss)(params)

    clean, dirty = slopes(xs), slopes(jnp.where(past, jnp.nan, xs))
    jax.tree.map(np.testing.assert_array_equal, dirty, clean)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(dirty))


def test_what_they_start_from() -> None:
    cell = BatchNormLSTM(INPUTS, HIDDEN, rngs=nnx.Rngs(params=0))
    params = cell.params()
    np.testing.assert_array_equal(params.w_h, np.tile(np.eye(HIDDEN), 4))
    for name in ("scale_x", "scale_h", "scale_c"):
        np.testing.assert_array_equal(getattr(params, name), np.float32(0.1))
    assert not np.any(params.shift_c)
    assert np.any(params.w_x)
    inputs = InputNormLSTM(INPUTS, HIDDEN, rngs=nnx.Rngs(params=0))
    np.testing.assert_array_equal(inputs.scale[...], 1)
    np.testing.assert_array_equal(inputs.shift[...], 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"normalized": "cells"},
            "normalized must be one of cell, input, not 'cells'; did you mean 'cell'?",
        ),
        (
            {"num_classes": 0},
            "num_classes must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"hidden_size": 0},
            "hidden must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"initializer": "hi"},
            "initializer must be one of normal, xavier, he, orthogonal, identity, "
            "torch, not 'hi'",
        ),
    ],
)
def test_what_cannot_be_made(options: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "in_features": INPUTS,
        "hidden_size": HIDDEN,
        "num_classes": 2,
        **options,
    }
    with pytest.raises(ValueError, match="must be") as caught:
        BatchNormClassifier(rngs=nnx.Rngs(params=0), **given)
    assert str(caught.value) == message
