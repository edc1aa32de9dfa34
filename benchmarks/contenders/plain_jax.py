"""The obvious JAX: its own derivative of a loop over time, seeds by vmap or by map."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from benchmarks.contenders import ours
from benchmarks.contenders.problem import RATE, Problem
from benchmarks.harness.workers import Contender, Result
from seqjax.core import losses
from seqjax.train import direction


def training(problem: Problem, method: str, mapping: str, unroll: int = 1) -> Contender:
    """Updates of all seeds in one compiled program.

    Args:
        problem: what is trained.
        method: "scan", "unrolled", or "adjoint" for the same loop with our derivative.
        mapping: "vmap": all seeds at a time; "map": one after the other.
        unroll: steps per iteration of "scan".
    """

    def loss(params: Any, data: Any) -> jax.Array:
        found = ours.logits(problem.cell, params, data[0], method=method, unroll=unroll)
        return losses.cross_entropy(found, data[1])

    return contender(problem, loss, mapping)


def contender(
    problem: Problem,
    loss: Callable[[Any, Any], jax.Array],
    mapping: str,
    more: Result | None = None,
) -> Contender:
    """The training loop around a loss `(params, data) -> loss` of one model.

    Args:
        problem: what is trained.
        loss: of one model.
        mapping: as in `training`.
        more: further parameters of all models, seeds leading; default: none.
    """
    start = {**problem.params(), **(more or {})}
    clip, optimizer = optax.clip_by_global_norm(problem.clip), direction("rmsprop")

    def train(params: Any, data: Any, repeats: Any) -> Any:
        def update(_: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
            params, moments = state
            grads = jax.grad(loss)(params, data)
            grads, _ = clip.update(grads, clip.init(params))
            steps, moments = optimizer.direction(grads, moments, params)
            return jax.tree.map(lambda p, s: p - RATE * s, params, steps), moments

        first = (params, optimizer.init(params))
        return lax.fori_loop(0, repeats, update, first)[0]

    def train_all(params: Any, data: Any, repeats: Any) -> Any:
        if mapping == "vmap":
            return jax.vmap(train, in_axes=(0, None, None))(params, data, repeats)
        return lax.map(lambda mine: train(mine, data, repeats), params)

    compiled = jax.jit(train_all)
    params = jax.tree.map(jnp.asarray, start)
    data = jax.tree.map(jnp.asarray, problem.data())
    last: list[Any] = [params]

    def run(repeats: int) -> None:
        last[0] = jax.block_until_ready(compiled(params, data, repeats))

    def result() -> dict[str, np.ndarray]:
        return {name: np.asarray(last[0][name]) - own for name, own in start.items()}

    return Contender(run, result)


def forward(problem: Problem, method: str, unroll: int = 1) -> Contender:
    """The network's output alone, of the first model."""
    mine = {name: jnp.asarray(leaf[0]) for name, leaf in problem.params().items()}
    xs = jnp.asarray(problem.data()[0])

    @jax.jit
    def compiled(params: Any, xs: Any) -> jax.Array:
        return ours.logits(problem.cell, params, xs, method=method, unroll=unroll)

    last: list[jax.Array] = []

    def run(repeats: int) -> None:
        for _ in range(repeats):
            last[:] = [jax.block_until_ready(compiled(mine, xs))]

    return Contender(run, lambda: {"logits": np.asarray(last[0])})
