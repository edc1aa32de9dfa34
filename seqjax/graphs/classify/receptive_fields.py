"""What some nodes see of a graph, cut out: their logits are the same as on all of it.

A layer of reach k makes of a node what its neighbours up to k steps away were, so two
layers need features of nodes up to 2 k steps away, and hidden units of those up to k.
On Cora that spares a third of the entries in training. Matrices are cut as SciPy has
them, and then laid out for products.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64, Int32, Int64
from scipy import sparse

from seqjax.core.graphs import (
    MODELS,
    GraphWeights,
    Layout,
    SparseMatrix,
    convolve,
    drop,
    drop_entries,
    make_matrix,
)
from seqjax.core.keys import named_keys
from seqjax.lab.data.graph_data import GraphData
from seqjax.lab.errors import UserError


class ReceptiveField(NamedTuple):
    """What some nodes see.

    Attributes:
        features: of the nodes that they see, the nearest first.
        outer: the model's matrix between these; None for "mlp".
        inner: the same between those first ones whose hidden units they see.
    """

    features: SparseMatrix
    outer: SparseMatrix | None
    inner: SparseMatrix | None

    def logits(
        self,
        model: str,
        weights: GraphWeights,
        *,
        dropout: int | float = 0.0,
        key: Array | None = None,
    ) -> Float[Array, "inner classes"]:
        """Logits of the inner nodes, which hold for those whose receptive field it is.

        Args:
            model: a name in `MODELS`.
            weights: of both layers.
            dropout: share of each layer's inputs that is dropped, none by default.
            key: drop with this key; None (the default) drops nothing.
        """
        return self.outputs(model, weights, dropout=dropout, key=key)[1]

    def outputs(
        self,
        model: str,
        weights: GraphWeights,
        *,
        dropout: int | float = 0.0,
        key: Array | None = None,
    ) -> tuple[Float[Array, "inner units"], Float[Array, "inner classes"]]:
        """Hidden units and logits of the inner nodes; arguments as of `logits`."""
        hidden = self.hidden(model, weights, dropout=dropout, key=key)
        dropped = hidden
        if key is not None:
            dropped = drop(named_keys(key, ("hidden",))["hidden"], hidden, dropout)
        return hidden, convolve(model, self.inner, dropped, weights.second)

    def hidden(
        self,
        model: str,
        weights: GraphWeights,
        *,
        dropout: int | float = 0.0,
        key: Array | None = None,
    ) -> Float[Array, "inner units"]:
        """Hidden units of the inner nodes; arguments as of `logits`."""
        x = self.features
        if key is not None:
            x = drop_entries(named_keys(key, ("features",))["features"], x, dropout)
        found = convolve(model, self.outer, x, weights.first)
        if self.inner is not None:
            found = found[: self.inner.shape[0]]
        return jax.nn.relu(found)


class ModelGraph(NamedTuple):
    """A graph as a model reads it, from which receptive fields are cut.

    Attributes:
        features: of all nodes.
        matrix: the model's matrix; None for "mlp".
        reach: how many steps one layer looks.
    """

    features: sparse.csr_array
    matrix: sparse.csr_array | None
    reach: int

    def receptive_field(self, nodes: Int32[np.ndarray, " nodes"]) -> ReceptiveField:
        """What these nodes see; the field's first nodes are these, in their order."""
        reach = self.reach
        steps = self.steps(nodes, 2 * reach)
        # Nearest first, and the nodes themselves as they were given.
        others = np.flatnonzero((steps > 0) & (steps <= 2 * reach))
        seen = np.concatenate([nodes, others[np.argsort(steps[others], kind="stable")]])
        inner = int(np.sum(steps[seen] <= reach))
        return ReceptiveField(
            two_sided(from_scipy(self.features[seen])),
            _cut(self.matrix, seen, steps, 2 * reach),
            _cut(self.matrix, seen[:inner], steps, reach),
        )

    def whole(self) -> ReceptiveField:
        """What all nodes see, in their own order."""
        matrix = None if self.matrix is None else from_scipy(self.matrix)
        return ReceptiveField(two_sided(from_scipy(self.features)), matrix, matrix)

    def steps(
        self, nodes: Int32[np.ndarray, " nodes"], most: int
    ) -> Int64[np.ndarray, " all"]:
        """Steps from these nodes to each, against the edges; more than `most`: so."""
        found = np.full(self.features.shape[0], most + 1)
        found[nodes] = 0
        if self.matrix is None:
            return found
        linked = self.matrix != 0
        for step in range(1, most + 1):
            reached = (found < step).astype(np.int64) @ linked > 0
            found[reached & (found > step)] = step
        return found


