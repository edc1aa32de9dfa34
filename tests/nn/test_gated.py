"""Gated layers and classifiers against NumPy loops, and what they refuse."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import LSTM, PEEPHOLE_LSTM, Cell
from seqjax.core.gate_params import PARAMETERS
from seqjax.nn import GatedClassifier, GatedRecurrent, Recurrent
from tests.core import numpy_gated
from tests.nn.networks import (
    BATCH,
    HIDDEN,
    INPUTS,
    LENGTHS,
    TIME,
    assert_equal,
    draw_carry,
    draw_inputs,
    random_weights,
)
from tests.registered import CELL_NAMES
from tests.variants import and_slow

OPTIONS: dict[str, Any] = {
    "period": (1.0, 4.0),
    "shift": (-3.0, 3.0),
    "open_ratio": 0.6,
}


def gated(cell: Cell | str, **options: Any) -> GatedRecurrent:
    """A module of random weights; its gates' parameters are random too."""
    model = random_weights(
        lambda: GatedRecurrent(
            cell, INPUTS, HIDDEN, rngs=nnx.Rngs(params=0), **OPTIONS, **options
        )
    )
    assert isinstance(model, GatedRecurrent)
    return model


def draw_times(rows: int = BATCH) -> jax.Array:
    """Irregular time stamps that increase, of each sequence or of all together."""
    gaps = np.random.default_rng(3).exponential(size=(TIME, rows))
    return jnp.asarray(np.cumsum(gaps + 0.01, axis=0))


def expected(
    model: GatedRecurrent, xs: Any, times: Any, leak: float, carry: Any, lengths: Any
) -> tuple[Any, dict[str, Any]]:
    """What the module should give, by loops over layers, sequences, steps and units."""
    inner, values, final = model.recurrent, np.asarray(xs), {}
    for layer in range(inner.num_layers):
        outputs = []
        for suffix in ("", "_reverse") if inner.bidirectional else ("",):
            name = f"layer_{layer}{suffix}"
            numbers = getattr(model, f"{name}_gate").params()
            gate = (
                np.log1p(np.exp(np.asarray(numbers.period))),
                np.asarray(numbers.shift),
                1 / (1 + np.exp(-np.asarray(numbers.open_ratio))),
            )
            final[name], ys = numpy_gated.run(
                inner.cell.name,
                getattr(inner, name).params(),
                values,
                numpy_gated.gates(times, gate, leak),
                carry[name],
                lengths,
                suffix == "_reverse",
            )
            outputs.append(ys)
        values = np.concatenate(outputs, axis=-1)
    return values, final


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    ("cell", "num_layers", "bidirectional", "rows"),
    [("lstm", 2, True, BATCH), ("peephole", 2, False, 1), ("gru", 1, True, 1)],
)
def test_equals_numpy_loop(
    cell: str, num_layers: int, bidirectional: bool, rows: int
) -> None:
    model = gated(cell, num_layers=num_layers, bidirectional=bidirectional)
    xs, times, carry = draw_inputs(), draw_times(rows), draw_carry(model.recurrent)

    @jax.jit
    def run(num_steps: Any) -> Any:
        options: dict[str, Any] = {"num_steps": num_steps, "leak": 0.1}
        ragged = model(xs, times, carry, lengths=jnp.array(LENGTHS), **options)
        return model(xs, times, carry, **options), ragged

    for num_steps in (3, TIME):
        for found, whole in zip(
            run(jnp.int32(num_steps)), ([TIME] * BATCH, LENGTHS), strict=True
        ):
            real = [min(length, num_steps) for length in whole]
            assert_equal(found, expected(model, xs, times, 0.1, carry, real), 1e-12)
            last = f"layer_{num_layers - 1}"
            states = [found[1][last].h]
            states += [found[1][f"{last}_reverse"].h] if bidirectional else []
            np.testing.assert_array_equal(
                model.last_output(found[1]), np.concatenate(states, axis=-1)
            )


