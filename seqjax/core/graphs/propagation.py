"""The matrices by which a layer passes features along the edges of a graph.

Edges are (source, target), and row i of a matrix gathers the sources of node i. A is
the adjacency matrix, D the diagonal matrix of its row sums; a node without neighbours
has 0 for the inverse of its degree. Edges of the same ends are added up.
"""

from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Num
from scipy import sparse
from scipy.sparse.linalg import eigsh

from seqjax.core.graphs.edges import as_edge_weights, as_edges
from seqjax.core.graphs.matrix import SparseMatrix, make_matrix

# Checked by `as_edges`, in words: an array of whole numbers, or lists.
Edges: TypeAlias = Any
EdgeWeights: TypeAlias = Any


def renormalized(
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None = None,
    *,
    dtype: Any = np.float32,
) -> SparseMatrix:
    """D^-1/2 (A + I) D^-1/2 with the degrees of A + I (Kipf & Welling 2017, eq. 2).

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); None (the default)
            for 1.
        dtype: of the matrix, by default float32.

    Raises:
        ValueError: on edges or weights of another shape, an edge to a node that is
            not there, or a weight that is not above 0.
    """
    loops = np.arange(num_nodes)
    edges = as_edges(edges, num_nodes)
    values = as_edge_weights(weights, edges.shape[1])
    both = np.concatenate([edges, [loops, loops]], axis=1)
    values = np.concatenate([values, np.ones(num_nodes)])
    return _made(_symmetric(_adjacency(both, num_nodes, values)), dtype)


def normalized(
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None = None,
    *,
    dtype: Any = np.float32,
) -> SparseMatrix:
    """D^-1/2 A D^-1/2 (Kipf & Welling 2017, the term of eq. 7 that has edges).

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); None (the default)
            for 1.
        dtype: of the matrix, by default float32.

    Raises:
        ValueError: on edges or weights of another shape, an edge to a node that is
            not there, or a weight that is not above 0.
    """
    return _made(_symmetric(_adjacency(edges, num_nodes, weights)), dtype)


def scaled_laplacian(
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None = None,
    *,
    dtype: Any = np.float32,
) -> SparseMatrix:
    """(2 / l) L - I with L = I - D^-1/2 A D^-1/2 and l its largest eigenvalue.

    Of Kipf & Welling (2017), eq. 5. The eigenvalue is that of the symmetric part where
    edges are directed, and 2, which it never exceeds, where there is no edge.

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); None (the default)
            for 1.
        dtype: of the matrix, by default float32.

    Raises:
        ValueError: on edges or weights of another shape, an edge to a node that is
            not there, or a weight that is not above 0.
    """
    passed = _symmetric(_adjacency(edges, num_nodes, weights))
    laplacian = sparse.csr_array(sparse.eye_array(num_nodes) - passed)
    largest = _largest_eigenvalue(laplacian) if passed.nnz else 2.0
    scaled = laplacian * (2 / largest) - sparse.eye_array(num_nodes)
    return _made(sparse.csr_array(scaled), dtype)


def mean_neighbours(
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None = None,
    *,
    dtype: Any = np.float32,
) -> SparseMatrix:
    """D^-1 A: the mean over neighbours (Hamilton, Ying & Leskovec 2017, algorithm 1).

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); None (the default)
            for 1.
        dtype: of the matrix, by default float32.

    Raises:
        ValueError: on edges or weights of another shape, an edge to a node that is
            not there, or a weight that is not above 0.
    """
    adjacency = _adjacency(edges, num_nodes, weights)
    inverse = sparse.diags_array(_power(adjacency, -1.0))
    return _made(sparse.csr_array(inverse @ adjacency), dtype)


def _adjacency(
    edges: Edges, num_nodes: int, weights: EdgeWeights | None
) -> sparse.csr_array:
    """A in float64, from edges in any order."""
    source, target = as_edges(edges, num_nodes)
    values = as_edge_weights(weights, len(source))
    # In an order of their own, down to the weights of edges that are added up.
    order = np.lexsort((values, target * num_nodes + source))
    places = (target[order], source[order])
    matrix = sparse.coo_array((values[order], places), (num_nodes, num_nodes))
    return sparse.csr_array(matrix)


def _power(adjacency: sparse.csr_array, exponent: float) -> Num[np.ndarray, " nodes"]:
    """Degrees to a negative power, 0 where there is no neighbour."""
    degrees = np.asarray(adjacency.sum(axis=1), np.float64)
    found = np.zeros(len(degrees))
    np.power(degrees, exponent, out=found, where=degrees > 0)
    return found


def _symmetric(adjacency: sparse.csr_array) -> sparse.csr_array:
    """D^-1/2 A D^-1/2, symmetric to the bit where A is."""
    entries = adjacency.tocoo()
    power = _power(adjacency, -0.5)
    # The two factors first: their product does not know which is which.
    factors = power[entries.row] * power[entries.col]
    places = (entries.row, entries.col)
    return sparse.csr_array(
        sparse.coo_array((entries.data * factors, places), adjacency.shape)
    )


def _largest_eigenvalue(laplacian: sparse.csr_array) -> float:
    size = laplacian.shape[0]
    symmetric = (laplacian + laplacian.T) / 2
    if size < 10:
        return float(np.linalg.eigvalsh(symmetric.toarray())[-1])
    # A fixed start, so that it is the same number each time.
    start = np.random.default_rng(0).normal(size=size)
    found = eigsh(symmetric, k=1, which="LA", v0=start, return_eigenvectors=False)
    return float(found[0])


def _made(matrix: sparse.csr_array, dtype: Any) -> SparseMatrix:
    entries = matrix.tocoo()
    return make_matrix(
        entries.row, entries.col, entries.data, matrix.shape, dtype=dtype
    )
