"""Gated cells against a loop from the paper, autodiff, and the cells themselves."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from seqjax.core.cells import CELLS, GRU, LSTM, PEEPHOLE_LSTM, RNN, Cell
from seqjax.core.fusion_barrier import fusion_barrier
from seqjax.core.gated import gated
from seqjax.core.recurrence import recur
from seqjax.core.time_gate import TimeGate, openness, phase
from tests.core import numpy_gated
from tests.core.cases import (
    HIDDEN,
    MINIMAL,
    OPTIMISED,
    Case,
    cell_id,
    counted,
    draw_case,
    draw_params,
    relative_difference,
)
from tests.variants import and_slow

BASES = [*CELLS.values(), PEEPHOLE_LSTM]
each_base = pytest.mark.parametrize("cell", BASES, ids=cell_id)

TIME, BATCH = 6, 4
LENGTHS = [6, 2, 0, 5]


def draw_gate(seed: int = 0) -> TimeGate:
    """Gates that are open for a third to all of a period of 1 to 4."""
    rng = np.random.default_rng(seed)
    return TimeGate(
        jnp.asarray(rng.uniform(1, 4, HIDDEN)),
        jnp.asarray(rng.uniform(-5, 5, HIDDEN)),
        jnp.asarray(rng.uniform(0.3, 1, HIDDEN)),
    )


def draw_times(gate: TimeGate, time: int, batch: int) -> jax.Array:
    """Irregular time stamps of each sequence, none of them near a kink of a unit."""
    rng, stamps = np.random.default_rng(7), np.zeros((time, batch))
    ratio = np.asarray(gate.open_ratio)
    for b in range(batch):
        t = rng.uniform(-2, 2)
        for k in range(time):
            near = True
            while near:
                t += rng.exponential(0.5)
                phi = np.asarray(phase(gate, jnp.asarray(t)))
                kinks = np.stack([0 * phi, ratio / 2, ratio, 0 * phi + 1])
                near = bool((np.abs(phi - kinks) < 1e-3).any())
            stamps[k, b] = t
    assert (np.diff(stamps, axis=0) > 0).all()
    return jnp.asarray(stamps)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("method", ["adjoint", "scan"])
@each_base
def test_equals_a_loop_written_from_the_paper(cell: Cell, method: str) -> None:
    gate = draw_gate()
    times = draw_times(gate, TIME, BATCH)
    case = draw_case(cell, "features", TIME, BATCH)

    def run(case: Case, times: Any, reverse: bool, lengths: Any) -> Any:
        k = openness(gate, times, 0.1)
        options: Any = {"lengths": lengths, "reverse": reverse, "method": method}
        return recur(cell, *case, gate=k, **options)

    def both(case: Case, times: Any) -> Any:
        one = jnp.array(LENGTHS, jnp.int32)
        # Ragged, each sequence by its own time stamps; then full, by the first one's.
        return run(case, times, False, one), run(case, times[:, :1], True, None)

    found = jax.jit(both)(case, times)
    for result, lengths, reverse, rows in (
        (found[0], LENGTHS, False, slice(None)),
        (found[1], [TIME] * BATCH, True, slice(1)),
    ):
        k = numpy_gated.gates(times[:, rows], gate, 0.1)
        assert (k == 0).sum() == 0
        final, ys = numpy_gated.run(cell.name, *case[:2], k, case[2], lengths, reverse)
        np.testing.assert_allclose(result[1], ys, rtol=0, atol=1e-12)
        for name, value in result[0]._asdict().items():
            np.testing.assert_allclose(value, final[name], rtol=0, atol=1e-12)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("rows", and_slow([BATCH], [1]))
@pytest.mark.parametrize(
    "cell", and_slow([LSTM, MINIMAL], [RNN, GRU, PEEPHOLE_LSTM]), ids=cell_id
)
def test_the_adjoint_equals_autodiff_of_scan(cell: Cell, rows: int) -> None:
    case = draw_case(cell, "features", 20, BATCH)
    rng = np.random.default_rng(1)
    k = jnp.asarray(rng.uniform(size=(20, rows, HIDDEN)))
    ys_bar = jnp.asarray(rng.normal(size=(20, BATCH, HIDDEN)))
    lengths = jnp.array([20, 2, 0, 15], jnp.int32)

    def slopes(method: str, **options: Any) -> Any:
        def loss(case: Case, k: Any, steps: Any) -> Any:
            final, ys = recur(
                cell,
                *case,
                gate=k,
                num_steps=steps,
                lengths=lengths,
                reverse=rows == 1,
                method=method,
                **options,
            )
            return jnp.sum(ys * ys_bar) + sum(jnp.sum(leaf**2) for leaf in final)

        return jax.jit(jax.grad(loss, (0, 1)))

    theirs, ours = slopes("scan"), slopes("adjoint")
    for steps in (20, 7):
        expected = theirs(case, k, jnp.int32(steps))
        found = ours(case, k, jnp.int32(steps))
        assert relative_difference(found, expected) < 1e-12
        assert all(np.any(leaf) for leaf in jax.tree.leaves(found))
    in_segments = slopes("adjoint", segment=6)(case, k, jnp.int32(20))
    assert relative_difference(in_segments, theirs(case, k, jnp.int32(20))) < 1e-12


@pytest.mark.usefixtures("x64")
@each_base
def test_gate_gradients_equal_finite_differences(cell: Cell) -> None:
    """Of period, shift and open ratio, through the recurrence; away from kinks."""
    gate, leak = draw_gate(), 0.1
    times = draw_times(gate, 5, 2)
    case = draw_case(cell, "features", 5, 2)
    bars = np.random.default_rng(2).normal(size=(2, HIDDEN))

    def found(gate: TimeGate) -> Any:
        final, _ = recur(cell, *case, gate=openness(gate, times, leak))
        return jnp.sum(final.h * bars)

    def expected(flat: Any) -> float:
        k = numpy_gated.gates(times, unravel(jnp.asarray(flat)), leak)
        final, _ = numpy_gated.run(cell.name, *case[:2], k, case[2], [5, 5])
        return float(np.sum(final["h"] * bars))

    flat, unravel = ravel_pytree(gate)
    values, step = np.asarray(flat), 1e-6
    slopes = np.zeros_like(values)
    for place in range(len(values)):
        change = np.zeros_like(values)
        change[place] = step
        slopes[place] = (expected(values + change) - expected(values - change)) / (
            2 * step
        )
    got = jax.jit(jax.grad(found))(gate)
    assert relative_difference(got, unravel(jnp.asarray(slopes))) < 1e-7
    assert all(np.abs(leaf).max() > 1e-3 for leaf in got)


@pytest.mark.parametrize(
    ("cell", "batch", "hidden", "ragged"),
    # The first is the network of Neil et al. (2016): other sizes, other loops.
    [
        (LSTM, 32, 110, False),
        *(pytest.param(cell, 5, 13, True, marks=pytest.mark.slow) for cell in BASES),
    ],
)
def test_always_open_it_is_the_cell_bit_for_bit(
    cell: Cell, batch: int, hidden: int, ragged: bool
) -> None:
    """State, outputs, and every gradient, whether that of k is wanted or not."""
    params, xs, carry = _single_precision(cell, 15, batch, hidden)
    bars = jax.random.normal(jax.random.key(3), (15, batch, hidden))
    # Some sequences take no step at all.
    lengths = 3 * jnp.arange(batch, dtype=jnp.int32) % 16 if ragged else None
    first = carry if ragged else None

    def loss(params: Any, xs: Any, first: Any, k: Any = None) -> tuple[Any, Any]:
        found = recur(cell, params, xs, first, gate=k, lengths=lengths)
        squares = sum(jnp.sum(leaf**2) for leaf in found[0])
        return jnp.sum(found[1] * bars) + squares, found

    def program(*wanted: int) -> Any:
        derived = jax.grad(loss, wanted, has_aux=True)
        return jax.jit(derived, compiler_options=OPTIMISED)

    plain = program(0, 1, 2)(params, xs, first)
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(plain))
    for rows in (1, batch):
        k = jnp.ones((15, rows, hidden))
        (*found, k_bar), both = program(0, 1, 2, 3)(params, xs, first, k)
        jax.tree.map(np.testing.assert_array_equal, (tuple(found), both), plain)
        assert np.any(k_bar)
    held = program(0, 1, 2)(params, xs, first, k)
    jax.tree.map(np.testing.assert_array_equal, held, plain)


@pytest.mark.parametrize(
    ("cell", "ragged"),
    [*((cell, False) for cell in BASES), (RNN, True), (LSTM, True)],
)
def test_always_open_it_is_the_cell_in_a_test_too(cell: Cell, ragged: bool) -> None:
    """Where no gradient is asked for, XLA compiles another program."""
    params, xs, carry = _single_precision(cell, 15, 5, 13)
    lengths = jnp.array([15, 0, 7, 1, 12], jnp.int32) if ragged else None

    @jax.jit
    def run(k: Any) -> Any:
        return recur(cell, params, xs, carry, gate=k, lengths=lengths)

    jax.tree.map(np.testing.assert_array_equal, run(jnp.ones((15, 5, 13))), run(None))


@pytest.mark.parametrize("method", ["adjoint", "scan"])
@each_base
def test_closed_it_keeps_its_state_bit_for_bit(cell: Cell, method: str) -> None:
    params, xs, carry = _single_precision(cell, 9, 5, 13)
    # Every third unit stays open, so that the others have something to resist.
    k = jnp.zeros((9, 5, 13)).at[..., ::3].set(1)
    final, ys = jax.jit(lambda *case: recur(cell, *case, gate=k, method=method))(
        params, xs, carry
    )
    closed = np.arange(13) % 3 != 0
    for value, start in zip(final, carry, strict=True):
        np.testing.assert_array_equal(value[:, closed], start[:, closed])
        assert (np.asarray(value)[:, ~closed] != np.asarray(start)[:, ~closed]).all()
    np.testing.assert_array_equal(
        np.asarray(ys)[..., closed], np.tile(carry.h[:, closed], (9, 1, 1))
    )


def _single_precision(cell: Cell, time: int, batch: int, hidden: int) -> Case:
    """A case of any size in float32, as training has it."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> jax.Array:
        return jnp.asarray(rng.normal(size=shape), jnp.float32)

    params = draw_params(cell, 3, hidden, rng, scale=0.2)
    carry = jax.tree.map(
        lambda leaf: draw(*leaf.shape), cell.initial_carry(batch, hidden)
    )
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), params)
    return Case(single, draw(time, batch, 3), carry)