@pytest.mark.usefixtures("x64")
def test_without_a_leak_is_the_default_and_other_than_with() -> None:
    model, xs, times = gated("lstm"), draw_inputs(), draw_times()
    zeros = model.initial_carry(BATCH, jnp.float64)
    found = jax.jit(lambda: model(xs, times))()
    whole = [TIME] * BATCH
    assert_equal(found, expected(model, xs, times, 0.0, zeros, whole), 1e-12)
    leaking = expected(model, xs, times, 0.001, zeros, whole)
    assert np.abs(found[0] - leaking[0]).max() > 1e-6


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "learnt", and_slow([("shift", "open_ratio")], [("period",), ()])
)
def test_only_what_is_learnt_has_a_gradient(learnt: tuple[str, ...]) -> None:
    xs, times = draw_inputs(), draw_times()

    def slopes(names: tuple[str, ...]) -> tuple[Any, Any]:
        model = gated("lstm", num_layers=2, learnt=names)
        graph, params = nnx.split(model)

        def loss(params: Any) -> Any:
            return jnp.sum(nnx.merge(graph, params)(xs, times, leak=0.1)[0] ** 2)

        value, found = jax.jit(jax.value_and_grad(loss))(params)
        return value, found

    value, found = slopes(learnt)
    whole_value, whole = slopes(PARAMETERS)
    np.testing.assert_array_equal(value, whole_value)
    for layer in ("layer_0_gate", "layer_1_gate"):
        for name in PARAMETERS:
            mine, theirs = found[layer][name][...], whole[layer][name][...]
            assert np.any(theirs)
            np.testing.assert_array_equal(mine, theirs if name in learnt else 0)


def test_weights_are_those_of_ungated_layers() -> None:
    """So that a comparison of the two starts from the same."""
    options: dict[str, Any] = {"num_layers": 2, "bidirectional": True}
    plain = Recurrent("lstm", INPUTS, HIDDEN, rngs=nnx.Rngs(params=5), **options)
    mine = GatedRecurrent("lstm", INPUTS, HIDDEN, rngs=nnx.Rngs(params=5), **options)
    for name in plain.layer_names():
        jax.tree.map(
            np.testing.assert_array_equal,
            getattr(mine.recurrent, name).params(),
            getattr(plain, name).params(),
        )


def test_every_layer_draws_a_gate_of_its_own() -> None:
    model = GatedRecurrent(
        "lstm", INPUTS, 50, num_layers=2, bidirectional=True, rngs=nnx.Rngs(params=0)
    )
    gates = [model.gate(name) for name in model.recurrent.layer_names()]
    assert len(gates) == 4
    for gate in gates:
        periods, shifts = np.asarray(gate.period), np.asarray(gate.shift)
        assert ((periods >= math.e * 0.999) & (periods <= math.e**3 * 1.001)).all()
        assert ((shifts >= 0) & (shifts <= 100)).all()
        np.testing.assert_allclose(gate.open_ratio, 0.05, rtol=1e-6)
    for field in ("period", "shift"):
        numbers = np.concatenate([getattr(gate, field) for gate in gates])
        assert len(set(numbers.tolist())) == 4 * 50


def test_padding_has_no_influence() -> None:
    model, lengths = gated("lstm", num_layers=2, bidirectional=True), jnp.array(LENGTHS)
    graph, params = nnx.split(model)
    past = np.arange(TIME)[:, None] >= np.array(LENGTHS)
    xs, times = draw_inputs(), draw_times()

    @jax.jit
    def slopes(xs: Any, times: Any) -> Any:
        def loss(params: Any) -> Any:
            ys, final = nnx.merge(graph, params)(xs, times, lengths=lengths, leak=0.1)
            return jnp.sum(ys**2) + jnp.sum(model.last_output(final) ** 2)

        return jax.value_and_grad(loss)(params)

    clean = slopes(xs, times)
    dirty = slopes(
        jnp.where(past[..., None], jnp.nan, xs), jnp.where(past, jnp.nan, times)
    )
    jax.tree.map(np.testing.assert_array_equal, dirty, clean)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(dirty))


@pytest.mark.usefixtures("x64")
def test_classifier_projects_the_last_state() -> None:
    model = random_weights(
        lambda: GatedClassifier(
            PEEPHOLE_LSTM,
            INPUTS,
            HIDDEN,
            3,
            bidirectional=True,
            rngs=nnx.Rngs(params=0),
            **OPTIONS,
        )
    )
    xs, times = draw_inputs(), draw_times()
    lengths = jnp.array(LENGTHS)
    found = jax.jit(partial(model, leak=0.1))(xs, times, lengths=lengths)
    inner = model.gated
    zeros = inner.initial_carry(BATCH, jnp.float64)
    _, final = expected(inner, xs, times, 0.1, zeros, LENGTHS)
    h = np.concatenate([state["h"] for state in final.values()], axis=-1)
    w, b = (np.asarray(getattr(model.projection, name)[...]) for name in ("w", "b"))
    np.testing.assert_allclose(found, h @ w + b, rtol=0, atol=1e-12)
    assert found.shape == (BATCH, 3)


