"""Losses and scores that many experiments want; a plain function does as well."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Shaped


def cross_entropy(
    logits: Float[Array, "*batch classes"], labels: Int[Array, "*batch"]
) -> Float[Array, ""]:
    """Mean cross-entropy in nats.

    Args:
        logits: of every class.
        labels: numbers of the right classes, from 0.
    """
    log_p = jax.nn.log_softmax(logits)
    taken = jnp.take_along_axis(log_p, labels[..., None], axis=-1)
    return -taken.mean()


def accuracy(
    logits: Float[Array, "*batch classes"], labels: Int[Array, "*batch"]
) -> Float[Array, ""]:
    """Share of examples whose largest logit is that of the right class.

    Args:
        logits: of every class.
        labels: numbers of the right classes, from 0.
    """
    return (jnp.argmax(logits, axis=-1) == labels).astype(logits.dtype).mean()


def squared_error(
    outputs: Float[Array, "*shape"], targets: Shaped[Array, "*shape"]
) -> Float[Array, ""]:
    """Mean squared error.

    Args:
        outputs: of the network.
        targets: of the same shape.
    """
    return ((outputs - targets.astype(outputs.dtype)) ** 2).mean()