@pytest.mark.parametrize("rows", [1, BATCH])
def test_padding_has_no_influence(rows: int) -> None:
    case = draw_case(LSTM, "features", TIME, BATCH)
    lengths = jnp.array([5, 2, 0, 5] if rows == 1 else LENGTHS, jnp.int32)
    longest = 5 if rows == 1 else np.array(LENGTHS)
    rng = np.random.default_rng(3)
    k = jnp.asarray(rng.uniform(size=(TIME, rows, HIDDEN)), jnp.float32)
    padding = np.broadcast_to(np.arange(TIME)[:, None] >= longest, (TIME, rows))
    assert padding.any()
    spoiled = jnp.where(padding[..., None], jnp.nan, k)

    def loss(case: Any, k: Any) -> tuple[Any, Any]:
        found = recur(LSTM, *case, gate=k, lengths=lengths)
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(found)), found

    run = jax.jit(jax.grad(loss, (0, 1), has_aux=True))
    clean, dirty = run(case, k), run(case, spoiled)
    jax.tree.map(np.testing.assert_array_equal, dirty, clean)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(dirty))
    np.testing.assert_array_equal(np.asarray(dirty[0][1])[padding], 0)


def test_one_trace_serves_all_lengths_and_gates() -> None:
    case = draw_case(LSTM, "features", TIME, BATCH)
    gate = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), draw_gate())
    times = jnp.arange(TIME, dtype=jnp.float32)[:, None]

    def loss(params: Any, gate: TimeGate, steps: Any) -> Any:
        final, _ = recur(
            LSTM,
            params,
            case.xs,
            case.carry,
            gate=openness(gate, times, 0.0),
            num_steps=steps,
        )
        return jnp.sum(final.h)

    function, traces = counted(loss)
    run = jax.jit(jax.value_and_grad(function, (0, 1)))
    values = {
        float(run(case.params, gate._replace(shift=gate.shift + s), jnp.int32(n))[0])
        for n in (2, 4, 6)
        for s in (0, 1)
    }
    assert len(values) == 6
    assert len(traces) == 1
    assert gated(LSTM) is gated(LSTM)
    assert gated(LSTM) != gated(PEEPHOLE_LSTM)


