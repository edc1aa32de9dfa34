"""Mini-batches: some nodes, what they take from whom, and features of the furthest.

Sizes are rounded up to a few, so that a training compiles a few programs and no more;
what only fills up has the weight 0.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Int64
from scipy import sparse

from seqjax.core.graphs import GraphWeights, drop
from seqjax.core.keys import named_keys
from seqjax.graphs.classify.sampling import Sampler, Table

OWN_TERM = ("single-parameter", "first-order", "sage-mean")
"""Models that add a node's own features times W_0 to what it takes from others."""


class Rows(NamedTuple):
    """Sparse features of some nodes, as many entries of each.

    Attributes:
        columns: of the entries.
        values: of the entries; 0 where a row is not full.
    """

    columns: Int[Array | np.ndarray, "nodes entries"]
    values: Float[Array | np.ndarray, "nodes entries"]


class Batch(NamedTuple):
    """One mini-batch.

    Attributes:
        features: of the furthest nodes.
        outer: what inner nodes take from the furthest; None for "mlp".
        inner: what the nodes themselves take from inner nodes; None for "mlp".
        labels: classes of the nodes.
        counts: 1 for a node, 0 for what only fills up.
    """

    features: Rows
    outer: Table | None
    inner: Table | None
    labels: Int[Array | np.ndarray, " nodes"]
    counts: Float[Array | np.ndarray, " nodes"]


class Maker:
    """Makes mini-batches.

    Args:
        features: of all nodes.
        matrix: the model's; None for "mlp".
        labels: of all nodes.
        fan_outs: of the inner and of the outer layer.

    Raises:
        ValueError: on a fan-out below 1.
    """

    def __init__(
        self,
        features: sparse.csr_array,
        matrix: sparse.csr_array | None,
        labels: Int[np.ndarray, " all"],
        fan_outs: tuple[int, int],
    ) -> None:
        self._features, self._labels = features, labels
        self._entries = max(1, int(np.diff(features.indptr).max()))
        self._samplers = (
            None if matrix is None else [Sampler(matrix, f) for f in fan_outs]
        )

    def make(
        self,
        nodes: Int64[np.ndarray, " nodes"],
        size: int,
        random: np.random.Generator,
    ) -> Batch:
        """The batch of some nodes.

        Args:
            nodes: their numbers, none twice.
            size: to which it is filled up.
            random: where random numbers come from.
        """
        inner = outer = None
        seen = nodes
        if self._samplers is not None:
            first = self._samplers[0].sample(nodes, random)
            second = self._samplers[1].sample(first.sources, random)
            inner = _filled(first.table, size)
            outer = _filled(second.table, rounded(len(first.sources)))
            seen = second.sources
        return Batch(
            self._rows(seen, size if inner is None else rounded(len(seen))),
            outer,
            inner,
            _padded(self._labels[nodes], size),
            _padded(np.ones(len(nodes), np.float32), size),
        )

    def _rows(self, nodes: Int64[np.ndarray, " nodes"], size: int) -> Rows:
        """Features of some nodes, filled up."""
        chosen = self._features[nodes]
        lengths = np.diff(chosen.indptr)
        row = np.repeat(np.arange(len(nodes)), lengths)
        place = np.arange(len(row)) - np.repeat(chosen.indptr[:-1], lengths)
        columns = np.zeros((size, self._entries), np.int32)
        values = np.zeros((size, self._entries), np.float32)
        columns[row, place], values[row, place] = chosen.indices, chosen.data
        return Rows(columns, values)


def rounded(count: int) -> int:
    """A number not below this, of a few: powers of two, and halfway to the next."""
    power = 1 << max(0, count - 1).bit_length()
    return 3 * power // 4 if count <= 3 * power // 4 else power


def logits(
    model: str,
    weights: GraphWeights,
    batch: Batch,
    *,
    dropout: int | float = 0.0,
    key: Array | None = None,
) -> Float[Array, "nodes classes"]:
    """Logits of the nodes of a batch.

    Args:
        model: a name in `seqjax.core.graphs.MODELS` that looks at most one step.
        weights: of both layers.
        batch: as `Maker` makes it for that model.
        dropout: share of each layer's inputs that is dropped, none by default.
        key: drop with this key; None (the default) drops nothing.
    """
    columns, values = batch.features
    values = jnp.asarray(values)
    if key is not None:
        keys = named_keys(key, ("features", "hidden"))
        values = drop(keys["features"], values, dropout)
    side_by_side = jnp.concatenate(list(weights.first), axis=1)
    found = jnp.einsum("ne,neo->no", values, side_by_side[columns])
    hidden = jax.nn.relu(_passed(model, batch.outer, found, len(weights.first)))
    if key is not None:
        hidden = drop(keys["hidden"], hidden, dropout)
    found = hidden @ jnp.concatenate(list(weights.second), axis=1)
    return _passed(model, batch.inner, found, len(weights.second))


def _passed(
    model: str, table: Table | None, x: Float[Array, "sources columns"], terms: int
) -> Float[Array, "nodes outputs"]:
    """One layer, from features already multiplied by the weights of all its terms."""
    if table is None:
        return x
    each = jnp.split(x, terms, axis=1)
    found = jnp.einsum("nk,nko->no", jnp.asarray(table.weights), each[-1][table.places])
    if model in OWN_TERM:
        found = found + each[0][: len(found)]
    return found


def _filled(table: Table, size: int) -> Table:
    return Table(_padded(table.places, size), _padded(table.weights, size))


def _padded(array: np.ndarray, size: int) -> np.ndarray:
    """The array with zeros behind."""
    found = np.zeros((size, *array.shape[1:]), array.dtype)
    found[: len(array)] = array
    return found
