"""`flax.nnx.RNN` over flax's own cells, in the same compiled loop of updates."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from benchmarks.contenders import plain_jax
from benchmarks.contenders.problem import Problem
from benchmarks.harness.workers import Contender
from seqjax.core import losses

CELLS = {"rnn": nnx.SimpleCell, "lstm": nnx.OptimizedLSTMCell, "gru": nnx.GRUCell}


def training(problem: Problem, mapping: str = "map") -> Contender:
    """Updates of all seeds in one compiled program, see `plain_jax.training`."""
    rngs = nnx.Rngs(0)
    cell: Any = CELLS[problem.cell](1, problem.hidden, rngs=rngs)
    if problem.cell == "gru":
        # flax has no bias beside the reset gate: its recurrent layer gets one.
        cell.dense_h = nnx.Linear(problem.hidden, 3 * problem.hidden, rngs=rngs)
    # Asked for inside the call, a carry would draw from a generator of the layer's own,
    # which cannot be traced.
    carry = cell.initialize_carry((problem.batch, 1), rngs)
    graph, variables = nnx.split(nnx.RNN(cell, time_major=True, rngs=False))

    def loss(params: Any, data: Any) -> jax.Array:
        xs, targets = data
        model = nnx.merge(graph, variables)
        fill(model.cell, params)
        ys = model(xs, initial_carry=carry)
        found = ys[-1] @ params["w_p"] + params["b_p"]
        return losses.cross_entropy(found, targets)

    return plain_jax.contender(problem, loss, mapping)


def fill(cell: Any, params: Any) -> None:
    """Put `Problem.params` of one model into a flax cell: gates in the same order."""
    cell.dense_i.kernel = nnx.Param(params["w_x"])
    cell.dense_h.kernel = nnx.Param(params["w_h"])
    biased = cell.dense_h if isinstance(cell, nnx.OptimizedLSTMCell) else cell.dense_i
    biased.bias = nnx.Param(params["b"])
    if "b_hn" in params:
        zeros = jnp.zeros(2 * params["b_hn"].size)
        cell.dense_h.bias = nnx.Param(jnp.concatenate([zeros, params["b_hn"]]))
