"""Dropout of sparse features and of hidden units, a random bit for each at rate 1/2.

A byte for each, at a rate that bytes say exactly, would cost as much as a product.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int32

from seqjax.core.graphs import Layout, SparseMatrix
from seqjax.core.graphs import drop as drop_by_bytes

HALF = 0.5


def drop(
    key: Array, x: Float[Array, "nodes units"], rate: int | float
) -> Float[Array, "nodes units"]:
    """Inverted dropout of dense values.

    Args:
        key: a typed key.
        x: values.
        rate: probability that a value is dropped.

    Raises:
        ValueError: on a rate outside [0, 0.999].
    """
    if rate != HALF:
        return drop_by_bytes(key, x, rate)
    words = jax.random.bits(key, (-(-x.size // 32), 1), jnp.uint32)
    bits = (words >> jnp.arange(32, dtype=jnp.uint32)) & jnp.uint32(1)
    kept = bits.reshape(-1)[: x.size].reshape(x.shape) == jnp.uint32(1)
    return jnp.where(kept, 2 * x, 0)


def drop_entries(key: Array, matrix: SparseMatrix, rate: int | float) -> SparseMatrix:
    """Inverted dropout of a sparse matrix, the same in both of its layouts.

    Its `values` remain as they are: a product reads the layouts only.

    Args:
        key: a typed key.
        matrix: with both layouts, as `seqjax.graphs.classify.sparse` makes features.
        rate: probability that an entry is dropped.

    Raises:
        ValueError: on a rate outside [0, 0.999], or a matrix with one layout for both.
    """
    if rate == 0:
        return matrix
    if matrix.columns is None or matrix.column_weights is None:
        raise ValueError(
            "matrix must have both layouts, for what is dropped is not symmetric; make "
            "it by two_sided"
        )
    dropped = _dropping(key, matrix.values, rate)
    return matrix._replace(
        weights=_each(dropped, matrix.rows, matrix.weights),
        column_weights=_each(dropped, matrix.columns, matrix.column_weights),
    )


def _dropping(
    key: Array, values: Float[Array, " entries"], rate: int | float
) -> Callable[[Array, Array], Array]:
    """What makes weights of slots, given their entries' numbers, what is left."""
    # One entry more than there are, for the slots that only fill up.
    count = values.shape[0] + 1
    if rate != HALF:
        scale = drop_by_bytes(key, jnp.ones(count, values.dtype), rate)
        return lambda slots, weights: weights * _take(scale, slots)
    words = jax.random.bits(key, (-(-count // 32),), jnp.uint32)

    def halved(slots: Array, weights: Array) -> Array:
        bit = _take(words, slots >> 5) >> (slots & 31).astype(jnp.uint32)
        return jnp.where((bit & jnp.uint32(1)) == jnp.uint32(1), 2 * weights, 0)

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
