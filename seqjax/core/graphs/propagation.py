"""The matrices by which a layer passes features along the edges of a graph.

Edges are (source, target), and row i of a matrix gathers the sources of node i. A is
the adjacency matrix, D the diagonal matrix of its row sums; a node without neighbours
has 0 for the inverse of its degree. Edges of the same ends are added up.

Edges from a node to itself ("loops") mean the same in all of these matrices: "keep"
takes A as it is given, "add" gives every node one more, of weight 1, beside one that it
has (A + I), and "remaining" gives one of weight 1 to the nodes that have none, as
PyTorch Geometric's `add_remaining_self_loops`, and so its GCNConv, does.

Edges that come and go have weights over time, a row per snapshot, with 0 where there is
no such edge; then there is a matrix for each snapshot, a `MatrixSeries`.
"""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float64, Int64, Num
from scipy import sparse
from scipy.sparse.linalg import ArpackError, eigsh

from seqjax.core.checks import check_choice, check_number
from seqjax.core.graphs.edges import as_edge_weights, as_edges
from seqjax.core.graphs.matrix import SparseMatrix
from seqjax.core.graphs.snapshots import MatrixSeries, make_matrices

# Checked by `as_edges`, in words: an array of whole numbers, or lists.
Edges: TypeAlias = Any
EdgeWeights: TypeAlias = Any


class Symmetric(NamedTuple):
    """The kind of D^-1/2 A D^-1/2, whatever its loops."""


class Laplacian(NamedTuple):
    """The kind of (2 / l) L - I."""


class Mean(NamedTuple):
    """The kind of D^-1 A."""


LOOPS = ("keep", "add", "remaining")
"""What becomes of edges from a node to itself."""

LARGEST = 2.0
"""No normalised Laplacian of an undirected graph has an eigenvalue above this."""

RESTARTS = 100
"""So often ARPACK may start anew in search of an eigenvalue. Cora needs a few; a path,
whose largest eigenvalues lie close together, does not get there in a hundred times as
many."""


def renormalized(
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None = None,
    *,
    loops: str = "add",
    dtype: Any = np.float32,
    rounded: bool = False,
) -> SparseMatrix | Any:
    """D^-1/2 (A + I) D^-1/2 with the degrees of A + I (Kipf & Welling 2017, eq. 2).

    With other loops the matrix is that of another A + I: as PyTorch Geometric's GCNConv
    with "remaining", `normalized` with "keep".

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); or over time, shape
            (T, E), with 0 where there is no edge; None (the default) for 1.
        loops: "keep", "add" or "remaining", see above; "add" by default.
        dtype: of the matrix, by default float32.
        rounded: whether its arrays are filled up to a few sizes, see `join_graphs`; not
            by default, and never over time.

    Returns:
        A `SparseMatrix`; of weights over time a `MatrixSeries`.

    Raises:
        ValueError: on edges or weights of another shape, an edge to a node that is
            not there, a weight that is not above 0, or another word for loops.
    """
    return _made(
        Symmetric(), _symmetric, edges, num_nodes, weights, loops, dtype, rounded
    )


def normalized(
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None = None,
    *,
    loops: str = "keep",
    dtype: Any = np.float32,
    rounded: bool = False,
) -> SparseMatrix | Any:
    """D^-1/2 A D^-1/2 (Kipf & Welling 2017, the term of eq. 7 that has edges).

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); or over time, shape
            (T, E), with 0 where there is no edge; None (the default) for 1.
        loops: "keep", "add" or "remaining", see above; "keep" by default.
        dtype: of the matrix, by default float32.
        rounded: whether its arrays are filled up to a few sizes, see `join_graphs`; not
            by default, and never over time.

    Returns:
        A `SparseMatrix`; of weights over time a `MatrixSeries`.

    Raises:
        ValueError: on edges or weights of another shape, an edge to a node that is
            not there, a weight that is not above 0, or another word for loops.
    """
    return _made(
        Symmetric(), _symmetric, edges, num_nodes, weights, loops, dtype, rounded
    )


