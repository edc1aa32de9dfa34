"""Random graphs and matrices, and what NumPy and SciPy make of them in float64."""

from typing import Any

import numpy as np
from scipy import sparse

from seqjax.core.graphs import SparseMatrix, make_matrix

SHAPES = {
    "even": (30, 30),
    "wide": (9, 41),
    "tall": (57, 8),
    "hubs": (60, 330),
    "one": (1, 1),
}


def draw_matrix(kind: str, seed: int = 0) -> sparse.coo_array:
    """Entries in no order, with empty rows and columns; hubs of every length."""
    random = np.random.default_rng(seed)
    rows, columns = SHAPES[kind]
    dense = random.normal(size=(rows, columns))
    chance = np.full((rows, columns), 0.15)
    if kind == "hubs":
        # From empty rows through 16 and 17 to more than 16 * 16 entries, both ways.
        chance = np.linspace(0, 1, rows)[:, None] ** 4 * np.ones(columns)
        chance[:, :3] = 1
    dense[random.random(dense.shape) >= chance] = 0
    if kind != "one":
        dense[rows // 2] = 0
        dense[:, 3] = 0
    else:
        dense[:] = 1.5
    found = sparse.coo_array(dense)
    order = random.permutation(found.nnz)
    places = (found.row[order], found.col[order])
    return sparse.coo_array((found.data[order], places), dense.shape)


def made(matrix: Any, dtype: Any = np.float64) -> SparseMatrix:
    found = sparse.coo_array(matrix)
    return make_matrix(found.row, found.col, found.data, found.shape, dtype=dtype)


def draw_edges(
    num_nodes: int = 23, seed: int = 0, *, directed: bool = False
) -> np.ndarray:
    """Edges with an isolated node 4, and a loop at node 7."""
    random = np.random.default_rng(seed)
    dense = random.random((num_nodes, num_nodes)) < 0.15
    if not directed:
        dense |= dense.T
    np.fill_diagonal(dense, False)
    dense[7, 7] = True
    dense[4], dense[:, 4] = False, False
    target, source = np.nonzero(dense)
    edges = np.stack([source, target])
    return edges[:, random.permutation(edges.shape[1])]


def adjacency(edges: np.ndarray, num_nodes: int) -> np.ndarray:
    """A, dense: row i has the sources of node i."""
    found = np.zeros((num_nodes, num_nodes))
    np.add.at(found, (edges[1], edges[0]), 1.0)
    return found


def symmetric(a: np.ndarray) -> np.ndarray:
    """D^-1/2 A D^-1/2 by a loop."""
    degrees = a.sum(1)
    found = np.zeros_like(a)
    for i, j in zip(*np.nonzero(a), strict=True):
        if degrees[i] > 0 and degrees[j] > 0:
            found[i, j] = a[i, j] / np.sqrt(degrees[i] * degrees[j])
    return found


def terms_of(model: str, edges: np.ndarray, num_nodes: int) -> list[np.ndarray]:
    """The dense matrices that a model multiplies X W_0, X W_1, ... by."""
    a, eye = adjacency(edges, num_nodes), np.eye(num_nodes)
    passed = symmetric(a)
    # 2 / l L - I, with l the largest eigenvalue of L = I - D^-1/2 A D^-1/2.
    largest = np.linalg.eigvalsh(eye - passed).max()
    p = 2 / largest * (eye - passed) - eye
    degrees = np.maximum(a.sum(1, keepdims=True), 1)
    found: dict[str, list[np.ndarray]] = {
        "renormalized": [symmetric(a + eye)],
        "chebyshev-2": [eye, p, 2 * p @ p - eye],
        "chebyshev-3": [eye, p, 2 * p @ p - eye, 4 * p @ p @ p - 3 * p],
        "first-order": [eye, passed],
        "single-parameter": [eye + passed],
        "first-order-term": [passed],
        "mlp": [eye],
        "sage-mean": [eye, a / degrees],
    }
    return found[model]


def dense(matrix: SparseMatrix) -> np.ndarray:
    """The matrix as its layout has it, slot by slot, by a loop."""
    rows, columns = matrix.shape
    sums = [[np.zeros(columns)]]
    for block, weights in zip(matrix.rows.columns, matrix.weights, strict=True):
        for numbers, values in zip(np.asarray(block), np.asarray(weights), strict=True):
            row = np.zeros(columns)
            np.add.at(row, numbers, values)
            sums[0].append(row)
    for members in matrix.rows.merges:
        below = sums[-1]
        level = [sum(below[k] for k in ks) for ks in np.asarray(members)]
        sums.append([np.zeros(columns), *level])
    every = [row for level in sums for row in level]
    return np.stack([every[place] for place in np.asarray(matrix.rows.places)])


def transposed(matrix: Any) -> Any:
    """The matrix that its second layout says."""
    return dense(
        matrix._replace(
            rows=matrix.columns,
            weights=matrix.column_weights,
            columns=matrix.rows,
            column_weights=matrix.weights,
        )
    )
