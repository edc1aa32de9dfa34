"""Mini-batches: some nodes, some of their neighbours, and features of the furthest.

Of a node's entries in the matrix, that of the node itself is always taken, and of the
others as many as the fan-out, every set of so many with the same probability. What is
taken of the others counts for all of them, so that the sum is right on average; where
the fan-out is as large as the number of neighbours, it is right. Sizes are rounded up
to a few, so that a training compiles a few programs and no more; what only fills up has
the weight 0.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int, Int32, Int64
from scipy import sparse

from seqjax.core.checks import check_integer


class Table(NamedTuple):
    """What each of some nodes takes from which others.

    Attributes:
        places: of the others, among the sources; where a row is not full, its own.
        weights: of the others; 0 where a row is not full.
    """

    places: Int32[np.ndarray, "nodes width"]
    weights: Float32[np.ndarray, "nodes width"]


class Sampled(NamedTuple):
    """Nodes, and where they take what from.

    Attributes:
        sources: numbers of the nodes taken from, the nodes themselves first.
        table: a row for each node.
    """

    sources: Int64[np.ndarray, " sources"]
    table: Table


class Sampler:
    """Samples neighbours in a matrix.

    Args:
        matrix: row i holds what node i takes from which others.
        fan_out: most others of a node.

    Raises:
        ValueError: on a fan-out below 1.
    """

    def __init__(self, matrix: sparse.csr_array, fan_out: int) -> None:
        check_integer("fan_out", fan_out, minimum=1)
        size = matrix.shape[0]
        self._own = np.asarray(matrix.diagonal(), np.float32)
        others = sparse.csr_array(matrix - sparse.diags_array(matrix.diagonal()))
        others.eliminate_zeros()
        others.sort_indices()
        self._starts = others.indptr.astype(np.int64)
        self._columns, self._weights = others.indices, others.data
        most = int(np.diff(self._starts).max()) if size else 0
        self.fan_out = min(fan_out, max(1, most))

    def sample(
        self, nodes: Int64[np.ndarray, " nodes"], random: np.random.Generator
    ) -> Sampled:
        """Neighbours of some nodes, none of them twice."""
        degrees = self._starts[nodes + 1] - self._starts[nodes]
        taken = subsets(degrees, self.fan_out, random)
        full = taken >= 0
        entry = self._starts[nodes][:, None] + np.where(full, taken, 0)
        # A row that is not full reads itself, with weight 0.
        others = np.repeat(nodes[:, None], self.fan_out, axis=1)
        others[full] = self._columns[entry[full]]
        weights = np.zeros(others.shape, np.float32)
        counted = np.maximum(np.minimum(degrees, self.fan_out), 1)
        share = (degrees / counted).astype(np.float32)
        weights[full] = (np.repeat(share, full.sum(1))) * self._weights[entry[full]]
        found = np.unique(others)
        sources = np.concatenate([nodes, np.setdiff1d(found, nodes)])
        order = np.argsort(sources)
        places = order[np.searchsorted(sources, others, sorter=order)]
        own = np.arange(len(nodes))[:, None]
        return Sampled(
            sources,
            Table(
                np.concatenate([own, places], axis=1).astype(np.int32),
                np.concatenate([self._own[nodes][:, None], weights], axis=1),
            ),
        )


def subsets(
    sizes: Int64[np.ndarray, " rows"], most: int, random: np.random.Generator
) -> Int64[np.ndarray, "rows most"]:
    """So many of the numbers 0 to size - 1, each set as likely; all, if they are fewer.

    Floyd's algorithm on all rows at once (Bentley & Floyd 1987): the j-th of them is a
    number up to size - most + j, or that last one where the number is taken already.

    Args:
        sizes: of each row.
        most: how many are wanted.
        random: where random numbers come from.

    Returns:
        Of each row, filled up with -1.
    """
    found = np.full((len(sizes), most), -1, np.int64)
    small = sizes <= most
    k = np.arange(most)
    found[small] = np.where(k < sizes[small, None], k, -1)
    large = np.flatnonzero(~small)
    chosen = np.full((len(large), most), -1, np.int64)
    for j in range(most if len(large) else 0):
        last = sizes[large] - most + j
        drawn = random.integers(0, last + 1)
        twice = (chosen[:, :j] == drawn[:, None]).any(axis=1)
        chosen[:, j] = np.where(twice, last, drawn)
    found[large] = chosen
    return found


class Rows(NamedTuple):
    """Sparse features of some nodes, in compressed rows.

    So what a batch takes depends on its own entries, and not on the longest row there
    is in the graph.

    Attributes:
        starts: the first entry of each row, and the number of entries.
        columns: of the entries.
        values: of the entries; 0 behind the last, where the list is only filled up.
    """

    starts: Int[Array | np.ndarray, " bounds"]
    columns: Int[Array | np.ndarray, " entries"]
    values: Float[Array | np.ndarray, " entries"]

    def times(self, x: Float[Array, "columns outputs"]) -> Float[Array, "rows outputs"]:
        """The product of the features with a dense matrix."""
        count = self.starts.shape[0] - 1
        # What only fills up adds 0 to the last row.
        rows = jnp.repeat(
            jnp.arange(count),
            jnp.diff(jnp.asarray(self.starts)),
            total_repeat_length=self.values.shape[0],
        )
        terms = jnp.asarray(self.values)[:, None] * x[self.columns]
        return jax.ops.segment_sum(terms, rows, count, indices_are_sorted=True)


class Batch(NamedTuple):
    """One mini-batch.

    Attributes:
        features: of the furthest nodes.
        outer: what inner nodes take from the furthest; None for "mlp".
        inner: what the nodes themselves take from inner nodes; None for "mlp".
        labels: classes of the nodes.
        counts: 1 for a node, 0 for what only fills up.
        weights: of a node in the loss, 0 for what only fills up.
    """

    features: Rows
    outer: Table | None
    inner: Table | None
    labels: Int[Array | np.ndarray, " nodes"]
    counts: Float[Array | np.ndarray, " nodes"]
    weights: Float[Array | np.ndarray, " nodes"]


class BatchMaker:
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
        self._samplers = (
            None if matrix is None else [Sampler(matrix, f) for f in fan_outs]
        )

    def make(
        self,
        nodes: Int64[np.ndarray, " nodes"],
        size: int,
        random: np.random.Generator,
        weights: Float32[np.ndarray, " classes"] | None = None,
    ) -> Batch:
        """The batch of some nodes, none of them twice, filled up to a size.

        With `weights` of the classes, None by default, nodes weigh as much in the loss.
        """
        counts, labels = np.ones(len(nodes), np.float32), self._labels[nodes]
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
            _padded(labels, size),
            _padded(counts, size),
            _padded(counts if weights is None else weights[labels], size),
        )

    def _rows(self, nodes: Int64[np.ndarray, " nodes"], size: int) -> Rows:
        """Features of some nodes, filled up."""
        chosen = self._features[nodes]
        starts = np.full(size + 1, chosen.nnz, np.int32)
        starts[: len(nodes)] = chosen.indptr[:-1]
        entries = rounded(chosen.nnz)
        return Rows(
            starts,
            _padded(chosen.indices.astype(np.int32), entries),
            _padded(chosen.data, entries),
        )


def rounded(count: int) -> int:
    """A number not below this, of a few: powers of two, and halfway to the next."""
    power = 1 << max(0, count - 1).bit_length()
    return 3 * power // 4 if count <= 3 * power // 4 else power


def _filled(table: Table, size: int) -> Table:
    return Table(_padded(table.places, size), _padded(table.weights, size))


def _padded(array: np.ndarray, size: int) -> np.ndarray:
    """The array with zeros behind."""
    found = np.zeros((size, *array.shape[1:]), array.dtype)
    found[: len(array)] = array
    return found
