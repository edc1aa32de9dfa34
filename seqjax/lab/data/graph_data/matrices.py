"""Graphs from what other libraries hold: NumPy and SciPy matrices, NetworkX graphs."""

from collections.abc import Hashable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Int32, Num
from scipy import sparse

from seqjax.lab.data.graph_data.building import make_graph
from seqjax.lab.data.graph_data.graph import GraphData, Split
from seqjax.lab.errors import UserError


def from_matrix(
    adjacency: Any,
    *,
    name: str = "matrix",
    features: Any = None,
    labels: Num[np.ndarray, " nodes"] | None = None,
    split: Split | None = None,
    directed: bool = False,
) -> GraphData:
    """A graph from an adjacency matrix.

    What is not 0 in row i and column j is an edge from node i to node j, as NetworkX
    has it, with that weight. The graph has weights unless all are 1.

    Args:
        adjacency: Square; a NumPy array or a SciPy matrix.
        name: What to call the graph, "matrix" by default.
        features: A row per node, a NumPy array or a SciPy matrix; None (the default)
            for none.
        labels: Class of each node, -1 for none; None (the default) if none has one.
        split: None (the default) for none.
        directed: Whether edges go one way only. If not, as by default, what stands on
            one side of the diagonal only counts for both.

    Raises:
        UserError: A matrix that is not square or not of numbers, or arrays that are no
            graph.
    """
    array = adjacency if sparse.issparse(adjacency) else np.asarray(adjacency)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise UserError(
            f"the graph {name} must have a square adjacency matrix, not an array of "
            f"{' x '.join(map(str, array.shape))}; give a row and a column per node"
        )
    if array.dtype.kind not in "fiub":
        raise UserError(
            f"the graph {name} must have an adjacency matrix of numbers, not "
            f"{array.dtype}; convert it"
        )
    stored = sparse.coo_array(array)
    stored.sum_duplicates()
    there = stored.data != 0
    edges = np.stack([stored.row, stored.col]).astype(np.int64)[:, there]
    values = stored.data[there].astype(np.float64)
    return make_graph(
        name,
        edges,
        array.shape[0],
        weights=None if (values == 1).all() else values,
        features=features,
        labels=labels,
        split=split,
        directed=directed,
    )


@runtime_checkable
class NetworkXGraph(Protocol):
    """What is asked of a graph of NetworkX, which need not be installed."""

    @property
    def nodes(self) -> Any:
        """Called with ``data=True`` it gives every node and its attributes."""

    @property
    def edges(self) -> Any:
        """Called with ``data=True`` it gives both ends of every edge and attributes."""

    def is_directed(self) -> bool:
        """Whether edges go from the first end to the second only."""


def from_networkx(
    graph: NetworkXGraph,
    *,
    name: str = "networkx",
    weight: str | None = None,
    label: str | None = None,
    features: str | None = None,
) -> GraphData:
    """A graph from one of NetworkX.

    Nodes are numbered in their own order if all are whole numbers or all are strings,
    else as they come. Classes are numbered in the order of their names. Several edges
    between the same nodes are one.

    Args:
        graph: Directed or not.
        name: What to call it, "networkx" by default.
        weight: Attribute of every edge that is its weight; None (the default) for 1.
        label: Attribute of nodes that is the name of their class, a string or a whole
            number, where they have it; None (the default) for none.
        features: Attribute of every node that is its row of features; None (the
            default) for none.

    Raises:
        UserError: An attribute that is missing or no number, or what is no graph.
    """
    what = f"the graph {name}"
    attributes: dict[Hashable, Mapping[str, Any]] = dict(graph.nodes(data=True))
    nodes: list[Any] = list(attributes)
    if {type(node) for node in nodes} in ({int}, {str}):
        nodes.sort()
    numbers = {node: number for number, node in enumerate(nodes)}
    rows = list(graph.edges(data=True))
    ends = np.array([(numbers[a], numbers[b]) for a, b, _ in rows], np.int64)
    names = tuple(map(str, nodes))
    counted = names == tuple(map(str, range(len(nodes))))
    return make_graph(
        name,
        ends.reshape(-1, 2).T,
        len(nodes),
        weights=None
        if weight is None
        else _weights([data.get(weight) for _, _, data in rows], weight, what),
        features=None
        if features is None
        else _features([attributes[n].get(features) for n in nodes], features, what),
        labels=None
        if label is None
        else _labels([attributes[node].get(label) for node in nodes], label, what),
        node_names=None if counted else names,
        directed=graph.is_directed(),
    )


_REAL = (int, float, np.integer, np.floating)


def _weights(
    values: list[Any], attribute: str, what: str
) -> Float64[np.ndarray, " edges"]:
    """Weights of edges."""
    for value in values:
        if isinstance(value, bool) or not isinstance(value, _REAL):
            raise UserError(
                f"{what} must have a number as {attribute!r} of every edge, not "
                f"{value!r}; name another attribute, or leave it out"
            )
    return np.array(values, np.float64)


def _features(
    rows: list[Any], attribute: str, what: str
) -> Float64[np.ndarray, "nodes features"]:
    """Features of nodes."""
    try:
        table = np.array(rows, np.float64)
    except (TypeError, ValueError):
        table = np.zeros(0)
    if table.ndim != 2:
        raise UserError(
            f"{what} must have as many numbers as {attribute!r} of every node; name "
            "another attribute, or leave it out"
        )
    return table


def _labels(
    values: list[Any], attribute: str, what: str
) -> Int32[np.ndarray, " nodes"]:
    """Classes of nodes, numbered in the order of their names."""
    values = [_plain(value) for value in values]
    found = [value for value in values if value is not None]
    if {type(value) for value in found} not in ({int}, {bool}, {str}):
        raise UserError(
            f"{what} must have strings or whole numbers as {attribute!r} of nodes, "
            f"not {sorted(map(repr, found))[:3]}; name another attribute, or leave it "
            "out"
        )
    classes = {value: number for number, value in enumerate(sorted(set(found)))}
    return np.array([classes.get(value, -1) for value in values], np.int32)


def _plain(value: Any) -> Any:
    """A label without types of NumPy; whole numbers as such, None for NaN."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value != value:
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value
