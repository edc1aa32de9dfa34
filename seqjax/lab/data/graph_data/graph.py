"""What a graph is here: arrays in one order, and what was done to bring them there."""

from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float32, Int32
from scipy import sparse

from seqjax.lab.errors import UserError

Features: TypeAlias = sparse.csr_array | Float32[np.ndarray, "nodes features"]
"""A row per node, dense or sparse, of float32."""


class Split(NamedTuple):
    """Which nodes are learnt from, and which are held out.

    Attributes:
        train: Their numbers, ascending; at least one.
        validation: Compared on during training; may be empty.
        test: Measured on at the end; may be empty.
    """

    train: Int32[np.ndarray, " train"]
    validation: Int32[np.ndarray, " validation"]
    test: Int32[np.ndarray, " test"]


class Changes(NamedTuple):
    """What a source gave and a graph does not show; `notes` puts it in words.

    Attributes:
        merged: Edges that repeated another one.
        loops: Edges from a node to itself, which are left out.
        mirrored: Edges that stood one way only, and are taken both ways.
        missing: Nodes that the source has no features for.
        remarks: Whatever else somebody who uses the graph should be told of how its
            source was read, a line each.
    """

    merged: int = 0
    loops: int = 0
    mirrored: int = 0
    missing: int = 0
    remarks: tuple[str, ...] = ()


class GraphData(NamedTuple):
    """A graph whose nodes may have features and labels.

    The edges are sorted, so nothing computed from them depends on the order in which a
    source gave them.

    Attributes:
        name: What it is called.
        num_nodes: N; nodes are numbered from 0.
        edges: Source and target, sorted by target, then source; no edge twice, none
            from a node to itself, and each both ways unless `directed`.
        weights: Of the edges, finite and above 0; None where all are 1.
        features: Finite; None where there are none.
        labels: Class of each node, -1 where it has none.
        num_classes: How many classes there are; 0 where no node has a label.
        split: None where there is none.
        node_names: None where nodes have numbers only.
        directed: Whether an edge need not go both ways.
        changes: Between the source and these arrays.
        class_names: None where classes have numbers only.
    """

    name: str
    num_nodes: int
    edges: Int32[np.ndarray, "2 edges"]
    weights: Float32[np.ndarray, " edges"] | None
    features: Features | None
    labels: Int32[np.ndarray, " nodes"]
    num_classes: int
    split: Split | None
    node_names: tuple[str, ...] | None
    directed: bool
    changes: Changes
    class_names: tuple[str, ...] | None = None


class TemporalGraph(NamedTuple):
    """A graph that stays, and values on its nodes that change.

    Attributes:
        name: What it is called.
        num_nodes: N; nodes are numbered from 0.
        edges: As in `GraphData`.
        weights: As in `GraphData`.
        values: Of every node at every time; finite, or NaN where it is missing.
        node_names: None where nodes have numbers only.
        directed: Whether an edge need not go both ways.
        changes: Between the source and these arrays.
        weights_over_time: Of the edges at every time, 0 where one is not there; then
            `edges` are all that ever are there. None where edges stay as they are.
    """

    name: str
    num_nodes: int
    edges: Int32[np.ndarray, "2 edges"]
    weights: Float32[np.ndarray, " edges"] | None
    values: Float32[np.ndarray, "time nodes features"]
    node_names: tuple[str, ...] | None
    directed: bool
    changes: Changes
    weights_over_time: Float32[np.ndarray, "time edges"] | None = None


def components(graph: GraphData | TemporalGraph) -> Int32[np.ndarray, " nodes"]:
    """The number of the component that each node is in, directions left aside."""
    size = graph.num_nodes
    ones = np.ones(graph.edges.shape[1], np.int8)
    adjacency = sparse.csr_array((ones, (graph.edges[1], graph.edges[0])), (size, size))
    _, found = sparse.csgraph.connected_components(adjacency, directed=False)
    return found.astype(np.int32)


def notes(graph: GraphData | TemporalGraph) -> tuple[str, ...]:
    """What somebody who uses a graph should be told, a line each; often nothing.

    What was changed to bring it in order, and that it falls into several components,
    between which no layer of a network carries anything.
    """
    counts = {
        "edges that repeated others, merged": graph.changes.merged,
        "edges from a node to itself, left out": graph.changes.loops,
        "edges given one way, taken both ways": graph.changes.mirrored,
        "nodes without features in the source, set to 0": graph.changes.missing,
    }
    lines = [f"{what}: {count}" for what, count in counts.items() if count]
    sizes = np.bincount(components(graph))
    if len(sizes) > 1:
        lines.append(
            f"components that no edge joins: {len(sizes)}, the largest with "
            f"{sizes.max()} of {graph.num_nodes} nodes, {np.sum(sizes == 1)} with one"
        )
    return (*lines, *graph.changes.remarks)


def described(graph: GraphData | TemporalGraph) -> str:
    """A graph in one line: nodes, edges, directed or not, and all of `notes`."""
    edges = graph.edges.shape[1]
    kind = "directed" if graph.directed else "undirected"
    if not graph.directed:
        # Every edge stands both ways.
        edges //= 2
    weighted = "" if graph.weights is None else ", weighted"
    counts = f"{graph.num_nodes} nodes, {edges} {kind} edges{weighted}"
    if isinstance(graph, TemporalGraph):
        return "; ".join([f"{counts}{_over_time(graph)}", *notes(graph)])
    if graph.num_classes:
        without = int(np.sum(graph.labels < 0))
        counts += f", {graph.num_classes} classes" + (
            f" ({without} nodes without)" if without else ""
        )
    return "; ".join([counts, *notes(graph)])


def _over_time(graph: TemporalGraph) -> str:
    """What a series has beside its edges."""
    told = ""
    if graph.weights_over_time is not None:
        there = (graph.weights_over_time > 0).sum(axis=1) // (2 - graph.directed)
        told = f", of which {there.min()} to {there.max()} are there at a time"
    times, _, features = graph.values.shape
    told += f", {times} times" + (f", {features} values each" if features > 1 else "")
    missing = int(np.isnan(graph.values).sum())
    return told + (f", {missing} values missing" if missing else "")


def require_split(graph: GraphData) -> Split:
    """The split of a graph that a network shall learn to label.

    Raises:
        UserError: It has none.
    """
    if graph.split is None:
        found = "no split" if graph.num_classes else "no labels"
        raise UserError(
            f"the graph {graph.name} must have training nodes, but has {found}; "
            + (
                "draw a random split"
                if graph.num_classes
                else "name a graph with labels"
            )
        )
    return graph.split
