"""Losses and scores of classifiers."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def cross_entropy(
    logits: Float[Array, "*batch classes"],
    targets: Int[Array, "*batch"],
    weights: Float[Array, "*batch"] | None = None,
) -> Float[Array, ""]:
    """Mean cross-entropy of the targets under softmax(logits), in nats.

    With `weights`, None by default, the weighted mean.
    """
    log_p = jax.nn.log_softmax(logits)
    chosen = jnp.take_along_axis(log_p, targets[..., None], axis=-1)
    if weights is None:
        return -jnp.mean(chosen)
    return -jnp.sum(weights * chosen[..., 0]) / jnp.sum(weights)


def accuracy(
    logits: Float[Array, "*batch classes"], targets: Int[Array, "*batch"]
) -> Float[Array, ""]:
    """Share of targets, from 0 to 1, that have the largest logit."""
    return jnp.mean((jnp.argmax(logits, axis=-1) == targets).astype(logits.dtype))
