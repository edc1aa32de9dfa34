"""Memory of a training step: the whole graph, or a few nodes and what they see.

A step needs every node that its layers read. A mini-batch of nodes reads their
neighbours, these read theirs: without a limit, after a few layers, most of the graph. A
fan-out f limits it to (1 + f) times as many nodes per layer.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int64, Integer
from scipy import sparse

from seqjax.core.graphs import SparseMatrix, make_matrix, product

FLOAT = 4
"""Bytes of a float32."""

ENTRY = 8
"""Bytes of an entry of a sparse matrix in a product: a column and a value."""

NO_LIMIT = 0
"""The fan-out that takes all neighbours."""


class Size(NamedTuple):
    """What one training step reads.

    Attributes:
        nodes: read by the first layer, read by the second, ..., in the batch.
        entries: of each layer's matrix.
        layouts: 1 where a matrix is its own transpose, else 2.
    """

    nodes: tuple[int | float, ...]
    entries: tuple[int | float, ...]
    layouts: int


class Sample(NamedTuple):
    """The layers' matrices for one batch of nodes, the first layer's first.

    Attributes:
        size: how much it is.
        matrices: one for all layers, or one each; rows are the nodes after the layer,
            columns those before it.
    """

    size: Size
    matrices: tuple[sparse.coo_array, ...]


def adjacency(
    edges: Integer[np.ndarray, "2 edges"], num_nodes: int
) -> sparse.csr_array:
    """Row i has the sources of node i."""
    ones = np.ones(edges.shape[1], np.float32)
    return sparse.csr_array((ones, (edges[1], edges[0])), (num_nodes, num_nodes))


def draw_sample(
    graph: sparse.csr_array,
    batch: Int64[np.ndarray, " batch"],
    layers: int,
    fan_out: int,
    random: np.random.Generator,
) -> Sample:
    """What a batch reads: from the last layer down, each node and its neighbours.

    Args:
        graph: of `adjacency`.
        batch: numbers of the nodes that are wanted.
        layers: how many.
        fan_out: neighbours drawn per node and layer, none twice; `NO_LIMIT` takes all.
        random: where random numbers come from.
    """
    nodes, matrices = [len(batch)], []
    wanted = batch
    for _ in range(layers):
        rows, sources = _neighbours(graph, wanted, fan_out, random)
        # Nodes that are wanted come first, and themselves are read too.
        fresh = np.setdiff1d(sources, wanted)
        read = np.concatenate([wanted, fresh])
        place = np.zeros(graph.shape[0], np.int64)
        place[read] = np.arange(len(read))
        own = np.arange(len(wanted))
        row = np.concatenate([own, rows])
        column = np.concatenate([own, place[sources]])
        counts = np.bincount(row, minlength=len(wanted))
        shape = (len(wanted), len(read))
        matrices.append(sparse.coo_array((1 / counts[row], (row, column)), shape))
        nodes.append(len(read))
        wanted = read
    matrices.reverse()
    size = Size(tuple(nodes[::-1]), tuple(m.nnz for m in matrices), 2)
    return Sample(size, tuple(matrices))


def whole(graph: sparse.csr_array, layers: int) -> Sample:
    """All nodes at every layer, which share one matrix; of a graph of `adjacency`."""
    loops = sparse.eye_array(graph.shape[0], dtype=np.float32)
    matrix = sparse.coo_array(graph + loops)
    symmetric = abs(graph - graph.T).nnz == 0
    size = Size((graph.shape[0],) * (layers + 1), (matrix.nnz,), 1 if symmetric else 2)
    return Sample(size, (matrix,))


def expected(graph: sparse.csr_array, batch: int, layers: int, fan_out: int) -> Size:
    """How much a batch reads by prediction, before any is drawn.

    With a fan-out f each node reads at most f others: (1 + f) times as many. Without,
    the nodes of a batch read d others, and a node that an edge leads to reads <d^2>/<d>
    of them, for a node of more edges is met more often. Never more than there are.

    Args:
        graph: of `adjacency`.
        batch: nodes that are wanted.
        layers: how many.
        fan_out: neighbours drawn per node and layer; `NO_LIMIT` takes all.
    """
    degrees = np.diff(graph.indptr).astype(np.float64)
    mean = max(float(degrees.mean()), 1e-9)
    met = float((degrees**2).mean()) / mean
    nodes, entries = [float(min(batch, graph.shape[0]))], []
    for layer in range(layers):
        growth = mean if layer == 0 else met
        read = min(growth, fan_out) if fan_out else growth
        entries.append(min(nodes[-1] * (1 + read), graph.nnz + graph.shape[0]))
        nodes.append(min(nodes[-1] * (1 + read), graph.shape[0]))
    return Size(tuple(nodes[::-1]), tuple(entries[::-1]), 2)


def predicted_bytes(size: Size, features: int) -> float:
    """Memory of a step, by counting.

    Inputs: x, a matrix per layer, weights. Kept for the way back: what every layer
    gives, before and after its activation. At work: a sparse product, which holds its
    rows three times. And the weights' gradients. A compiler may need more.

    Args:
        size: what is read.
        features: of a node before and after every layer.
    """
    layers = len(size.nodes) - 1
    inputs = size.nodes[0] * features + layers * features**2
    kept = 2 * sum(size.nodes[1:]) * features
    at_work = 3 * max(size.nodes[:-1]) * features
    floats = inputs + kept + at_work + layers * features**2
    return float(FLOAT * floats + ENTRY * size.layouts * sum(size.entries))


def measured_bytes(sample: Sample, features: int) -> float | None:
    """What the compiled step takes: its inputs, its results and its working memory.

    Args:
        sample: what is read.
        features: of a node before and after every layer.

    Returns:
        Bytes; None where a backend does not tell.
    """
    matrices = [
        make_matrix(m.row, m.col, m.data, m.shape, dtype=np.float32)
        for m in sample.matrices
    ]
    layers = len(sample.size.nodes) - 1
    weights = jnp.zeros((layers, features, features), jnp.float32)
    x = jnp.zeros((int(sample.size.nodes[0]), features), jnp.float32)
    step = jax.jit(jax.value_and_grad(partial(_loss, layers)))
    found = step.lower(weights, matrices, x).compile().memory_analysis()
    if found is None:
        return None
    return float(
        found.argument_size_in_bytes
        + found.output_size_in_bytes
        + found.temp_size_in_bytes
    )


def _loss(
    layers: int,
    weights: Float[Array, "layers size size"],
    matrices: list[SparseMatrix],
    x: Float[Array, "nodes size"],
) -> Float[Array, ""]:
    """Something to go down: the mean square of what the layers give."""
    for layer in range(layers):
        matrix = matrices[layer] if len(matrices) > 1 else matrices[0]
        x = jax.nn.relu(product(matrix, x @ weights[layer]))
    return jnp.mean(x**2)


def _neighbours(
    graph: sparse.csr_array,
    wanted: Int64[np.ndarray, " wanted"],
    fan_out: int,
    random: np.random.Generator,
) -> tuple[Int64[np.ndarray, " read"], Int64[np.ndarray, " read"]]:
    """For each node its neighbours, or some: which of the nodes, and the neighbour."""
    starts, ends = graph.indptr[wanted], graph.indptr[wanted + 1]
    counts = (ends - starts).astype(np.int64)
    rows = np.repeat(np.arange(len(wanted)), counts)
    first = np.cumsum(counts) - counts
    place = np.arange(len(rows)) - first[rows]
    if fan_out:
        # In random order within each row; the first ones are a draw without repetition.
        order = np.lexsort((random.random(len(rows)), rows))
        kept: Bool[np.ndarray, " entries"] = place < fan_out
        rows, place = rows[kept], place[order][kept]
    return rows, graph.indices[starts[rows] + place].astype(np.int64)
