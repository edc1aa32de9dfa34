"""Layers with random weights, what they reach, and how much of a node is left in it."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int, Integer

from seqjax.core.graphs import MODELS, SparseMatrix, convolve
from seqjax.core.graphs.network import init_weights
from seqjax.core.graphs.reach import hop_distances, walk_ends
from seqjax.core.graphs.smoothness import Contrast, cosine_distance, energy
from seqjax.core.keys import named_keys

AT_ONCE = 2**22
"""About so many numbers are carried along at a time."""


class Activation(NamedTuple):
    """A function of each feature by itself.

    Attributes:
        value: f(a).
        slope: f'(a).
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS = {
    "relu": Activation(jax.nn.relu, lambda a: (a > 0).astype(a.dtype)),
    "tanh": Activation(jnp.tanh, lambda a: 1 - jnp.tanh(a) ** 2),
    "linear": Activation(lambda a: a, jnp.ones_like),
}
"""By name."""


class Setting(NamedTuple):
    """What the layers are.

    Attributes:
        model: a name in `seqjax.core.graphs.MODELS`.
        activation: a name in `ACTIVATIONS`.
        initializer: of the weights.
        size: features of a node before and after every layer.
    """

    model: str
    activation: str
    initializer: str
    size: int


def reached(
    model: str,
    edges: Integer[np.ndarray, "2 edges"],
    num_nodes: int,
    sources: Integer[np.ndarray, " sources"],
    layers: int,
) -> Bool[np.ndarray, "layers sources nodes"]:
    """Which nodes a source can reach with 1, 2, ... layers, by the edges alone.

    Those within k hops; of a model that leaves a node itself out ("first-order-term"),
    the ends of walks of exactly k edges. (Models that divide by the root of a degree
    lose, on a directed graph, the messages of nodes that no edge leads to: their degree
    is 0. So they reach less than this, which the study counts.)

    Args:
        model: a name in `seqjax.core.graphs.MODELS`.
        edges: source and target of each.
        num_nodes: N.
        sources: from where.
        layers: how many at most.
    """
    numbers = range(1, layers + 1)
    if model == "first-order-term":
        return np.stack([walk_ends(edges, num_nodes, sources, k) for k in numbers])
    distances = hop_distances(edges, num_nodes, sources)
    hops = MODELS[model].reach
    return np.stack([(distances >= 0) & (distances <= k * hops) for k in numbers])


def influence(
    setting: Setting,
    key: Array,
    matrix: SparseMatrix | None,
    num_nodes: int,
    sources: Int[Array, " sources"],
    layers: int,
) -> Float[Array, "layers sources nodes"]:
    """|dh_v / dx_u| of every node v after 1, 2, ... layers, for given nodes u.

    Features and weights are drawn. A layer is linear but for its activation, so a
    derivative passes it as features do: through the same layer, then times the slope.
    All inputs of a node, and many nodes, pass side by side, and every depth is had on
    the way. The norm is Frobenius', over features in and out.

    Args:
        setting: of the layers.
        key: a typed key.
        matrix: the model's matrix of the graph.
        num_nodes: N.
        sources: the nodes u.
        layers: how many at most.
    """
    keys = named_keys(key, ("features", "weights"))
    size, (value, slope) = setting.size, ACTIVATIONS[setting.activation]
    h = jax.random.normal(keys["features"], (num_nodes, size))
    weights, slopes = [], []
    for each in jax.random.split(keys["weights"], layers):
        weights.append(
            init_weights(each, setting.model, size, size, setting.initializer)
        )
        a = convolve(setting.model, matrix, h, weights[-1])
        h, bend = value(a), slope(a)
        slopes.append(bend)

    def of_one(source: Array) -> Float[Array, "layers nodes"]:
        tangent = jnp.zeros((size, num_nodes, size), h.dtype)
        each = jnp.arange(size)
        tangent = tangent.at[each, source, each].set(1)
        norms = []
        for w, bend in zip(weights, slopes, strict=True):
            passed = jax.vmap(lambda t, w=w: convolve(setting.model, matrix, t, w))
            tangent = passed(tangent) * bend
            norms.append(jnp.sqrt(jnp.sum(tangent**2, axis=(0, 2))))
        return jnp.stack(norms)

    together = max(1, AT_ONCE // (num_nodes * size * size))
    found = lax.map(of_one, sources, batch_size=min(together, len(sources)))
    return jnp.moveaxis(found, 0, 1)


class Smoothing(NamedTuple):
    """How different nodes are after each layer; see `seqjax.core.graphs.smoothness`.

    Attributes:
        energy: Dirichlet's, over the squared length.
        cosine_distance: mean over pairs.
        empty: share of nodes whose features are all 0.
    """

    energy: Float[Array, " layers"]
    cosine_distance: Float[Array, " layers"]
    empty: Float[Array, " layers"]


def smoothing(
    setting: Setting,
    key: Array,
    matrix: SparseMatrix | None,
    contrast: Contrast,
    layers: int,
) -> Smoothing:
    """How different nodes are after 0, 1, ... layers; features and weights are drawn.

    Args:
        setting: of the layers.
        key: a typed key.
        matrix: the model's matrix of the graph.
        contrast: of the graph.
        layers: how many at most.
    """
    keys = named_keys(key, ("features", "weights"))
    size, activation = setting.size, ACTIVATIONS[setting.activation].value
    x = jax.random.normal(keys["features"], (len(contrast.scales), size))

    def measured(h: Array) -> Smoothing:
        empty = (h == 0).all(axis=1).astype(h.dtype)
        return Smoothing(energy(contrast, h), cosine_distance(h), empty.mean())

    def layer(h: Array, key: Array) -> tuple[Array, Smoothing]:
        w = init_weights(key, setting.model, size, size, setting.initializer)
        h = activation(convolve(setting.model, matrix, h, w))
        return h, measured(h)

    _, after = lax.scan(layer, x, jax.random.split(keys["weights"], layers))
    return jax.tree.map(
        lambda first, rest: jnp.concatenate([first[None], rest]), measured(x), after
    )
