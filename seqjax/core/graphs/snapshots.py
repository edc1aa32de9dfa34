"""Matrices of a graph whose edges change: one for each snapshot, in one layout.

The layout is that of all edges that ever are there; a snapshot that lacks one has a 0
in its place. So snapshots differ in numbers alone: one program serves all, and
`jax.vmap` and `jax.lax.scan` go over them.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy import sparse

from seqjax.core.graphs.layout import Layout
from seqjax.core.graphs.matrix import SparseMatrix, make_matrix


class MatrixSeries(NamedTuple):
    """A matrix for every snapshot.

    Attributes:
        matrix: their layout; weights, column_weights and values have a leading axis of
            snapshots.
    """

    matrix: SparseMatrix

    @property
    def snapshots(self) -> int:
        """How many there are."""
        return int(self.matrix.values.shape[0])

    def at(self, places: Any) -> Any:
        """The `MatrixSeries` of some snapshots; of one number its `SparseMatrix`.

        Args:
            places: a slice, an array of numbers of snapshots, or one number.
        """
        found = self.holding(jax.tree.map(lambda leaf: leaf[places], self.changing))
        return found if found.matrix.values.ndim == 2 else found.matrix

    @property
    def changing(self) -> Any:
        """What is another in every snapshot; a tree of arrays."""
        return self.matrix.weights, self.matrix.column_weights, self.matrix.values

    def holding(self, changing: Any) -> "MatrixSeries":
        """The same layout with other numbers, as `changing` has them."""
        weights, column_weights, values = changing
        return MatrixSeries(
            self.matrix._replace(
                weights=weights, column_weights=column_weights, values=values
            )
        )


def each_snapshot(
    layer: Callable[[Any, Array], Any],
    matrix: SparseMatrix | MatrixSeries | None,
    xs: Any,
) -> Any:
    """A layer on every snapshot by itself.

    Args:
        layer: of a matrix and the features of one snapshot.
        matrix: of all snapshots, or of each.
        xs: features by snapshot.

    Raises:
        ValueError: on another number of matrices than of snapshots.
    """
    if not isinstance(matrix, MatrixSeries):
        return jax.vmap(partial(layer, matrix))(xs)
    check_snapshots(matrix, xs.shape[0])
    return jax.vmap(lambda changing, x: layer(matrix.holding(changing).matrix, x))(
        matrix.changing, xs
    )


def check_snapshots(matrix: MatrixSeries, count: int) -> None:
    """Raise ValueError unless there are as many matrices as snapshots."""
    if matrix.snapshots != count:
        raise ValueError(
            f"matrix must have one for each of the {count} snapshots of xs, not "
            f"{matrix.snapshots}; give matrix.at(slice(...)) of these"
        )


def make_matrices(
    found: Sequence[sparse.csr_array], *, dtype: Any, series: bool, rounded: bool
) -> SparseMatrix | MatrixSeries:
    """One matrix, or several in one layout.

    Args:
        found: at least one, all of one shape.
        dtype: of the result.
        series: whether it is a `MatrixSeries`, or of one matrix.
        rounded: as of `make_matrix`; a series is not.
    """
    entries = [each.tocoo() for each in found]
    if not series:
        (one,) = entries
        return make_matrix(
            *(one.row, one.col, one.data, one.shape), dtype=dtype, rounded=rounded
        )
    rows, columns = found[0].shape
    keys = [each.row.astype(np.int64) * columns + each.col for each in entries]
    union = np.unique(np.concatenate(keys))
    values = np.zeros((len(found), len(union)), dtype)
    for snapshot, (key, each) in enumerate(zip(keys, entries, strict=True)):
        values[snapshot, np.searchsorted(union, key)] = each.data
    row, column = np.divmod(union, columns)
    # Laid out once where every one of them is its own transpose, else both ways.
    mirrored = np.searchsorted(union, column * columns + row)
    mirrored = np.minimum(mirrored, max(len(union) - 1, 0))
    own = rows == columns and (
        np.array_equal(union[mirrored], column * columns + row)
        and np.array_equal(values[:, mirrored], values)
    )
    marks = np.ones(len(union)) if own else np.arange(1.0, len(union) + 1)
    base = make_matrix(row, column, marks, (rows, columns), dtype=np.float64)
    padded = np.concatenate([values, np.zeros((len(found), 1), values.dtype)], axis=1)

    def taken(layout: Layout) -> tuple[Array, ...]:
        return tuple(jnp.asarray(padded[:, np.asarray(s)]) for s in layout.entries)

    return MatrixSeries(
        base._replace(
            weights=taken(base.rows),
            column_weights=None if base.columns is None else taken(base.columns),
            values=jnp.asarray(values),
        )
    )
