"""Cells over time, held against NumPy loops written from the equations."""

import inspect
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.core.cells import CELLS, LSTM, RNN, Cell
from seqjax.core.cotangents import rule_of
from seqjax.core.recurrence import METHODS, recur
from tests.core import numpy_cells
from tests.core.cases import (
    EVERY_CELL,
    OPTIMISED,
    SETTINGS,
    WITH_EQUATIONS,
    Setting,
    cell_id,
    counted,
    draw_case,
    relative_difference,
)

TIME, BATCH = 5, 4
LENGTHS = [5, 2, 0, 4]

each_cell = pytest.mark.parametrize("cell", EVERY_CELL, ids=cell_id)
each_equation = pytest.mark.parametrize("cell", WITH_EQUATIONS, ids=cell_id)
each_method = pytest.mark.parametrize("method", METHODS)


def test_every_cell_has_equations() -> None:
    assert set(CELLS) <= set(numpy_cells.STEPS), (
        "write the equations of a new cell as a step in tests/core/numpy_cells.py"
    )


@pytest.mark.usefixtures("x64")
@each_method
@each_equation
def test_equals_numpy_loop(cell: Cell, method: str) -> None:
    def run(cases: dict[Setting, Any], num_steps: Any, lengths: Any) -> Any:
        return {
            setting: recur(
                cell,
                *case,
                num_steps=num_steps,
                lengths=lengths if setting.ragged else None,
                reverse=setting.reverse,
                method=method,
            )
            for setting, case in cases.items()
        }

    # Without a loop every step costs compile time.
    time = 3 if method == "unrolled" else TIME
    lengths = jnp.minimum(jnp.array(LENGTHS, jnp.int32), time)
    settings = SETTINGS[1:3] if method == "unrolled" else SETTINGS
    cases = {s: draw_case(cell, s.kind, time, BATCH) for s in settings}
    compiled = jax.jit(run)
    for num_steps in (time, 1, 2):
        steps = None if num_steps == time else jnp.int32(num_steps)
        results = compiled(cases, steps, lengths)
        for setting, (final, ys) in results.items():
            whole = lengths.tolist() if setting.ragged else [time] * BATCH
            real = [min(length, num_steps) for length in whole]
            expected_final, expected_ys = numpy_cells.run(
                cell.name, *cases[setting], real, setting.reverse
            )
            np.testing.assert_allclose(ys, expected_ys, rtol=0, atol=1e-12)
            assert final._asdict().keys() == expected_final.keys()
            for name, value in final._asdict().items():
                assert value.dtype == np.float64
                np.testing.assert_allclose(
                    value, expected_final[name], rtol=0, atol=1e-12
                )
            for b, length in enumerate(real):
                assert not np.any(ys[length:, b])


@each_cell
def test_step_returns_h_as_its_output(cell: Cell) -> None:
    case = draw_case(cell, "features", 1, BATCH)
    carry, y = cell.step(case.params, case.carry, case.xs[0])
    np.testing.assert_array_equal(y, carry.h)
    if cell.adjoint:
        kept, _ = rule_of(cell).forward(case.params, case.carry, case.xs[0])
        assert relative_difference(kept, carry) < 1e-6


@each_cell
def test_initial_carry_is_zero(cell: Cell) -> None:
    for leaf in jax.tree.leaves(cell.initial_carry(2, 3, jnp.float16)):
        np.testing.assert_array_equal(leaf, np.zeros((2, 3), np.float16))
        assert leaf.dtype == np.float16