def scaled_laplacian(
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None = None,
    *,
    loops: str = "keep",
    dtype: Any = np.float32,
    rounded: bool = False,
    largest: int | float | None = None,
) -> SparseMatrix | Any:
    """(2 / l) L - I with L = I - D^-1/2 A D^-1/2 and l its largest eigenvalue.

    Of Kipf & Welling (2017), eq. 5. The eigenvalue is that of the symmetric part where
    edges are directed, and 2 is taken where there is no edge. It is looked for with a
    bounded effort; where that does not find it, 2 is taken, with a warning: it is not
    exceeded where edges go both ways.

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); or over time, shape
            (T, E), with 0 where there is no edge; None (the default) for 1.
        loops: "keep", "add" or "remaining", see above; "keep" by default.
        dtype: of the matrix, by default float32.
        rounded: whether its arrays are filled up to a few sizes, see `join_graphs`; not
            by default, and never over time.
        largest: l, if it shall not be looked for: 2, or another number above 0.

    Returns:
        A `SparseMatrix`; of weights over time a `MatrixSeries`.

    Raises:
        ValueError: on edges or weights of another shape, an edge to a node that is
            not there, a weight that is not above 0, or another word for loops.
    """
    if largest is not None:
        check_number("largest", largest, minimum=0, exclusive=True, hint="try 2")

    missed = 0

    def scaled(adjacency: sparse.csr_array) -> sparse.csr_array:
        nonlocal missed
        passed = _symmetric(adjacency)
        laplacian = sparse.csr_array(sparse.eye_array(num_nodes) - passed)
        found = largest or (_largest_eigenvalue(laplacian) if passed.nnz else LARGEST)
        missed += found is None
        return sparse.csr_array(
            laplacian * (2 / (found or LARGEST)) - sparse.eye_array(num_nodes)
        )

    made = _made(Laplacian(), scaled, edges, num_nodes, weights, loops, dtype, rounded)
    if missed:
        warnings.warn(
            f"the largest eigenvalue of the Laplacian of {num_nodes} nodes was not "
            f"found in {RESTARTS} restarts of ARPACK: {LARGEST:g} is taken, which it "
            "does not exceed where edges go both ways; give "
            f"largest={LARGEST:g} to look for none",
            stacklevel=2,
        )
    return made


def mean_neighbours(
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None = None,
    *,
    loops: str = "keep",
    dtype: Any = np.float32,
    rounded: bool = False,
) -> SparseMatrix | Any:
    """D^-1 A: the mean over neighbours (Hamilton, Ying & Leskovec 2017, algorithm 1).

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); or over time, shape
            (T, E), with 0 where there is no edge; None (the default) for 1.
        loops: "keep", "add" or "remaining", see above; "keep" by default.
        dtype: of the matrix, by default float32.
        rounded: whether its arrays are filled up to a few sizes, see `join_graphs`; not
            by default, and never over time.

    Returns:
        A `SparseMatrix`; of weights over time a `MatrixSeries`.

    Raises:
        ValueError: on edges or weights of another shape, an edge to a node that is
            not there, a weight that is not above 0, or another word for loops.
    """

    def mean(adjacency: sparse.csr_array) -> sparse.csr_array:
        inverse = sparse.diags_array(_power(adjacency, -1.0))
        return sparse.csr_array(inverse @ adjacency)

    return _made(Mean(), mean, edges, num_nodes, weights, loops, dtype, rounded)


def _made(
    kind: Any,
    passing: Callable[[sparse.csr_array], sparse.csr_array],
    edges: Edges,
    num_nodes: int,
    weights: EdgeWeights | None,
    loops: str,
    dtype: Any,
    rounded: bool,
) -> SparseMatrix | MatrixSeries:
    """What passes features along edges, by what that is of the adjacency matrix."""
    check_choice("loops", loops, LOOPS)
    ends = as_edges(edges, num_nodes)
    values = as_edge_weights(weights, ends.shape[1])
    found = [
        passing(_adjacency(ends[:, there], num_nodes, each[there], loops))
        for each in np.atleast_2d(values)
        for there in [each > 0]
    ]
    made = make_matrices(found, dtype=dtype, series=values.ndim == 2, rounded=rounded)
    if isinstance(made, MatrixSeries):
        return MatrixSeries(made.matrix._replace(kind=kind))
    return made._replace(kind=kind)


KINDS: dict[Any, tuple[Any, str]] = {
    renormalized: (Symmetric(), "renormalized"),
    normalized: (Symmetric(), "normalized"),
    scaled_laplacian: (Laplacian(), "scaled_laplacian"),
    mean_neighbours: (Mean(), "mean_neighbours"),
}
"""What each of these functions makes, and its name."""


def _adjacency(
    edges: Int64[np.ndarray, "2 edges"],
    num_nodes: int,
    values: Float64[np.ndarray, " edges"],
    loops: str,
) -> sparse.csr_array:
    """A in float64, from edges in any order."""
    if loops != "keep":
        own = np.arange(num_nodes)
        if loops == "remaining":
            own = np.setdiff1d(own, edges[0, edges[0] == edges[1]])
        edges = np.concatenate([edges, [own, own]], axis=1)
        values = np.append(values, np.ones(len(own)))
    source, target = edges
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


def _largest_eigenvalue(laplacian: sparse.csr_array) -> float | None:
    size = laplacian.shape[0]
    symmetric = (laplacian + laplacian.T) / 2
    if size < 10:
        return float(np.linalg.eigvalsh(symmetric.toarray())[-1])
    # A fixed start, so that it is the same number each time.
    start = np.random.default_rng(0).normal(size=size)
    try:
        (found,) = eigsh(
            symmetric,
            k=1,
            which="LA",
            v0=start,
            maxiter=RESTARTS,
            return_eigenvectors=False,
        )
    except ArpackError:
        return None
    return float(found)
