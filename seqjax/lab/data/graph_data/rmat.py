"""Random graphs that look alike at every scale: R-MAT."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

from seqjax.core.checks import check_integer
from seqjax.lab.data.graph_data.building import make_drawn
from seqjax.lab.data.graph_data.graph import GraphData
from seqjax.lab.data.graph_data.sampling import generator

QUADRANTS = (0.57, 0.19, 0.19, 0.05)
"""Upper left, upper right, lower left, lower right; those of Graph500."""

_AT_A_TIME = 1 << 16


def rmat(
    scale: int,
    edges_per_node: int,
    seed: int,
    *,
    quadrants: Sequence[float | int] = QUADRANTS,
) -> GraphData:
    """R-MAT: each edge falls into a quadrant of the adjacency matrix, again and again.

    There are 2^scale nodes, and edges_per_node times as many edges are drawn. What
    falls on the diagonal is left out, what falls on another edge or its mirror image is
    merged, and `notes` tells how many (Chakrabarti, Zhan & Faloutsos 2004). Nodes are
    not renumbered: those of low numbers have high degrees.

    Args:
        scale: Number of halvings, 30 at most.
        edges_per_node: Edges drawn for each node.
        seed: 0 or more; the same gives the same graph.
        quadrants: Probabilities of the four quadrants, by default `QUADRANTS`.

    Raises:
        ValueError: A number that is not allowed.
        UserError: All edges fell on the diagonal.
    """
    check_integer("scale", scale, minimum=1)
    if scale > 30:
        raise ValueError(f"scale must be at most 30, not {scale}; give 30 or less")
    check_integer("edges_per_node", edges_per_node, minimum=1)
    random = generator(seed, "r-mat")
    pairs = rmat_pairs(scale, edges_per_node << scale, quadrants, random)
    return make_drawn("r-mat", np.sort(pairs, axis=0), 1 << scale)


def rmat_pairs(
    scale: int,
    count: int,
    quadrants: Sequence[float | int],
    random: np.random.Generator,
) -> Int64[np.ndarray, "2 count"]:
    """Rows and columns drawn, with all that fall on each other or on the diagonal.

    Args:
        scale: Number of halvings.
        count: How many to draw.
        quadrants: Probabilities of the four quadrants, in the order of `QUADRANTS`.
        random: Where random numbers come from.

    Raises:
        ValueError: Quadrants that are no probabilities.
    """
    shares = np.asarray(quadrants, np.float64)
    if (
        shares.shape != (4,)
        or not (shares >= 0).all()
        or not np.isclose(shares.sum(), 1, rtol=0, atol=1e-9)
    ):
        raise ValueError(
            "quadrants must be four probabilities that sum to 1, not "
            f"{shares.tolist()}; give for example {', '.join(map(str, QUADRANTS))}"
        )
    pairs = np.zeros((2, count), np.int64)
    first, half, last = np.cumsum(shares)[:3] / shares.sum()
    # Few at a time, which stay in the processor's cache through all levels.
    for start in range(0, count, _AT_A_TIME):
        part = pairs[:, start : start + _AT_A_TIME]
        for _ in range(scale):
            drawn = random.random(part.shape[1])
            lower = drawn >= half
            right = (drawn >= first) & ~lower | (drawn >= last)
            part <<= 1
            part[0] += lower
            part[1] += right
    return pairs
