"""Sparse matrices as SciPy has them, and laid out for products."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Int64
from scipy import sparse

from seqjax.core.graphs import Layout, SparseMatrix, make_matrix
from seqjax.lab.data.graph_data import GraphData


def from_scipy(matrix: sparse.csr_array) -> SparseMatrix:
    """The matrix laid out."""
    entries = matrix.tocoo()
    return make_matrix(
        entries.row.astype(np.int64),
        entries.col.astype(np.int64),
        entries.data,
        matrix.shape,
    )


def to_scipy(matrix: SparseMatrix) -> sparse.csr_array:
    """The matrix that has been laid out."""
    shape, values = matrix.shape, np.asarray(matrix.values)
    column = _numbers(matrix.rows, len(values))
    if matrix.columns is None:
        # Symmetric: as many entries in a row as in the column of its number.
        counts = np.bincount(column, minlength=shape[0])
        row = np.repeat(np.arange(shape[0]), counts)
    else:
        row = _numbers(matrix.columns, len(values))
    return sparse.csr_array(sparse.coo_array((values, (row, column)), shape))


def two_sided(matrix: SparseMatrix) -> SparseMatrix:
    """The matrix with a layout of its transpose, even where it is the same.

    So that its entries may be changed, after which it is no longer symmetric.
    """
    if matrix.columns is not None:
        return matrix
    entries = to_scipy(matrix).tocoo()
    order = np.lexsort((entries.row, entries.col))
    number = np.append(order, len(order)).astype(np.int32)
    columns = matrix.rows._replace(
        entries=tuple(
            jnp.asarray(number[np.asarray(slots)]) for slots in matrix.rows.entries
        )
    )
    return matrix._replace(columns=columns, column_weights=matrix.weights)


def features_of(graph: GraphData) -> sparse.csr_array:
    """Features of the nodes, each row divided by its sum; the identity without any.

    As the program of Kipf & Welling (2017) does: a row whose sum is 0 becomes 0.
    """
    if graph.features is None:
        return sparse.csr_array(sparse.eye_array(graph.num_nodes, dtype=np.float32))
    found = sparse.csr_array(graph.features, dtype=np.float64)
    sums = np.asarray(found.sum(axis=1)).ravel()
    inverse = np.zeros(len(sums))
    np.divide(1, sums, out=inverse, where=sums != 0)
    scaled = sparse.csr_array(sparse.diags_array(inverse) @ found)
    scaled.eliminate_zeros()
    return scaled.astype(np.float32)


def _numbers(layout: Layout, count: int) -> Int64[np.ndarray, " entries"]:
    """The column of every entry, from the slots of a layout."""
    found = np.zeros(count + 1, np.int64)
    for slots, columns in zip(layout.entries, layout.columns, strict=True):
        found[np.asarray(slots)] = np.asarray(columns)
    return found[:count]
