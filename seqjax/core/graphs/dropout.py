"""Dropout of dense and of sparse features."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from seqjax.core.checks import check_number
from seqjax.core.graphs.matrix import SparseMatrix, with_values


def drop(
    key: Array, x: Float[Array, "*shape"], rate: int | float
) -> Float[Array, "*shape"]:
    """Inverted dropout (Srivastava et al. 2014): kept values are scaled up.

    Args:
        key: a typed key.
        x: values.
        rate: probability that a value is dropped.

    Raises:
        ValueError: on a rate outside [0, 0.999].
    """
    check_number("rate", rate, minimum=0, maximum=0.999)
    if rate == 0:
        return x
    return jnp.where(_kept(key, x.shape, float(rate)), x / (1 - rate), 0)


def drop_entries(key: Array, matrix: SparseMatrix, rate: int | float) -> SparseMatrix:
    """Dropout of a sparse matrix: of its entries, since zeros stay zeros anyway.

    Args:
        key: a typed key.
        matrix: sparse features of nodes.
        rate: probability that an entry is dropped.

    Raises:
        ValueError: on a rate outside [0, 0.999].
    """
    check_number("rate", rate, minimum=0, maximum=0.999)
    if rate == 0:
        return matrix
    if matrix.columns is None:
        raise ValueError(
            "a matrix that is its own transpose must not drop entries, for it would "
            "not remain so; give dense features"
        )
    return with_values(matrix, drop(key, matrix.values, rate))


def _kept(key: Array, shape: tuple[int, ...], rate: float) -> Bool[Array, "*shape"]:
    """Which are kept."""
    level = rate * 256
    if level.is_integer():
        # Eight bits say it exactly, and a fourth of the random numbers will do.
        return jax.random.bits(key, shape, jnp.uint8) >= jnp.uint8(int(level))
    return jax.random.bernoulli(key, 1 - rate, shape)
