"""The hand-written derivative against autodiff of `lax.scan` and finite differences."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from seqjax.core.cells import GRU, LSTM, RNN, Cell
from seqjax.core.recurrence import recur
from tests.core import numpy_cells
from tests.core.cases import (
    SETTINGS,
    WITH_EQUATIONS,
    Case,
    Setting,
    cell_id,
    counted,
    draw_case,
    relative_difference,
    setting_id,
)
from tests.variants import and_slow


def draw_cotangents(case: Case, seed: int = 1) -> tuple[Any, Any]:
    """Random cotangents of the final carry and of the outputs."""
    rng = np.random.default_rng(seed)
    ys_bar = jnp.asarray(rng.normal(size=(len(case.xs), *case.carry.h.shape)))
    final_bar = [jnp.asarray(rng.normal(size=leaf.shape)) for leaf in case.carry]
    return type(case.carry)(*final_bar), ys_bar


def gradients(cell: Cell, setting: Setting, method: str, **options: Any) -> Any:
    """A function to the gradients of params, inputs (where floats) and first carry."""

    def loss(
        carry: Any, params: Any, xs: Any, bars: Any, num_steps: Any, lengths: Any
    ) -> Any:
        found = recur(
            cell,
            params,
            xs,
            carry,
            num_steps=num_steps,
            lengths=lengths if setting.ragged else None,
            reverse=setting.reverse,
            method=method,
            **options,
        )
        products = jax.tree.map(lambda a, b: jnp.sum(a * b), found, bars)
        return sum(jax.tree.leaves(products), jnp.zeros(()))

    return jax.grad(loss, (0, 1) if setting.kind == "indices" else (0, 1, 2))


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("setting", SETTINGS, ids=setting_id)
@pytest.mark.parametrize("cell", WITH_EQUATIONS, ids=cell_id)
def test_equals_autodiff_of_scan(cell: Cell, setting: Setting) -> None:
    case = draw_case(cell, setting.kind, time=200, batch=3)
    bars = draw_cotangents(case)
    lengths = jnp.array([200, 2, 150])
    theirs = jax.jit(gradients(cell, setting, "scan"))
    variants = [cell]
    if cell.adjoint and setting.ragged:
        # The product with the step's Jacobian does without the cell's own adjoint.
        variants.append(cell._replace(adjoint=None))
    for variant in variants:
        function, traces = counted(gradients(variant, setting, "adjoint"))
        ours = jax.jit(function)
        for steps in (1, 2, 17, 200):
            inputs = (case.carry, case.params, case.xs, bars, jnp.int32(steps), lengths)
            found = ours(*inputs)
            assert relative_difference(found, theirs(*inputs)) < 1e-12
            assert all(np.any(leaf) for leaf in jax.tree.leaves(found))
        assert len(traces) == 1


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("setting", SETTINGS, ids=setting_id)
@pytest.mark.parametrize("cell", and_slow([LSTM], [RNN, GRU]), ids=cell_id)
def test_no_first_carry_is_a_carry_of_zeros(cell: Cell, setting: Setting) -> None:
    case = draw_case(cell, setting.kind, time=9, batch=3)
    bars = draw_cotangents(case)
    zeros = jax.tree.map(jnp.zeros_like, case.carry)
    options: Any = {"reverse": setting.reverse}
    if setting.ragged:
        options["lengths"] = jnp.array([9, 0, 4])

    def run(params: Any, xs: Any, steps: Any, carry: Any, method: str) -> Any:
        found = recur(
            cell, params, xs, carry, num_steps=steps, method=method, **options
        )
        products = jax.tree.map(lambda a, b: jnp.sum(a * b), found, bars)
        return sum(jax.tree.leaves(products), jnp.zeros(())), found

    wanted = (0,) if setting.kind == "indices" else (0, 1)
    both = [
        jax.jit(jax.grad(partial(run, carry=carry, method=method), wanted, True))
        for carry, method in ((None, "adjoint"), (zeros, "scan"))
    ]
    for steps in (0, 1, 2, 9):
        ours, theirs = [f(case.params, case.xs, jnp.int32(steps)) for f in both]
        assert relative_difference(ours, theirs) < 1e-12


def finite_differences(cell: Cell, setting: Setting, case: Case, bars: Any) -> Any:
    """Central differences of the NumPy loop, one number at a time."""
    lengths = [len(case.xs), 2] if setting.ragged else [len(case.xs)] * 2
    flat, unravel = ravel_pytree((case.carry, case.params, case.xs))
    final_bar, ys_bar = bars

    def loss(values: numpy_cells.Floats) -> float:
        carry, params, xs = unravel(jnp.asarray(values))
        final, ys = numpy_cells.run(
            cell.name, params, xs, carry, lengths, setting.reverse
        )
        total = np.sum(ys * np.asarray(ys_bar))
        for name, bar in final_bar._asdict().items():
            total += np.sum(final[name] * np.asarray(bar))
        return float(total)

    step = 1e-5
    values, slopes = np.asarray(flat), np.zeros(flat.shape)
    for k in range(values.size):
        change = np.zeros_like(values)
        change[k] = step
        slopes[k] = (loss(values + change) - loss(values - change)) / (2 * step)
    return unravel(jnp.asarray(slopes))


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", WITH_EQUATIONS, ids=cell_id)
def test_equals_finite_differences(cell: Cell) -> None:
    setting = Setting("features", ragged=True, reverse=cell.name == "gru")
    case = draw_case(cell, setting.kind, time=4, batch=2)
    bars = draw_cotangents(case)
    expected = finite_differences(cell, setting, case, bars)
    found = jax.jit(gradients(cell, setting, "adjoint"))(
        case.carry, case.params, case.xs, bars, None, jnp.array([4, 2])
    )
    assert relative_difference(found, expected) < 1e-8


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", [RNN, LSTM, GRU], ids=cell_id)
def test_vmap_over_seeds_equals_a_loop(cell: Cell) -> None:
    setting = Setting("features", ragged=False, reverse=False)
    cases = [draw_case(cell, setting.kind, 9, 2, seed=seed) for seed in range(3)]
    bars = draw_cotangents(cases[0])
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *cases)
    steps = jnp.array([9, 4, 1], jnp.int32)
    one = gradients(cell, setting, "adjoint")

    # Seeds of a study share their length; the LSTM stands for seeds that do not.
    shared = cell is not LSTM
    num_steps = jnp.int32(4) if shared else steps
    found = jax.jit(jax.vmap(one, (0, 0, 0, None, None if shared else 0, None)))(
        stacked.carry, stacked.params, stacked.xs, bars, num_steps, None
    )
    single = jax.jit(one)
    for seed, case in enumerate(cases):
        own = num_steps if shared else steps[seed]
        expected = single(case.carry, case.params, case.xs, bars, own, None)
        mine = jax.tree.map(lambda leaf, seed=seed: leaf[seed], found)
        assert relative_difference(mine, expected) < 1e-13


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("argnums", [0, 1, 2], ids=["params", "inputs", "carry"])
def test_results_that_nobody_reads(argnums: int) -> None:
    """Gradients of one argument and of one result, the rest being left aside."""
    case = draw_case(LSTM, "features", time=6, batch=2)
    read = {
        "h": lambda final, ys: jnp.sum(final.h**2),
        "c": lambda final, ys: jnp.sum(final.c**2),
        "ys": lambda final, ys: jnp.sum(ys[2:4] ** 2),
    }

    def slopes(method: str) -> Any:
        return {
            name: jax.grad(
                lambda *case, of=of: of(*recur(LSTM, *case, method=method)), argnums
            )(*case)
            for name, of in read.items()
        }

    found, expected = jax.jit(lambda: (slopes("adjoint"), slopes("scan")))()
    assert relative_difference(found, expected) < 1e-12


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("segment", [None, 4])
def test_without_outputs(segment: int | None) -> None:
    setting = Setting("features", ragged=True, reverse=True)
    case, lengths = draw_case(GRU, "features", time=9, batch=2), jnp.array([9, 5])
    final_bar, ys_bar = draw_cotangents(case)
    inputs = (case.carry, case.params, case.xs)
    # Outputs that nobody reads are outputs with zero cotangents.
    expected = jax.jit(gradients(GRU, setting, "scan"))(
        *inputs, (final_bar, jnp.zeros_like(ys_bar)), None, lengths
    )
    silent = gradients(GRU, setting, "adjoint", outputs=False, segment=segment)
    found = jax.jit(silent)(*inputs, (final_bar, ys_bar[:0]), None, lengths)
    assert relative_difference(found, expected) < 1e-12


@pytest.mark.usefixtures("x64")
def test_scan_has_forward_mode_and_agrees_with_the_adjoint() -> None:
    setting = Setting("features", ragged=False, reverse=False)
    case, direction = (draw_case(GRU, "features", 6, 2, seed=s) for s in (0, 5))
    bars = draw_cotangents(case)
    carry_bar, params_bar, xs_bar = gradients(GRU, setting, "adjoint")(
        case.carry, case.params, case.xs, bars, None, None
    )
    _, found_dot = jax.jvp(lambda *c: recur(GRU, *c, method="scan"), case, direction)

    def inner(a: Any, b: Any) -> float:
        return float(ravel_pytree(a)[0] @ ravel_pytree(b)[0])

    expected = inner((params_bar, xs_bar, carry_bar), tuple(direction))
    np.testing.assert_allclose(inner(found_dot, bars), expected, rtol=1e-12)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("kind", ["indices", "one-float"])
def test_kinds_of_input_agree(kind: str) -> None:
    """The short cuts for indices and single features equal a plain matrix product."""
    case = draw_case(LSTM, kind, 5, 3)
    bars = draw_cotangents(case)
    if kind == "indices":
        plain = case._replace(xs=jax.nn.one_hot(case.xs, 5))
    else:
        # One more feature, always zero, changes the kernel but not the numbers.
        extra = jnp.pad(case.params.w_x, ((0, 1), (0, 0)))
        xs = jnp.pad(case.xs, ((0, 0), (0, 0), (0, 1)))
        plain = Case(case.params._replace(w_x=extra), xs, case.carry)

    def of(case: Case, kind: str) -> tuple[Any, Any]:
        run = gradients(LSTM, Setting(kind, ragged=False, reverse=False), "adjoint")
        carry_bar, params_bar, *_ = run(
            case.carry, case.params, case.xs, bars, None, None
        )
        return carry_bar, params_bar._replace(w_x=params_bar.w_x[:inputs])

    inputs = case.params.w_x.shape[0]
    assert relative_difference(of(case, kind), of(plain, "features")) < 1e-13


def test_outside_of_a_compiled_program_the_second_call_traces_nothing() -> None:
    step, traces = counted(LSTM.step)
    cell = LSTM._replace(step=step, adjoint=None)
    case = draw_case(LSTM, "features", 4, 1)
    xs = jnp.asarray(case.xs)

    def loss(xs: jax.Array) -> jax.Array:
        return recur(cell, case.params, xs)[1].sum()

    loss(xs)
    jax.grad(loss)(xs)
    first = len(traces)
    loss(xs)
    jax.grad(loss)(xs + 1)
    assert len(traces) == first > 0
