"""Edges in one order, each once: what depends on them depends on nothing else."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64, Num
from numpy.typing import ArrayLike

from seqjax.core.graphs import as_edge_array
from seqjax.lab.data.graph_data.graph import Changes
from seqjax.lab.errors import UserError


class Canonical(NamedTuple):
    """Edges in order.

    Attributes:
        edges: As in `GraphData`.
        weights: As in `GraphData`.
        changes: What was left out or added.
    """

    edges: Int32[np.ndarray, "2 edges"]
    weights: Float32[np.ndarray, " edges"] | None
    changes: Changes


def canonical(
    edges: ArrayLike,
    num_nodes: int,
    weights: ArrayLike | None = None,
    *,
    directed: bool = False,
    what: str = "the graph",
    names: Sequence[str] | None = None,
    may_be_empty: bool = False,
) -> Canonical:
    """Brings edges in order: no loops, none twice, both ways, sorted.

    Repeated edges are merged. Unless `directed`, an edge that is given one way is taken
    both ways. Where weights of the same edge differ there is no saying which is meant.

    Args:
        edges: Source and target of each, shape (2, E): an array or lists.
        num_nodes: How many nodes there are.
        weights: One for each edge, shape (E,); None (the default) for 1.
        directed: Whether edges go from source to target only; they do not by default.
        what: What to call the graph in errors, "the graph" by default.
        names: Of the nodes, for errors; None (the default) for their numbers.
        may_be_empty: Whether there may be no edges, as in one of many snapshots; not by
            default.

    Raises:
        UserError: Edges or weights of another shape, no nodes or edges, an edge to a
            node that is not there, a weight that is not a finite number above 0, or two
            weights for one edge.
    """
    try:
        edges = as_edge_array(edges)
    except ValueError as error:
        raise UserError(f"{what}: {error}") from None
    _check_edges(edges, num_nodes, what)
    shown = _Shown(num_nodes, directed, what, names)
    loops = edges[0] == edges[1]
    # Whatever whole numbers they are: a product of two nodes may need 62 bits.
    keys = edges[1].astype(np.int64) * num_nodes + edges[0].astype(np.int64)
    keys = keys[~loops]
    if not len(keys) and not may_be_empty:
        own = f" but {loops.sum()} from a node to itself" if loops.any() else ""
        raise UserError(
            f"{what} must have edges between its {num_nodes} nodes, but has none{own}; "
            "name another graph"
        )
    if weights is None:
        keys, sorted_weights = np.sort(keys), None
    else:
        sorted_weights = _checked_weights(np.asarray(weights), edges, shown)[~loops]
        order = np.argsort(keys, kind="stable")
        keys, sorted_weights = keys[order], sorted_weights[order]
    given = len(keys)
    keys, sorted_weights = _merged(keys, sorted_weights, shown)
    merged, mirrored = given - len(keys), 0
    if not directed:
        reverse = keys % num_nodes * num_nodes + keys // num_nodes
        one_way = len(keys)
        keys = np.concatenate([keys, reverse])
        if sorted_weights is None:
            keys.sort()
        else:
            order = np.argsort(keys, kind="stable")
            keys = keys[order]
            sorted_weights = np.concatenate([sorted_weights] * 2)[order]
        keys, sorted_weights = _merged(keys, sorted_weights, shown)
        mirrored = len(keys) - one_way
    target, source = np.divmod(keys, num_nodes)
    ordered = np.stack([source.astype(np.int32), target.astype(np.int32)])
    changes = Changes(merged, int(loops.sum()), mirrored)
    return Canonical(ordered, sorted_weights, changes)


class _Shown(NamedTuple):
    """What errors need to show an edge."""

    num_nodes: int
    directed: bool
    what: str
    names: Sequence[str] | None

    def edge(self, key: int) -> str:
        """An edge as its two nodes."""
        target, source = divmod(key, self.num_nodes)
        if self.names is None:
            return f"{source}-{target}"
        return f"{self.names[source]}-{self.names[target]}"


def _check_edges(edges: Num[np.ndarray, "2 given"], num_nodes: int, what: str) -> None:
    """Raises unless every edge joins two nodes that are there."""
    if num_nodes < 1:
        raise UserError(f"{what} must have nodes, but has none; name another graph")
    if num_nodes > np.iinfo(np.int32).max:
        raise UserError(
            f"{what} must have at most {np.iinfo(np.int32).max} nodes, not {num_nodes}"
            "; name a smaller graph"
        )
    if edges.size and edges.dtype.kind not in "iu":
        raise UserError(
            f"{what} must have edges between nodes numbered by whole numbers, not "
            f"{edges.dtype}; convert them"
        )
    outside = (edges < 0) | (edges >= num_nodes)
    if outside.any():
        place = int(np.argmax(outside.any(0)))
        source, target = edges[:, place]
        raise UserError(
            f"{what} must have edges between its nodes 0 to {num_nodes - 1} only, but "
            f"one joins {source} and {target}; correct it, or give more nodes"
        )


def _checked_weights(
    weights: Num[np.ndarray, " weights"],
    edges: Num[np.ndarray, "2 given"],
    shown: _Shown,
) -> Float32[np.ndarray, " weights"]:
    """Weights as float32, if they are finite and above 0."""
    if weights.shape != (edges.shape[1],):
        raise UserError(
            f"{shown.what} must have one weight per edge ({edges.shape[1]}), not "
            f"{' x '.join(map(str, weights.shape)) or 'a single number'}; correct "
            "them, or leave them out"
        )
    if weights.dtype.kind not in "fiu":
        raise UserError(
            f"{shown.what} must have weights that are numbers, not {weights.dtype}; "
            "convert them"
        )
    with np.errstate(over="ignore", under="ignore"):
        single = weights.astype(np.float32)
    wrong = ~(np.isfinite(single) & (single > 0))
    if wrong.any():
        place = int(np.argmax(wrong))
        source, target = (int(node) for node in edges[:, place])
        raise UserError(
            f"{shown.what} must have weights that are finite numbers above 0, but edge "
            f"{shown.edge(target * shown.num_nodes + source)} has {weights[place]:g}; "
            "correct it, or leave the edge out"
        )
    return single


def _merged(
    keys: Int64[np.ndarray, " given"],
    weights: Float32[np.ndarray, " given"] | None,
    shown: _Shown,
) -> tuple[Int64[np.ndarray, " kept"], Float32[np.ndarray, " kept"] | None]:
    """Sorted edges without those that repeat the one before."""
    first: Bool[np.ndarray, " given"] = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    if weights is None:
        return keys[first], None
    differs = ~first[1:] & (weights[1:] != weights[:-1])
    if differs.any():
        place = int(np.argmax(differs))
        rule = (
            "once"
            if shown.directed
            else ("once, or with the same weight both ways, unless edges are directed")
        )
        raise UserError(
            f"{shown.what} must give an edge one weight, but "
            f"{shown.edge(int(keys[place]))} has {weights[place]:g} and "
            f"{weights[place + 1]:g}; give each edge {rule}"
        )
    return keys[first], weights[first]
