"""A sparse matrix that can be multiplied, and so can its transpose."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Integer, Num

from seqjax.core.checks import check_integer
from seqjax.core.graphs.layout import Layout, make_layout, rounded_up


class SparseMatrix(NamedTuple):
    """A matrix M, laid out by its rows and by its columns.

    Attributes:
        rows: the layout of M.
        weights: the value of every slot of it, block by block; further axes are those
            of matrices that share a layout, see `seqjax.core.graphs.product`.
        columns: the layout of the transpose; None where M is its own transpose.
        column_weights: its slots' values; None likewise.
        values: of the entries, by row and column.
        kind: what it is of its graph, an empty tuple of a type of its own, so that it
            is part of the tree's structure and no array; None: nobody knows.
    """

    rows: Layout
    weights: tuple[Float[Array, "rows width *groups"], ...]
    columns: Layout | None
    column_weights: tuple[Float[Array, "rows width *groups"], ...] | None
    values: Float[Array, " entries"]
    kind: Any = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        transposed = self.rows if self.columns is None else self.columns
        return self.rows.places.shape[0], transposed.places.shape[0]


def make_matrix(
    rows: Integer[np.ndarray | Array, " entries"],
    columns: Integer[np.ndarray | Array, " entries"],
    values: Num[np.ndarray | Array, " entries"],
    shape: tuple[int, int],
    *,
    dtype: Any = np.float32,
    rounded: bool = False,
) -> SparseMatrix:
    """A matrix from its entries, in any order; those of one place are added up.

    Entries are sorted first, so that the result does not depend on their order in a
    single bit.

    Args:
        rows: of each entry.
        columns: of each entry.
        values: of each entry.
        shape: numbers of rows and columns; no side may be 0.
        dtype: of the matrix, by default float32.
        rounded: whether its arrays are filled up to what any matrix of this shape and
            about as many entries needs, so that all of these share a program; not by
            default.

    Raises:
        ValueError: on a place outside the shape, arrays of different lengths, or a side
            below 1.
    """
    # On the host, whole: products of 32 bits overflow.
    rows, columns = (np.asarray(given).astype(np.int64) for given in (rows, columns))
    values = np.asarray(values)
    for name, size, given in zip(
        ("rows", "columns"), shape, (rows, columns), strict=True
    ):
        check_integer(f"shape's number of {name}", size, minimum=1)
        outside = (given < 0) | (given >= size)
        if outside.any():
            raise ValueError(
                f"{name} must be from 0 to {size - 1}, not {given[outside][0]}; "
                "correct them, or give a larger shape"
            )
    if not len(rows) == len(columns) == len(values):
        raise ValueError(
            "rows, columns and values must be of one length, not "
            f"{len(rows)}, {len(columns)} and {len(values)}; give one of each per entry"
        )
    keys, sums = _sorted(rows * shape[1] + columns, values)
    row, column = np.divmod(keys, shape[1])
    room = rounded_up(len(keys)) if rounded else None
    by_rows = _layout(row, column, shape[0], room)
    kept = sums.astype(dtype)
    order = np.argsort(column, kind="stable")
    symmetric = shape[0] == shape[1] and (
        np.array_equal(column[order], row)
        and np.array_equal(row[order], column)
        and np.array_equal(kept[order], kept)
    )
    by_columns: Layout | None = None
    if not symmetric:
        by_columns = _layout(column[order], row[order], shape[1], room)
        # Entries have one number in both layouts.
        number = np.append(order, len(order)).astype(np.int32)
        by_columns = by_columns._replace(
            entries=tuple(
                jnp.asarray(number[np.asarray(slots)]) for slots in by_columns.entries
            )
        )
    # Values are taken on the host: a gather would have to be compiled for every shape.
    size = len(kept) if room is None else room
    padded = np.append(kept, np.zeros(1 + size - len(kept), kept.dtype))
    return SparseMatrix(
        by_rows,
        tuple(jnp.asarray(padded[np.asarray(slots)]) for slots in by_rows.entries),
        by_columns,
        None
        if by_columns is None
        else tuple(
            jnp.asarray(padded[np.asarray(slots)]) for slots in by_columns.entries
        ),
        jnp.asarray(padded[:size]),
    )


def with_values(matrix: SparseMatrix, values: Float[Array, " entries"]) -> SparseMatrix:
    """The matrix with other values in the same places, which may be traced.

    Args:
        matrix: it must have its transpose laid out, unless the new values are those of
            a symmetric matrix too.
        values: of the entries, by row and column.
    """
    padded = jnp.concatenate([values, jnp.zeros(1, values.dtype)])

    def taken(layout: Layout) -> tuple[Array, ...]:
        return tuple(
            padded.at[slots].get(mode="promise_in_bounds", wrap_negative_indices=False)
            for slots in layout.entries
        )

    return matrix._replace(
        weights=taken(matrix.rows),
        column_weights=None if matrix.columns is None else taken(matrix.columns),
        values=values,
    )


def _sorted(
    keys: Integer[np.ndarray, " entries"], values: Num[np.ndarray, " entries"]
) -> tuple[Integer[np.ndarray, " places"], Float[np.ndarray, " places"]]:
    """Places in order, and the sum of the values of each, in an order of their own."""
    exact = values.astype(np.float64)
    if len(keys) and not (np.diff(keys) > 0).all():
        order = np.lexsort((exact, keys))
        keys, exact = keys[order], exact[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        keys, exact = keys[first], np.add.reduceat(exact, first)
    return keys, exact


def _layout(
    row: Integer[np.ndarray, " entries"],
    column: Integer[np.ndarray, " entries"],
    count: int,
    room: int | None,
) -> Layout:
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))])
    columns = column.astype(np.int32)
    return make_layout(starts.astype(np.int64), columns, room=room)
