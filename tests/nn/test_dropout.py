"""Dropout between layers, seen through layers that let values pass."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.nn import RNN, GraphClassifier, RecurrentClassifier
from tests.nn.networks import draw_inputs, random_weights

RATE, UNITS, BATCH = 0.3, 32, 64
# tanh(EPS * a) / EPS is a within EPS**2: such a layer shows what it was given.
EPS = 1e-5
KEY = jax.random.key(0)


def upper(model: RNN, layer: int) -> Any:
    return getattr(model, f"layer_{layer}")


def see_through(num_layers: int, dropout: float) -> RNN:
    """An RNN whose upper layers hand their input on, scaled by EPS."""
    model: RNN = random_weights(
        lambda: RNN(
            2, UNITS, num_layers=num_layers, dropout=dropout, rngs=nnx.Rngs(params=0)
        )
    )
    for layer in range(1, num_layers):
        weights = upper(model, layer)
        weights.w_x[...] = EPS * jnp.eye(UNITS)
        weights.w_h[...] = jnp.zeros((UNITS, UNITS))
        weights.b[...] = jnp.zeros(UNITS)
    return model


def outputs(model: RNN, xs: Any, key: Any = None) -> np.ndarray:
    return np.asarray(jax.jit(lambda: model(xs, dropout_key=key)[0])())


def test_off_without_a_key() -> None:
    xs = draw_inputs()
    with_dropout, without = see_through(2, RATE), see_through(2, 0.0)
    plain = outputs(without, xs)
    np.testing.assert_array_equal(outputs(with_dropout, xs), plain)
    # At rate 0 a key changes nothing.
    np.testing.assert_array_equal(outputs(without, xs, KEY), plain)
    assert np.any(outputs(with_dropout, xs, KEY) != plain)


@pytest.mark.usefixtures("x64")
def test_share_scale_and_expectation() -> None:
    xs = draw_inputs(batch=BATCH)
    model = see_through(2, RATE)
    clean, seen = outputs(model, xs) / EPS, outputs(model, xs, KEY) / EPS
    dropped = seen == 0
    share_error = math.sqrt(RATE * (1 - RATE) / seen.size)
    assert abs(dropped.mean() - RATE) < 5 * share_error
    np.testing.assert_allclose(seen[~dropped], clean[~dropped] / (1 - RATE), rtol=1e-8)
    # E[seen] = clean: project on clean, whose own share of the variance is known.
    gain = (seen * clean).sum() / (clean**2).sum()
    error = math.sqrt(RATE / (1 - RATE) * (clean**4).sum()) / (clean**2).sum()
    assert abs(gain - 1) < 5 * error
    # Every step, sequence and unit is drawn by itself.
    for axis in range(3):
        shares = dropped.mean(axis=tuple({0, 1, 2} - {axis}))
        assert shares.std() > 0
        assert shares.min() > 0
        assert shares.max() < 1


def test_none_after_the_last_layer() -> None:
    xs = draw_inputs()
    one = see_through(1, 0.9)
    np.testing.assert_array_equal(outputs(one, xs, KEY), outputs(one, xs))
    two = see_through(2, 0.9)
    upper(two, 1).b[...] = jnp.ones(UNITS)
    assert np.all(outputs(two, xs, KEY) != 0)


def test_layers_draw_different_masks() -> None:
    model = see_through(3, 0.5)
    # Layer 1 never gives zero, so that zeros after layer 2 are its own mask.
    upper(model, 1).b[...] = jnp.ones(UNITS)
    xs = draw_inputs(batch=BATCH)
    final = jax.jit(lambda: model(xs, dropout_key=KEY)[1])()
    first = np.isclose(final["layer_1"].h, math.tanh(1), rtol=0, atol=1e-8)
    second = np.asarray(final["layer_2"].h) == 0
    for mask in (first, second):
        assert 0.4 < mask.mean() < 0.6
    agreement = (first == second).mean()
    assert abs(agreement - 0.5) < 5 * math.sqrt(0.25 / first.size)


def test_deterministic_in_the_key() -> None:
    xs = draw_inputs()
    model = see_through(2, RATE)
    run = jax.jit(lambda key: model(xs, dropout_key=key)[0])
    one, again, other = (np.asarray(run(jax.random.key(k))) for k in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.any((one == 0) != (other == 0))


def test_classifier_hands_the_key_on() -> None:
    model = random_weights(
        lambda: RecurrentClassifier(
            "rnn", 2, 8, 3, num_layers=2, dropout=0.5, rngs=nnx.Rngs(params=0)
        )
    )
    xs = draw_inputs()
    plain, dropped = jax.jit(lambda: (model(xs), model(xs, dropout_key=KEY)))()
    assert np.any(plain != dropped)


def test_f17_the_mode_decides_where_nothing_is_given() -> None:
    """`train()` drops with the layer's own stream, `eval()` never does."""
    xs = draw_inputs()
    model = RNN(2, UNITS, num_layers=2, dropout=0.5, rngs=nnx.Rngs(0))
    plain = RNN(2, UNITS, num_layers=2, rngs=nnx.Rngs(0))
    expected = np.asarray(plain(xs)[0])
    np.testing.assert_array_equal(model(xs)[0], expected)  # neither mode yet
    model.train()
    one, two = (np.asarray(model(xs)[0]) for _ in range(2))
    assert np.any(one != expected)
    assert np.any(one != two), "every call draws anew"
    model.eval()
    np.testing.assert_array_equal(model(xs)[0], expected)
    np.testing.assert_array_equal(model(xs, dropout_key=KEY)[0], expected)
    np.testing.assert_array_equal(model(xs, rngs=nnx.Rngs(1))[0], expected)


