"""Modules as flax sees them, their sizes, and the words of their errors."""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import CELLS, LSTM
from seqjax.core.counting import count_parameters
from seqjax.core.initializers import INITIALIZERS
from seqjax.nn import GRU, RNN, Linear, Recurrent, RecurrentClassifier
from seqjax.nn import LSTM as LSTMLayers
from tests.core.cases import MINIMAL
from tests.nn.networks import draw_inputs
from tests.registered import CELL_NAMES


def test_seeds_under_vmap_and_jit() -> None:
    """A stack of models by vmap equals models made and run one by one."""

    def make(key: jax.Array) -> RecurrentClassifier:
        return RecurrentClassifier(
            "rnn", 2, 3, 4, initializer="torch", rngs=nnx.Rngs(params=key)
        )

    keys, xs = jax.random.split(jax.random.key(0), 3), draw_inputs()
    graph, _ = nnx.split(nnx.eval_shape(lambda: make(keys[0])), nnx.Param)

    def weights(key: jax.Array) -> Any:
        return nnx.split(make(key), nnx.Param)[1]

    stacked = jax.jit(jax.vmap(weights))(keys)
    traces = []

    def logits(params: Any, num_steps: Any) -> Any:
        traces.append(1)
        return nnx.merge(graph, params)(xs, num_steps=num_steps)

    together = jax.jit(jax.vmap(logits, in_axes=(0, None)))
    found = {n: together(stacked, jnp.int32(n)) for n in (2, 5)}
    assert len(traces) == 1
    make_one, run_one = jax.jit(weights), jax.jit(logits)
    for seed, key in enumerate(keys):
        params = make_one(key)
        for num_steps, rows in found.items():
            expected = run_one(params, jnp.int32(num_steps))
            np.testing.assert_allclose(rows[seed], expected, rtol=0, atol=1e-6)
    for rows in found.values():
        assert len({row.tobytes() for row in np.asarray(rows)}) == 3


def test_merges_inside_a_scan_over_updates() -> None:
    """The training loop's shape: gradient steps on split parameters in `lax.scan`."""
    model = RNN(2, 3, initializer="torch", rngs=nnx.Rngs(params=0))
    graph, params = nnx.split(model, nnx.Param)
    xs = draw_inputs()

    def loss(params: Any) -> Any:
        return jnp.sum((nnx.merge(graph, params)(xs)[0] - 0.5) ** 2)

    def update(params: Any, _: Any) -> tuple[Any, Any]:
        value, slope = jax.value_and_grad(loss)(params)
        return jax.tree.map(lambda p, s: p - 0.01 * s, params, slope), value

    _, values = jax.lax.scan(update, params, length=20)
    assert np.all(np.diff(np.asarray(values)) < 0)
    np.testing.assert_allclose(values[0], loss(params), rtol=1e-6)


@pytest.mark.parametrize("cell", [*CELLS.values(), MINIMAL], ids=lambda cell: cell.name)
def test_counting_equals_the_arrays(cell: Any) -> None:
    for num_layers in (1, 2, 3):
        for bidirectional in (False, True):
            for d, n, k in ((1, 1, 1), (3, 5, 2), (10, 128, 10)):
                options: dict[str, Any] = {
                    "num_layers": num_layers,
                    "bidirectional": bidirectional,
                }

                def make(
                    key: jax.Array,
                    d: int = d,
                    n: int = n,
                    k: int = k,
                    options: dict[str, Any] = options,
                ) -> Any:
                    rngs = nnx.Rngs(params=key)
                    model = RecurrentClassifier(cell, d, n, k, rngs=rngs, **options)
                    return nnx.state(model)

                shapes = jax.eval_shape(make, jax.random.key(0))
                sizes = [leaf.size for leaf in jax.tree.leaves(shapes)]
                assert count_parameters(cell, d, n, k, **options).total == sum(sizes)
                layers = [leaf.size for leaf in jax.tree.leaves(shapes["recurrent"])]
                assert count_parameters(cell, d, n, **options).total == sum(layers)


def test_options_reach_the_cells() -> None:
    model = RecurrentClassifier(
        "lstm",
        8,
        8,
        3,
        num_layers=2,
        initializer="identity",
        forget_bias="one",
        rngs=nnx.Rngs(params=0),
    )
    for name in ("layer_0", "layer_1"):
        params = getattr(model.recurrent, name).params()
        assert isinstance(params, LSTM.params)
        np.testing.assert_array_equal(params.w_h, np.tile(np.eye(8), 4))
        np.testing.assert_array_equal(params.w_x, np.tile(np.eye(8), 4))
        np.testing.assert_array_equal(params.b, np.repeat([0.0, 1.0, 0.0, 0.0], 8))
    assert model.projection.w.shape == (8, 3)
    assert not np.any(model.projection.b[...])


