"""A small problem for the trainer: noisy linear classification of two classes."""

import jax
import jax.numpy as jnp

from seqjax.core import losses
from seqjax.train import Task


def init(key: jax.Array) -> dict[str, jax.Array]:
    return {"w": 0.1 * jax.random.normal(key, (4, 2)), "b": jnp.zeros(2)}


def batch(key: jax.Array, scale: jax.Array) -> jax.Array:
    return jax.random.normal(key, (32, 4))


def loss(
    params: dict[str, jax.Array], x: jax.Array, scale: jax.Array
) -> tuple[jax.Array, jax.Array]:
    targets = (x[:, 0] > x[:, 1]).astype(jnp.int32)
    logits = scale * (x @ params["w"] + params["b"])
    return losses.cross_entropy(logits, targets), losses.accuracy(logits, targets)


TASK = Task(init, batch, loss)
ONE = jnp.asarray(1.0, jnp.float32)
