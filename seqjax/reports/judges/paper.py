"""Formulas, numbers and a matrix that the reports print: worked out, and compared.

No run and no seed; the transcriptions are in `seqjax.reports.equations.formulas`.
"""

from collections.abc import Callable, Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array

from seqjax.core.cells import LSTM
from seqjax.core.graphs.reach import shortest_paths
from seqjax.core.initializers import initialize_cell
from seqjax.lab.data.graph_data import example
from seqjax.lab.judging.claims import DOES_NOT, HOLDS, Finding, Verdict
from seqjax.lab.study import Number
from seqjax.nn.linear import Linear
from seqjax.reports.judging import Judge, exact

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "ReLU": jax.nn.relu,
}
"""Non-linearities that a claim may name."""

Formula = Callable[[int, int, int], int]
Function = Callable[[Array], Array]
Matrix = Sequence[Sequence[int]]


def _verdict(right: bool) -> Verdict:
    return HOLDS if right else DOES_NOT


def counted(inputs: int, units: int, outputs: int) -> tuple[int, int]:
    """How many numbers our LSTM cell holds, alone and with a linear map of its output.

    Args:
        inputs: features.
        units: hidden ones.
        outputs: of the map.
    """
    cell = jax.eval_shape(
        lambda: initialize_cell(jax.random.key(0), LSTM, inputs, units)
    )
    linear = nnx.eval_shape(lambda: Linear(units, outputs, rngs=nnx.Rngs(0)))
    alone = sum(leaf.size for leaf in jax.tree.leaves(cell))
    mapped = jax.tree.leaves(nnx.state(linear, nnx.Param))
    return alone, alone + sum(leaf.size for leaf in mapped)


def parameters(
    cell: Formula, whole: Formula | None = None, *, sizes: Sequence[Sequence[int]]
) -> Judge:
    """Whether formulas count the numbers of our LSTM at several sizes.

    Args:
        cell: of the cell alone.
        whole: of the cell and the linear map; default: the report has none.
        sizes: inputs, units and outputs of each.
    """

    def compute() -> Finding:
        told, right = [], True
        for d, n, o in sizes:
            found = counted(d, n, o)
            asked = [formula(d, n, o) for formula in (cell, whole) if formula]
            right &= asked == list(found[: len(asked)])
            with_map = f", {asked[1]} and {found[1]} with o = {o}" if whole else ""
            told.append(f"d = {d}, n = {n}: {asked[0]} and {found[0]}{with_map}")
        measured = f"by the formula and in the network: {'; '.join(told)}"
        return Finding(_verdict(right), measured)

    return exact(compute)


def softmax_of(
    logits: Sequence[Number],
    tau: Number,
    products: Sequence[str],
    printed: Sequence[str],
) -> Judge:
    """Whether tau times logits, and their softmax, round to what is printed.

    Rounded to as many decimals as are printed: half a unit of the last one at most.

    Args:
        logits: the output of the linear layer.
        tau: the factor.
        products: tau times the logits, as printed.
        printed: their softmax, as printed.
    """

    def compute() -> Finding:
        scaled = float(tau) * np.array(logits)
        powers = np.exp(scaled - scaled.max())
        softmax = powers / powers.sum()
        right = _rounds(scaled, products) and _rounds(softmax, printed)
        found = ", ".join(f"{value:.4f}" for value in softmax)
        measured = (
            f"softmax of [{', '.join(f'{value:g}' for value in scaled)}] is "
            f"[{found}]; printed [{', '.join(printed)}]"
        )
        return Finding(_verdict(right), measured)

    return exact(compute)


def _rounds(values: np.ndarray, printed: Sequence[str]) -> bool:
    """Whether numbers round to what is printed, each to its own decimals."""
    halves = [0.5 * 10.0 ** -len(each.partition(".")[2]) for each in printed]
    gaps = np.abs(values - np.array([float(each) for each in printed]))
    # A half itself may be rounded either way; products of tau are not exact.
    return bool((gaps <= np.array(halves) + 1e-12).all())


def length_above(function: Function, order: int, level: float) -> float:
    """Length of the set of x where a derivative is larger than a level in size.

    Looked for from -20 to 20 in steps of 0.001; infinite where it is at an end.

    Args:
        function: of one number.
        order: of the derivative.
        level: its least size.
    """
    step = 0.001
    with jax.enable_x64(True):
        slope = function
        for _ in range(order):
            slope = jax.grad(slope)
        xs = jnp.arange(-20, 20 + step / 2, step) + step / 3  # no kink is hit
        above = np.abs(np.asarray(jax.vmap(slope)(xs))) > level
    return float("inf") if above[0] or above[-1] else float(above.sum() * step)


