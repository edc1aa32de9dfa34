"""Gradients and Jacobians over time against finite differences and NumPy products."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.cells import GRU, LSTM, RNN, Cell
from seqjax.core.gradient_flow import (
    memory_gradients,
    scaled_norm,
    state_gradients,
    state_jacobians,
)
from tests.core import numpy_cells
from tests.core.cases import HIDDEN, WITH_EQUATIONS, Case, cell_id, draw_case
from tests.core.numpy_cells import Floats, State

STEPS, BATCH, NUDGE = 5, 2, 1e-5


def final_loss(seed: int) -> tuple[Callable[[Any], Any], Callable[[State], float]]:
    """The same loss of a final carry for JAX and for NumPy."""
    rng = np.random.default_rng(seed)
    targets = {name: rng.normal(size=(BATCH, HIDDEN)) for name in "hc"}

    def of(carry: dict[str, Any]) -> Any:
        return sum(
            ((value - targets[name]) ** 2).sum() for name, value in carry.items()
        )

    return lambda carry: of(carry._asdict()), lambda state: float(of(state))


def numpy_inputs(cell: Cell, case: Case) -> Floats:
    xs = np.asarray(case.xs)
    if np.issubdtype(xs.dtype, np.integer):
        xs = np.eye(case.params.w_x.shape[0])[xs]
    return xs


def numpy_states(cell: Cell, case: Case) -> list[State]:
    """All states of a NumPy loop, the first included."""
    w, step = numpy_cells.weights(cell.name, case.params), numpy_cells.STEPS[cell.name]
    state = {name: np.asarray(v) for name, v in case.carry._asdict().items()}
    states = [state]
    for x in numpy_inputs(cell, case):
        states.append(step(w, states[-1], x))
    return states


def finish(cell: Cell, case: Case, state: State, t: int) -> State:
    """The final state from the one after step t."""
    w, step = numpy_cells.weights(cell.name, case.params), numpy_cells.STEPS[cell.name]
    for x in numpy_inputs(cell, case)[t:]:
        state = step(w, state, x)
    return state


def slopes(function: Callable[[Floats], Any], at: Floats) -> Floats:
    """Central differences with respect to every number in `at`, which comes last."""
    found = []
    for place in np.ndindex(at.shape):
        change = np.zeros_like(at)
        change[place] = NUDGE
        ahead, behind = function(at + change), function(at - change)
        found.append((np.asarray(ahead) - np.asarray(behind)) / (2 * NUDGE))
    return np.moveaxis(np.array(found), 0, -1).reshape(*found[0].shape, *at.shape)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", WITH_EQUATIONS, ids=cell_id)
def test_state_gradients_equal_finite_differences(cell: Cell) -> None:
    case = draw_case(cell, "indices" if cell is GRU else "features", STEPS, BATCH)
    loss, numpy_loss = final_loss(seed=1)
    found = jax.jit(lambda c: state_gradients(cell, c.params, c.xs, c.carry, loss))(
        case
    )
    states, bars = found
    expected = numpy_states(cell, case)
    for t, state in enumerate(expected):
        for name, value in state.items():
            np.testing.assert_allclose(getattr(states, name)[t], value, rtol=1e-12)

            def of(value: Floats, t: int = t, name: str = name) -> float:
                return numpy_loss(finish(cell, case, {**expected[t], name: value}, t))

            np.testing.assert_allclose(
                getattr(bars, name)[t], slopes(of, value), rtol=1e-6, atol=1e-8
            )
    assert len(states.h) == len(bars.h) == STEPS + 1


@pytest.mark.usefixtures("x64")
def test_memory_gradients_go_through_the_output_too() -> None:
    case = draw_case(LSTM, "features", STEPS, BATCH)
    loss, numpy_loss = final_loss(seed=2)
    states, bars = state_gradients(LSTM, *case, loss)
    found = memory_gradients(LSTM, case.params, case.xs, states, bars)
    w, expected = numpy_cells.weights("lstm", case.params), numpy_states(LSTM, case)
    for t in range(1, STEPS + 1):
        x, h = np.asarray(case.xs)[t - 1], expected[t - 1]["h"]
        o = numpy_cells.sigmoid(x @ w.x["o"] + h @ w.h["o"] + w.b["o"])

        def of(c: Floats, t: int = t, o: Floats = o) -> float:
            return numpy_loss(finish(LSTM, case, {"c": c, "h": np.tanh(c) * o}, t))

        np.testing.assert_allclose(
            found[t - 1], slopes(of, expected[t]["c"]), rtol=1e-6, atol=1e-8
        )


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", WITH_EQUATIONS, ids=cell_id)
def test_jacobians_are_products_of_the_steps_own(cell: Cell) -> None:
    case = draw_case(cell, "features", STEPS, BATCH)
    w, step = numpy_cells.weights(cell.name, case.params), numpy_cells.STEPS[cell.name]
    states = numpy_states(cell, case)
    fields = case.carry._fields

    def own(t: int, example: int) -> Floats:
        """Jacobian of step t, (state, state), by finite differences."""
        x = np.asarray(case.xs)[t, example]

        def after(flat: Floats) -> Floats:
            state = dict(zip(fields, np.split(flat, len(fields)), strict=True))
            new = step(w, state, x)
            return np.concatenate([new[name] for name in fields])

        before = np.concatenate([states[t][name][example] for name in fields])
        return slopes(after, before)

    carries, _ = state_gradients(cell, *case, final_loss(seed=1)[0])
    times = (0, STEPS, 3)
    found = jax.jit(lambda c, s: state_jacobians(cell, c.params, c.xs, s, times))(
        case, carries
    )
    size = len(fields) * HIDDEN
    assert found.shape == (3, BATCH, size, size)
    for place, t in enumerate(times):
        for example in range(BATCH):
            expected = np.eye(size)
            for k in range(t, STEPS):
                expected = own(k, example) @ expected
            np.testing.assert_allclose(found[place, example], expected, atol=1e-8)


@pytest.mark.usefixtures("x64")
def test_jacobians_of_the_rnn_are_those_of_the_textbook() -> None:
    case = draw_case(RNN, "indices", STEPS, BATCH)
    states, _ = state_gradients(RNN, *case, final_loss(seed=1)[0])
    found = state_jacobians(RNN, case.params, case.xs, states, (0,))
    h, w_h = np.asarray(states.h), np.asarray(case.params.w_h)
    for example in range(BATCH):
        expected = np.eye(HIDDEN)
        for t in range(1, STEPS + 1):
            expected = np.diag(1 - h[t, example] ** 2) @ w_h.T @ expected
        np.testing.assert_allclose(found[0, example], expected, rtol=1e-12)


@pytest.mark.usefixtures("x64")
def test_gradients_are_the_final_one_through_the_jacobians() -> None:
    case = draw_case(LSTM, "features", STEPS, BATCH)
    states, bars = state_gradients(LSTM, *case, final_loss(seed=1)[0])
    times = tuple(range(STEPS + 1))
    products = state_jacobians(LSTM, case.params, case.xs, states, times)
    flat = jnp.concatenate([bars.c, bars.h], axis=-1)
    expected = jnp.einsum("bi,tbij->tbj", flat[-1], products)
    np.testing.assert_allclose(flat, expected, rtol=1e-10, atol=1e-14)


def test_norms_neither_overflow_nor_underflow() -> None:
    x = jnp.array([[3e-30, 4e-30], [3e30, -4e30], [0.0, 0.0]], jnp.float32)
    np.testing.assert_allclose(scaled_norm(x), [5e-30, 5e30, 0.0], rtol=1e-6)
    # The plain sum of squares does both.
    plain = jnp.sqrt(jnp.sum(x**2, axis=-1))
    assert plain[0] == 0
    assert jnp.isinf(plain[1])


def test_what_is_refused() -> None:
    case = draw_case(RNN, "features", STEPS, BATCH)
    states, bars = state_gradients(RNN, *case, final_loss(seed=1)[0])
    with pytest.raises(
        ValueError, match="^cell must have a memory c and an output"
    ) as e:
        memory_gradients(RNN, case.params, case.xs, states, bars)
    assert str(e.value) == (
        "cell must have a memory c and an output gate o, not 'rnn'; use the lstm"
    )
    with pytest.raises(ValueError, match="^times must be at most") as e:
        state_jacobians(RNN, case.params, case.xs, states, (0, 6))
    assert str(e.value) == (
        "times must be at most the 5 steps of xs, not 6; ask for an earlier state"
    )
    with pytest.raises(ValueError, match="^times must be an integer of at least 0"):
        state_jacobians(RNN, case.params, case.xs, states, (-1,))
