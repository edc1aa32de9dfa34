"""Training steps of a language model: seqjax as it is shipped, and the obvious JAX."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from benchmarks.contenders.language import RATE, Language
from benchmarks.harness.workers import Contender
from seqjax.core import losses
from seqjax.core.cells import LSTM
from seqjax.core.recurrence import recur
from seqjax.lab.running import devices
from seqjax.nn import LanguageNetwork
from seqjax.tasks import LanguageTask
from seqjax.train import Ensemble, direction, make_hyper


def network(problem: Language) -> LanguageNetwork:
    """What the models are made from."""
    return LanguageNetwork(
        "lstm",
        problem.vocab,
        problem.hidden,
        problem.layers,
        problem.embedding,
        problem.dropout,
    )


def task(problem: Language) -> LanguageTask:
    """As the study `charlm` has it."""
    return LanguageTask(
        network(problem), problem.batch, problem.window, problem.carried
    )


def ensemble(problem: Language) -> Contender:
    """Many seeds by `Ensemble`, every batch cut into parts as the study does."""
    devices.configure(None, None)
    net = network(problem)
    trained = Ensemble(
        task(problem).task(),
        direction("adam"),
        problem.seeds,
        capacity=100,
        parts=problem.parts,
    )
    text = jnp.asarray(problem.text())
    hyper = make_hyper(RATE, clip_norm=problem.clip)
    state = trained.init(_keys(problem))
    arrays = problem.params()
    models = [
        net.from_arrays({name: leaf[seed] for name, leaf in arrays.items()})
        for seed in range(problem.seeds)
    ]
    params = jax.tree.map(lambda *leaves: jnp.stack(leaves), *models)
    state = state._replace(params=trained.place(params))
    last: list[Any] = [state.params]

    def run(repeats: int) -> None:
        ended, _ = trained.advance(state, hyper, text, repeats)
        last[0] = jax.block_until_ready(ended.params)

    def result() -> dict[str, np.ndarray]:
        ends = trained.gather(last[0])
        each = [
            net.to_arrays(jax.tree.map(lambda leaf, seed=seed: leaf[seed], ends))
            for seed in range(problem.seeds)
        ]
        return problem.change(
            {name: np.stack([end[name] for end in each]) for name in each[0]}
        )

    return Contender(run, result)


def windows(problem: Language, updates: int) -> Contender:
    """Shows which windows of the text the first seed draws in its first updates.

    Libraries draw differently; so those that seqjax draws are handed to the others, as
    "starts" of shape (updates, batch).
    """
    devices.configure(None, None)
    drawing = task(problem).task()
    text = jnp.asarray(problem.text())

    def draw(update: jax.Array, key: jax.Array) -> jax.Array:
        starts = drawing.batch(jax.random.fold_in(key, update), text).starts
        # States that are carried begin with the streams, of equal length.
        length = (len(text) - 1) // problem.batch
        going = jnp.arange(problem.batch) * length + update * problem.window
        return going if starts is None else starts

    def result() -> dict[str, np.ndarray]:
        trained = Ensemble(drawing, direction("sgd"), 1)
        key = trained.init(_keys(problem)[:1]).key[0]
        drawn = jax.vmap(draw, (0, None))(jnp.arange(updates), key)
        return {"starts": np.asarray(drawn)}

    return Contender(lambda repeats: None, result)


def scan(problem: Language, starts: np.ndarray) -> Contender:
    """The plain step under `lax.scan`, by JAX's own derivative; optax; first seed."""
    if problem.carried or problem.dropout or problem.embedding:
        raise ValueError(f"scan must have the plain problem, not {problem}")
    optimizer = optax.chain(
        optax.clip_by_global_norm(problem.clip), optax.adam(RATE, eps=1e-8)
    )

    def loss(params: Any, window: jax.Array) -> jax.Array:
        ys = window[:-1]
        for layer in range(problem.layers):
            names = [f"recurrent.layer_{layer}.{name}" for name in LSTM.params._fields]
            own = LSTM.params(*[params[name] for name in names])
            _, ys = recur(LSTM, own, ys, method="scan")
        logits = ys @ params["projection.w"] + params["projection.b"]
        return losses.cross_entropy(logits, window[1:])

    def train(params: Any, text: Any, starts: Any, repeats: Any) -> Any:
        def update(index: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
            params, moments = state
            window = text[starts[index] + jnp.arange(problem.window + 1)[:, None]]
            grads = jax.grad(loss)(params, window)
            steps, moments = optimizer.update(grads, moments, params)
            return optax.apply_updates(params, steps), moments

        first = (params, optimizer.init(params))
        return lax.fori_loop(0, repeats, update, first)[0]

    compiled = jax.jit(train)
    params = {name: jnp.asarray(leaf[0]) for name, leaf in problem.params().items()}
    data = (jnp.asarray(problem.text()), jnp.asarray(starts))
    last: list[Any] = [params]

    def run(repeats: int) -> None:
        last[0] = jax.block_until_ready(compiled(params, *data, repeats))

    def result() -> dict[str, np.ndarray]:
        ends = {name: np.asarray(leaf)[None] for name, leaf in last[0].items()}
        return problem._replace(seeds=1).change(ends)

    return Contender(run, result)


def _keys(problem: Language) -> jax.Array:
    return jax.vmap(jax.random.key)(jnp.arange(problem.seeds))
