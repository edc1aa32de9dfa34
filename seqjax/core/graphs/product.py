"""The product of a sparse and a dense matrix, with its derivative and its batching.

The derivative of M x is M^T x_bar, the same product with the transpose's layout. Mapped
by `jax.vmap`, the batch is folded into the columns of x: one pass over the indices
serves all of it, and every column is the sum of the same numbers in the same order.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Float

from seqjax.core.fusion_barrier import alone
from seqjax.core.graphs.layout import Layout
from seqjax.core.graphs.matrix import SparseMatrix
from seqjax.core.written_derivative import alike, linear

Weights = tuple[Array, ...]


def product(
    matrix: SparseMatrix, x: Float[Array, "columns *features"]
) -> Float[Array, "rows *features"]:
    """M x over the first axis of x; further axes are columns like any others.

    The product is linear in x and says so to JAX: x has derivatives in every mode and
    order. The matrix has none.

    Raises:
        ValueError: on an x of another length than M has columns, or of another dtype;
            on a derivative with respect to the matrix.
    """
    rows, columns = matrix.shape
    if x.shape[0] != columns:
        raise ValueError(
            f"x must have a row for each of the matrix's {columns} columns, not "
            f"{x.shape[0]}; give one each"
        )
    if x.dtype != matrix.values.dtype:
        raise ValueError(
            f"x must have the matrix's dtype {matrix.values.dtype}, not {x.dtype}; "
            "convert it, or make the matrix with another dtype"
        )
    matrix, x = alike((matrix, x))
    fixed, treedef = jax.tree.flatten(matrix)
    x_type = jax.typeof(x).strip_weak_type()
    law = _Product(treedef, x_type, x_type.update(shape=(rows, *x.shape[1:])))
    return linear(law, fixed, [x])[0]


class _Product(NamedTuple):
    """From x to M x; turned, from y to M^T y. Fixed is M, which has no derivative."""

    matrix: Any
    x_type: Any
    y_type: Any
    turned: bool = False

    def value(self, fixed: list[Array], moving: list[Array]) -> list[Array]:
        matrix = jax.tree.unflatten(self.matrix, fixed)
        layout, weights = matrix.rows, matrix.weights
        if self.turned and matrix.columns is not None:
            layout, weights = matrix.columns, matrix.column_weights
        return [_multiply(layout, weights, *moving)]

    def general(self, fixed: list[Array], moving: list[Array]) -> list[Array]:
        raise ValueError(
            "the matrix of a sparse product must not be differentiated; stop the "
            "gradient of its values with jax.lax.stop_gradient"
        )

    def types(self) -> tuple[Any, ...]:
        return (self.x_type if self.turned else self.y_type,)

    def transposed(self, wanted: Sequence[bool], read: Sequence[bool]) -> "_Product":
        return self._replace(turned=not self.turned)


@custom_vmap
@jax.jit
def _multiply(layout: Layout, weights: Weights, x: Array) -> Array:
    """Sums of gathers, level by level.

    Weights of further axes (rows, width, *groups) go with an x (columns, *groups, ...).
    """
    if not layout.columns:
        return jnp.zeros((layout.places.shape[0], *x.shape[1:]), x.dtype)
    # Together XLA:CPU would repeat a level in whatever reads it, write its gathers out
    # one by one, and add them up later.
    always = layout.places[0] >= 0
    level = alone(_first_level, always, layout.columns, weights, x)
    levels = [level]
    for members in layout.merges:
        level = alone(_next_level, always, members, level)
        levels.append(level)
    return _rows(jnp.concatenate(levels), layout.places)


def _first_level(columns: Sequence[Array], weights: Weights, x: Array) -> Array:
    """A row of zeros, then the sum of every segment's entries."""
    blocks = [_block(c, w, x) for c, w in zip(columns, weights, strict=True)]
    return jnp.concatenate([jnp.zeros((1, *x.shape[1:]), x.dtype), *blocks])


def _next_level(members: Array, level: Array) -> Array:
    """A row of zeros, then sums of the level before."""
    return jnp.concatenate([jnp.zeros_like(level[:1]), _block(members, None, level)])


@_multiply.def_vmap
def _batched(
    axis_size: int, batched: Sequence[Any], layout: Layout, weights: Weights, x: Array
) -> tuple[Array, bool]:
    """Fold a batch into the columns."""
    layout_batched, weights_batched, x_batched = batched
    if any(jax.tree.leaves(layout_batched)):
        raise ValueError(
            "the layout of a sparse matrix must be one for the whole batch; map over "
            "its values by with_values, or make one graph of several by join_graphs"
        )
    if not any(jax.tree.leaves(weights_batched)):
        # Behind the weights' own axes, which x has at the front.
        groups = weights[0].ndim - 2 if weights else 0
        y = _multiply(layout, weights, jnp.moveaxis(x, 0, 1 + groups))
        return jnp.moveaxis(y, 1 + groups, 0), True
    folded = tuple(
        jnp.moveaxis(w, 0, 2)
        if is_batched
        else jnp.broadcast_to(w[:, :, None], (*w.shape[:2], axis_size, *w.shape[2:]))
        for w, is_batched in zip(weights, weights_batched, strict=True)
    )
    if not x_batched:
        x = jnp.broadcast_to(x, (axis_size, *x.shape))
    y = _multiply(layout, folded, jnp.moveaxis(x, 0, 1))
    return jnp.moveaxis(y, 1, 0), True


def _block(columns: Array, weights: Array | None, x: Array) -> Array:
    """The sum over a block's slots, written out: one loop without a scatter."""
    total: Any = None
    for slot in range(columns.shape[1]):
        term = _rows(x, columns[:, slot])
        if weights is not None:
            weight = weights[:, slot]
            term = term * lax.expand_dims(weight, range(weight.ndim, x.ndim))
        total = term if total is None else total + term
    return total


def _rows(x: Array, numbers: Array) -> Array:
    # Without a test for negative numbers, which costs as much as the gather.
    return x.at[numbers].get(mode="promise_in_bounds", wrap_negative_indices=False)
