"""What the tests of cells and recurrences run over: cells, inputs, weights."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from seqjax.core.cells import CELLS, Cell, HiddenCarry
from seqjax.core.cells.base import hidden_carry, project, sigmoid
from seqjax.core.initializers import initialize_cell

OPTIMISED = {
    "xla_backend_optimization_level": 3,
    "xla_llvm_disable_expensive_passes": False,
}
"""Compiler options of users, which tests/conftest.py takes away.

Two programs have equal bits if what they share is compiled alike, and fused
multiplications and additions are what the optimiser makes of it.
"""


class MinimalParams(NamedTuple):
    """Parameters of the minimal gated unit; blocks f, n."""

    w_x: Float[Array, "inputs 2*hidden"]
    w_h: Float[Array, "hidden 2*hidden"]
    b: Float[Array, " 2*hidden"]


def minimal_step(
    params: MinimalParams, carry: HiddenCarry, x: Array
) -> tuple[HiddenCarry, Array]:
    """The minimal gated unit (Zhou et al. 2016), as a user would add it."""
    u_f, u_n = jnp.split(project(x, params.w_x) + params.b, 2, axis=-1)
    w_hf, w_hn = jnp.split(params.w_h, 2, axis=-1)
    f = sigmoid(u_f + carry.h @ w_hf)
    n = jnp.tanh(u_n + (f * carry.h) @ w_hn)
    h = (1 - f) * carry.h + f * n
    return HiddenCarry(h), h


MINIMAL = Cell("minimal", ("f", "n"), MinimalParams, minimal_step, hidden_carry)

# A cell added to CELLS is tested with the others, with its adjoint and without.
WITH_EQUATIONS = [*CELLS.values(), MINIMAL]
EVERY_CELL = [
    *WITH_EQUATIONS,
    *(cell._replace(adjoint=None) for cell in CELLS.values() if cell.adjoint),
]


def cell_id(cell: Cell) -> str:
    return cell.name if cell.adjoint else f"{cell.name}-without-adjoint"


class Setting(NamedTuple):
    """One way to run a cell; the four below meet every pair of ragged and reverse."""

    kind: str
    ragged: bool
    reverse: bool


SETTINGS = [
    Setting("features", ragged=False, reverse=False),
    Setting("features", ragged=True, reverse=True),
    Setting("indices", ragged=True, reverse=False),
    Setting("one-float", ragged=False, reverse=True),
]


def setting_id(setting: Setting) -> str:
    ragged = "ragged" if setting.ragged else "full"
    return f"{setting.kind}-{ragged}-{'backwards' if setting.reverse else 'forwards'}"


class Case(NamedTuple):
    """Weights, inputs and a first carry, all random; nothing is left at zero."""

    params: Any
    xs: Any
    carry: Any


HIDDEN = 4


def draw_params(
    cell: Cell, inputs: int, hidden: int, rng: np.random.Generator, scale: float = 0.5
) -> Any:
    """Random parameters of a cell, biases too (initialisers leave those at zero)."""
    make = partial(initialize_cell, cell=cell, inputs=inputs, hidden=hidden)
    shapes = jax.eval_shape(make, jax.random.key(0))
    return jax.tree.map(lambda s: jnp.asarray(scale * rng.normal(size=s.shape)), shapes)


def draw_case(cell: Cell, kind: str, time: int, batch: int, seed: int = 0) -> Case:
    """A random case, in float64 where x64 is on."""
    rng = np.random.default_rng(seed)
    inputs = {"features": 3, "indices": 5, "one-float": 1}[kind]
    if kind == "indices":
        xs = jnp.asarray(rng.integers(0, inputs, size=(time, batch)))
    else:
        xs = jnp.asarray(rng.normal(size=(time, batch, inputs)))
    carry = jax.tree.map(
        lambda leaf: jnp.asarray(rng.normal(size=leaf.shape)),
        cell.initial_carry(batch, HIDDEN),
    )
    return Case(draw_params(cell, inputs, HIDDEN, rng), xs, carry)


def relative_difference(found: Any, expected: Any) -> float:
    """The largest difference over all leaves, each relative to its leaf's largest."""

    def of_leaf(a: Any, b: Any) -> float:
        a, b = np.asarray(a), np.asarray(b)
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        gap, size = np.abs(a - b).max(), np.abs(b).max()
        return float(gap / size) if size else float(gap)

    leaves = jax.tree.leaves(jax.tree.map(of_leaf, found, expected))
    assert leaves
    assert not np.isnan(leaves).any()
    return max(leaves)


def counted(function: Callable[..., Any]) -> tuple[Callable[..., Any], list[int]]:
    """`function`, and a list that grows by one at every trace of it."""
    traces: list[int] = []

    def traced(*args: Any, **kwargs: Any) -> Any:
        traces.append(1)
        return function(*args, **kwargs)

    return traced, traces
