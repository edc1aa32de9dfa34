"""Edges and their weights as a caller gives them: one check for all that reads them."""

from typing import Any

import numpy as np
from jaxtyping import Float64, Int64, Num


def as_edge_array(edges: Any) -> Num[np.ndarray, "2 edges"]:
    """Edges as an array of two rows, whatever they join.

    Args:
        edges: source and target of each, shape (2, E): an array of NumPy or JAX, or
            lists.

    Raises:
        ValueError: on another shape, (E, 2) too.
    """
    try:
        found = np.asarray(edges)
    except ValueError:
        raise ValueError(
            "edges must be one row of sources and one of targets, but the rows differ "
            "in length; give as many of each"
        ) from None
    if not found.size and (found.ndim == 1 or found.shape in ((2, 0), (0, 2))):
        return np.zeros((2, 0), np.int64)
    if found.ndim != 2 or found.shape[0] != 2:
        pairs = found.ndim == 2 and found.shape[1] == 2
        way_out = (
            f"give {'edges.T' if hasattr(edges, 'T') else 'np.array(edges).T'}"
            if pairs
            else "give a row of sources and a row of targets"
        )
        raise ValueError(
            f"edges must have shape (2, E), sources above targets, not {found.shape}; "
            f"{way_out}"
        )
    return found


def as_edges(edges: Any, num_nodes: int) -> Int64[np.ndarray, "2 edges"]:
    """Edges of a graph of so many nodes, as an array.

    Args:
        edges: as of `as_edge_array`, shape (2, E).
        num_nodes: N.

    Raises:
        ValueError: as of `as_edge_array`; on numbers that are not whole, or an edge to
            a node that is not there.
    """
    found = as_edge_array(edges)
    if found.dtype.kind not in "iu":
        raise ValueError(
            f"edges must be whole numbers, the numbers of nodes, not {found.dtype}; "
            "convert them"
        )
    outside = (found < 0) | (found >= num_nodes)
    if outside.any():
        raise ValueError(
            f"edges must join nodes 0 to {num_nodes - 1}, not {found[outside][0]}; "
            "correct them, or give more nodes"
        )
    return found.astype(np.int64)


def as_edge_weights(weights: Any, count: int) -> Float64[np.ndarray, "*time edges"]:
    """Weights of so many edges, 1 by default.

    Args:
        weights: finite numbers above 0, shape (E,); or over time, shape (T, E), with 0
            where there is no edge; None for 1.
        count: E.

    Raises:
        ValueError: on another shape, or a weight that is not finite and above 0 (over
            time: at least 0).
    """
    if weights is None:
        return np.ones(count)
    given = np.asarray(weights)
    over_time = given.ndim == 2 and given.shape[1] == count and len(given) > 0
    if given.shape != (count,) and not over_time:
        raise ValueError(
            f"weights must have one number per edge, shape ({count},), not "
            f"{given.shape}; correct them, or leave them out"
        )
    if given.dtype.kind not in "iuf" and not np.can_cast(given.dtype, np.float64):
        try:
            given = given.astype(np.float32)  # bfloat16, whose kind is not that of f
        except (TypeError, ValueError):
            raise ValueError(
                f"weights must be numbers, not {given.dtype}; convert them"
            ) from None
    found = given.astype(np.float64)
    wrong = ~(np.isfinite(found) & (found > 0))
    if over_time:
        wrong &= found != 0
        if wrong.any():
            time, place = np.argwhere(wrong)[0]
            raise ValueError(
                "weights over time must be finite and at least 0, but that of edge "
                f"{place} at time {time} is {found[time, place]:g}; correct it, or "
                "give 0 where the edge is not there"
            )
        return found
    if wrong.any():
        place = int(np.argmax(wrong))
        raise ValueError(
            f"weights must be finite and above 0, but that of edge {place} is "
            f"{found[place]:g}; correct it, or leave the edge out"
        )
    return found
