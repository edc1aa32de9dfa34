"""Cells whose units are opened by time, in the training loop of `plain_jax`."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.contenders import ours, plain_jax
from benchmarks.contenders.problem import Problem
from benchmarks.harness.workers import Contender, Result
from seqjax.core import losses
from seqjax.core.gate_params import TimeGateParams, draw_time_gate, time_gate
from seqjax.core.time_gate import TRAINING_LEAK, openness


def training(problem: Problem, method: str) -> Contender:
    """Updates of weights and gates; gates start as in Neil et al. (2016).

    Every sequence has time stamps of its own, as in their task.

    Args:
        problem: what is trained.
        method: "adjoint", or "scan" with JAX's derivative.
    """
    times = stamps(problem)

    def loss(params: Any, data: Any) -> jax.Array:
        gate = time_gate(TimeGateParams(*(params[name] for name in GATE)))
        k = openness(gate, times, TRAINING_LEAK)
        found = ours.logits(problem.cell, params, data[0], gate=k, method=method)
        return losses.cross_entropy(found, data[1])

    return plain_jax.contender(problem, loss, "map", more=gates(problem))


def silent(problem: Problem, method: str) -> Contender:
    """The same with nothing to show, for a race with cells that have no gate."""
    return training(problem, method)._replace(result=dict)


def always_open(problem: Problem, method: str) -> Contender:
    """The same loop with k = 1 throughout: shows what the cell without a gate does."""
    k = jnp.ones((problem.inputs, problem.batch, problem.hidden))

    def loss(params: Any, data: Any) -> jax.Array:
        found = ours.logits(problem.cell, params, data[0], gate=k, method=method)
        return losses.cross_entropy(found, data[1])

    return plain_jax.contender(problem, loss, "map")


GATE = TimeGateParams._fields


def gates(problem: Problem) -> Result:
    """Gate parameters of all models, seeds leading."""
    drawn = [
        draw_time_gate(jax.random.key(seed), problem.hidden)
        for seed in range(problem.seeds)
    ]
    return {
        name: np.stack([np.asarray(getattr(one, name)) for one in drawn])
        for name in GATE
    }


def stamps(problem: Problem) -> jax.Array:
    """Time stamps in steps, (inputs, batch): each sequence starts at one of its own."""
    starts = np.random.default_rng(3).uniform(0, 25, problem.batch)
    times = np.arange(problem.inputs)[:, None] + starts
    return jnp.asarray(times, jnp.float32)
