"""A cell's step with all that stays the same between steps done beforehand.

For a loop whose inputs come one at a time, such as the sampling of a text, where
`seqjax.core.recurrence` cannot be given them all.
"""

from collections.abc import Callable
from functools import partial

import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from seqjax.core.cells.base import Carry, Cell, Params, bias

CellStep = Callable[[Carry, Array], tuple[Carry, Array]]

COLUMNS = 16
"""Products are given a multiple of so many columns, see `rounded`."""


def prepared_step(cell: Cell, params: Params) -> CellStep:
    """The step `(carry, x) -> (carry, y)` of a cell with these parameters.

    Call it outside of the loop, and what it returns inside. The numbers are those of
    `seqjax.core.recurrence.recur` up to rounding. A cell without an adjoint takes its
    plain step.
    """
    if cell.adjoint is None:
        return partial(cell.step, params)
    forward = cell.adjoint.forward
    # Where x is an index, its share is a row of this table, with the bias in it.
    table = params.w_x + bias(params.b, params.w_x)
    product_x, product_h = rounded(params.w_x), rounded(params.w_h)

    def step(
        carry: Carry, x: Shaped[Array, "batch *inputs"]
    ) -> tuple[Carry, Float[Array, "batch hidden"]]:
        indices = jnp.issubdtype(x.dtype, jnp.integer)
        a_x = table[x] if indices else product_x(x)
        a_x = a_x if indices else a_x + bias(params.b, a_x)
        new, _ = forward(params, carry, a_x, product_h(carry.h))
        return new, new.h

    return step


def rounded(w: Float[Array, "inputs outputs"]) -> Callable[[Array], Array]:
    """The product `x -> x @ w`, made with a multiple of `COLUMNS` columns.

    XLA's CPU products then add in one and the same order for a single row and for many
    (see `seqjax.core.decoding.rows`); in the last columns of other widths they do not.
    """
    outputs = w.shape[-1]
    wide = jnp.pad(w, ((0, 0), (0, -outputs % COLUMNS)))
    return lambda x: (x @ wide)[..., :outputs]
