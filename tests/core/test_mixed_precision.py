"""Parameters of half precision with a carry of single precision."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from seqjax.core.cells import CELLS, PEEPHOLE_LSTM, Cell
from seqjax.core.recurrence import recur
from seqjax.nn import LSTM
from tests.core.cases import cell_id, draw_case, relative_difference
from tests.variants import and_slow

TIME, BATCH = 6, 4
HALF, SINGLE = jnp.bfloat16, jnp.float32
BASES = [*CELLS.values(), PEEPHOLE_LSTM]
each_cell = pytest.mark.parametrize("cell", BASES, ids=cell_id)


def cast(tree: Any, dtype: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf.astype(dtype), tree)


def case(cell: Cell, kind: str) -> tuple[Any, Any]:
    """Parameters that half precision holds exactly, and inputs that it does not."""
    params, xs, _ = draw_case(cell, kind, TIME, BATCH)
    xs = xs if jnp.issubdtype(xs.dtype, jnp.integer) else xs.astype(SINGLE)
    return cast(cast(params, HALF), SINGLE), xs


def loss(cell: Cell, method: str, params: Any, xs: Any) -> tuple[Any, Any]:
    found = recur(cell, params, xs, state_dtype=SINGLE, method=method)
    return sum(jnp.sum(jnp.sin(leaf)) for leaf in jax.tree.leaves(found)), found


@pytest.mark.parametrize("cell", and_slow(BASES[:1], BASES[1:]), ids=cell_id)
@pytest.mark.parametrize("kind", and_slow(["features"], ["indices"]))
def test_products_alone_are_of_half_precision(cell: Cell, kind: str) -> None:
    exact, xs = case(cell, kind)
    half = cast(exact, HALF)
    for method in ("adjoint", "scan"):
        derived = jax.jit(jax.value_and_grad(partial(loss, cell, method), has_aux=True))
        (value, found), bars = derived(half, xs)
        (expected_value, expected), expected_bars = derived(exact, xs)
        assert {leaf.dtype for leaf in jax.tree.leaves(found)} == {jnp.dtype(SINGLE)}
        assert {leaf.dtype for leaf in bars} == {jnp.dtype(HALF)}
        # Eight bits of a factor: some thousandths of a product.
        assert relative_difference(found, expected) < 0.02
        assert float(value) == pytest.approx(float(expected_value), abs=0.2)
        assert relative_difference(cast(bars, SINGLE), expected_bars) < 0.03


def test_what_is_small_is_added_up_in_the_carry_and_in_the_gradients() -> None:
    """A thousand steps of 1/1000 are 1; in half precision they would stop at 1/4."""
    cell, steps = CELLS["lstm"], 1000
    zeros = jnp.zeros((1, 4), HALF)
    # i = o = 1/2, f = 1 to the last bit, g = tanh(b_g): c grows by the same every step.
    b = jnp.asarray([0.0, 90.0, np.arctanh(0.002), 0.0], HALF)
    params = cell.params(zeros, zeros, b)
    xs = jnp.zeros((steps, 1, 1), HALF)

    def last(params: Any, dtype: Any) -> Any:
        return recur(cell, params, xs, state_dtype=dtype)[0].c.sum().astype(SINGLE)

    g = float(jnp.tanh(b[2].astype(SINGLE)))
    assert float(last(params, SINGLE)) == pytest.approx(steps * g / 2, rel=1e-4)
    assert float(last(params, HALF)) < 0.6
    bar = jax.grad(partial(last, dtype=SINGLE))(params).b
    assert float(bar[2]) == pytest.approx(steps * (1 - g**2) / 2, rel=0.01)


@pytest.mark.parametrize("method", and_slow(["adjoint"], ["scan", "unrolled"]))
def test_a_layer_of_half_precision_trains(method: str) -> None:
    layers = LSTM(3, 8, num_layers=2, param_dtype=HALF, method=method, rngs=nnx.Rngs(0))
    graph, params = nnx.split(layers, nnx.Param)
    assert {leaf.dtype for leaf in jax.tree.leaves(params)} == {jnp.dtype(HALF)}
    xs = jax.random.normal(jax.random.key(0), (TIME, BATCH, 3))

    def error(params: Any) -> Any:
        ys, final = nnx.merge(graph, params)(xs)
        assert ys.dtype == final["layer_1"].c.dtype == SINGLE
        return jnp.mean((ys - 0.1) ** 2)

    first, slope = error(params), jax.jit(jax.grad(error))
    for _ in range(20):
        bars = slope(params)
        params = jax.tree.map(
            lambda leaf, bar: leaf - jnp.asarray(2.0, HALF) * bar, params, bars
        )
    assert float(error(params)) < 0.5 * float(first)
