"""Networks of the tasks in float64 NumPy, and what random digits should look like."""

from functools import cache
from typing import Any

import jax
import numpy as np
from scipy import stats

from seqjax.core.cells import CELLS
from seqjax.tasks import Network
from tests.core import numpy_cells

Floats = np.ndarray[Any, np.dtype[np.float64]]


@cache
def drawing(task: Any) -> Any:
    """A task's batches, compiled once for all lengths."""
    return jax.jit(task.task().batch)


@cache
def scoring(task: Any) -> Any:
    """A task's score, compiled once for all lengths."""
    return jax.jit(task.score)


@cache
def start(task: Any) -> Any:
    """Fresh parameters of a task's network; not op by op, which takes seconds."""
    return jax.jit(task.task().init)(jax.random.key(3))


def answers(network: Network, params: Any, xs: Any, steps: int) -> Floats:
    """Answers of a network of one layer after each of `steps` steps."""
    assert isinstance(network.cell, str)
    cell = CELLS[network.cell]
    layer = params["recurrent"]["layer_0"]
    weights = cell.params(*(layer[name][...] for name in cell.params._fields))
    batch = xs.shape[1]
    carry = cell.initial_carry(batch, network.hidden_size, np.float32)
    _, ys = numpy_cells.run(
        network.cell, weights, np.asarray(xs)[:steps], carry, [steps] * batch
    )
    w, b = (np.asarray(params["projection"][k][...], float) for k in ("w", "b"))
    return ys @ w + b


def log_softmax(logits: Floats) -> Floats:
    top = logits.max(axis=-1, keepdims=True)
    return logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True))


def looks_uniform(digits: np.ndarray, base: int) -> bool:
    """Whether each row has all digits equally often; one in 10 000 fails by chance."""
    rows, count = digits.shape
    counts = np.stack([np.bincount(row, minlength=base) for row in digits])
    assert counts.shape == (rows, base)
    expected = count / base
    squares = ((counts - expected) ** 2 / expected).sum(axis=1)
    return bool((squares < stats.chi2.isf(1e-4 / rows, base - 1)).all())


def looks_independent(first: np.ndarray, second: np.ndarray, base: int) -> bool:
    """Whether two rows say nothing about each other; one in 100 000 fails by chance."""
    table = np.zeros((base, base))
    np.add.at(table, (first, second), 1)
    return bool(stats.chi2_contingency(table).pvalue > 1e-5)


def columns(digits: Any) -> set[tuple[int, ...]]:
    """The strings of a batch."""
    return {tuple(column) for column in np.asarray(digits).T.tolist()}
