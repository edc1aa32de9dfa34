"""Trees of arrays and random keys as named arrays without objects, and back."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Tree = Any


def to_arrays(name: str, tree: Tree) -> dict[str, np.ndarray]:
    """The leaves of a tree, numbered in its own order.

    Args:
        name: what the arrays' names begin with.
        tree: of arrays and typed keys.
    """
    leaves = jax.tree.leaves(tree)
    plain = [jax.random.key_data(leaf) if is_key(leaf) else leaf for leaf in leaves]
    return {f"{name}-{i:04d}": np.asarray(leaf) for i, leaf in enumerate(plain)}


def from_arrays(name: str, like: Tree, arrays: Mapping[str, np.ndarray]) -> Tree:
    """The tree that `to_arrays` has turned into these.

    Args:
        name: what the arrays' names begin with.
        like: says how they are put together; its values do not matter.
        arrays: those of the tree, perhaps among others.
    """
    leaves, structure = jax.tree.flatten(like)
    found = [arrays[f"{name}-{i:04d}"] for i in range(len(leaves))]
    return jax.tree.unflatten(
        structure,
        [
            jax.random.wrap_key_data(jnp.asarray(array)) if is_key(leaf) else array
            for leaf, array in zip(leaves, found, strict=True)
        ],
    )


def is_key(leaf: Any) -> bool:
    """Whether a leaf, or what has its shape, is a typed random key."""
    kind = getattr(leaf, "dtype", None)
    return kind is not None and jnp.issubdtype(kind, jax.dtypes.prng_key)
