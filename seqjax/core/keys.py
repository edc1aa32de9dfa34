"""Random keys with names, so that a new use of randomness never disturbs an old one."""

import zlib
from collections.abc import Iterable

import jax
import jax.numpy as jnp


def named_keys(key: jax.Array, names: Iterable[str]) -> dict[str, jax.Array]:
    """Derive one key per name.

    Each key depends on `key` and on its own name only: adding, dropping or reordering
    names leaves the other streams as they were (`jax.random.split` does not).

    Args:
        key: a typed key, shape ().
        names: distinct names such as `("params", "batches", "dropout")`.

    Returns:
        A dictionary from name to a typed key of shape ().

    Example:
        >>> import jax
        >>> key = jax.random.key(0)
        >>> one = named_keys(key, ("params",))["params"]
        >>> two = named_keys(key, ("batches", "params"))["params"]
        >>> bool((jax.random.key_data(one) == jax.random.key_data(two)).all())
        True
    """
    names = list(names)
    # crc32 rather than hash(): the latter is salted anew in every process.
    codes = jnp.array([zlib.crc32(name.encode()) for name in names], jnp.uint32)
    # One mapped fold for all names: each written out would be compiled separately.
    keys = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(key, codes)
    return {name: keys[i] for i, name in enumerate(names)}


def seed_keys(seeds: Iterable[int]) -> jax.Array:
    """The whole randomness of every seed, from its number alone.

    Args:
        seeds: numbers from 0 on.

    Returns:
        Typed keys, one per seed.

    Example:
        >>> seed_keys(range(3, 5)).shape
        (2,)
    """
    return jax.vmap(jax.random.key)(jnp.array(list(seeds), jnp.uint32))
