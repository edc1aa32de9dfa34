"""Losses and scores of classifiers."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def cross_entropy(
    logits: Float[Array, "*batch classes"], targets: Int[Array, "*batch"]
) -> Float[Array, ""]:
    """Mean cross-entropy of the targets under softmax(logits), in nats."""
    log_p = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(log_p, targets[..., None], axis=-1))


def accuracy(
    logits: Float[Array, "*batch classes"], targets: Int[Array, "*batch"]
) -> Float[Array, ""]:
    """Share of targets, from 0 to 1, that have the largest logit."""
    return jnp.mean((jnp.argmax(logits, axis=-1) == targets).astype(logits.dtype))
