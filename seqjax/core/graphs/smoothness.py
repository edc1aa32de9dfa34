"""How different the features of nodes are from each other."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from scipy import sparse

from seqjax.core.graphs.edges import as_edge_weights, as_edges


class Contrast(NamedTuple):
    """What Dirichlet's energy is summed over: edges both ways, directions left aside.

    Attributes:
        ends: the two nodes of each.
        weights: of the edges, halved, for each stands here twice.
        scales: of the nodes, 1 / sqrt(1 + degree).
    """

    ends: Int[Array, "2 edges"]
    weights: Float[Array, " edges"]
    scales: Float[Array, " nodes"]


def make_contrast(
    edges: Any,
    num_nodes: int,
    weights: Any = None,
) -> Contrast:
    """What `energy` needs of a graph, in float64 where that is enabled.

    Args:
        edges: source and target of each, shape (2, E).
        num_nodes: N.
        weights: of the edges, finite and above 0, shape (E,); None (the default)
            for 1.

    Raises:
        ValueError: as of `as_edges` and `as_edge_weights`.
    """
    edges = as_edges(edges, num_nodes)
    values = as_edge_weights(weights, edges.shape[1])
    one_way = sparse.csr_array((values, (edges[1], edges[0])), (num_nodes, num_nodes))
    both = sparse.coo_array((one_way + one_way.T) / 2)
    degrees = np.asarray(both.sum(axis=1), np.float64)
    return Contrast(
        jnp.asarray(np.stack([both.row, both.col]), jnp.int32),
        jnp.asarray(both.data / 2),
        jnp.asarray(1 / np.sqrt(1 + degrees)),
    )


def energy(contrast: Contrast, x: Float[Array, "nodes features"]) -> Float[Array, ""]:
    """Dirichlet's energy over the squared length of x; 0 where x is 0.

    The sum over edges of w |x_i / sqrt(1 + d_i) - x_j / sqrt(1 + d_j)|^2 is
    tr(x^T (I - P) x) with P the renormalised matrix (Cai & Wang 2020, definition 3.1).
    Over |x|^2 it does not depend on the scale of x, and is between 0 and 2.

    Args:
        contrast: of the graph.
        x: features of the nodes.
    """
    scaled = _of_length_one(x) * contrast.scales[:, None]
    apart = scaled[contrast.ends[0]] - scaled[contrast.ends[1]]
    return jnp.sum(contrast.weights * jnp.sum(apart**2, axis=1))


def cosine_distance(x: Float[Array, "nodes features"]) -> Float[Array, ""]:
    """Mean of 1 - cos over all pairs of nodes; 0 says that all point the same way.

    Two nodes without any feature left are no distance apart, one without and one with
    are 1 apart. From the sum of unit vectors, so without a table of all pairs.

    Args:
        x: features of the nodes, of two or more.
    """
    lengths = jnp.sqrt(jnp.sum(_of_length_one(x) ** 2, axis=1, keepdims=True))
    none = lengths == 0
    units = _of_length_one(x) / jnp.where(none, 1, lengths)
    empty = jnp.sum(none.astype(x.dtype))
    nodes = x.shape[0]
    # |sum of u|^2 = number of units + 2 sum over pairs of cos.
    total = jnp.sum(jnp.sum(units, axis=0) ** 2)
    alike = (total - (nodes - empty)) + empty * (empty - 1)
    return jnp.maximum(1 - alike / (nodes * (nodes - 1)), 0)


def _of_length_one(x: Float[Array, "nodes features"]) -> Array:
    """X over its length, in two steps: its squares may be too small for a float."""
    largest = jnp.max(jnp.abs(x))
    x = x / jnp.where(largest > 0, largest, 1)
    length = jnp.sqrt(jnp.sum(x**2))
    return x / jnp.where(length > 0, length, 1)
