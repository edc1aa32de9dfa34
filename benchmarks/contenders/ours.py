"""seqjax as it is shipped: `Ensemble` with the adjoint, over every core."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.contenders.problem import RATE, Problem
from benchmarks.harness.workers import Contender
from seqjax.core import losses
from seqjax.core.cells import CELLS
from seqjax.core.recurrence import recur
from seqjax.lab.running import devices
from seqjax.palindrome.config import Config
from seqjax.train import Ensemble, Task, direction, make_hyper


def logits(cell_name: str, params: Any, xs: Any, **options: Any) -> jax.Array:
    """The network's output from `Problem.params` of one model; options of `recur`."""
    cell = CELLS[cell_name]
    own = cell.params(*[params[name] for name in cell.params._fields])
    final, _ = recur(cell, own, xs, outputs=False, **options)
    return final.h @ params["w_p"] + params["b_p"]


def task(problem: Problem) -> Task:
    """The same batch at every update; its length is traced, as in the studies."""
    start = {name: jnp.asarray(leaf[0]) for name, leaf in problem.params().items()}

    def draw(key: jax.Array, data: Any) -> Any:
        xs, targets, _ = data
        return xs, targets[None]

    def loss(params: Any, batch: Any, data: Any) -> tuple[jax.Array, jax.Array]:
        xs, targets = batch[0], batch[1][0]
        found = logits(problem.cell, params, xs, num_steps=data[2])
        return losses.cross_entropy(found, targets), losses.accuracy(found, targets)

    return Task(lambda key: start, draw, loss, batch_axis=1)


def ensemble(
    problem: Problem,
    num_devices: int | None = None,
    group: int | None = None,
    parts: int | None = None,
) -> Contender:
    """Many seeds by `Ensemble`.

    Args:
        problem: what is trained.
        num_devices: XLA devices on a CPU; default one per core.
        group: seeds side by side inside a device; default by the backend.
        parts: parts of a batch; default: as the palindrome study has it.
    """
    devices.configure(num_devices, None)
    if parts is None:
        parts = Config(batch_size=problem.batch).parts(jax.default_backend())
    trained = Ensemble(
        task(problem),
        direction("rmsprop"),
        problem.seeds,
        group=group,
        parts=parts,
    )
    xs, targets = problem.data()
    data = (jnp.asarray(xs), jnp.asarray(targets), jnp.asarray(problem.inputs))
    hyper = make_hyper(RATE, clip_norm=problem.clip)
    state = trained.init(jax.vmap(jax.random.key)(jnp.arange(problem.seeds)))
    params = {name: jnp.asarray(leaf) for name, leaf in problem.params().items()}
    state = state._replace(params=trained.place(params))
    last: list[Any] = [state.params]

    def run(repeats: int) -> None:
        if repeats > trained.capacity:
            raise ValueError(
                f"repeats must be at most {trained.capacity}, not {repeats}; "
                "take several runs"
            )
        ended, _ = trained.advance(state, hyper, data, repeats)
        last[0] = jax.block_until_ready(ended.params)

    def result() -> dict[str, np.ndarray]:
        return problem.change(trained.gather(last[0]))

    return Contender(run, result)