@pytest.mark.usefixtures("x64")
def test_indices_are_gated_as_their_one_hot_vectors() -> None:
    case = draw_case(LSTM, "indices", TIME, BATCH)
    k = jnp.asarray(np.random.default_rng(4).uniform(size=(TIME, BATCH, HIDDEN)))

    def slopes(xs: Any) -> Any:
        def loss(params: Any, carry: Any, k: Any) -> Any:
            return jnp.sum(recur(LSTM, params, xs, carry, gate=k)[1] ** 2)

        return jax.value_and_grad(loss, (0, 1, 2))(case.params, case.carry, k)

    found = jax.jit(slopes)(case.xs)
    assert relative_difference(found, jax.jit(slopes)(jax.nn.one_hot(case.xs, 5))) < (
        1e-13
    )


def test_a_border_changes_nothing_that_is_not_a_number_either() -> None:
    values = {"a": jnp.array([[jnp.nan, 1.0]]), "b": jnp.array([-2.0, jnp.inf])}
    for first in (jnp.nan, -3.0, 0.0, jnp.inf):
        given = {**values, "a": values["a"].at[0, 0].set(first)}
        jax.tree.map(
            np.testing.assert_array_equal, jax.jit(fusion_barrier)(given), given
        )
    seeds = jax.tree.map(lambda leaf: jnp.stack([leaf, -leaf]), values)
    jax.tree.map(
        np.testing.assert_array_equal, jax.jit(jax.vmap(fusion_barrier))(seeds), seeds
    )
