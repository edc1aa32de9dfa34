"""How far messages travel on a graph: distances in hops, walks, and shortest paths."""

from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Int32, Integer
from scipy import sparse

from seqjax.core.graphs.edges import as_edges

Edges: TypeAlias = Any
Nodes = Integer[np.ndarray, " sources"]

_AT_ONCE = 2**24


def hop_distances(
    edges: Edges, num_nodes: int, sources: Nodes
) -> Int32[np.ndarray, "sources nodes"]:
    """The fewest edges on a path from each source to every node.

    Breadth first, for many sources at a time.

    Args:
        edges: source and target of each, shape (2, E); a path follows them that way.
        num_nodes: N.
        sources: where paths begin.

    Returns:
        Numbers of edges; -1 where no path leads.
    """
    found = np.full((len(sources), num_nodes), -1, np.int32)
    adjacency, size = _adjacency(edges, num_nodes), max(1, _AT_ONCE // num_nodes)
    for first in range(0, len(sources), size):
        part = found[first : first + size]
        front = _marked(num_nodes, sources[first : first + size])
        hops = 0
        while front.any():
            part[front.T > 0] = hops
            front = _next(adjacency, front)
            front[part.T >= 0] = 0
            hops += 1
    return found


def walk_ends(
    edges: Edges, num_nodes: int, sources: Nodes, steps: int
) -> Bool[np.ndarray, "sources nodes"]:
    """Where a walk of exactly `steps` edges from each source can end.

    Args:
        edges: source and target of each.
        num_nodes: N.
        sources: where walks begin.
        steps: edges of a walk; none may be left out, any may be taken again.
    """
    adjacency, front = _adjacency(edges, num_nodes), _marked(num_nodes, sources)
    for _ in range(steps):
        front = _next(adjacency, front)
    return front.T > 0


def shortest_paths(
    edges: Edges, num_nodes: int, source: int, target: int, most: int
) -> tuple[int, list[tuple[int, ...]]]:
    """How many shortest paths lead from one node to another, and the first of them.

    Args:
        edges: source and target of each.
        num_nodes: N.
        source: where a path begins.
        target: where it ends.
        most: so many paths are listed at most.

    Returns:
        The number of all of them, exact however large, and those listed, in the order
        of their nodes' numbers; 0 and none where no path leads.
    """
    # From the end: a path's next node is one that is nearer to the target.
    back = edges[::-1]
    left = hop_distances(back, num_nodes, np.array([target]))[0]
    if left[source] < 0:
        return 0, []
    order = np.lexsort((edges[1], edges[0]))
    starts, ends = edges[:, order]
    onward = (left[ends] >= 0) & (left[ends] == left[starts] - 1)
    following: dict[int, list[int]] = {}
    for start, end in zip(starts[onward].tolist(), ends[onward].tolist(), strict=True):
        following.setdefault(start, []).append(end)
    counts = {target: 1}
    for node in sorted(following, key=lambda node: int(left[node])):
        counts[node] = sum(counts[each] for each in following[node])
    paths: list[tuple[int, ...]] = []
    open_paths: list[tuple[int, ...]] = [(source,)]
    while open_paths and len(paths) < most:
        path = open_paths.pop()
        if path[-1] == target:
            paths.append(path)
            continue
        open_paths += [(*path, node) for node in reversed(following[path[-1]])]
    return counts[source], paths


def _adjacency(edges: Edges, num_nodes: int) -> sparse.csr_array:
    """Row i has the sources of node i."""
    edges = as_edges(edges, num_nodes)
    ones = np.ones(edges.shape[1], np.float32)
    return sparse.csr_array((ones, (edges[1], edges[0])), (num_nodes, num_nodes))


def _marked(num_nodes: int, sources: Nodes) -> Float32[np.ndarray, "nodes sources"]:
    """A column for each source, 1 at its node."""
    front = np.zeros((num_nodes, len(sources)), np.float32)
    front[sources, np.arange(len(sources))] = 1
    return front


def _next(
    adjacency: sparse.csr_array, front: Float32[np.ndarray, "nodes sources"]
) -> Float32[np.ndarray, "nodes sources"]:
    """One edge further; 1 where anything arrives, so that no count overflows."""
    return (adjacency @ front > 0).astype(np.float32)