class Scales(NamedTuple):
    """What the columns of features are standardised by.

    Attributes:
        mean: of each column.
        deviation: of each column; 0 where it is constant.
    """

    mean: Float64[np.ndarray, " features"]
    deviation: Float64[np.ndarray, " features"]


def scales_of(graph: GraphData) -> Scales:
    """The means and standard deviations of a graph's own features."""
    table = sparse.csr_array(graph.features, dtype=np.float64).toarray()
    return Scales(table.mean(axis=0), table.std(axis=0))


def model_graph(
    graph: GraphData, model: str, scaling: str = "rows", scales: Scales | None = None
) -> ModelGraph:
    """A graph, with or without features, as a model reads it; see `features_of`."""
    make = MODELS[model].matrix
    features = features_of(graph, scaling, scales)
    if make is None:
        return ModelGraph(features, None, 0)
    matrix = make(graph.edges, graph.num_nodes, graph.weights)
    return ModelGraph(features, to_scipy(matrix), MODELS[model].reach)


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


def features_of(
    graph: GraphData, scaling: str = "rows", scales: Scales | None = None
) -> sparse.csr_array:
    """Features of the nodes as a network reads them; the identity without any.

    Args:
        graph: With or without features.
        scaling: "rows" (the default) divides each row by its sum, as the program of
            Kipf & Welling (2017) does, and a row whose sum is 0 becomes 0; "given"
            leaves them alone; "columns" makes the mean of each column 0 and its
            standard deviation 1, and a constant column 0.
        scales: what "columns" standardises by; None (the default): the graph's own.

    Raises:
        UserError: On rows with a number below 0, whose sum says nothing of their size.
    """
    if graph.features is None:
        return sparse.csr_array(sparse.eye_array(graph.num_nodes, dtype=np.float32))
    found = sparse.csr_array(graph.features, dtype=np.float64)
    if scaling == "given":
        return found.astype(np.float32)
    if scaling == "columns":
        mean, deviation = scales_of(graph) if scales is None else scales
        table = found.toarray() - mean
        varied = deviation > 0
        table[:, ~varied] = 0
        table[:, varied] /= deviation[varied]
        return sparse.csr_array(table.astype(np.float32))
    negative = found.tocoo()
    below = np.flatnonzero(negative.data < 0)
    if len(below):
        node, value = negative.row[below[0]], negative.data[below[0]]
        raise UserError(
            f"features must not be below 0 where rows are divided by their sums, but "
            f"node {node} of the graph {graph.name} has {value:g}; take them by "
            "--features given, or standardised by --features columns"
        )
    sums = np.asarray(found.sum(axis=1)).ravel()
    inverse = np.zeros(len(sums))
    np.divide(1, sums, out=inverse, where=sums != 0)
    scaled = sparse.csr_array(sparse.diags_array(inverse) @ found)
    scaled.eliminate_zeros()
    return scaled.astype(np.float32)


def _cut(
    matrix: sparse.csr_array | None, nodes: Any, steps: Any, reach: int
) -> SparseMatrix | None:
    """The matrix between some nodes, without rows that nobody asks for.

    A row of a node `reach` steps away would pass on what comes from further away.
    """
    if matrix is None:
        return None
    kept = sparse.diags_array((steps[nodes] < reach).astype(np.float32))
    found = sparse.csr_array(kept @ matrix[nodes][:, nodes])
    found.eliminate_zeros()
    return from_scipy(found)


def _numbers(layout: Layout, count: int) -> Int64[np.ndarray, " entries"]:
    """The column of every entry, from the slots of a layout."""
    found = np.zeros(count + 1, np.int64)
    for slots, columns in zip(layout.entries, layout.columns, strict=True):
        found[np.asarray(slots)] = np.asarray(columns)
    return found[:count]