def longest_range(
    name: str,
    others: Sequence[str],
    *,
    levels: Sequence[Number],
    functions: Mapping[str, Function] = FUNCTIONS,
) -> Judge:
    """Whether a function's second derivative is far from 0 for longer than others' are.

    Longer at every level: the report names none, and one at which another function's
    range is as long is enough for it not to hold. The first derivative, which is what a
    gradient is multiplied by, is told beside it.

    Args:
        name: of the function.
        others: names of those it is compared with.
        levels: what counts as far from 0.
        functions: by name.
    """

    def compute() -> Finding:
        told: dict[int, list[str]] = {1: [], 2: []}
        right = True
        for level in levels:
            for order, words in told.items():
                lengths = {
                    each: length_above(functions[each], order, float(level))
                    for each in (name, *others)
                }
                words.append(
                    f"> {level:g}: "
                    + ", ".join(
                        f"{each} {_length(found)}" for each, found in lengths.items()
                    )
                )
                if order == 2:
                    own = lengths.pop(name)
                    right &= all(own > other for other in lengths.values())
        measured = (
            f"length of the range with |f''| {'; '.join(told[2])}; with |f'| "
            f"{'; '.join(told[1])}"
        )
        return Finding(_verdict(right), measured)

    return exact(compute)


def _length(found: float) -> str:
    return "without end" if np.isinf(found) else f"{found:.2f}"


def _edges(matrix: Matrix) -> np.ndarray:
    """Source and target of every edge that is no loop."""
    table = np.array(matrix, np.int32)
    np.fill_diagonal(table, 0)
    return np.stack(np.nonzero(table))


def softmax_slope(*, classes: int, tolerance: Number) -> Judge:
    """Whether the softmax's derivative is y_i (delta_ij - y_j), at random logits.

    Args:
        classes: how many logits.
        tolerance: largest distance from the derivative by automatic differentiation.
    """

    def compute() -> Finding:
        with jax.enable_x64(True):
            logits = jax.random.normal(jax.random.key(0), (classes,), jnp.float64)
            found = jax.jacobian(jax.nn.softmax)(logits)
            y = jax.nn.softmax(logits)
            gap = float(jnp.abs(found - (jnp.diag(y) - jnp.outer(y, y))).max())
        measured = f"of {classes} classes its largest distance is {gap:.1g}"
        return Finding(_verdict(gap <= tolerance), measured)

    return exact(compute)


def adjacency(matrix: Matrix, names: str) -> Judge:
    """Whether a matrix is that of an undirected graph with a loop at every node.

    Which graph it ought to be stands in an equation of the course that is not here.

    Args:
        matrix: rows of 0 and 1.
        names: of its nodes, a letter each.
    """

    def compute() -> Finding:
        table = np.array(matrix)
        symmetric = bool((table == table.T).all())
        loops = int((np.diag(table) == 1).sum())
        plain = bool(np.isin(table, (0, 1)).all())
        edges = _edges(matrix)
        ours = example()
        same = {*zip(*edges.tolist(), strict=True)} == {
            *zip(*ours.edges.tolist(), strict=True)
        }
        measured = (
            f"{len(table)} nodes, {'symmetric' if symmetric else 'not symmetric'}, "
            f"{edges.shape[1]} entries beside the diagonal, loops at {loops} nodes; "
            f"{'the' if same else 'not the'} graph that seqjax.graphs hops looks at"
        )
        right = plain and symmetric and loops == len(names) == len(table)
        return Finding(_verdict(right), measured)

    return exact(compute)


def route(matrix: Matrix, names: str, way: str, steps: int, *, only: bool) -> Judge:
    """Whether a way is a shortest one in the graph of a matrix.

    Args:
        matrix: rows of 0 and 1; loops do not count.
        names: of its nodes, a letter each.
        way: the nodes on it, from the first to the last.
        steps: how long it is said to be.
        only: whether there may be no other that is as short.
    """

    def compute() -> Finding:
        nodes = tuple(names.index(each) for each in way)
        number, paths = shortest_paths(
            _edges(matrix), len(names), nodes[0], nodes[-1], 20
        )
        shortest = len(paths[0]) - 1 if paths else -1
        told = ", ".join("-".join(names[node] for node in path) for path in paths)
        noun = "shortest path" if number == 1 else "shortest paths"
        measured = (
            f"by the printed matrix {number} {noun} of {shortest} steps from {way[0]} "
            f"to {way[-1]}: {told}"
        )
        right = nodes in paths and steps == shortest == len(way) - 1
        return Finding(_verdict(right and (number == 1 or not only)), measured)

    return exact(compute)
