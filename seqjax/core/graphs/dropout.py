"""Dropout of dense and of sparse features, with as few random numbers as will do."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int32

from seqjax.core.checks import check_number
from seqjax.core.graphs.layout import Layout
from seqjax.core.graphs.matrix import SparseMatrix

HALF = 0.5
"""The rate that one random bit says: bytes would cost as much as a product."""


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
        ValueError: on a rate outside [0, 0.999], or a matrix that is laid out as its
            own transpose.
    """
    check_number("rate", rate, minimum=0, maximum=0.999)
    if rate == 0:
        return matrix
    if matrix.columns is None or matrix.column_weights is None:
        raise ValueError(
            "a matrix that is its own transpose must not drop entries, for it would "
            "not remain so; give dense features"
        )
    count = matrix.values.shape[0]
    dropped = _dropping(key, count, float(rate))
    return matrix._replace(
        weights=_each(dropped, matrix.rows, matrix.weights),
        column_weights=_each(dropped, matrix.columns, matrix.column_weights),
        values=dropped(jnp.arange(count, dtype=jnp.int32), matrix.values),
    )


def _kept(key: Array, shape: tuple[int, ...], rate: float) -> Bool[Array, "*shape"]:
    """Which are kept."""
    if rate == HALF:
        size = math.prod(shape)
        words = jax.random.bits(key, (-(-size // 32), 1), jnp.uint32)
        bits = (words >> jnp.arange(32, dtype=jnp.uint32)) & jnp.uint32(1)
        return bits.reshape(-1)[:size].reshape(shape) == jnp.uint32(1)
    level = rate * 256
    if level.is_integer():
        # Eight bits say it exactly, and a fourth of the random numbers will do.
        return jax.random.bits(key, shape, jnp.uint8) >= jnp.uint8(int(level))
    return jax.random.bernoulli(key, 1 - rate, shape)


def _dropping(
    key: Array, count: int, rate: float
) -> Callable[[Int32[Array, "*shape"], Float[Array, "*shape"]], Float[Array, "*shape"]]:
    """What makes values of entries, given their numbers, what is left of them."""
    # One entry more than there are, for the slots that only fill up.
    if rate != HALF:
        kept = _kept(key, (count + 1,), rate)
        return lambda slots, values: jnp.where(
            _take(kept, slots), values / (1 - rate), 0
        )
    # Taken out of their words where they are wanted: a byte for each is read slower.
    words = jax.random.bits(key, (-(-(count + 1) // 32),), jnp.uint32)

    def halved(slots: Array, values: Array) -> Array:
        bit = _take(words, slots >> 5) >> (slots & 31).astype(jnp.uint32)
        return jnp.where((bit & jnp.uint32(1)) == jnp.uint32(1), 2 * values, 0)

    return halved


def _each(
    dropped: Callable[[Array, Array], Array],
    layout: Layout,
    weights: tuple[Array, ...],
) -> tuple[Array, ...]:
    return tuple(
        dropped(slots, weight)
        for slots, weight in zip(layout.entries, weights, strict=True)
    )


def _take(array: Array, numbers: Int32[Array, "*shape"]) -> Array:
    return array.at[numbers].get(mode="promise_in_bounds", wrap_negative_indices=False)
