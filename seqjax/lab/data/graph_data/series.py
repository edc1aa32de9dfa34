"""Series on the nodes of a graph: values with gaps, and edges that come and go."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int32
from numpy.typing import ArrayLike

from seqjax.core.graphs import as_edge_array
from seqjax.lab.data.graph_data.canonical import Canonical, canonical
from seqjax.lab.data.graph_data.graph import Changes, GraphData, TemporalGraph
from seqjax.lab.data.graph_data.rows import shown
from seqjax.lab.data.graph_data.times import check_times
from seqjax.lab.errors import UserError


class Values(NamedTuple):
    """What a source has of nodes over time.

    Attributes:
        what: Where it was read, for errors.
        values: NaN where one is missing.
        names: Of the nodes; None where they have numbers only.
        times: Of the snapshots, as text; None where there are none.
        remarks: What else to tell of how it was read.
    """

    what: str
    values: Float[np.ndarray, "time nodes features"]
    names: Sequence[str] | None = None
    times: Sequence[str] | None = None
    remarks: tuple[str, ...] = ()


def make_series(
    name: str,
    values: Values,
    edges: Any,
    weights: Any = None,
    *,
    directed: bool = False,
) -> TemporalGraph:
    """A series with edges of its own.

    Args:
        name: What to call it.
        values: Of its nodes.
        edges: Source and target of each, shape (2, E); or a list of such arrays, one
            for each time.
        weights: One for each edge, shape (E,), or a list of such arrays, one for each
            time; None (the default) for 1.
        directed: Whether edges go from source to target only; they do not by default.

    Raises:
        UserError: Values or edges that are none, or values the other way round.
    """
    snapshots = isinstance(edges, list)
    sets = [_edges(values.what, each) for each in (edges if snapshots else [edges])]
    check_way(values, 1 + max((int(e.max()) for e in sets if e.size), default=0))
    kept = _checked(values)
    num_nodes = kept.shape[1]
    if snapshots or isinstance(weights, list):
        each = sets if snapshots else sets * len(kept)
        found = _over_time(values, each, weights, directed)
    else:
        found = _Edges(
            *_ordered(values, sets[0], weights, directed, values.what), over_time=None
        )
    remarks = (*values.remarks, *check_times(values.what, values.times or ()))
    return TemporalGraph(
        name,
        num_nodes,
        found.edges,
        found.weights,
        kept,
        None if values.names is None else tuple(values.names),
        directed,
        found.changes._replace(remarks=remarks),
        found.over_time,
    )


def on_graph(name: str, values: Values, graph: GraphData) -> TemporalGraph:
    """A series on the nodes of a graph that was read apart.

    Values with names belong to the nodes of these names; others to nodes in order.

    Args:
        name: What to call it.
        values: Of its nodes.
        graph: The graph.

    Raises:
        UserError: Other nodes than those of the graph, or values the other way round.
    """
    names, edges = graph.node_names, graph.edges
    remarks = (*graph.changes.remarks, *values.remarks)
    if values.names is None:
        check_way(values, graph.num_nodes, exactly=graph)
    else:
        own = graph.node_names or tuple(map(str, range(graph.num_nodes)))
        column = {each: i for i, each in enumerate(values.names)}
        lost = next((each for each in own if each not in column), None)
        if lost is not None:
            turned = set(own) <= set(values.times or ())
            raise UserError(
                f"{values.what} must have a row per time, but has one per node of "
                f"{graph.name}; transpose it"
                if turned
                else f"{values.what} must have a column for every node of the graph "
                f"{graph.name}, but has none for {shown(lost)!r}; add it, with empty "
                "cells where nothing is known, or leave the node out"
            )
        extra = [each for each in values.names if each not in set(own)]
        if extra:
            remarks += (
                f"columns that are no node of {graph.name}, read without edges: "
                f"{shown(', '.join(extra))}",
            )
        edges = np.array([column[each] for each in own], np.int32)[graph.edges]
        names = tuple(values.names)
    kept = _checked(values)
    ordered = canonical(edges, kept.shape[1], graph.weights, directed=graph.directed)
    remarks += check_times(values.what, values.times or ())
    return TemporalGraph(
        name,
        kept.shape[1],
        ordered.edges,
        ordered.weights,
        kept,
        names,
        graph.directed,
        graph.changes._replace(remarks=remarks),
    )


def check_way(values: Values, num_nodes: int, exactly: GraphData | None = None) -> None:
    """Raise a UserError for values that have a row per node instead of one per time.

    Args:
        values: As they are given.
        num_nodes: So many nodes the edges name, the last one being the last number.
        exactly: The graph that has so many and no more; None (the default) where there
            may be nodes without edges after them.
    """
    rows, columns = values.values.shape[:2]
    named = values.names is not None and len(values.names) == columns
    if columns == num_nodes or (named and columns > num_nodes):
        return
    if rows == num_nodes or (num_nodes < rows < columns and exactly is None):
        raise UserError(
            f"{values.what} must have a row per time and a column per node, but its "
            f"{rows} rows and {columns} columns stand the other way round for "
            f"{num_nodes} nodes with edges; transpose the values, or name the nodes of "
            "the columns"
        )
    if exactly is not None:
        raise UserError(
            f"{values.what} must have values of the {num_nodes} nodes of the graph "
            f"{exactly.name}, not of {columns}; give a column for each"
        )


class _Edges(NamedTuple):
    """Edges in order, and their weights over time if these change."""

    edges: Int32[np.ndarray, "2 edges"]
    weights: Float32[np.ndarray, " edges"] | None
    changes: Changes
    over_time: Float32[np.ndarray, "time edges"] | None


def _edges(what: str, edges: ArrayLike) -> np.ndarray:
    try:
        return as_edge_array(edges)
    except ValueError as error:
        raise UserError(f"{what}: {error}") from None


def _ordered(
    values: Values, edges: Any, weights: Any, directed: bool, what: str, **more: Any
) -> Canonical:
    return canonical(
        edges,
        values.values.shape[1],
        weights,
        directed=directed,
        what=what,
        names=values.names,
        **more,
    )


def _over_time(
    values: Values, sets: list[np.ndarray], weights: Any, directed: bool
) -> _Edges:
    """Edges of all snapshots, each put in order by itself, and where each is."""
    times, num_nodes = values.values.shape[:2]
    for what, given in (("edges", sets), ("weights", weights)):
        if isinstance(given, list) and len(given) != times:
            raise UserError(
                f"{values.what} must have {what} for each of the {times} times of its "
                f"values, not for {len(given)}; give an empty list where there are none"
            )
    every = weights if isinstance(weights, list) else [weights] * times
    found = [
        _ordered(
            *(values, edges, own, directed, f"{values.what}, time {time},"),
            may_be_empty=True,
        )
        for time, (edges, own) in enumerate(zip(sets, every, strict=True))
    ]
    keys = [
        each.edges[1].astype(np.int64) * num_nodes + each.edges[0] for each in found
    ]
    union = np.unique(np.concatenate(keys))
    if not len(union):
        # For the words that say so.
        _ordered(values, np.zeros((2, 0), np.int64), None, directed, values.what)
    over_time = np.zeros((times, len(union)), np.float32)
    for time, (key, each) in enumerate(zip(keys, found, strict=True)):
        own = 1 if each.weights is None else each.weights
        over_time[time, np.searchsorted(union, key)] = own
    target, source = np.divmod(union, num_nodes)
    counts = (
        sum(getattr(each.changes, field) for each in found)
        for field in ("merged", "loops", "mirrored")
    )
    return _Edges(
        np.stack([source, target]).astype(np.int32), None, Changes(*counts), over_time
    )


def _checked(values: Values) -> Float32[np.ndarray, "time nodes features"]:
    """Values as they are stored, NaN where one is missing."""
    given = np.asarray(values.values, np.float64)
    with np.errstate(over="ignore", under="ignore"):
        kept = given.astype(np.float32)
    wrong = np.isinf(kept)
    if wrong.any():
        time, node, feature = np.argwhere(wrong)[0]
        who = str(node) if values.names is None else shown(values.names[node])
        raise UserError(
            f"{values.what} must have finite values, but node {who} has "
            f"{kept[time, node, feature]:g} at time {time}; correct it"
        )
    if np.isnan(kept).all():
        raise UserError(f"{values.what} must have values, but all are missing")
    return kept
