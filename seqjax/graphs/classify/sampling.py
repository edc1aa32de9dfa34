"""Some neighbours of some nodes: what a mini-batch passes features along.

Of a node's entries in the matrix, that of the node itself is always taken, and of the
others as many as the fan-out, every set of so many with the same probability. What is
taken of the others counts for all of them, so that the sum is right on average; where
the fan-out is as large as the number of neighbours, it is right.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int32, Int64
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
        """Neighbours of some nodes.

        Args:
            nodes: their numbers, none twice.
            random: where random numbers come from.
        """
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
