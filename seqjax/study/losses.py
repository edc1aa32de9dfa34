"""Losses and scores that many experiments want; a plain function does as well."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped


def cross_entropy(
    logits: Float[Array, "*batch classes"], labels: Shaped[Array, "..."]
) -> Float[Array, ""]:
    """Mean cross-entropy in nats.

    Args:
        logits: of every class.
        labels: numbers of the right classes, from 0; integers of shape `batch`.

    Raises:
        ValueError: if the labels are no integers, or not one for each vector of logits.
    """
    _check_labels(logits, labels)
    log_p = jax.nn.log_softmax(logits)
    taken = jnp.take_along_axis(log_p, labels[..., None], axis=-1)
    return -taken.mean()


def accuracy(
    logits: Float[Array, "*batch classes"], labels: Shaped[Array, "..."]
) -> Float[Array, ""]:
    """Share of examples whose largest logit is that of the right class.

    Args:
        logits: of every class.
        labels: numbers of the right classes, from 0; integers of shape `batch`.

    Raises:
        ValueError: if the labels are no integers, or not one for each vector of logits.
    """
    _check_labels(logits, labels)
    return (jnp.argmax(logits, axis=-1) == labels).astype(logits.dtype).mean()


def squared_error(
    outputs: Float[Array, "..."], targets: Shaped[Array, "..."]
) -> Float[Array, ""]:
    """Mean squared error.

    Args:
        outputs: of the network.
        targets: numbers of the same shape.

    Raises:
        ValueError: if the shapes differ: NumPy would stretch (32, 1) and (32,) to
            (32, 32).
    """
    if outputs.shape != targets.shape:
        raise ValueError(
            f"targets must have the shape of the outputs, {outputs.shape}, not "
            f"{targets.shape}; reshape one of them"
        )
    return ((outputs - targets.astype(outputs.dtype)) ** 2).mean()


def _check_labels(logits: Array, labels: Array) -> None:
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise ValueError(
            f"labels must be integers, not {labels.dtype}; give numbers of classes "
            "from 0"
        )
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            f"labels must have the shape {logits.shape[:-1]}, one for each vector of "
            f"logits, not {labels.shape}; reshape them"
        )