def test_f17_rngs_of_a_call_are_a_key() -> None:
    xs, model = draw_inputs(), see_through(2, RATE)
    model.train()
    key = nnx.Rngs(dropout=3).dropout()
    expected = outputs(model, xs, key)
    np.testing.assert_array_equal(model(xs, rngs=nnx.Rngs(dropout=3))[0], expected)
    np.testing.assert_array_equal(model(xs, rngs=key)[0], expected)


def test_f17_as_flax_drops_by_the_same_calls() -> None:
    """`nnx.split`, `nnx.jit`: the stream is a state beside the parameters."""
    xs = draw_inputs()
    model = RNN(2, UNITS, num_layers=2, dropout=0.5, rngs=nnx.Rngs(0, dropout=1))
    model.train()
    run = nnx.jit(lambda model, xs: model(xs)[0])
    assert np.any(np.asarray(run(model, xs)) != np.asarray(run(model, xs)))
    parts: Any = nnx.split(model, nnx.Param, ...)
    _, params, rest = parts
    assert len(jax.tree.leaves(params)) == 6
    assert jax.tree.leaves(rest)
    # Without a stream there is none to keep.
    _, only = nnx.split(see_through(2, RATE), nnx.Param)
    assert len(jax.tree.leaves(only)) == 6


def test_f17_training_without_anything_to_draw_from_is_refused() -> None:
    xs, model = draw_inputs(), see_through(2, RATE)
    model.train()
    with pytest.raises(ValueError, match="rngs") as caught:
        model(xs)
    assert str(caught.value) == (
        "rngs must be given in training (after train()) to a layer with dropout that "
        "was made without a stream for it; give rngs=nnx.Rngs(0) or dropout_key=..., "
        "or call eval()"
    )
    with pytest.raises(ValueError, match="dropout_key") as caught:
        model(xs, dropout_key=KEY, rngs=nnx.Rngs(0))
    assert str(caught.value) == (
        "dropout_key must be None where rngs are given; give one of them"
    )
    with pytest.raises(ValueError, match="rngs") as caught:
        model(xs, rngs=3)
    assert str(caught.value) == (
        "rngs must be nnx.Rngs, one of their streams or a key, not 3; give nnx.Rngs(0)"
    )
    without = see_through(2, 0.0)
    without.train()
    without(xs)  # nothing to drop, nothing to draw


def test_f17_the_mode_reaches_the_layers_of_a_network() -> None:
    network = RecurrentClassifier(
        "rnn", 2, 8, 3, num_layers=2, dropout=0.5, rngs=nnx.Rngs(0)
    )
    xs = draw_inputs()
    plain = network(xs)
    network.train()
    assert np.any(network(xs) != plain)
    network.eval()
    np.testing.assert_array_equal(network(xs), plain)
    graph = GraphClassifier(2, 8, 3, model="mlp", rngs=nnx.Rngs(0))
    nodes = jnp.asarray(xs[0], jnp.float32)
    still = graph(None, nodes)
    graph.train()
    assert np.any(graph(None, nodes) != still)