@each_method
@pytest.mark.parametrize("kind", ["features", "indices"])
def test_padding_has_no_influence(kind: str, method: str) -> None:
    cell = LSTM if method == "adjoint" else RNN
    case = draw_case(cell, kind, TIME, BATCH)
    lengths = jnp.array(LENGTHS)
    padding = np.arange(TIME)[:, None] >= np.minimum(LENGTHS, 4)
    # Indices out of range read NaN from the weights.
    garbage = jnp.array(99 if kind == "indices" else jnp.nan, case.xs.dtype)
    mask = padding if kind == "indices" else padding[..., None]
    spoiled = jnp.where(mask, garbage, case.xs)
    inputs = 0 if kind == "indices" else 1

    def loss(params: Any, xs: Any, carry: Any) -> tuple[Any, Any]:
        found = recur(
            cell, params, xs, carry, num_steps=4, lengths=lengths, method=method
        )
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(found)), found

    argnums = (0, 1, 2) if inputs else (0, 2)
    run = jax.jit(jax.grad(loss, argnums, has_aux=True))
    clean = run(*case)
    dirty = run(case.params, spoiled, case.carry)
    for a, b in zip(jax.tree.leaves(clean), jax.tree.leaves(dirty), strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.isfinite(a).all()
    if inputs:
        xs_bar = dirty[0][1]
        np.testing.assert_array_equal(xs_bar[padding], 0)
        assert np.all(np.asarray(xs_bar)[~padding] != 0)


@pytest.mark.parametrize("method", ["adjoint", "scan"])
def test_one_trace_serves_all_lengths(method: str) -> None:
    case = draw_case(RNN, "features", TIME, BATCH)

    def loss(params: Any, num_steps: Any) -> Any:
        final, _ = recur(
            RNN, params, case.xs, case.carry, num_steps=num_steps, method=method
        )
        return jnp.sum(final.h)

    function, traces = counted(loss)
    run = jax.jit(jax.value_and_grad(function))
    values = [float(run(case.params, jnp.int32(n))[0]) for n in range(TIME + 1)]
    assert len(traces) == 1
    assert len(set(values)) == TIME + 1
    np.testing.assert_allclose(values[0], case.carry.h.sum(), rtol=1e-6)
    # Past the buffers there is nothing to read.
    assert float(run(case.params, jnp.int32(TIME + 5))[0]) == values[-1]
    assert len(traces) == 1


def test_unrolled_has_no_loop() -> None:
    case = draw_case(RNN, "features", 5, BATCH)

    def program(method: str) -> str:
        run = jax.jit(lambda *c: recur(RNN, *c, method=method))
        return run.lower(*case).as_text()

    assert "stablehlo.while" in program("scan")
    assert "stablehlo.while" not in program("unrolled")


def test_scan_takes_several_steps_per_iteration() -> None:
    case = draw_case(RNN, "features", TIME, BATCH)
    once = recur(RNN, *case, method="scan")
    thrice = recur(RNN, *case, method="scan", unroll=3)
    assert relative_difference(thrice, once) < 1e-6


@each_method
def test_outputs_can_be_left_out(method: str) -> None:
    case = draw_case(LSTM, "features", TIME, BATCH)

    def run(**options: Any) -> Any:
        return recur(LSTM, *case, lengths=jnp.array(LENGTHS), method=method, **options)

    both = jax.jit(lambda: (run(), run(outputs=False)), compiler_options=OPTIMISED)
    (expected, _), (final, ys) = both()
    assert ys.shape == (0, *expected.h.shape)
    # Two loops of one program: XLA may round a sum in them differently.
    assert relative_difference(final, expected) < 1e-6


def test_half_precision_stays_half() -> None:
    case = draw_case(LSTM, "features", TIME, BATCH)
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), case)
    for method in METHODS:
        run = partial(recur, LSTM, method=method)
        final, ys = jax.eval_shape(run, *half)
        assert {leaf.dtype for leaf in (*final, ys)} == {jnp.dtype(jnp.bfloat16)}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"method": "skan"},
            "method must be one of adjoint, scan, unrolled, not 'skan'; did you mean "
            "'scan'?",
        ),
        (
            {"num_steps": 6},
            "num_steps must be at most the 5 steps of xs, not 6; take fewer steps or "
            "give longer xs",
        ),
        (
            {"num_steps": -1},
            "num_steps must be an integer of at least 0, not -1; give 0 or more",
        ),
    ],
)
def test_errors(wrong: dict[str, Any], message: str) -> None:
    case = draw_case(RNN, "features", TIME, BATCH)
    with pytest.raises(ValueError, match=".") as caught:
        inspect.unwrap(recur)(RNN, *case, **wrong)
    assert str(caught.value) == message
