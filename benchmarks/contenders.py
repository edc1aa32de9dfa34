"""One RMSProp training step of a recurrent classifier, written in every way we know.

Ours and its peers take the same parameters and the same batch, and do the same number of
updates: cross-entropy at the last step, clipped to norm 10, torch's RMSProp constants.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.harness import Contender, Result
from seqjax.core import losses
from seqjax.core.cells import CELLS
from seqjax.core.recurrence import recur
from seqjax.lab import devices
from seqjax.train import Ensemble, Task, direction, make_hyper

RATE, CLIP, CLASSES = 1e-3, 10.0, 10


class Size(NamedTuple):
    """What is trained."""

    cell: str
    inputs: int
    seeds: int
    updates: int
    batch: int = 128
    hidden: int = 128

    @property
    def gflop(self) -> float:
        """Recurrent products of one seed's update: forward, backward, weights."""
        gates = len(CELLS[self.cell].gates)
        return 6 * self.batch * self.hidden**2 * gates * self.inputs / 1e9


def start(size: Size) -> Result:
    """Parameters of all seeds, the same for every contender."""
    rng = np.random.default_rng(1)
    gates = len(CELLS[size.cell].gates) * size.hidden

    def draw(*shape: int) -> np.ndarray:
        drawn = rng.uniform(-1, 1, (size.seeds, *shape)) / np.sqrt(size.hidden)
        return drawn.astype(np.float32)

    params = {
        "w_x": draw(1, gates),
        "w_h": draw(size.hidden, gates),
        "b": draw(gates),
        "w_p": draw(size.hidden, CLASSES),
        "b_p": draw(CLASSES),
    }
    if size.cell == "gru":
        params["b_hn"] = draw(size.hidden)
    return params


def batch(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Digits as one float, (inputs, batch, 1), and targets (batch,)."""
    digits = np.random.default_rng(2).integers(0, 10, (size.inputs, size.batch))
    return digits[..., None].astype(np.float32), digits[0].astype(np.int32)


def _logits(size: Size, params: dict[str, Any], xs: Any, method: str) -> jax.Array:
    cell = CELLS[size.cell]
    own = cell.params(*[params[name] for name in cell.params._fields])
    carry = cell.initial_carry(xs.shape[1], size.hidden)
    final, _ = recur(cell, own, xs, carry, method=method, outputs=False)
    return final.h @ params["w_p"] + params["b_p"]


def _loss(size: Size, params: Any, data: Any, method: str) -> tuple[Any, Any]:
    logits = _logits(size, params, data[0], method)
    return losses.cross_entropy(logits, data[1]), losses.accuracy(logits, data[1])


def seqjax_ensemble(size: Size, group: int | None = None, parts: int = 1) -> Contender:
    """Ours as it is shipped: `Ensemble` on one XLA device per core."""
    devices.configure(None, None)

    def take(key: jax.Array, data: Any) -> Any:
        # The batch axis leads in a Task's batch: (batch, inputs, 1).
        return data

    def loss(params: Any, batch: Any, data: Any) -> tuple[Any, Any]:
        xs, targets = batch
        return _loss(size, params, (jnp.swapaxes(xs, 0, 1), targets), "adjoint")

    params = jax.tree.map(jnp.asarray, start(size))
    task = Task(lambda key: jax.tree.map(lambda p: p[0], params), take, loss)
    ensemble = Ensemble(
        task,
        direction("rmsprop"),
        size.seeds,
        capacity=size.updates,
        group=group,
        parts=parts,
    )
    xs, targets = batch(size)
    data = (jnp.asarray(np.swapaxes(xs, 0, 1)), jnp.asarray(targets))
    keys = jax.vmap(jax.random.key)(jnp.arange(size.seeds))
    hyper = make_hyper(RATE, clip_norm=CLIP)
    state = ensemble.init(keys)
    state = state._replace(params=ensemble.place(params))
    return _jax_contender(
        lambda: ensemble.advance(state, hyper, data, size.updates)[0].params,
        ensemble.gather,
    )


def _jax_contender(
    advance: Callable[[], Any], gather: Callable[[Any], Any]
) -> Contender:
    last: list[Any] = []

    def run() -> None:
        last[:] = [jax.block_until_ready(advance())]

    return Contender(run, lambda: gather(last[0]))


def plain_jax(size: Size, method: str, mapping: str) -> Contender:
    """Autodiff of a scan (or of every step written out), seeds by vmap or by map."""
    optimizer = direction("rmsprop")

    def train(params: Any, data: Any) -> Any:
        def update(state: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], None]:
            params, moments = state
            grads = jax.grad(lambda p: _loss(size, p, data, method)[0])(params)
            norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(grads)))
            scale = CLIP / jnp.maximum(norm, CLIP)
            grads = jax.tree.map(lambda g: g * scale, grads)
            step, moments = optimizer.update(grads, moments, params)
            params = jax.tree.map(lambda p, s: p - RATE * s, params, step)
            return (params, moments), None

        first = (params, optimizer.init(params))
        return lax.scan(update, first, None, length=size.updates)[0][0]

    if mapping == "vmap":
        mapped = jax.jit(jax.vmap(train, in_axes=(0, None)))
    else:
        mapped = jax.jit(lambda ps, data: lax.map(lambda p: train(p, data), ps))
    params = jax.tree.map(jnp.asarray, start(size))
    data = jax.tree.map(jnp.asarray, batch(size))
    return _jax_contender(
        lambda: mapped(params, data), lambda tree: jax.tree.map(np.asarray, tree)
    )


def flax_rnn(size: Size) -> Contender:
    """`flax.nnx.RNN` over flax's own cell, plain optax, seeds after one another."""
    import optax
    from flax import nnx

    make = {"rnn": nnx.SimpleCell, "lstm": nnx.OptimizedLSTMCell, "gru": nnx.GRUCell}
    cell = make[size.cell](1, size.hidden, rngs=nnx.Rngs(0))
    graphdef, state = nnx.split(nnx.RNN(cell, time_major=True))
    optimizer = optax.chain(
        optax.clip_by_global_norm(CLIP),
        optax.rmsprop(RATE, decay=0.99, eps=1e-8, eps_in_sqrt=False),
    )
    everything = start(size)

    def fill(seed: int) -> tuple[Any, Any]:
        ours = {name: value[seed] for name, value in everything.items()}
        head = (jnp.asarray(ours["w_p"]), jnp.asarray(ours["b_p"]))
        return _flax_params(size, state, ours), head

    def loss(params: Any, data: Any) -> Any:
        cells, (w_p, b_p) = params
        xs, targets = data
        model = nnx.merge(graphdef, cells)
        carry = model.cell.initialize_carry((size.batch, 1), nnx.Rngs(0))
        ys = model(xs, initial_carry=carry)
        return losses.cross_entropy(ys[-1] @ w_p + b_p, targets)

    @jax.jit
    def train(params: Any, data: Any) -> Any:
        def update(carry: Any, _: None) -> tuple[Any, None]:
            params, moments = carry
            grads = jax.grad(loss, allow_int=True)(params, data)
            step, moments = optimizer.update(grads, moments, params)
            return (optax.apply_updates(params, step), moments), None

        return lax.scan(
            update, (params, optimizer.init(params)), None, length=size.updates
        )[0][0]

    data = jax.tree.map(jnp.asarray, batch(size))
    starts = [fill(seed) for seed in range(size.seeds)]

    def gather(ends: Any) -> Result:
        stacked = np.stack([np.asarray(head[0]) for _, head in ends])
        return {"w_p": stacked}

    return _jax_contender(lambda: [train(params, data) for params in starts], gather)