def test_layers_and_directions_draw_their_own_weights() -> None:
    model = RNN(4, 4, num_layers=2, bidirectional=True, rngs=nnx.Rngs(params=0))
    names = list(model.initial_carry(1))
    assert len({np.asarray(getattr(model, n).w_h[...]).tobytes() for n in names}) == 4


@pytest.mark.parametrize("kind", [RNN, LSTMLayers, GRU])
def test_named_layers_are_their_cells(kind: Any) -> None:
    named = kind(2, 3, num_layers=2, rngs=nnx.Rngs(params=0))
    by_name = Recurrent(
        kind.__name__.lower(), 2, 3, num_layers=2, rngs=nnx.Rngs(params=0)
    )
    assert named.cell is by_name.cell
    params, others = (nnx.state(model, nnx.Param) for model in (named, by_name))
    jax.tree.map(np.testing.assert_array_equal, params, others)


@pytest.mark.parametrize("method", ["scan", "unrolled"])
def test_method_is_used(method: str) -> None:
    xs = draw_inputs()
    models = [
        LSTMLayers(2, 3, method=name, rngs=nnx.Rngs(params=0))
        for name in ("adjoint", method)
    ]
    carries = [jax.jit(lambda m=m: m(xs)[1]["layer_0"])() for m in models]
    for one, two in zip(*carries, strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-6)
    text = jax.jit(lambda xs: models[1](xs)[0]).lower(xs).as_text()
    assert ("stablehlo.while" in text) == (method == "scan")
    assert "custom_vjp" not in str(jax.make_jaxpr(lambda xs: models[1](xs)[0])(xs))


def test_linear() -> None:
    layer = Linear(3, 2, initializer="normal", rngs=nnx.Rngs(params=0))
    expected = INITIALIZERS["normal"](nnx.Rngs(params=0).params(), 3, 2)
    np.testing.assert_array_equal(layer.w[...], expected)
    layer.b[...] = jnp.array([1.0, -2.0])
    x = np.random.default_rng(0).normal(size=(4, 5, 3)).astype(np.float32)
    found = layer(jnp.asarray(x))
    np.testing.assert_allclose(found, x @ np.asarray(expected) + [1, -2], rtol=1e-5)


LISTING = "normal, xavier, he, orthogonal, identity, torch"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"hidden_size": -3},
            "hidden_size must be an integer of at least 1, not -3; give 1 or more",
        ),
        (
            {"in_features": 0},
            "in_features must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"num_layers": 0},
            "num_layers must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"dropout": 1},
            "dropout must be a finite number between 0 and 0.999, not 1",
        ),
        (
            {"dropout": -0.1},
            "dropout must be a finite number between 0 and 0.999, not -0.1",
        ),
        (
            {"cell": "lstn"},
            f"cell must be one of {CELL_NAMES}, not 'lstn'; did you mean 'lstm'?",
        ),
        (
            {"method": "loop"},
            "method must be one of adjoint, scan, unrolled, not 'loop'",
        ),
        (
            {"initializer": "hee"},
            f"initializer must be one of {LISTING}, not 'hee'; did you mean 'he'?",
        ),
        (
            {"forget_bias": "ones"},
            "forget_bias must be one of zero, one, chrono, not 'ones'; did you mean "
            "'one'?",
        ),
        (
            {"forget_bias": "chrono"},
            "memory_length must be an integer of at least 3, not None; give 3 or more",
        ),
    ],
)
def test_errors(wrong: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"cell": "lstm", "in_features": 2, "hidden_size": 3}
    arguments |= wrong
    with pytest.raises(ValueError, match=".") as caught:
        Recurrent(**arguments, rngs=nnx.Rngs(params=0))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"in_features": 0},
            "in_features must be an integer of at least 1, not 0; give 1 or more",
        ),
        (
            {"out_features": -1},
            "out_features must be an integer of at least 1, not -1; give 1 or more",
        ),
        ({"initializer": "zero"}, f"initializer must be one of {LISTING}, not 'zero'"),
    ],
)
def test_errors_of_linear(wrong: dict[str, Any], message: str) -> None:
    arguments = {"in_features": 2, "out_features": 3} | wrong
    with pytest.raises(ValueError, match=".") as caught:
        Linear(**arguments, rngs=nnx.Rngs(params=0))
    assert str(caught.value) == message


def test_errors_of_the_classifier() -> None:
    with pytest.raises(ValueError, match=".") as caught:
        RecurrentClassifier("rnn", 2, 3, 0, rngs=nnx.Rngs(params=0))
    assert str(caught.value) == (
        "num_classes must be an integer of at least 1, not 0; give 1 or more"
    )


def test_too_many_steps() -> None:
    model = RNN(2, 3, rngs=nnx.Rngs(params=0))
    with pytest.raises(ValueError, match=".") as caught:
        inspect.unwrap(type(model).__call__)(model, draw_inputs(), num_steps=6)
    assert str(caught.value) == (
        "num_steps must be at most the 5 steps of xs, not 6; take fewer steps or give "
        "longer xs"
    )
