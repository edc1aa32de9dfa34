"""Many small graphs as one, each a component of it, and what a graph is as a whole.

No edge joins two of them, so a layer on the joined graph is that layer on each. Numbers
of nodes are rounded up to a few sizes, and so are the shapes of matrices made with
``rounded=True``: batches of like sizes share a program.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64, Int32, Int64

from seqjax.core.checks import check_choice, check_integer
from seqjax.core.graphs.edges import as_edge_weights, as_edges
from seqjax.core.graphs.layout import rounded_up

READOUTS = ("sum", "mean", "max")
"""What becomes of the features of all nodes of a graph."""


class GraphBatch(NamedTuple):
    """Graphs side by side; arrays of NumPy.

    Attributes:
        edges: of all graphs, for the functions that make matrices.
        weights: of the edges; None where no graph has any.
        num_nodes: of all, and of the filler: nodes without edges, behind all others.
        graph: the number of each node's graph; of the filler that of graphs.
        num_graphs: how many graphs there are.
    """

    edges: Int64[np.ndarray, "2 edges"]
    weights: Float64[np.ndarray, " edges"] | None
    num_nodes: int
    graph: Int32[np.ndarray, " nodes"]
    num_graphs: int

    def features(self, each: Sequence[Any]) -> np.ndarray:
        """Features of all nodes, with zeros for the filler.

        Args:
            each: of each graph, a row per node.

        Raises:
            ValueError: on another number of graphs or of rows.
        """
        counts = np.bincount(self.graph, minlength=self.num_graphs)[: self.num_graphs]
        rows = [len(one) for one in each]
        if rows != counts.tolist():
            raise ValueError(
                f"features must have a row for each of the graphs' {counts.tolist()} "
                f"nodes, not {rows}; give those of every graph, in order"
            )
        found = np.concatenate([np.asarray(one) for one in each])
        filler = np.zeros((self.num_nodes - len(found), *found.shape[1:]), found.dtype)
        return np.concatenate([found, filler])


def join_graphs(
    edges: Sequence[Any],
    num_nodes: Sequence[int],
    weights: Sequence[Any] | None = None,
    *,
    rounded: bool = True,
) -> GraphBatch:
    """Graphs as one, of which each is a component, or several.

    Args:
        edges: of each graph, source and target, shape (2, E).
        num_nodes: of each graph.
        weights: of the edges of each, shape (E,) or None; None (the default) for 1.
        rounded: whether the number of nodes is filled up to one of a few sizes, 8, 12,
            16, 24, 32, 48, ...; it is by default.

    Raises:
        ValueError: on no graph, another number of them, or edges that are none.
    """
    given = [None] * len(edges) if weights is None else list(weights)
    if not len(edges) or not len(edges) == len(num_nodes) == len(given):
        raise ValueError(
            "graphs must be at least one, with edges, num_nodes and weights of each, "
            f"not {len(edges)}, {len(num_nodes)} and {len(given)} of them; give one of "
            "each per graph"
        )
    for count in num_nodes:
        check_integer("num_nodes", count, minimum=1)
    starts = np.concatenate([[0], np.cumsum(num_nodes)])
    ends = [
        as_edges(each, count) + start
        for each, count, start in zip(edges, num_nodes, starts, strict=False)
    ]
    values = [
        as_edge_weights(each, one.shape[1])
        for each, one in zip(given, ends, strict=True)
    ]
    total = rounded_up(int(starts[-1])) if rounded else int(starts[-1])
    graph = np.repeat(np.arange(len(edges)), num_nodes)
    graph = np.append(graph, np.full(total - len(graph), len(edges)))
    return GraphBatch(
        np.concatenate(ends, axis=1),
        None if all(each is None for each in given) else np.concatenate(values),
        total,
        graph.astype(np.int32),
        len(edges),
    )


def readout(
    x: Float[Array, "nodes features"],
    graph: Int32[Array | np.ndarray, " nodes"] | Any,
    num_graphs: int,
    how: str = "mean",
) -> Float[Array, "graphs features"]:
    """Features of every graph from those of its nodes; 0 of a graph without nodes.

    Args:
        x: features of all nodes.
        graph: the number of each node's graph, ascending; `num_graphs` for filler,
            which is left out whatever stands there.
        num_graphs: how many graphs there are.
        how: "sum", "mean" (the default) or "max", feature by feature.

    Raises:
        ValueError: on another word, or another number of nodes.
    """
    check_choice("how", how, READOUTS)
    check_integer("num_graphs", num_graphs, minimum=1)
    if graph.shape != (x.shape[0],):
        raise ValueError(
            f"graph must have a number for each of the {x.shape[0]} nodes of x, not "
            f"shape {graph.shape}; give GraphBatch.graph"
        )
    graph = jnp.asarray(graph)
    counts = jax.ops.segment_sum(
        jnp.ones(graph.shape, x.dtype), graph, num_graphs, indices_are_sorted=True
    )[:, None]
    if how == "max":
        found = jax.ops.segment_max(x, graph, num_graphs, indices_are_sorted=True)
        return jnp.where(counts > 0, found, 0)
    found = jax.ops.segment_sum(x, graph, num_graphs, indices_are_sorted=True)
    return found if how == "sum" else found / jnp.maximum(counts, 1)
