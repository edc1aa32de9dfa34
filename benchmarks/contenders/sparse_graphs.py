"""Sparse products, forward and backward: ours, other ways in XLA, SciPy, torch.

All make y = M x and x_bar = M^T y_bar in each repeat, on the same matrix.
"""

import resource
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from benchmarks.harness.workers import Contender


class Product(NamedTuple):
    """What is multiplied.

    Attributes:
        kind: "uniform", "r-mat", or a folder with the files of a Planetoid graph.
        nodes: how many; a power of two for R-MAT.
        edges: entries of the adjacency matrix, both ways counted, before duplicates
            are merged.
        columns: of x.
    """

    kind: str
    nodes: int
    edges: int
    columns: int

    def entries(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Edges, both ways, sorted by target, then source; and how many nodes."""
        nodes, half = self.nodes, self.edges // 2
        random = np.random.default_rng(0)
        if self.kind == "uniform":
            pairs = random.integers(0, nodes, (2, half), np.int64)
        elif self.kind == "r-mat":
            from seqjax.lab.data.graph_data.rmat import QUADRANTS, rmat_pairs

            scale = nodes.bit_length() - 1
            pairs = rmat_pairs(scale, half, QUADRANTS, random)
        else:
            from seqjax.lab.data.graph_data import load_graph

            graph = load_graph(self.kind)
            pairs, nodes = graph.edges.astype(np.int64), graph.num_nodes
        keys = np.concatenate(
            [pairs[1] * nodes + pairs[0], pairs[0] * nodes + pairs[1]]
        )
        keys.sort()
        keys = keys[np.diff(keys, prepend=-1) > 0]
        target, source = np.divmod(keys, nodes)
        apart = source != target
        return source[apart], target[apart], nodes

    def matrix(self) -> sparse.csr_array:
        """D^-1/2 (A + I) D^-1/2 in float32."""
        source, target, nodes = self.entries()
        loops = np.arange(nodes)
        degrees = np.bincount(target, minlength=nodes) + 1.0
        rows, columns = np.append(target, loops), np.append(source, loops)
        values = (degrees[rows] * degrees[columns]) ** -0.5
        found = sparse.coo_array(
            (values.astype(np.float32), (rows, columns)), (nodes, nodes)
        )
        made = sparse.csr_array(found)
        made.sort_indices()
        return made

    def dense(self, nodes: int) -> tuple[np.ndarray, np.ndarray]:
        """x and y_bar."""
        random = np.random.default_rng(1)
        shape = (nodes, self.columns)
        return tuple(random.standard_normal(shape, np.float32) for _ in range(2))  # type: ignore[return-value]


def ours(problem: Product) -> Contender:
    """`seqjax.core.graphs.product`."""
    from seqjax.core.graphs import product, renormalized

    source, target, nodes = problem.entries()
    matrix = renormalized(np.stack([source, target]), nodes)
    return _jax(problem, nodes, product, matrix)


def segment_sum(problem: Product) -> Contender:
    """`jax.ops.segment_sum` over sorted entries."""
    import jax
    import jax.numpy as jnp

    matrix = problem.matrix()
    nodes = matrix.shape[0]
    rows = np.repeat(np.arange(nodes, dtype=np.int32), np.diff(matrix.indptr))
    arrays = tuple(map(jnp.asarray, (rows, matrix.indices, matrix.data)))

    def multiply(arrays: Any, x: Any) -> Any:
        rows, columns, values = arrays
        terms = values[:, None] * x[columns]
        return jax.ops.segment_sum(terms, rows, nodes, indices_are_sorted=True)

    # The matrix is symmetric: the same product goes back, instead of a scatter.
    return _jax(problem, nodes, multiply, arrays, own=True)


def bcsr(problem: Product) -> Contender:
    """`jax.experimental.sparse.BCSR`."""
    import jax.numpy as jnp
    from jax.experimental import sparse as jax_sparse

    matrix = problem.matrix()
    values, columns, starts = map(
        jnp.asarray, (matrix.data, matrix.indices, matrix.indptr)
    )
    held = jax_sparse.BCSR((values, columns, starts), shape=matrix.shape)
    return _jax(problem, matrix.shape[0], lambda m, x: m @ x, held, own=True)


def _jax(
    problem: Product,
    nodes: int,
    multiply: Callable[[Any, Any], Any],
    matrix: Any,
    *,
    own: bool = False,
) -> Contender:
    """Both products in one program; `own`: backward by multiplying, not by autodiff."""
    import jax
    import jax.numpy as jnp

    @jax.jit
    def step(matrix: Any, x: Any, y_bar: Any) -> Any:
        if own:
            return multiply(matrix, x), multiply(matrix, y_bar)
        y, back = jax.vjp(lambda x: multiply(matrix, x), x)
        return y, back(y_bar)[0]

    x, y_bar = map(jnp.asarray, problem.dense(nodes))
    last: list[Any] = []

    def run(repeats: int) -> None:
        for _ in range(repeats):
            last[:] = step(matrix, x, y_bar)
            last[1].block_until_ready()

    return Contender(run, lambda: _shown(*last))


def torch_csr(problem: Product) -> Contender:
    """torch's CSR matrix, forward and by its own backward."""
    import torch

    matrix = problem.matrix()
    held = torch.sparse_csr_tensor(
        matrix.indptr, matrix.indices, matrix.data, matrix.shape
    )
    arrays = problem.dense(matrix.shape[0])
    x, y_bar = (torch.from_numpy(array) for array in arrays)
    x.requires_grad_()
    last: list[Any] = []

    def run(repeats: int) -> None:
        for _ in range(repeats):
            x.grad = None
            y = held @ x
            y.backward(y_bar)
            last[:] = y.detach(), x.grad

    return Contender(run, lambda: _shown(*last))


def torch_twice(problem: Product) -> Contender:
    """torch's CSR product, forward, and again as what a hand-written backward does."""
    import torch

    matrix = problem.matrix()
    held = torch.sparse_csr_tensor(
        matrix.indptr, matrix.indices, matrix.data, matrix.shape
    )
    x, y_bar = map(torch.from_numpy, problem.dense(matrix.shape[0]))
    last: list[Any] = []

    def run(repeats: int) -> None:
        with torch.no_grad():
            for _ in range(repeats):
                last[:] = held @ x, held @ y_bar

    return Contender(run, lambda: _shown(*last))


def _shown(y: Any, x_bar: Any) -> dict[str, np.ndarray]:
    """Results, and the most memory that the process has had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "y": np.asarray(y)[:: max(1, len(y) // 5000)],
        "x_bar": np.asarray(x_bar)[:: max(1, len(x_bar) // 5000)],
        "peak": np.array([peak]),
    }
