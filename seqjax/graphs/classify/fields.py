"""What some nodes see of a graph, cut out: their logits are the same as on all of it.

A layer of reach k makes of a node what its neighbours up to k steps away were, so two
layers need features of nodes up to 2 k steps away, and hidden units of those up to k.
On Cora that spares a third of the entries in training.
"""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int32, Int64
from scipy import sparse

from seqjax.core.graphs import (
    MODELS,
    GraphWeights,
    SparseMatrix,
    convolve,
    drop,
    drop_entries,
)
from seqjax.core.keys import named_keys
from seqjax.graphs.classify.sparse import features_of, from_scipy, to_scipy, two_sided
from seqjax.lab.data.graph_data import GraphData


class Field(NamedTuple):
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
        """Logits of the inner nodes, which hold for those whose field it is.

        Args:
            model: a name in `MODELS`.
            weights: of both layers.
            dropout: share of each layer's inputs that is dropped, none by default.
            key: drop with this key; None (the default) drops nothing.
        """
        hidden = self.hidden(model, weights, dropout=dropout, key=key)
        if key is not None:
            hidden = drop(named_keys(key, ("hidden",))["hidden"], hidden, dropout)
        return convolve(model, self.inner, hidden, weights.second)

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


class Source(NamedTuple):
    """Where fields are cut from.

    Attributes:
        features: of all nodes.
        matrix: the model's matrix; None for "mlp".
        reach: how many steps one layer looks.
    """

    features: sparse.csr_array
    matrix: sparse.csr_array | None
    reach: int

    def field(self, nodes: Int32[np.ndarray, " nodes"]) -> Field:
        """What these nodes see; the field's first nodes are these, in their order."""
        reach = self.reach
        steps = self.steps(nodes, 2 * reach)
        # Nearest first, and the nodes themselves as they were given.
        others = np.flatnonzero((steps > 0) & (steps <= 2 * reach))
        seen = np.concatenate([nodes, others[np.argsort(steps[others], kind="stable")]])
        inner = int(np.sum(steps[seen] <= reach))
        return Field(
            two_sided(from_scipy(self.features[seen])),
            _cut(self.matrix, seen, steps, 2 * reach),
            _cut(self.matrix, seen[:inner], steps, reach),
        )

    def whole(self) -> Field:
        """What all nodes see, in their own order."""
        matrix = None if self.matrix is None else from_scipy(self.matrix)
        return Field(two_sided(from_scipy(self.features)), matrix, matrix)

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


def source_of(graph: GraphData, model: str) -> Source:
    """Where fields of a model on a graph are cut from."""
    make = MODELS[model].matrix
    features = features_of(graph)
    if make is None:
        return Source(features, None, 0)
    matrix = make(graph.edges, graph.num_nodes, graph.weights)
    return Source(features, to_scipy(matrix), MODELS[model].reach)


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
