"""Shortest message paths between two nodes, and what each of them carries."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Integer
from scipy import sparse

from seqjax.core.graphs.reach import shortest_paths

LISTED = 20
"""More shortest paths than this are counted, but not listed."""


class Paths(NamedTuple):
    """What is found between two nodes.

    Attributes:
        hops: edges of a shortest path; -1 where none leads there.
        number: of shortest paths.
        listed: the first of them.
        shares: of each listed, the share that it carries of what arrives first.
    """

    hops: int
    number: int
    listed: list[tuple[int, ...]]
    shares: list[float]


def find_paths(
    edges: Integer[np.ndarray, "2 edges"], num_nodes: int, source: int, target: int
) -> Paths:
    """Shortest paths, and how much of the message takes each.

    Through as many linear layers of the renormalised model as a shortest path has
    edges, what arrives is the sum over all shortest paths of the product of their
    edges' entries.

    Args:
        edges: source and target of each.
        num_nodes: N.
        source: where a message begins.
        target: where it arrives.
    """
    count, listed = shortest_paths(edges, num_nodes, source, target, LISTED)
    if not count:
        return Paths(-1, 0, [], [])
    # Of 1 / sqrt(d_i d_j) along a path all ends are squared but the first and last.
    degrees = 1.0 + np.bincount(edges[1], minlength=num_nodes)
    carried = [float(np.prod(1 / degrees[list(path[1:-1])])) for path in listed]
    total = _arriving(edges, 1 / degrees, source, target, len(listed[0]) - 1)
    shares = [each / total for each in carried]
    return Paths(len(listed[0]) - 1, count, listed, shares)


def _arriving(
    edges: Integer[np.ndarray, "2 edges"],
    inverse: np.ndarray,
    source: int,
    target: int,
    hops: int,
) -> float:
    """The sum over all paths: a walk of so many edges can be no other."""
    size = len(inverse)
    places = (edges[1], edges[0])
    matrix = sparse.csr_array((inverse[edges[1]], places), (size, size))
    message = np.zeros(size)
    message[source] = 1
    for _ in range(hops):
        message = matrix @ message
    # The target's own factor is none of an inner node's.
    return float(message[target] / inverse[target]) if hops else 1.0