RATIO = "open_ratio must be above 0 and at most 1, not"
SHARE = "give the share of a period for which the gate is open"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"period": (0.0, 2.0)},
            "period must be above 0, not 0; give the time from opening to opening",
        ),
        (
            {"period": (-1.0, 2.0)},
            "period must be above 0, not -1; give the time from opening to opening",
        ),
        (
            {"period": (3.0, 2.0)},
            "period must be a lower and an upper bound, not (3.0, 2.0); "
            "give the smaller number first",
        ),
        (
            {"shift": (1.0, 0.0)},
            "shift must be a lower and an upper bound, not (1.0, 0.0); "
            "give the smaller number first",
        ),
        ({"open_ratio": 0.0}, f"{RATIO} 0; {SHARE}"),
        ({"open_ratio": 1.25}, f"{RATIO} 1.25; {SHARE}"),
        (
            {"learnt": ("periods",)},
            "learnt must be one of period, shift, open_ratio, not 'periods'; "
            "did you mean 'period'?",
        ),
        (
            {"cell": "lstn"},
            f"cell must be one of {CELL_NAMES}, peephole, not 'lstn'; "
            "did you mean 'lstm'?",
        ),
        (
            {"num_classes": 0},
            "num_classes must be an integer of at least 1, not 0; give 1 or more",
        ),
    ],
)
def test_what_cannot_be_made(options: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "cell": "lstm",
        "in_features": INPUTS,
        "hidden_size": HIDDEN,
        "num_classes": 2,
        **options,
    }
    with pytest.raises(ValueError, match="must be") as caught:
        GatedClassifier(rngs=nnx.Rngs(params=0), **given)
    assert str(caught.value) == message


RISING = "times must increase along a sequence, not go from"
SORTED = "sort the samples and keep one of each time"
BEYOND = "lengths must be between 0 and the 3 steps of xs, not"
SHORTER = "give longer xs or a shorter length"
EVEN = [[0, 0], [1, 1], [2, 2]]


@pytest.mark.parametrize(
    ("times", "lengths", "message"),
    [
        ([[0, 0], [1, 2], [1, 3]], None, f"{RISING} 1 to 1 (sequence 0, step 2)"),
        ([[0, 5], [1, 4], [2, 6]], None, f"{RISING} 5 to 4 (sequence 1, step 1)"),
        (
            [[0, 0], [1, np.nan], [2, 3]],
            None,
            f"{RISING} 0 to nan (sequence 1, step 1)",
        ),
        ([[2], [1], [3]], [3, 1], f"{RISING} 2 to 1 (sequence 0, step 1)"),
        (EVEN, [3, 4], f"{BEYOND} 4; {SHORTER}"),
        (EVEN, [-1, 3], f"{BEYOND} -1; {SHORTER}"),
        (
            [[0, 0, 0], [1, 1, 1], [2, 2, 2]],
            None,
            "times must be of shape (3, 2) or (3, 1), not (3, 3); give one time stamp "
            "to every step",
        ),
    ],
)
def test_times_and_lengths_that_do_not_fit(
    times: Any, lengths: list[int] | None, message: str
) -> None:
    """Most wrong shapes are stopped by jaxtyping here; see the tests of the checks."""
    if message.startswith(RISING):
        message += f"; {SORTED}"
    model = gated("lstm")
    with pytest.raises(ValueError, match="must") as caught:
        model(
            jnp.zeros((3, 2, INPUTS)),
            jnp.asarray(times, jnp.float32),
            lengths=None if lengths is None else jnp.array(lengths, jnp.int32),
        )
    assert str(caught.value) == message


def test_what_stands_past_the_ends_is_not_looked_at() -> None:
    times = jnp.array([[0.0, 3.0], [1.0, 2.0], [0.5, 1.0]])
    model = gated("lstm")
    ys, _ = model(jnp.zeros((3, 2, INPUTS)), times, lengths=jnp.array([2, 1]))
    assert np.isfinite(ys).all()


def test_a_cell_may_be_given_by_itself() -> None:
    by_name, by_itself = gated("lstm"), gated(LSTM)
    xs, times = draw_inputs(), draw_times()
    np.testing.assert_array_equal(by_name(xs, times)[0], by_itself(xs, times)[0])
